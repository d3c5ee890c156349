/**
 * Replies due to an account's exported services. Each request that crosses the border gets a reply
 * subject of its own, `_R_.<account's random>.<request's random>`, that leads back to the
 * requester's account once (singleton) or until it ends (stream, chunked). An entry goes when it is
 * answered, when its threshold passes, or when the requester's interest in the reply is gone.
 *
 * The exporter's account owns the entries (`pending`); the requester's account knows which of its
 * reply subjects are awaited (`awaited`), so that an unsubscribe finds them.
 */
import type { Clock, Random, Timer, Timers } from '../platform/clock.ts';
import { matchesSubject } from '../subject/match.ts';
import type { Sublist } from '../subject/sublist.ts';
import { roles, Subscription } from '../subject/subscription.ts';
import { hasWildcard } from '../subject/tokens.ts';
import type { Account } from './account.ts';
import type { ServiceExport } from './imports.ts';

/** Replies awaited by an account at once; the oldest of the same export gives way. */
export const pendingResponsesMax = 1_048_576;
/** Up to so many awaited replies are compared with a wildcard that is unsubscribed. */
const comparedMax = 10_000;
const defaultThresholdMs = 120_000;
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62 to the power of 5: as many draws as `below` takes, and one more digit. */
const fiveDigits = 916_132_832;

export type UnansweredReason = 'noDelivery' | 'timeout' | 'lostInterest';

/** Latency measurement of a request; the layers above know what the requester is. */
export interface LatencyTracking {
  readonly subject: string;
  /** The header lines that asked for it. */
  readonly header: ReadonlyMap<string, readonly string[]> | undefined;
  /** The connection that asked; null once it was reported. */
  requester: object | null;
}

/** The way back of one request. */
export class ServiceResponse {
  /** The account the reply goes to. */
  readonly account: Account;
  /** The requester's reply subject. */
  readonly to: string;
  /** The reply subject that the service sees. */
  readonly from: string;
  readonly export: ServiceExport | undefined;
  readonly share: boolean;
  /** Set when the latency of this request is measured. */
  tracking: LatencyTracking | undefined;
  /** Set for tracing: whoever follows the message hears of the reply. */
  trace: object | null = null;
  sinceMs: number;
  delivered = false;
  /** The entries it stands in. */
  readonly owner: ServiceResponses;

  /** The account of the service. */
  get exporter(): Account {
    return this.owner.account;
  }

  constructor(owner: ServiceResponses, account: Account, to: string, from: string, of: Origin) {
    this.owner = owner;
    this.account = account;
    this.to = to;
    this.from = from;
    this.export = of.export;
    this.share = of.share;
    this.sinceMs = of.nowMs;
  }
}

interface Origin {
  readonly export: ServiceExport | undefined;
  readonly share: boolean;
  readonly nowMs: number;
}

export interface ResponseParts {
  readonly random: Random;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Default `pendingResponsesMax`. */
  readonly pendingMax?: number;
  onUnanswered(response: ServiceResponse, reason: UnansweredReason): void;
}

export class ServiceResponses {
  private readonly sublist: Sublist;
  private readonly parts: ResponseParts;
  private readonly pending = new Map<string, ServiceResponse>();
  /** Entries in the order of their age. */
  private readonly byExport = new Map<ServiceExport | undefined, Map<string, ServiceResponse>>();
  private readonly timers = new Map<ServiceExport | undefined, Timer>();
  /** Reply subjects of this account's requesters. */
  private readonly awaited = new Map<string, ServiceResponse | Set<ServiceResponse>>();
  /** The account these belong to; set by it. */
  account!: Account;
  private prefix = '';
  private sub: Subscription | undefined;

  constructor(sublist: Sublist, parts: ResponseParts) {
    this.sublist = sublist;
    this.parts = parts;
  }

  get pendingCount(): number {
    return this.pending.size;
  }

  get awaitedCount(): number {
    return this.awaited.size;
  }

  find(subject: string): ServiceResponse | undefined {
    return this.pending.get(subject);
  }

  /**
   * Awaits the reply to a request of `account`. `trackedBy` is this server's hash when latency is
   * measured, else empty.
   */
  expect(
    account: Account,
    to: string,
    service: { export: ServiceExport | undefined; share: boolean },
    trackedBy: string,
  ): ServiceResponse {
    const from = this.newReply(trackedBy);
    const { clock } = this.parts;
    const origin = { export: service.export, share: service.share, nowMs: clock.nowMs() };
    const response = new ServiceResponse(this, account, to, from, origin);
    let due = this.byExport.get(service.export);
    if (due === undefined) this.byExport.set(service.export, (due = new Map()));
    if (this.pending.size >= (this.parts.pendingMax ?? pendingResponsesMax)) {
      for (const oldest of due.values()) {
        this.giveUp(oldest, 'timeout');
        break;
      }
    }
    this.pending.set(from, response);
    due.set(from, response);
    account.responses.noteAwaited(response);
    if (!this.timers.has(service.export)) this.startTimer(service.export);
    return response;
  }

  /** More may come: its threshold begins anew. */
  renew(response: ServiceResponse): void {
    const due = this.byExport.get(response.export);
    if (due === undefined || !due.delete(response.from)) return;
    response.sinceMs = this.parts.clock.nowMs();
    due.set(response.from, response);
  }

  /** It was answered, or nobody will answer any more. */
  remove(response: ServiceResponse): boolean {
    if (!this.pending.delete(response.from)) return false;
    this.byExport.get(response.export)?.delete(response.from);
    response.account.responses.forgetAwaited(response);
    return true;
  }

  /** Removes it and says so when its latency was to be measured. */
  giveUp(response: ServiceResponse, reason: UnansweredReason): void {
    if (!this.remove(response)) return;
    if (!response.delivered && response.tracking?.requester) {
      this.parts.onUnanswered(response, reason);
    }
  }

  /** A subscription of this account is gone: replies that only it awaited need not come. */
  onUnsubscribed(subject: string): void {
    if (this.awaited.size === 0 || subject.startsWith('_R_.')) return;
    if (!hasWildcard(subject)) {
      this.dropAwaited(subject);
      return;
    }
    if (this.awaited.size > comparedMax) return;
    for (const reply of [...this.awaited.keys()]) {
      if (matchesSubject(subject, reply)) this.dropAwaited(reply);
    }
  }

  private dropAwaited(reply: string): void {
    const entry = this.awaited.get(reply);
    if (entry === undefined || this.sublist.hasInterest(reply)) return;
    const all = entry instanceof Set ? [...entry] : [entry];
    for (const response of all) response.owner.giveUp(response, 'lostInterest');
  }

  private noteAwaited(response: ServiceResponse): void {
    const entry = this.awaited.get(response.to);
    if (entry === undefined) this.awaited.set(response.to, response);
    else if (entry instanceof Set) entry.add(response);
    else this.awaited.set(response.to, new Set([entry, response]));
  }

  private forgetAwaited(response: ServiceResponse): void {
    const entry = this.awaited.get(response.to);
    if (entry === response) this.awaited.delete(response.to);
    else if (entry instanceof Set) {
      entry.delete(response);
      if (entry.size === 0) this.awaited.delete(response.to);
    }
  }

  private newReply(trackedBy: string): string {
    if (this.sub === undefined) this.listen();
    const tail = trackedBy === '' ? '' : `.${trackedBy}.T`;
    return `${this.prefix}${this.sixDigits()}${tail}`;
  }

  private listen(): void {
    this.prefix = `_R_.${this.sixDigits()}.`;
    const sub = new Subscription(this, `${this.prefix}>`, '', '1');
    sub.role = roles.response;
    sub.service = this;
    this.sublist.insert(sub);
    this.sub = sub;
  }

  private sixDigits(): string {
    const { random } = this.parts;
    let text = digits[random.below(62)]!;
    for (let i = 0, rest = random.below(fiveDigits); i < 5; i++) {
      text += digits[rest % 62]!;
      rest = Math.floor(rest / 62);
    }
    return text;
  }

  private startTimer(service: ServiceExport | undefined): void {
    const thresholdMs = service?.thresholdMs ?? defaultThresholdMs;
    const timer = this.parts.timers.after(thresholdMs, () => this.expire(service, thresholdMs));
    this.timers.set(service, timer);
  }

  /** Gives up what is older than the threshold; comes again while anything is due. */
  private expire(service: ServiceExport | undefined, thresholdMs: number): void {
    this.timers.delete(service);
    const due = this.byExport.get(service);
    if (due === undefined) return;
    const until = this.parts.clock.nowMs() - thresholdMs;
    for (const response of due.values()) {
      if (response.sinceMs > until) break;
      this.giveUp(response, 'timeout');
    }
    if (due.size > 0) this.startTimer(service);
    else this.byExport.delete(service);
  }

  /** Ends the timers: the server stops. */
  close(): void {
    for (const timer of this.timers.values()) timer.clear();
    this.timers.clear();
  }
}
