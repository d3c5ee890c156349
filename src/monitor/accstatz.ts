/** /accstatz: traffic of the accounts that are in use, or of all with `unused=1`. */
import type { Account } from '../account/account.ts';
import { countMembers } from './account-members.ts';
import type { MonitorContext } from './context.ts';
import { timeText } from './time-text.ts';

export interface Volume {
  msgs: number;
  bytes: number;
}

export interface DataStats extends Volume {
  gateways: Volume;
  routes: Volume;
  leafs: Volume;
}

export interface AccountStat {
  acc: string;
  name: string;
  conns: number;
  leafnodes: number;
  total_conns: number;
  num_subscriptions: number;
  sent: DataStats;
  received: DataStats;
  slow_consumers: number;
}

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

export function buildAccountStat(account: Account): AccountStat {
  const { clients, leafNodes } = countMembers(account);
  const { traffic } = account;
  return {
    acc: account.name,
    name: account.name,
    conns: clients,
    leafnodes: leafNodes,
    total_conns: clients + leafNodes,
    num_subscriptions: account.sublist.count,
    sent: dataStats(traffic.outMsgs, traffic.outBytes),
    received: dataStats(traffic.inMsgs, traffic.inBytes),
    slow_consumers: account.slowConsumers,
  };
}

/** What goes over routes, gateways and leaf nodes is nothing yet. */
function dataStats(msgs: number, bytes: number): DataStats {
  const none = (): Volume => ({ msgs: 0, bytes: 0 });
  return { msgs, bytes, gateways: none(), routes: none(), leafs: none() };
}
