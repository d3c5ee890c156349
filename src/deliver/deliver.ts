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
import type { StreamImport } from '../account/imports.ts';
import type { Connection } from '../connection/connection.ts';
import type { ServerCounters } from '../connection/connection-host.ts';
import type { Random } from '../platform/clock.ts';
import type { Members, Route } from '../subject/route.ts';
import { roles, type Subscription, type SubscriptionFilter } from '../subject/subscription.ts';
import type { InboundMsg } from '../wire/inbound-msg.ts';
import { buildMsg } from './build-msg.ts';
import { appendCanonical, appendGeneral } from './encode.ts';
import { type MessageTrace, notDelivered } from './message-trace.ts';
import { traceDelivery } from './trace.ts';

/** What the path needs from the client layer: dropping a subscription that reached its maximum. */
export interface DeliverEvents {
  onAutoUnsubscribe(connection: Connection, sub: Subscription): void;
}

/** Hands messages over the border between accounts; see service-imports.ts. */
export interface ServiceBorder {
  /** `sub` has role service or response; `account` is the one the message is in. */
  process(from: Connection | null, account: Account, sub: Subscription, msg: InboundMsg): boolean;
}

interface InternalDelivery {
  sub: Subscription;
  subject: string;
  reply: string;
  header: Buffer | undefined;
  payload: Buffer;
  from: Connection | undefined;
}

/** A receiver that reached its maximum inside a nested fan-out must not get more. */
const nothingMore: SubscriptionFilter = { denies: () => true, deniesBytes: () => true };

export class Deliverer {
  private readonly random: Random;
  private readonly counters: ServerCounters;
  private readonly events: DeliverEvents;
  /** Wired by the composition root. */
  services: ServiceBorder | null = null;
  private readonly internal: InternalDelivery[] = [];
  private readonly afterFanOut: (() => void)[] = [];
  private readonly finished: { connection: Connection; sub: Subscription }[] = [];
  private runningInternal = false;
  /** Fan-outs in progress: imported services deliver inside a delivery. */
  private depth = 0;
  /** Receivers of the current fan-out that count as interest but not as traffic. */
  private uncounted = 0;
  /** The message came through a service import: it is not exported again as a stream. */
  throughService = false;
  /** The trace of the message being delivered, when it is traced. */
  trace: MessageTrace | null = null;
  /** Whose input is being parsed: brings the counters up to date for those who look at them now. */
  source: { count(): void } | null = null;
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
   * Returns the number of receivers, imported services and internal subscriptions included.
   */
  deliver(from: Connection | null, account: Account, route: Route, msg: InboundMsg): number {
    let count = 0;
    this.depth++;
    const uncounted = this.uncounted;
    this.uncounted = 0;
    const plain = route.plain;
    if (plain.subs.length > 0) count = this.deliverPlain(from, account, route, plain, msg);
    const groups = route.groups;
    for (let i = groups.length - 1; i >= 0; i--) {
      if (this.deliverToGroup(from, account, route, groups[i]!.members, msg)) count++;
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
    count += this.uncounted;
    this.uncounted = uncounted;
    this.depth--;
    if (this.depth === 0 && this.unsettled) this.settle();
    return count;
  }

  private deliverPlain(
    from: Connection | null,
    account: Account,
    route: Route,
    members: Members,
    msg: InboundMsg,
  ): number {
    const canonical = msg.tailStart >= 0 && !route.dead;
    if (canonical && members.stale) members.rebuild(route.bytes);
    let count = 0;
    for (let i = members.subs.length - 1; i >= 0; i--) {
      const { role } = members.subs[i]!;
      if (role === roles.client || role === roles.imported) {
        if (this.trace !== null) {
          if (this.deliverTraced(from, members, i, msg, canonical) === 'sent') count++;
        } else if (this.deliverTo(from, members, i, msg, canonical)) count++;
      } else if (this.deliverInside(from, account, members.subs[i]!, msg)) this.uncounted++;
    }
    return count;
  }

  /** One random member; when it cannot take the message, the next ones are tried. */
  private deliverToGroup(
    from: Connection | null,
    account: Account,
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
      if (sub.role === roles.client || sub.role === roles.imported) {
        if (this.trace !== null) {
          const fate = this.deliverTraced(from, members, at, msg, canonical);
          if (fate !== 'refused') return fate === 'sent';
        } else if (this.deliverTo(from, members, at, msg, canonical)) return true;
      } else if (this.deliverInside(from, account, sub, msg)) {
        this.uncounted++;
        return false;
      }
    }
    return false;
  }

  /** To the server itself or over the border of an account. */
  private deliverInside(
    from: Connection | null,
    account: Account,
    sub: Subscription,
    msg: InboundMsg,
  ): boolean {
    if (sub.closed) return false;
    sub.delivered++;
    if (sub.role === roles.internal) {
      return this.trace?.only === true || this.queueInternal(from, sub, msg);
    }
    return this.services?.process(from, account, sub, msg) ?? false;
  }

  private deliverTo(
    from: Connection | null,
    members: Members,
    at: number,
    msg: InboundMsg,
    canonical: boolean,
  ): boolean {
    const sub = members.subs[at]!;
    const to = sub.owner as Connection;
    if (to === from && !to.echo) return false;
    const out = to.outbound;
    if (out.closed) return false;
    const { filter } = sub;
    if (sub.role === roles.imported) {
      if (this.throughService) return false;
      if (filter?.denies(sub.imported!.localSubject(msg.subject()))) return false;
    } else if (filter?.deniesBytes(msg.buffer, msg.subjectStart, msg.subjectEnd)) return false;
    if (out.crowded && from !== null && !this.waitFor(from, to)) return false;
    sub.delivered++;
    if (msg.headerSize < 0 || to.headers) {
      if (canonical) appendCanonical(out, members, at, msg);
      else appendGeneral(out, sub, msg, true);
      to.outBytes += msg.size;
    } else {
      appendGeneral(out, sub, msg, false);
      to.outBytes += msg.size - msg.headerSize;
    }
    to.outMsgs++;
    to.lastActivityMs = this.nowMs;
    if (to.responses !== undefined && msg.hasReply) to.responses.onDelivered(msg.reply());
    if (to.trace) traceDelivery(to, sub, msg);
    if (sub.max > 0 && sub.delivered >= sub.max) this.onMaximum(to, sub);
    return true;
  }

  /**
   * `deliverTo` with its events. What is only traced counts as interest but not as traffic:
   * `traced`.
   */
  private deliverTraced(
    from: Connection | null,
    members: Members,
    at: number,
    msg: InboundMsg,
    canonical: boolean,
  ): 'sent' | 'traced' | 'refused' {
    const trace = this.trace!;
    const sub = members.subs[at]!;
    const to = sub.owner as Connection;
    if (sub.role === roles.imported) {
      if (this.throughService) return 'refused';
      trace.addStreamExport(to, sub.imported!.localSubject(msg.subject()));
      if (!(sub.imported as StreamImport).allowTrace) {
        // The trace ends at the border.
        if (trace.only) this.uncounted++;
        else return this.deliverUntraced(from, members, at, msg, canonical);
        return 'traced';
      }
    }
    const problem = refusal(from, to, sub, msg);
    if (problem === '' && trace.only) {
      trace.addEgress(to, sub);
      this.uncounted++;
      return 'traced';
    }
    if (problem === '' && this.deliverTo(from, members, at, msg, canonical)) {
      trace.addEgress(to, sub);
      return 'sent';
    }
    trace.addEgress(to, sub, problem === '' ? notDelivered.notStalled : problem);
    return 'refused';
  }

  private deliverUntraced(
    from: Connection | null,
    members: Members,
    at: number,
    msg: InboundMsg,
    canonical: boolean,
  ): 'sent' | 'refused' {
    const { trace } = this;
    this.trace = null;
    const sent = this.deliverTo(from, members, at, msg, canonical);
    this.trace = trace;
    return sent ? 'sent' : 'refused';
  }

  /** A fan-out around this one must find its receivers where they are: it is dropped later. */
  private onMaximum(to: Connection, sub: Subscription): void {
    if (this.depth === 1) this.events.onAutoUnsubscribe(to, sub);
    else {
      sub.filter = nothingMore;
      this.finished.push({ connection: to, sub });
    }
  }

  private waitFor(from: Connection, to: Connection): boolean {
    if (!to.outbound.stalled) from.yieldTo(to);
    else if (this.dropWhenStalled) return false;
    else from.stallFor(to);
    return true;
  }

  // ---- the server's own messages ----

  /**
   * Publishes for the server itself. `header` is a complete block ending in CRLFCRLF. It is no part
   * of the trace of the message it may follow from.
   */
  publish(
    account: Account,
    subject: string,
    reply: string,
    payload: Buffer,
    header?: Buffer,
  ): number {
    const { trace } = this;
    this.trace = null;
    const count = this.deliverAside(null, account, buildMsg(subject, reply, payload, header));
    this.trace = trace;
    return count;
  }

  /** Routes a message that was made here, perhaps in the middle of another delivery. */
  deliverAside(from: Connection | null, account: Account, msg: InboundMsg): number {
    const { sublist } = account;
    const route = sublist.matchAside(msg.buffer, msg.subjectStart, msg.subjectEnd);
    const count = route.isEmpty ? 0 : this.deliver(from, account, route, msg);
    sublist.release(route);
    return count;
  }

  /** Runs `action` when nobody is in the middle of a delivery; at once when nobody is. */
  afterwards(action: () => void): void {
    if (this.depth === 0 && !this.runningInternal) action();
    else this.afterFanOut.push(action);
  }

  private get unsettled(): boolean {
    return this.internal.length + this.finished.length + this.afterFanOut.length > 0;
  }

  private queueInternal(from: Connection | null, sub: Subscription, msg: InboundMsg): boolean {
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
      from: from ?? undefined,
    });
    return true;
  }

  /** Everybody has the message: runs the internal subscriptions, which may publish in turn. */
  private settle(): void {
    if (this.runningInternal) return;
    this.source?.count();
    this.runningInternal = true;
    try {
      while (this.unsettled) this.settleOnce();
    } finally {
      this.runningInternal = false;
    }
  }

  private settleOnce(): void {
    for (const { connection, sub } of this.finished.splice(0)) {
      if (!sub.closed) this.events.onAutoUnsubscribe(connection, sub);
    }
    for (const action of this.afterFanOut.splice(0)) action();
    for (const { sub, subject, reply, header, payload, from } of this.internal.splice(0)) {
      if (!sub.closed) sub.callback?.(subject, reply, header, payload, from, sub);
    }
  }
}

/** Why `deliverTo` would not deliver, apart from a receiver that is too slow; empty: it would. */
function refusal(
  from: Connection | null,
  to: Connection,
  sub: Subscription,
  msg: InboundMsg,
): string {
  if (to === from && !to.echo) return notDelivered.noEcho;
  const subject = sub.imported?.localSubject(msg.subject()) ?? msg.subject();
  if (sub.filter?.denies(subject)) return notDelivered.subscriptionDenied;
  return to.outbound.closed ? notDelivered.clientClosed : '';
}
