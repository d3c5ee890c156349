/**
 * One interest: a subject (latin1 string of its bytes), perhaps a queue group, owned by one
 * connection (or by an internal client, with `callback`). Hot class: constructed complete, one
 * shape, links of the trie are fields so that the sublist needs no wrapper objects.
 */

/** Called for internal subscriptions instead of writing to a socket. Slices live for the call. */
export type InternalCallback = (
  sub: Subscription,
  subject: string,
  reply: string,
  header: Buffer | undefined,
  payload: Buffer,
) => void;

/** Says which of the matching subjects this subscription must not see (permissions). */
export interface SubscriptionFilter {
  deniesBytes(buffer: Uint8Array, start: number, end: number): boolean;
}

export class Subscription {
  /** The connection; typed by the layers above (deliver casts once). */
  readonly owner: object;
  readonly subject: string;
  /** Empty when this is a plain subscription. */
  readonly queue: string;
  readonly sid: string;
  /** Deliveries since SUB. */
  delivered = 0;
  /** Auto-unsubscribe after this many deliveries; 0 means never. */
  max = 0;
  closed = false;
  filter: SubscriptionFilter | null = null;
  callback: InternalCallback | null = null;
  /** Links of the plain list of its trie node. */
  next: Subscription | null = null;
  prev: Subscription | null = null;
  /** Place in its queue group's list. */
  groupAt = 0;

  constructor(owner: object, subject: string, queue: string, sid: string) {
    this.owner = owner;
    this.subject = subject;
    this.queue = queue;
    this.sid = sid;
  }
}
