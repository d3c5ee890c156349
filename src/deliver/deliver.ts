/**
 * Hot: the publish path behind the parser: match, fan out, pick queue members, answer "no
 * responders". Budget: no allocation per message on the plain path. Guarded by every bench row.
 *
 * Everything rare (tracing, delivery-time denies, reply tracking, auto-unsubscribe, receivers without
 * headers) costs the plain path one test of a field each.
 *
 * Fan-out loops run backwards: a delivery may remove its own subscription (auto-unsubscribe), which
 * moves the last one, already served, into its place. Closing a receiver is deferred to the end
 * of the turn; internal subscriptions run after the fan-out, on copies.
 */
import type { Account } from '../account/account.ts';
import type { Connection } from '../connection/connection.ts';
import type { ServerCounters } from '../connection/connection-host.ts';
import type { Random } from '../platform/clock.ts';
import type { Members, Route } from '../subject/route.ts';
import type { Subscription } from '../subject/subscription.ts';
import { InboundMsg } from '../wire/inbound-msg.ts';
import { appendCanonical, appendGeneral } from './encode.ts';
import { traceDelivery } from './trace.ts';

/** What the path needs from the client layer: dropping a subscription that reached its maximum. */
export interface DeliverEvents {
  onAutoUnsubscribe(connection: Connection, sub: Subscription): void;
}

interface InternalDelivery {
  sub: Subscription;
  subject: string;
  reply: string;
  header: Buffer | undefined;
  payload: Buffer;
}

export class Deliverer {
  private readonly random: Random;
  private readonly counters: ServerCounters;
  private readonly events: DeliverEvents;
  private readonly internal: InternalDelivery[] = [];
  private runningInternal = false;
  /** Wall clock of this chunk of input: platform calls once per turn, not per message. */
  nowMs = 0;
  /** `no_fast_producer_stall`: messages for a stalled receiver are dropped instead. */
  dropWhenStalled = false;

  constructor(random: Random, counters: ServerCounters, events: DeliverEvents) {
    this.random = random;
    this.counters = counters;
    this.events = events;
  }

  /**
   * Delivers to everybody the route names. `from` is null for messages of the server itself.
   * Returns the number of receivers.
   */
  deliver(from: Connection | null, account: Account, route: Route, msg: InboundMsg): number {
    let count = 0;
    const plain = route.plain;
    if (plain.subs.length > 0) count = this.deliverPlain(from, route, plain, msg);
    const groups = route.groups;
    for (let i = groups.length - 1; i >= 0; i--) {
      if (this.deliverToGroup(from, route, groups[i]!.members, msg)) count++;
    }
    if (count > 0) {
      const bytes = msg.size * count;
      const { counters } = this;
      counters.outMsgs += count;
      counters.outBytes += bytes;
      counters.outClientMsgs += count;
      counters.outClientBytes += bytes;
      account.traffic.outMsgs += count;
      account.traffic.outBytes += bytes;
    }
    if (this.internal.length > 0) count += this.runInternal();
    return count;
  }

  private deliverPlain(
    from: Connection | null,
    route: Route,
    members: Members,
    msg: InboundMsg,
  ): number {
    const canonical = msg.tailStart >= 0 && !route.dead;
    if (canonical && members.stale) members.rebuild(route.bytes);
    let count = 0;
    for (let i = members.subs.length - 1; i >= 0; i--) {
      if (this.deliverTo(from, members, i, msg, canonical)) count++;
    }
    return count;
  }

  /** One random member; when it cannot take the message, the next ones are tried. */
  private deliverToGroup(
    from: Connection | null,
    route: Route,
    members: Members,
    msg: InboundMsg,
  ): boolean {
    const canonical = msg.tailStart >= 0 && !route.dead;
    if (canonical && members.stale) members.rebuild(route.bytes);
    const size = members.subs.length;
    const first = size === 1 ? 0 : this.random.below(size);
    for (let i = 0; i < size; i++) {
      const at = (first + i) % size;
      const sub = members.subs[at]!;
      // An internal member takes the message later; it is not counted as a receiver here.
      if (sub.callback !== null) return this.queueInternal(sub, msg);
      if (this.deliverTo(from, members, at, msg, canonical)) return true;
    }
    return false;
  }

  private deliverTo(
    from: Connection | null,
    members: Members,
    at: number,
    msg: InboundMsg,
    canonical: boolean,
  ): boolean {
    const sub = members.subs[at]!;
    if (sub.callback !== null) return this.queueInternal(sub, msg);
    const to = sub.owner as Connection;
    if (to === from && !to.echo) return false;
    const out = to.outbound;
    if (out.closed) return false;
    const { filter } = sub;
    if (filter?.deniesBytes(msg.buffer, msg.subjectStart, msg.subjectEnd)) return false;
    if (out.crowded && from !== null && !this.waitFor(from, to)) return false;
    sub.delivered++;
    if (msg.headerSize < 0 || to.headers) {
      if (canonical) appendCanonical(out, members, at, msg);
      else appendGeneral(out, sub.sid, msg, true);
      to.outBytes += msg.size;
    } else {
      appendGeneral(out, sub.sid, msg, false);
      to.outBytes += msg.size - msg.headerSize;
    }
    to.outMsgs++;
    to.lastActivityMs = this.nowMs;
    if (to.responses !== undefined && msg.hasReply) to.responses.onDelivered(msg.reply());
    if (to.trace) traceDelivery(to, sub, msg);
    if (sub.max > 0 && sub.delivered >= sub.max) this.events.onAutoUnsubscribe(to, sub);
    return true;
  }

  private waitFor(from: Connection, to: Connection): boolean {
    if (!to.outbound.stalled) from.yieldTo(to);
    else if (this.dropWhenStalled) return false;
    else from.stallFor(to);
    return true;
  }

  // ---- messages of the server ----

  /** Publishes for the server itself. `header` is a complete block ending in CRLFCRLF. */
  publish(
    account: Account,
    subject: string,
    reply: string,
    payload: Buffer,
    header?: Buffer,
  ): number {
    const msg = buildMsg(subject, reply, payload, header);
    const route = account.sublist.match(msg.buffer, msg.subjectStart, msg.subjectEnd);
    return this.deliver(null, account, route, msg);
  }

  private queueInternal(sub: Subscription, msg: InboundMsg): boolean {
    const headerEnd = msg.payloadStart + Math.max(0, msg.headerSize);
    this.internal.push({
      sub,
      subject: msg.subject(),
      reply: msg.reply(),
      header:
        msg.headerSize > 0
          ? Buffer.from(msg.buffer.subarray(msg.payloadStart, headerEnd))
          : undefined,
      payload: Buffer.from(msg.buffer.subarray(headerEnd, msg.end - 2)),
    });
    sub.delivered++;
    return false;
  }

  /** Runs the internal subscriptions that were met; they may publish in turn. */
  private runInternal(): number {
    if (this.runningInternal) return 0;
    this.runningInternal = true;
    let count = 0;
    try {
      for (let next = this.internal.shift(); next !== undefined; next = this.internal.shift()) {
        if (next.sub.closed) continue;
        count++;
        next.sub.callback?.(next.sub, next.subject, next.reply, next.header, next.payload);
      }
    } finally {
      this.runningInternal = false;
    }
    return count;
  }
}

/** A canonical message as if it had arrived on the wire. */
export function buildMsg(
  subject: string,
  reply: string,
  payload: Buffer,
  header: Buffer | undefined,
): InboundMsg {
  const headerSize = header === undefined ? -1 : header.length;
  const size = payload.length + (header?.length ?? 0);
  const sizes = header === undefined ? `${size}` : `${headerSize} ${size}`;
  const line = `${subject} ${reply === '' ? '' : `${reply} `}${sizes}\r\n`;
  const parts = [Buffer.from(line, 'latin1'), header ?? empty, payload, lineEnd];
  const msg = new InboundMsg();
  msg.buffer = Buffer.concat(parts);
  msg.view = new DataView(msg.buffer.buffer, msg.buffer.byteOffset, msg.buffer.length);
  msg.subjectEnd = subject.length;
  msg.replyStart = subject.length + 1;
  msg.replyEnd = msg.replyStart + reply.length;
  msg.headerSize = headerSize;
  msg.size = size;
  msg.sizesEnd = line.length - 2;
  msg.sizesStart = msg.sizesEnd - sizes.length;
  msg.tailStart = subject.length + 1;
  msg.payloadStart = line.length;
  msg.end = line.length + size + 2;
  return msg;
}

const empty = Buffer.alloc(0);
/** CRLF and the slack of short copies. */
const lineEnd = Buffer.from('\r\n\0\0\0\0\0\0\0\0', 'latin1');
