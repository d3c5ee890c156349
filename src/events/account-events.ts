/**
 * How many connections an account has here: told whenever that changes and every 30 s while there
 * are any, on two subjects. The global account is not told about.
 *
 * All accounts wait equally long, so the one told longest ago stands first and one timer serves all.
 */
import type { Account } from '../account/account.ts';
import type { Timer } from '../platform/clock.ts';
import { wireSubject } from '../subject/tokens.ts';
import { buildAccountStat } from './account-stat.ts';
import type { EventPublisher } from './event-publisher.ts';

const heartbeatMs = 30_000;
const type = 'io.nats.server.advisory.v1.account_connections';

export class AccountEvents {
  private readonly publisher: EventPublisher;
  /** When each is told again, the earliest first. */
  private readonly due = new Map<Account, number>();
  private timer: Timer | undefined;

  constructor(publisher: EventPublisher) {
    this.publisher = publisher;
  }

  /** A connection was added to the account or removed from it. */
  onMembersChanged(account: Account): void {
    if (account === this.publisher.host.globalAccount) return;
    const name = wireSubject(account.name);
    this.tell(account, [`$SYS.SERVER.ACCOUNT.${name}.CONNS`, `$SYS.ACCOUNT.${name}.SERVER.CONNS`]);
  }

  /** Tells on these subjects, if anybody listens, and again in 30 s. */
  tell(account: Account, subjects: readonly string[]): void {
    this.due.delete(account);
    if (account.connections.size > 0) {
      this.due.set(account, this.publisher.host.clock.monotonicMs() + heartbeatMs);
    }
    this.arm();
    const heard = subjects.filter((subject) => this.publisher.hasInterest(subject));
    if (heard.length === 0) return;
    const head = this.publisher.typed(type);
    const stat = buildAccountStat(account);
    for (const subject of heard) {
      this.publisher.publishEvent(subject, (server) => ({ ...head, server, ...stat }));
    }
  }

  stop(): void {
    this.timer?.clear();
    this.timer = undefined;
    this.due.clear();
  }

  /** One timer, for the first that is due. */
  private arm(): void {
    if (this.timer !== undefined) return;
    const first = this.due.values().next();
    if (first.done) return;
    const { clock, timers } = this.publisher.host;
    const delayMs = Math.max(0, first.value - clock.monotonicMs());
    this.timer = timers.after(delayMs, () => {
      this.timer = undefined;
      this.tellDue();
      this.arm();
    });
  }

  private tellDue(): void {
    const now = this.publisher.host.clock.monotonicMs();
    const accounts: Account[] = [];
    for (const [account, dueMs] of this.due) {
      if (dueMs > now) break;
      accounts.push(account);
    }
    for (const account of accounts) this.onMembersChanged(account);
  }
}
