/**
 * What a user may publish and subscribe to. One PermissionSet is built per user and shared by the
 * user's connections; nothing in it changes but the caches.
 *
 * Rules, as in nats-server 2.15.2:
 * - Publish: an absent or empty allow list allows everything; deny overrules allow.
 * - Subscribe: an absent or empty allow list allows everything; deny overrules. An entry may carry a
 *   queue, `"foo.* workers"`: it speaks of queue subscriptions with that queue (which may have
 *   wildcards) only. When entries with queues match the subject, a queue subscription must be named by
 *   one of them; a plain deny overrules all of them.
 * - A subscription's wildcards are compared as ordinary tokens, so a wildcard subscription wider than a
 *   deny entry is accepted. What it must not receive is dropped at delivery: see `denyFilterFor`.
 * - `allow_responses` without a publish allow list turns the blanket allow off. The permits
 *   themselves belong to a connection: see response-permits.ts.
 *
 * One thing is stricter: nats-server lets a user that is allowed `foo.*` subscribe to `foo.>` and
 * delivers everything below foo. We accept the subscription too, and deliver what is allowed.
 */
import { isSubsetMatch, subjectsCollide } from '../subject/match.ts';
import { hasWildcard, wireSubject } from '../subject/tokens.ts';
import { isValidSubject, systemQueue } from '../subject/validate.ts';
import { type Pattern, PatternSet, queueMatches } from './pattern-set.ts';
import { VerdictCache } from './verdict-cache.ts';

export interface SubjectPermissionInput {
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[] | undefined;
}

export interface ResponsePermissionInput {
  /** 0 is the default of 1, negative is unlimited. */
  readonly maxMsgs: number;
  /** Nanoseconds; 0 is the default of 2 minutes, negative is for ever. */
  readonly expiresNs: bigint;
}

/** The options' Permissions: entries are ordinary text, not yet wire subjects. */
export interface PermissionsInput {
  readonly publish: SubjectPermissionInput | undefined;
  readonly subscribe: SubjectPermissionInput | undefined;
  readonly response: ResponsePermissionInput | undefined;
}

/** The permissions, and publishing to `subject` denied. */
export function denyPublish(
  permissions: PermissionsInput | undefined,
  subject: string,
): PermissionsInput {
  const { publish, subscribe, response } = permissions ?? {};
  const deny = [...(publish?.deny ?? []), subject];
  return { publish: { allow: publish?.allow, deny }, subscribe, response };
}

/** An entry that is no subject (and queue). Configuration is checked before it gets here. */
export class InvalidPermission extends Error {
  constructor(entry: string) {
    super(`invalid subject-queue ${JSON.stringify(entry)}`);
    this.name = 'InvalidPermission';
  }
}

/** `"foo"` or `"foo queue"`, white space as Go's strings.Fields has it for ASCII. */
export function parseSubjectQueue(entry: string): Pattern {
  const fields = entry.split(/[\t\n\v\f\r ]+/).filter((field) => field !== '');
  const [subject = '', queue = ''] = fields.map(wireSubject);
  const valid = fields.length === 1 || (fields.length === 2 && isValidSubject(queue));
  if (!valid || !isValidSubject(subject)) throw new InvalidPermission(entry);
  return { subject, queue };
}

const publishSlots = 256;
const filterSlots = 64;
/** Filters kept for reuse; they differ by queue name, which the client chooses. */
const filtersMax = 64;

function patterns(entries: readonly string[] | undefined): PatternSet | undefined {
  return entries === undefined ? undefined : new PatternSet(entries.map(parseSubjectQueue));
}

/** A queue has no meaning for publishing: the entry counts for its subject. */
function publishPatterns(entries: readonly string[] | undefined): PatternSet | undefined {
  return entries && new PatternSet(entries.map((e) => ({ ...parseSubjectQueue(e), queue: '' })));
}

const nonEmpty = <T>(list: readonly T[] | undefined) => (list?.length ? list : undefined);

export class PermissionSet {
  /** What it was built from, for monitoring. */
  readonly source: PermissionsInput;
  /** Defaults filled in; undefined without `allow_responses`. */
  readonly response: ResponsePermissionInput | undefined;
  private readonly publishAllow: PatternSet | undefined;
  private readonly publishDeny: PatternSet | undefined;
  private readonly subscribeAllow: PatternSet | undefined;
  private readonly subscribeDeny: PatternSet | undefined;
  private publishCache: VerdictCache | undefined;
  private readonly filters = new Map<string, DeliveryFilter>();

  /** Throws InvalidPermission. */
  constructor(source: PermissionsInput) {
    const { publish, subscribe, response } = source;
    this.source = source;
    this.response = response && withDefaults(response);
    this.publishAllow = publishPatterns(nonEmpty(publish?.allow) ?? (response ? [] : undefined));
    this.publishDeny = publishPatterns(nonEmpty(publish?.deny));
    this.subscribeAllow = patterns(nonEmpty(subscribe?.allow));
    this.subscribeDeny = patterns(nonEmpty(subscribe?.deny));
    this.publishCache = undefined;
  }

  /** False when every publish is allowed: callers may skip the check. */
  get restrictsPublish(): boolean {
    return this.publishAllow !== undefined || this.publishDeny !== undefined;
  }

  /** Without regard to response permits. `subject` is a latin1 string of the subject's bytes. */
  canPublish(subject: string): boolean {
    if (this.publishAllow && !this.publishAllow.match(subject).plain) return false;
    return !this.publishDeny?.match(subject).plain;
  }

  /** `canPublish` of the subject in `buf[start, end)`; allocates nothing for a subject seen lately. */
  canPublishBytes(buf: Uint8Array, start: number, end: number): boolean {
    if (this.publishAllow === undefined && this.publishDeny === undefined) return true;
    this.publishCache ??= new VerdictCache(publishSlots);
    const known = this.publishCache.get(buf, start, end);
    if (known >= 0) return known === 1;
    const allowed = this.canPublish(textOf(buf, start, end));
    this.publishCache.set(buf, start, end, allowed);
    return allowed;
  }

  /** `queue` is empty for a plain subscription. */
  canSubscribe(subject: string, queue = ''): boolean {
    if (this.subscribeAllow) {
      const { plain, queues } = this.subscribeAllow.match(subject);
      const named = queue !== '' && queues.length > 0;
      if (named ? !queueMatches(queue, queues) : !plain) return false;
    }
    return !this.subscribeDeny?.covers(subject, queue);
  }

  /**
   * What must be dropped at delivery to this subscription, which `canSubscribe` has accepted;
   * undefined when nothing needs a look. Only wildcard subscriptions do.
   */
  denyFilterFor(subject: string, queue = ''): DeliveryFilter | undefined {
    if (!hasWildcard(subject)) return undefined;
    const guarded = this.exceedsAllow(subject, queue);
    const denied = this.subscribeDeny?.patterns.some(
      (entry) => concerns(entry, queue) && subjectsCollide(entry.subject, subject),
    );
    if (!guarded && !denied) return undefined;
    const key = `${guarded ? 1 : 0}${queue}`;
    let filter = this.filters.get(key);
    if (!filter) {
      const allow = guarded ? this.subscribeAllow : undefined;
      filter = new DeliveryFilter(allow, this.subscribeDeny, queue);
      if (this.filters.size < filtersMax) this.filters.set(key, filter);
    }
    return filter;
  }

  /** Is no single allow entry as wide as this subscription? Only `>` under a `*` can get here. */
  private exceedsAllow(subject: string, queue: string): boolean {
    const allow = this.subscribeAllow;
    if (!allow) return false;
    return !allow.patterns.some(
      (entry) => concerns(entry, queue) && isSubsetMatch(subject, entry.subject),
    );
  }
}

/** Does the entry speak of subscriptions with this queue (empty: plain ones)? */
function concerns(entry: Pattern, queue: string): boolean {
  return entry.queue === '' || (queue !== '' && queueMatches(queue, [entry.queue]));
}

/** The delivery-time half of a subscribe permission; shared by subscriptions of the same user. */
export class DeliveryFilter {
  private readonly allow: PatternSet | undefined;
  private readonly deny: PatternSet | undefined;
  private readonly queue: string;
  private readonly cache = new VerdictCache(filterSlots);

  constructor(allow: PatternSet | undefined, deny: PatternSet | undefined, queue: string) {
    this.allow = allow;
    this.deny = deny;
    this.queue = queue;
  }

  /** Must a message with this subject be dropped? */
  denies(subject: string): boolean {
    if (this.allow && !this.allow.covers(subject, this.queue)) return true;
    return this.deny?.covers(subject, this.queue) ?? false;
  }

  /** `denies` of the subject in `buf[start, end)`; allocates nothing for a subject seen lately. */
  deniesBytes(buf: Uint8Array, start: number, end: number): boolean {
    const known = this.cache.get(buf, start, end);
    if (known >= 0) return known === 1;
    const denied = this.denies(textOf(buf, start, end));
    this.cache.set(buf, start, end, denied);
    return denied;
  }
}

/**
 * May a client make this subscription? Also without permissions the server's own queue is refused.
 */
export function clientMaySubscribe(
  permissions: PermissionSet | undefined,
  subject: string,
  queue: string,
): boolean {
  if (queue === systemQueue) return false;
  return permissions === undefined || permissions.canSubscribe(subject, queue);
}

const defaultResponses: ResponsePermissionInput = { maxMsgs: 1, expiresNs: 120_000_000_000n };

function withDefaults(response: ResponsePermissionInput): ResponsePermissionInput {
  return {
    maxMsgs: response.maxMsgs === 0 ? defaultResponses.maxMsgs : response.maxMsgs,
    expiresNs: response.expiresNs === 0n ? defaultResponses.expiresNs : response.expiresNs,
  };
}

function textOf(buf: Uint8Array, start: number, end: number): string {
  return Buffer.from(buf.buffer, buf.byteOffset + start, end - start).toString('latin1');
}
