/**
 * One interest: a subject (latin1 string of its bytes), perhaps a queue group, owned by one
 * connection or by an internal client. Hot class: constructed complete, one shape, links of the
 * trie are fields so that the sublist needs no wrapper objects. What a match does with it is
 * decided by an integer role, so that the plain path pays one test for all the others.
 */

export const roles = {
  /** A client's own subscription. */
  client: 0,
  /** Runs `callback` after the fan-out. */
  internal: 1,
  /** A client's interest in an imported stream; stands in the exporting account's sublist. */
  imported: 2,
  /** An imported service; `service` is the ServiceImport. */
  service: 3,
  /** The replies to exported services of an account; `service` is the account's ServiceResponses. */
  response: 4,
} as const;
export type SubscriptionRole = (typeof roles)[keyof typeof roles];

/**
 * Called for internal subscriptions after the message went to everybody else. The buffers are the
 * callback's own. `from` is the connection that published, undefined for the server itself.
 */
export type InternalCallback = (
  subject: string,
  reply: string,
  header: Buffer | undefined,
  payload: Buffer,
  from: object | undefined,
  sub: Subscription,
) => void;

/** Says which of the matching subjects this subscription must not see (permissions). */
export interface SubscriptionFilter {
  denies(subject: string): boolean;
  deniesBytes(buffer: Uint8Array, start: number, end: number): boolean;
}

/** What an imported stream looks like in the importing account. */
export interface ImportedSubject {
  /** The local subject of a message on the exporter's `subject`. */
  localSubject(subject: string): string;
}

export class Subscription {
  /** The connection; typed by the layers above (deliver casts once). */
  readonly owner: object;
  readonly subject: string;
  /** Empty when this is a plain subscription. */
  readonly queue: string;
  readonly sid: string;
  role: SubscriptionRole = roles.client;
  /** Deliveries since SUB. */
  delivered = 0;
  /** Auto-unsubscribe after this many deliveries; 0 means never. */
  max = 0;
  closed = false;
  filter: SubscriptionFilter | null = null;
  callback: InternalCallback | null = null;
  /** Of role service or response; typed by the layers above. */
  service: object | null = null;
  /** Of role imported. */
  imported: ImportedSubject | null = null;
  /** The subscriptions of role imported that belong to this one. */
  shadows: Subscription[] | null = null;
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

  /** Sets what must not be delivered, here and for what is imported on its behalf. */
  useFilter(filter: SubscriptionFilter | null): void {
    this.filter = filter;
    if (this.shadows !== null) for (const shadow of this.shadows) shadow.filter = filter;
  }
}
