/**
 * Hot: a cached route, the answer to "who gets a message on this subject". Budget: no allocation
 * per lookup. Guarded by the bench rows 1:1, 1:4 and 1,000 subjects.
 *
 * A route holds the subject's bytes, the matching plain subscriptions and queue groups, and the
 * encoded `subject sid ` runs of its plain subscriptions in one buffer, so that a delivery copies
 * one short run and the tail of the inbound message. Interest changes patch the arrays and mark the
 * encoded runs stale; they are rebuilt on the next publish.
 */
import type { Subscription } from './subscription.ts';

/** The members of one queue group that match a subject. Never empty. */
export class QueueGroup {
  readonly name: string;
  readonly subs: Subscription[];

  constructor(name: string, subs: Subscription[]) {
    this.name = name;
    this.subs = subs;
  }
}

/** Spare bytes behind every buffer that is copied 4 bytes at a time. */
export const copySlack = 8;

const noBuffer = Buffer.alloc(copySlack);
const noView = new DataView(noBuffer.buffer, noBuffer.byteOffset, noBuffer.length);

export class Route {
  readonly subject: string;
  readonly bytes: Buffer;
  readonly hash: number;
  readonly plain: Subscription[] = [];
  readonly groups: QueueGroup[] = [];
  /** Runs `subject sid `, one per plain subscription, in order. */
  runs: Buffer = noBuffer;
  runsView: DataView = noView;
  /** plain.length + 1 offsets into runs. */
  runOffsets: number[] = [0];
  runsStale = false;
  /** Evicted from the cache: whoever remembers it must look again. */
  dead = false;
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

  add(sub: Subscription): void {
    if (sub.queue === '') {
      this.plain.push(sub);
      this.runsStale = true;
      return;
    }
    const group = this.groups.find((g) => g.name === sub.queue);
    if (group) group.subs.push(sub);
    else this.groups.push(new QueueGroup(sub.queue, [sub]));
  }

  remove(sub: Subscription): void {
    if (sub.queue === '') {
      if (removeUnordered(this.plain, sub)) this.runsStale = true;
      return;
    }
    const at = this.groups.findIndex((g) => g.name === sub.queue);
    if (at < 0) return;
    const group = this.groups[at]!;
    removeUnordered(group.subs, sub);
    if (group.subs.length === 0) this.groups.splice(at, 1);
  }

  /** Encodes the runs again after the plain subscriptions changed. */
  rebuildRuns(): void {
    this.runsStale = false;
    const { plain, bytes } = this;
    let size = 0;
    for (const sub of plain) size += bytes.length + sub.sid.length + 2;
    const runs = Buffer.allocUnsafeSlow(size + copySlack);
    const offsets: number[] = [];
    let at = 0;
    for (const sub of plain) {
      offsets.push(at);
      runs.set(bytes, at);
      at += bytes.length;
      runs[at++] = 0x20;
      at += runs.write(sub.sid, at, 'latin1');
      runs[at++] = 0x20;
    }
    offsets.push(at);
    this.runs = runs;
    this.runsView = new DataView(runs.buffer, runs.byteOffset, runs.length);
    this.runOffsets = offsets;
  }
}

function removeUnordered(subs: Subscription[], sub: Subscription): boolean {
  const at = subs.indexOf(sub);
  if (at < 0) return false;
  const last = subs.pop()!;
  if (at < subs.length) subs[at] = last;
  return true;
}
