/**
 * What a simulation did and saw, and the rules it must have kept. Each action has the time when it
 * was sent and the time when a PONG behind it confirmed that the server had processed it; in
 * between the server did it at a moment nobody knows. A publish surely meets a subscription that
 * was confirmed before it was sent and not given up before it was confirmed; it surely misses one
 * that was sent after its confirmation or given up, confirmed, before it was sent.
 *
 * The rules:
 * - a subscription gets only messages that match it, each at most once, with the right bytes;
 * - from each publisher in the order of publishing, and without a gap among those it surely meets,
 *   up to the end, or up to where its connection was lost;
 * - a queue group gets each message at most once, and exactly once when a member surely meets it
 *   and no member's connection was lost meanwhile;
 * - `max` deliveries are never exceeded once the maximum was confirmed;
 * - a request gets "no responders" when nobody can meet it, and not when somebody surely does.
 */
import { matchesSubject } from '../../src/subject/match.ts';

export const never = Number.POSITIVE_INFINITY;

/** A lost connection may go on receiving at the server for so long. */
const goneAfterMs = 5000;

export interface SubscriptionRecord {
  readonly client: string;
  readonly sid: string;
  readonly subject: string;
  readonly queue: string;
  readonly max: number;
  /** The connection does not get its own messages. */
  readonly noEcho: boolean;
  readonly sentMs: number;
  confirmedMs: number;
  unsubSentMs: number;
  unsubConfirmedMs: number;
  /** The connection broke; what was delivered before may not have arrived. */
  lostMs: number;
  readonly received: MessageRecord[];
}

export interface MessageRecord {
  readonly client: string;
  readonly sequence: number;
  readonly subject: string;
  readonly sentMs: number;
  confirmedMs: number;
  /** A request: the status it was answered with. */
  readonly request: boolean;
  noResponders: boolean;
}

/** When the server may hold the subscription, at most and at least. */
function mayMeet(sub: SubscriptionRecord, message: MessageRecord): boolean {
  if (sub.noEcho && sub.client === message.client) return false;
  if (message.confirmedMs < sub.sentMs || message.sentMs > sub.unsubConfirmedMs) return false;
  return message.sentMs <= sub.lostMs + goneAfterMs;
}

function surelyMeets(sub: SubscriptionRecord, message: MessageRecord): boolean {
  if (sub.noEcho && sub.client === message.client) return false;
  if (message.confirmedMs === never || sub.lostMs !== never) return false;
  return sub.confirmedMs <= message.sentMs && sub.unsubSentMs >= message.confirmedMs;
}

export class History {
  readonly subscriptions: SubscriptionRecord[] = [];
  readonly messages: MessageRecord[] = [];
  private readonly byKey = new Map<string, MessageRecord>();

  subscribed(sub: SubscriptionRecord): void {
    this.subscriptions.push(sub);
  }

  published(message: MessageRecord): void {
    this.messages.push(message);
    this.byKey.set(`${message.client} ${message.sequence}`, message);
  }

  message(client: string, sequence: number): MessageRecord | undefined {
    return this.byKey.get(`${client} ${sequence}`);
  }

  /** Everything that broke a rule, in words. */
  problems(): string[] {
    const problems: string[] = [];
    for (const sub of this.subscriptions) {
      this.checkSubscription(sub, (text) => problems.push(`${describe(sub)}: ${text}`));
    }
    this.checkGroups((text) => problems.push(text));
    this.checkRequests((text) => problems.push(text));
    return problems;
  }

  private checkSubscription(sub: SubscriptionRecord, problem: (text: string) => void): void {
    const last = new Map<string, number>();
    for (const message of sub.received) {
      if (!matchesSubject(sub.subject, message.subject)) problem(`got ${name(message)}`);
      if (!mayMeet(sub, message)) problem(`got ${name(message)} outside its life`);
      const before = last.get(message.client) ?? 0;
      if (message.sequence === before) problem(`got ${name(message)} twice`);
      if (message.sequence < before) problem(`got ${name(message)} after number ${before}`);
      last.set(message.client, message.sequence);
    }
    // SUB and UNSUB may come in different packets: what arrives in between is not counted out.
    const beyond = sub.max > 0 ? sub.received.slice(sub.max) : [];
    if (beyond.some((message) => message.sentMs > sub.confirmedMs)) {
      problem(`got more than ${sub.max} messages`);
    }
    if (sub.queue === '') this.checkGaps(sub, last, problem);
  }

  /** A plain subscription: nothing is missing in between, or at all. */
  private checkGaps(
    sub: SubscriptionRecord,
    last: Map<string, number>,
    problem: (text: string) => void,
  ): void {
    const got = new Set(sub.received);
    const full = sub.max > 0 && sub.received.length >= sub.max;
    const unbroken = { ...sub, lostMs: never };
    for (const message of this.messages) {
      if (got.has(message) || !matchesSubject(sub.subject, message.subject)) continue;
      // A lost connection got a beginning of what it would have got; so did one that is full.
      const cut = full || sub.lostMs !== never;
      if (cut && message.sequence > (last.get(message.client) ?? 0)) continue;
      if (surelyMeets(unbroken, message)) problem(`missed ${name(message)}`);
    }
  }

  private checkGroups(problem: (text: string) => void): void {
    const groups = new Map<string, SubscriptionRecord[]>();
    for (const sub of this.subscriptions) {
      if (sub.queue === '') continue;
      const members = groups.get(sub.queue);
      if (members) members.push(sub);
      else groups.set(sub.queue, [sub]);
    }
    for (const [queue, members] of groups) {
      const times = countReceived(members);
      for (const message of this.messages) this.checkGroup(queue, members, message, times, problem);
    }
  }

  /** Members of one name on different subjects are one group for each message. */
  private checkGroup(
    queue: string,
    members: readonly SubscriptionRecord[],
    message: MessageRecord,
    times: Map<MessageRecord, number>,
    problem: (text: string) => void,
  ): void {
    const count = times.get(message) ?? 0;
    if (count > 1) problem(`queue group ${queue} got ${name(message)} ${count} times`);
    if (count > 0) return;
    const able = members.filter(
      (sub) => matchesSubject(sub.subject, message.subject) && mayMeet(sub, message),
    );
    // A member with a maximum may be full; it then is no member any more.
    const sure = able.some((sub) => sub.max === 0 && surelyMeets(sub, message));
    const lossy = able.some((sub) => sub.lostMs !== never);
    if (sure && !lossy) problem(`queue group ${queue} missed ${name(message)}`);
  }

  private checkRequests(problem: (text: string) => void): void {
    for (const message of this.messages) {
      if (!message.request || message.confirmedMs === never) continue;
      const able = this.subscriptions.filter(
        (sub) => matchesSubject(sub.subject, message.subject) && mayMeet(sub, message),
      );
      if (able.length === 0 && !message.noResponders) problem(`${name(message)}: 503 is missing`);
      const sure = able.some((sub) => sub.max === 0 && surelyMeets(sub, message));
      if (sure && message.noResponders) problem(`${name(message)}: 503 in spite of a responder`);
    }
  }
}

function countReceived(members: readonly SubscriptionRecord[]): Map<MessageRecord, number> {
  const times = new Map<MessageRecord, number>();
  for (const sub of members) {
    for (const message of sub.received) times.set(message, (times.get(message) ?? 0) + 1);
  }
  return times;
}

function describe(sub: SubscriptionRecord): string {
  const queue = sub.queue === '' ? '' : ` queue ${sub.queue}`;
  return `subscription ${sub.client}/${sub.sid} to ${sub.subject}${queue}`;
}

function name(message: MessageRecord): string {
  return `message ${message.client}#${message.sequence} on ${message.subject}`;
}
