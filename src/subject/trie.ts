/**
 * Hot: the subject trie behind a sublist. A node per token; literal children hang in a small hash
 * table keyed by the token's hash, so that a match walks the subject's bytes without making a
 * string. Budget: no allocation per match. Guarded by the bench row request/reply.
 */
import type { Subscription } from './subscription.ts';

/** The members of one queue group on one subject. Never empty. */
export class QueueGroup {
  readonly name: string;
  readonly subs: Subscription[] = [];

  constructor(name: string) {
    this.name = name;
  }

  add(sub: Subscription): void {
    sub.groupAt = this.subs.length;
    this.subs.push(sub);
  }

  /** The last one takes its place; false when it was not here. */
  remove(sub: Subscription): boolean {
    const at = sub.groupAt;
    if (this.subs[at] !== sub) return false;
    const last = this.subs.pop()!;
    if (last === sub) return true;
    this.subs[at] = last;
    last.groupAt = at;
    return true;
  }
}

export class TrieNode {
  readonly token: string;
  readonly hash: number;
  readonly parent: TrieNode | null;
  /** Chain inside the parent's bucket. */
  nextInBucket: TrieNode | null = null;
  buckets: (TrieNode | null)[] | null = null;
  childCount = 0;
  /** The `*` and `>` children. */
  pwc: TrieNode | null = null;
  fwc: TrieNode | null = null;
  /** Head of the list of plain subscriptions. */
  plain: Subscription | null = null;
  groups: QueueGroup[] | null = null;

  constructor(parent: TrieNode | null, token: string, hash: number) {
    this.parent = parent;
    this.token = token;
    this.hash = hash;
  }

  child(token: string, hash: number): TrieNode | null {
    if (this.buckets === null) return null;
    let node = this.buckets[hash & (this.buckets.length - 1)]!;
    while (node !== null && (node.hash !== hash || node.token !== token)) node = node.nextInBucket!;
    return node;
  }

  /** The literal child whose token is the bytes [start, end). */
  childOf(buffer: Uint8Array, start: number, end: number, hash: number): TrieNode | null {
    const buckets = this.buckets;
    if (buckets === null) return null;
    let node: TrieNode | null = buckets[hash & (buckets.length - 1)]!;
    while (node !== null) {
      if (node.hash === hash && sameBytes(node.token, buffer, start, end)) return node;
      node = node.nextInBucket;
    }
    return null;
  }

  addChild(node: TrieNode): void {
    this.buckets ??= [null, null];
    if (this.childCount >= this.buckets.length) this.growBuckets();
    const at = node.hash & (this.buckets.length - 1);
    node.nextInBucket = this.buckets[at]!;
    this.buckets[at] = node;
    this.childCount++;
  }

  removeChild(node: TrieNode): void {
    const buckets = this.buckets!;
    const at = node.hash & (buckets.length - 1);
    let link = buckets[at]!;
    if (link === node) buckets[at] = node.nextInBucket;
    else {
      while (link.nextInBucket !== node) link = link.nextInBucket!;
      link.nextInBucket = node.nextInBucket;
    }
    this.childCount--;
    if (this.childCount === 0) this.buckets = null;
  }

  private growBuckets(): void {
    const old = this.buckets!;
    const buckets: (TrieNode | null)[] = new Array(old.length * 2).fill(null);
    for (const head of old) {
      let node = head;
      while (node !== null) {
        const next: TrieNode | null = node.nextInBucket;
        const at = node.hash & (buckets.length - 1);
        node.nextInBucket = buckets[at]!;
        buckets[at] = node;
        node = next;
      }
    }
    this.buckets = buckets;
  }

  addSubscription(sub: Subscription): void {
    if (sub.queue !== '') {
      this.groups ??= [];
      let group = this.groups.find((g) => g.name === sub.queue);
      if (group === undefined) {
        group = new QueueGroup(sub.queue);
        this.groups.push(group);
      }
      group.add(sub);
      return;
    }
    sub.next = this.plain;
    sub.prev = null;
    if (this.plain !== null) this.plain.prev = sub;
    this.plain = sub;
  }

  /** Returns false when the subscription was not here. */
  removeSubscription(sub: Subscription): boolean {
    if (sub.queue !== '') return this.removeQueueSubscription(sub);
    if (sub.prev === null && this.plain !== sub) return false;
    if (sub.prev !== null) sub.prev.next = sub.next;
    else this.plain = sub.next;
    if (sub.next !== null) sub.next.prev = sub.prev;
    sub.next = sub.prev = null;
    return true;
  }

  private removeQueueSubscription(sub: Subscription): boolean {
    const group = this.groups?.find((g) => g.name === sub.queue);
    if (!group?.remove(sub)) return false;
    if (group.subs.length === 0) {
      this.groups!.splice(this.groups!.indexOf(group), 1);
      if (this.groups!.length === 0) this.groups = null;
    }
    return true;
  }

  get isEmpty(): boolean {
    return (
      this.plain === null &&
      this.groups === null &&
      this.childCount === 0 &&
      this.pwc === null &&
      this.fwc === null
    );
  }
}

function sameBytes(token: string, buffer: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (token.length !== length) return false;
  for (let i = 0; i < length; i++) {
    if (token.charCodeAt(i) !== buffer[start + i]) return false;
  }
  return true;
}
