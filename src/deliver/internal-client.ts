/**
 * How parts of the server subscribe and publish in an account. Callbacks run after the message went
 * to everybody else; they may publish and subscribe.
 */
import type { Account } from '../account/account.ts';
import type { Connection } from '../connection/connection.ts';
import { roles, Subscription } from '../subject/subscription.ts';
import type { Deliverer } from './deliver.ts';

/** `from` is the client that published; undefined for the server itself. Buffers may be kept. */
export type InternalHandler = (
  subject: string,
  reply: string,
  header: Buffer | undefined,
  payload: Buffer,
  from: Connection | undefined,
  sub: Subscription,
) => void;

export interface InternalMessage {
  readonly reply?: string;
  /** A complete block: `NATS/1.0` to CRLFCRLF. */
  readonly header?: Buffer;
}

export class InternalClient {
  readonly account: Account;
  private readonly deliverer: Deliverer;
  private readonly subs = new Set<Subscription>();
  private lastSid = 0;

  constructor(deliverer: Deliverer, account: Account) {
    this.deliverer = deliverer;
    this.account = account;
  }

  /** Throws InvalidSubjectError. */
  subscribe(subject: string, handler: InternalHandler, queue = ''): Subscription {
    const sub = new Subscription(this, subject, queue, String(++this.lastSid));
    sub.role = roles.internal;
    sub.callback = handler as Subscription['callback'];
    this.account.sublist.insert(sub);
    this.subs.add(sub);
    return sub;
  }

  unsubscribe(sub: Subscription): void {
    if (!this.subs.delete(sub)) return;
    sub.closed = true;
    this.account.sublist.remove(sub);
  }

  /** Drops all subscriptions. */
  close(): void {
    for (const sub of [...this.subs]) this.unsubscribe(sub);
  }

  /** Returns the number of receivers. */
  publish(subject: string, payload: Buffer, { reply = '', header }: InternalMessage = {}): number {
    return this.deliverer.publish(this.account, subject, reply, payload, header);
  }

  /** Would anybody get a message on this subject? For what is dear to build. */
  hasInterest(subject: string): boolean {
    return this.account.sublist.hasInterest(subject);
  }
}
