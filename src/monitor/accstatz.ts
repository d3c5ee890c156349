/** /accstatz: traffic of the accounts that are in use, or of all with `unused=1`. */
import { type AccountStat, buildAccountStat } from '../events/account-stat.ts';
import type { MonitorContext } from './context.ts';
import { timeText } from './time-text.ts';

export interface Accstatz {
  server_id: string;
  now: string;
  account_statz: AccountStat[];
}

export interface AccstatzOptions {
  readonly unused: boolean;
  /** Names; empty for all. */
  readonly accounts: readonly string[];
}

export function buildAccstatz(context: MonitorContext, options: AccstatzOptions): Accstatz {
  const wanted = new Set(options.accounts);
  const stats: AccountStat[] = [];
  for (const account of context.accounts()) {
    if (wanted.size > 0 && !wanted.has(account.name)) continue;
    const stat = buildAccountStat(account);
    if (options.unused || stat.total_conns > 0) stats.push(stat);
  }
  return {
    server_id: context.info().server_id,
    now: timeText(context.clock.nowMs()),
    account_statz: stats,
  };
}
