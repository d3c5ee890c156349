/**
 * Tracing one message: what came in, what it was mapped to, which borders it crossed, whom it
 * reached and why not. A publisher asks for it with the header `Nats-Trace-Dest` (and with
 * `Nats-Trace-Only` for no delivery at all), or its account does for messages with a sampled
 * `traceparent`. The events go to the destination in one document. nats-server's msgtrace.go.
 */
import type { Account } from '../account/account.ts';
import { utf8FromLatin1 } from '../base/go-json.ts';
import { timeText } from '../base/go-time.ts';
import type { Connection } from '../connection/connection.ts';
import type { Subscription } from '../subject/subscription.ts';
import type { InboundMsg } from '../wire/inbound-msg.ts';

export const traceDestHeader = 'Nats-Trace-Dest';
/** No valid subject: whoever gets the message next does not trace it. */
export const traceDisabled = 'trace disabled';
/** Events of one message; what goes beyond is counted in no event. */
const eventsMax = 65_536;

export const notDelivered = {
  noEcho: 'Not delivered because of no echo',
  subscriptionDenied: 'Not delivered because subscription denies this subject',
  clientClosed: 'Not delivered because client is closed',
  notStalled: 'Not delivered because fast producer not stalled and consumer is slow',
} as const;

/** The members of nats-server's MsgTraceEvent, without the server. */
export interface TraceDocument {
  readonly request: { header: Map<string, string[]>; msgsize: number };
  readonly hops: number | undefined;
  readonly events: readonly object[];
}

/** Publishes what was traced; wired by the composition root. `encoding` is Accept-Encoding's value. */
export interface TracePublisher {
  publishTrace(account: Account, dest: string, document: TraceDocument, encoding: string): void;
}

interface TraceOrigin {
  readonly connection: Connection;
  readonly dest: string;
  /** Names in their letter case. */
  readonly header: Map<string, string[]>;
  readonly msg: InboundMsg;
  readonly only: boolean;
}

export class MessageTrace {
  /** Where the events go; another one behind a border that lets traces through. */
  dest: string;
  /** Nothing is delivered. */
  readonly only: boolean;
  private readonly origin: TraceOrigin;
  private readonly account: Account;
  private readonly ingress: { error?: string; [member: string]: unknown };
  private readonly msgSize: number;
  private readonly events: object[];
  private readonly nowText: () => string;

  constructor(origin: TraceOrigin) {
    const { connection, dest, only, msg } = origin;
    this.origin = origin;
    this.dest = dest;
    this.only = only;
    this.account = connection.account;
    this.nowText = () => timeText(connection.host.clock.nowMs());
    this.ingress = {
      ...this.base('in'),
      kind: connection.kind,
      cid: connection.id,
      name: connection.options.name || undefined,
      acc: connection.account.name,
      subj: utf8FromLatin1(msg.subject()),
    };
    this.events = [this.ingress];
    this.msgSize = msg.size;
  }

  private base(type: string): { type: string; ts: string } {
    return { type, ts: this.nowText() };
  }

  private add(event: object): void {
    if (this.events.length < eventsMax) this.events.push(event);
  }

  refuse(error: string): void {
    this.ingress.error = error;
  }

  addMapping(subject: string): void {
    this.add({ ...this.base('sm'), to: utf8FromLatin1(subject) });
  }

  /** The message leaves its account as a stream, for `to`. */
  addStreamExport(to: Connection, subject: string): void {
    this.add({ ...this.base('se'), acc: to.account.name, to: utf8FromLatin1(subject) });
  }

  addServiceImport(account: Account, from: string, to: string): void {
    this.add({
      ...this.base('si'),
      acc: account.name,
      from: utf8FromLatin1(from),
      to: utf8FromLatin1(to),
    });
  }

  /** It reached `to`, or not: then `error` says why. */
  addEgress(to: Connection, sub: Subscription, error = ''): void {
    const { account } = to;
    this.add({
      ...this.base('eg'),
      kind: to.kind,
      cid: to.id,
      name: to.options.name || undefined,
      acc: account === this.account ? undefined : account.name,
      sub: utf8FromLatin1(sub.subject),
      queue: sub.queue === '' ? undefined : utf8FromLatin1(sub.queue),
      error: error || undefined,
    });
  }

  send(publisher: TracePublisher): void {
    const { header, dest } = this.origin;
    const shown = new Map(
      [...header].map(([key, values]) => [utf8FromLatin1(key), values.map(utf8FromLatin1)]),
    );
    const document = {
      request: { header: shown, msgsize: this.msgSize },
      hops: undefined,
      events: this.events,
    };
    const encoding = header.get('Accept-Encoding')?.[0] ?? '';
    publisher.publishTrace(this.account, dest, document, encoding);
  }
}
