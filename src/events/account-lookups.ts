/**
 * Asks the other servers of the system for the JWT of an account. The first that has one is
 * believed (what it sent is verified before it is used); who has none says so with an empty
 * answer, and when all did, or nobody is there, the account is missing without a wait.
 */
import type { AccountLookups } from '../account/resolver.ts';
import { AccountFetchError } from '../account/resolver-errors.ts';
import type { InternalClient } from '../deliver/internal-client.ts';
import type { Random, Timer, Timers } from '../platform/clock.ts';
import { Inbox } from './inbox.ts';

/** Questions that wait for answers. */
export const lookupsMax = 1_024;

interface Lookup {
  /** Servers that have not answered. */
  silent: number;
  readonly timer: Timer;
  settle(jwt: string | AccountFetchError): void;
}

export class SystemLookups implements AccountLookups {
  private readonly client: InternalClient;
  private readonly timers: Timers;
  private readonly inbox: Inbox;
  private readonly pending = new Map<string, Lookup>();
  private closed = false;
  /** Own subscriptions that hear a question and do not answer it. */
  ownReceivers = 0;

  constructor(client: InternalClient, timers: Timers, random: Random) {
    this.client = client;
    this.timers = timers;
    this.inbox = new Inbox(random);
    client.subscribe(this.inbox.wildcard, (subject, _reply, _header, payload) => {
      this.onAnswer(subject, payload);
    });
  }

  /** The question is ours: it is not for us to answer. */
  isOwn(reply: string): boolean {
    return this.inbox.owns(reply);
  }

  lookup(key: string, timeoutMs: number): Promise<string> {
    if (this.closed) return Promise.reject(shutDown());
    if (this.pending.size >= lookupsMax) {
      return Promise.reject(
        new AccountFetchError('RESOLVER_BUSY', 'too many accounts are asked for'),
      );
    }
    return new Promise((resolve, reject) => {
      const reply = this.inbox.next();
      const settle = (answer: string | AccountFetchError): void => {
        this.pending.get(reply)?.timer.clear();
        this.pending.delete(reply);
        if (typeof answer === 'string') resolve(answer);
        else reject(answer);
      };
      const timer = this.timers.after(timeoutMs, () => {
        settle(new AccountFetchError('RESOLVER_FAILED', 'fetching jwt timed out'));
      });
      const lookup: Lookup = { silent: 0, timer, settle };
      this.pending.set(reply, lookup);
      const subject = `$SYS.REQ.ACCOUNT.${key}.CLAIMS.LOOKUP`;
      lookup.silent += this.client.publish(subject, noBytes, { reply }) - this.ownReceivers;
      if (lookup.silent <= 0) settle(missing());
    });
  }

  private onAnswer(subject: string, payload: Buffer): void {
    const lookup = this.pending.get(subject);
    if (lookup === undefined) return;
    if (payload.length > 0) lookup.settle(payload.toString('latin1'));
    else if (--lookup.silent === 0) lookup.settle(missing());
  }

  /** Whoever waits learns that nothing comes any more. */
  close(): void {
    this.closed = true;
    for (const lookup of [...this.pending.values()]) lookup.settle(shutDown());
  }
}

const noBytes = Buffer.alloc(0);

function missing(): AccountFetchError {
  return new AccountFetchError('ACCOUNT_MISSING', 'account jwt not found');
}

function shutDown(): AccountFetchError {
  return new AccountFetchError('RESOLVER_FAILED', 'fetching jwt failed due to shutdown');
}
