/**
 * Hot: a cached route, the answer to "who gets a message on this subject". Budget: no allocation
 * per lookup. Guarded by the bench rows 1:1, 1:4, queue group and 1,000 subjects.
 *
 * A route holds the subject's bytes, the matching plain subscriptions and queue groups, and for
 * each list the encoded `subject sid ` runs in one buffer, so that a delivery copies one short run
 * and the tail of the inbound message. Interest changes patch the lists and mark their runs stale;
 * runs are rebuilt on the next publish.
 */
import type { ImportedSubject, Subscription } from './subscription.ts';

/** Spare bytes behind every buffer that is copied 4 bytes at a time. */
export const copySlack = 8;

const noBuffer = Buffer.alloc(copySlack);
const noView = new DataView(noBuffer.buffer, noBuffer.byteOffset, noBuffer.length);

/** Subscriptions of a route with their encoded runs; the order means nothing. */
export class Members {
  readonly subs: Subscription[] = [];
  /** Runs `subject sid `, one per subscription, in order. */
  runs: Buffer = noBuffer;
  runsView: DataView = noView;
  /** subs.length + 1 offsets into runs. */
  offsets: number[] = [0];
  stale = false;

  add(sub: Subscription): void {
    this.subs.push(sub);
    this.stale = true;
  }

  remove(sub: Subscription): void {
    const at = this.subs.indexOf(sub);
    if (at < 0) return;
    const last = this.subs.pop()!;
    if (at < this.subs.length) this.subs[at] = last;
    this.stale = true;
  }

  clear(): void {
    this.subs.length = 0;
    this.stale = true;
  }

  /** Encodes the runs again after the subscriptions changed. */
  rebuild(subject: Uint8Array): void {
    this.stale = false;
    let size = 0;
    for (const sub of this.subs) {
      const shown = sub.imported === null ? subject : importedBytes(sub.imported, subject);
      size += shown.length + sub.sid.length + 2;
    }
    const runs = Buffer.allocUnsafeSlow(size + copySlack);
    const offsets: number[] = [];
    let at = 0;
    for (const sub of this.subs) {
      offsets.push(at);
      const shown = sub.imported === null ? subject : importedBytes(sub.imported, subject);
      runs.set(shown, at);
      at += shown.length;
      runs[at++] = 0x20;
      at += runs.latin1Write(sub.sid, at);
      runs[at++] = 0x20;
    }
    offsets.push(at);
    this.runs = runs;
    this.runsView = new DataView(runs.buffer, runs.byteOffset, runs.length);
    this.offsets = offsets;
  }
}

/** The subject that a subscription to an imported stream gets to see. */
function importedBytes(imported: ImportedSubject, subject: Uint8Array): Buffer {
  return Buffer.from(imported.localSubject(Buffer.from(subject).latin1Slice()), 'latin1');
}

/** The members of one queue group that match a subject. Never empty inside a route. */
export class RouteGroup {
  readonly name: string;
  readonly members = new Members();

  constructor(name: string) {
    this.name = name;
  }
}

export class Route {
  readonly subject: string;
  readonly bytes: Buffer;
  readonly hash: number;
  readonly plain = new Members();
  readonly groups: RouteGroup[] = [];
  /** Evicted from the cache, or never in it: whoever remembers it must look again. */
  dead = false;
  /** Filled anew for each answer that is not cached. */
  isScratch = false;
  /** Second-chance bit of the eviction sweep. */
  used = true;
  /** Chains: hash bucket, and bucket of the first token. */
  nextInBucket: Route | null = null;
  nextInToken: Route | null = null;
  prevInToken: Route | null = null;
  readonly tokenBucket: number;

  constructor(subject: string, hash: number, tokenBucket: number) {
    this.subject = subject;
    this.bytes = Buffer.from(subject, 'latin1');
    this.hash = hash;
    this.tokenBucket = tokenBucket;
  }

  /** True when the bytes [start, end) of `buffer` are this route's subject. */
  matches(buffer: Uint8Array, start: number, end: number): boolean {
    const bytes = this.bytes;
    const length = end - start;
    if (bytes.length !== length) return false;
    // Subjects that share a prefix differ at their end: compare backwards.
    for (let i = length - 1; i >= 0; i--) {
      if (bytes[i] !== buffer[start + i]) return false;
    }
    return true;
  }

  get isEmpty(): boolean {
    return this.plain.subs.length === 0 && this.groups.length === 0;
  }

  /** Subscriptions in all. */
  get size(): number {
    let size = this.plain.subs.length;
    for (const group of this.groups) size += group.members.subs.length;
    return size;
  }

  add(sub: Subscription): void {
    if (sub.queue === '') this.plain.add(sub);
    else this.group(sub.queue).members.add(sub);
  }

  remove(sub: Subscription): void {
    if (sub.queue === '') {
      this.plain.remove(sub);
      return;
    }
    const at = this.groups.findIndex((g) => g.name === sub.queue);
    if (at < 0) return;
    const { members } = this.groups[at]!;
    members.remove(sub);
    if (members.subs.length === 0) this.groups.splice(at, 1);
  }

  /** The group of that name, made when it is missing. */
  group(name: string): RouteGroup {
    const known = this.groups.find((g) => g.name === name);
    if (known) return known;
    const group = new RouteGroup(name);
    this.groups.push(group);
    return group;
  }

  clear(): void {
    this.plain.clear();
    this.groups.length = 0;
  }
}
