/**
 * Hot: the sublist of one account: every subscription in a trie, and in front of it a cache of
 * routes found by the hash of the subject's bytes. Budget: no allocation per match; one per route
 * admitted. Guarded by the bench rows 1:1, 1,000 subjects, and 1,000 subjects under SUB/UNSUB churn.
 *
 * - The hash is seeded per process, so that nobody can choose subjects that collide.
 * - A subject enters the cache when it is seen for the second time (`seen` remembers hashes), so
 *   reply inboxes, which are used once, do not push out the subjects that repeat. A first sight
 *   is matched on the trie into a reused scratch route.
 * - An interest change patches the routes it matches and nothing else: a literal finds its route
 *   by hash; a wildcard walks the routes that share its first token (all, when that is a wildcard).
 * - The cache is bounded; a sweep with a second-chance bit makes room.
 * - Walks are paid for by matches: who changes wildcards faster than messages flow finds the cache
 *   emptied, and the changes cheap.
 *
 * Subjects are latin1 strings of their bytes. The obvious reference is match.ts.
 */
import { Route } from './route.ts';
import type { Subscription } from './subscription.ts';
import { TrieNode } from './trie.ts';
import { collectBelow, reverseWalk } from './trie-walk.ts';

const defaultRoutesMax = 8192;
const tokenBuckets = 1024;
const seenSlots = 4096;
const patchedMembersMax = 512;
/** Routes that changes of wildcards may walk over, at most saved up, and earned per match. */
const walkCreditMax = 65_536;
const walkCreditPerMatch = 16;
const unused = new Int32Array(0);
/** Routes kept for matches inside of matches. */
const sparesMax = 4;
const dot = 0x2e;
const star = 0x2a;
const gt = 0x3e;

/** Counters of /subsz. `cacheHits` counts matches answered without the trie. */
export interface SublistStats {
  count: number;
  cache: number;
  inserts: number;
  removes: number;
  matches: number;
  cacheHits: number;
}

export class InvalidSubjectError extends Error {
  readonly code = 'ERR_INVALID_SUBJECT';
  constructor() {
    super('sublist: invalid subject');
  }
}

export class Sublist {
  private readonly root = new TrieNode(null, '', 0);
  private readonly seed: number;
  private readonly cacheEnabled: boolean;
  private readonly routesMax: number;
  private routeTable: (Route | null)[] = new Array(16).fill(null);
  /** These two are made with the first match: a server may have thousands of quiet accounts. */
  private tokenHeads: (Route | null)[] = [];
  private seen = unused;
  private sweepAt = 0;
  private walkCredit = walkCreditMax;
  private creditedMatches = 0;
  private routeCount = 0;
  /** Token boundaries and hashes of the subject being matched. */
  private starts = new Int32Array(64);
  private ends = new Int32Array(64);
  private hashes = new Int32Array(64);
  /** Where the walk goes on when it is at an end, and with which token. */
  private readonly waiting: TrieNode[] = [];
  private readonly waitingAt: number[] = [];
  private scratch = newScratch();
  private readonly spares: Route[] = [];
  private scratchBytes = Buffer.alloc(0);
  count = 0;
  inserts = 0;
  removes = 0;
  matches = 0;
  cacheHits = 0;

  /**
   * `seed` should be unpredictable; `cacheEnabled` false is `disable_sublist_cache`; `routesMax`
   * bounds the cache, in routes.
   */
  constructor(seed: number, cacheEnabled = true, routesMax = defaultRoutesMax) {
    this.seed = seed | 0;
    this.cacheEnabled = cacheEnabled;
    this.routesMax = routesMax;
  }

  /** Adds a subscription. Throws InvalidSubjectError for empty tokens or a `>` that is not last. */
  insert(sub: Subscription): void {
    const tokens = sub.subject.split('.');
    for (let i = 0; i < tokens.length; i++) {
      if (tokens[i] === '' || (tokens[i] === '>' && i < tokens.length - 1)) {
        throw new InvalidSubjectError();
      }
    }
    let node = this.root;
    for (const token of tokens) node = this.nodeFor(node, token);
    node.addSubscription(sub);
    this.count++;
    this.inserts++;
    if (this.routeCount > 0) this.patchRoutes(sub, tokens, true);
  }

  /** Removes a subscription; false when it was not there. */
  remove(sub: Subscription): boolean {
    const tokens = sub.subject.split('.');
    let node: TrieNode | null = this.root;
    for (const token of tokens) {
      if (token === '*') node = node.pwc;
      else if (token === '>') node = node.fwc;
      else node = node.child(token, this.hashString(token));
      if (node === null) return false;
    }
    if (!node.removeSubscription(sub)) return false;
    this.count--;
    this.removes++;
    this.prune(node);
    if (this.routeCount > 0) this.patchRoutes(sub, tokens, false);
    return true;
  }

  /**
   * The route of the subject in bytes [start, end). A cached route stays valid until `dead`; an
   * uncached answer is the scratch route, valid until the next match.
   */
  match(buffer: Uint8Array, start: number, end: number): Route {
    this.matches++;
    let hash = this.seed;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ buffer[i]!, 0x01000193);
    hash = mix(hash);
    if (this.cacheEnabled) {
      let route: Route | null = this.routeTable[hash & (this.routeTable.length - 1)]!;
      while (route !== null) {
        if (route.hash === hash && route.matches(buffer, start, end)) {
          this.cacheHits++;
          route.used = true;
          return route;
        }
        route = route.nextInBucket;
      }
      if (this.seen === unused) this.openCache();
      const slot = hash & (seenSlots - 1);
      if (this.seen[slot] === hash) return this.admit(buffer, start, end, hash);
      this.seen[slot] = hash;
    }
    return this.matchInto(this.scratch, buffer, start, end);
  }

  /**
   * `match` while an earlier answer of this sublist may still be in use: an uncached answer is a
   * route of its own, which `release` takes back.
   */
  matchAside(buffer: Uint8Array, start: number, end: number): Route {
    const kept = this.scratch;
    this.scratch = this.spares.pop() ?? newScratch();
    const route = this.match(buffer, start, end);
    if (route !== this.scratch) this.spares.push(this.scratch);
    this.scratch = kept;
    return route;
  }

  /** Nobody uses this answer of `matchAside` any more. */
  release(route: Route): void {
    if (!route.isScratch || this.spares.length >= sparesMax) return;
    route.clear();
    this.spares.push(route);
  }

  /** Is anybody interested in the subject? Leaves earlier answers alone. */
  hasInterest(subject: string): boolean {
    const bytes = Buffer.from(subject, 'latin1');
    const route = this.matchAside(bytes, 0, bytes.length);
    const interest = !route.isEmpty;
    this.release(route);
    return interest;
  }

  /** `match` for a subject given as a latin1 string. */
  matchString(subject: string): Route {
    if (subject.length + 8 > this.scratchBytes.length) {
      this.scratchBytes = Buffer.alloc(Math.max(256, subject.length * 2));
    }
    const length = this.scratchBytes.write(subject, 0, 'latin1');
    return this.match(this.scratchBytes, 0, length);
  }

  /** Every subscription whose subject is matched by the wildcard `pattern` ("reverse match"). */
  reverseMatch(pattern: string): Subscription[] {
    const found: Subscription[] = [];
    reverseWalk(this.root, pattern.split('.'), 0, found, (t) => this.hashString(t));
    return found;
  }

  /** Every subscription, in no particular order. */
  all(): Subscription[] {
    const found: Subscription[] = [];
    collectBelow(this.root, found);
    return found;
  }

  stats(): SublistStats {
    const { count, inserts, removes, matches, cacheHits } = this;
    return { count, cache: this.routeCount, inserts, removes, matches, cacheHits };
  }

  /** Largest and mean number of receivers over the cached routes. */
  fanout(): { max: number; total: number; routes: number } {
    let max = 0;
    let total = 0;
    for (const head of this.tokenHeads) {
      for (let route = head; route !== null; route = route.nextInToken) {
        const size = route.plain.subs.length + route.groups.length;
        total += size;
        if (size > max) max = size;
      }
    }
    return { max, total, routes: this.routeCount };
  }

  private nodeFor(parent: TrieNode, token: string): TrieNode {
    if (token === '*') return (parent.pwc ??= new TrieNode(parent, token, 0));
    if (token === '>') return (parent.fwc ??= new TrieNode(parent, token, 0));
    const hash = this.hashString(token);
    const known = parent.child(token, hash);
    if (known !== null) return known;
    const node = new TrieNode(parent, token, hash);
    parent.addChild(node);
    return node;
  }

  private prune(leaf: TrieNode): void {
    let node = leaf;
    while (node.isEmpty && node.parent !== null) {
      const parent = node.parent;
      if (parent.pwc === node) parent.pwc = null;
      else if (parent.fwc === node) parent.fwc = null;
      else parent.removeChild(node);
      node = parent;
    }
  }

  private hashString(token: string): number {
    let hash = this.seed;
    for (let i = 0; i < token.length; i++) {
      hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
    }
    return mix(hash);
  }

  // ---- routes ----

  private openCache(): void {
    this.seen = new Int32Array(seenSlots);
    this.tokenHeads = new Array<Route | null>(tokenBuckets).fill(null);
  }

  private admit(buffer: Uint8Array, start: number, end: number, hash: number): Route {
    // Nothing matches an empty token; a route for it would be patched by `>` all the same.
    if (this.tokenize(buffer, start, end) === 0)
      return this.matchInto(this.scratch, buffer, start, end);
    if (this.routeCount >= this.routesMax) this.sweep();
    if (this.routeCount >= this.routeTable.length) this.growRouteTable();
    const subject = Buffer.from(
      buffer.buffer,
      buffer.byteOffset + start,
      end - start,
    ).latin1Slice();
    const route = new Route(subject, hash, this.tokenBucketOf(subject));
    this.matchInto(route, buffer, start, end);
    const at = hash & (this.routeTable.length - 1);
    route.nextInBucket = this.routeTable[at]!;
    this.routeTable[at] = route;
    const head = this.tokenHeads[route.tokenBucket]!;
    route.nextInToken = head;
    if (head !== null) head.prevInToken = route;
    this.tokenHeads[route.tokenBucket] = route;
    this.routeCount++;
    return route;
  }

  private tokenBucketOf(subject: string): number {
    const first = subject.indexOf('.');
    return this.hashString(first < 0 ? subject : subject.slice(0, first)) & (tokenBuckets - 1);
  }

  private growRouteTable(): void {
    const table: (Route | null)[] = new Array(this.routeTable.length * 2).fill(null);
    for (const head of this.routeTable) {
      let route = head;
      while (route !== null) {
        const next: Route | null = route.nextInBucket;
        const at = route.hash & (table.length - 1);
        route.nextInBucket = table[at]!;
        table[at] = route;
        route = next;
      }
    }
    this.routeTable = table;
  }

  /** Evicts a quarter of the routes, those not used since the last sweep first. */
  private sweep(): void {
    const target = Math.floor(this.routesMax * 0.75);
    for (let round = 0; round < 2 * tokenBuckets && this.routeCount > target; round++) {
      let route = this.tokenHeads[this.sweepAt]!;
      this.sweepAt = (this.sweepAt + 1) & (tokenBuckets - 1);
      while (route !== null && this.routeCount > target) {
        const next = route.nextInToken!;
        if (route.used) route.used = false;
        else this.evict(route);
        route = next;
      }
    }
  }

  private evict(route: Route): void {
    const at = route.hash & (this.routeTable.length - 1);
    let link = this.routeTable[at]!;
    if (link === route) this.routeTable[at] = route.nextInBucket;
    else {
      while (link.nextInBucket !== route) link = link.nextInBucket!;
      link.nextInBucket = route.nextInBucket;
    }
    if (route.prevInToken !== null) route.prevInToken.nextInToken = route.nextInToken;
    else this.tokenHeads[route.tokenBucket] = route.nextInToken;
    if (route.nextInToken !== null) route.nextInToken.prevInToken = route.prevInToken;
    retire(route);
    this.routeCount--;
  }

  private patchRoutes(sub: Subscription, tokens: string[], add: boolean): void {
    const literal = !tokens.includes('*') && tokens[tokens.length - 1] !== '>';
    if (literal) {
      const hash = this.hashString(sub.subject);
      let route: Route | null = this.routeTable[hash & (this.routeTable.length - 1)]!;
      while (route !== null && (route.hash !== hash || route.subject !== sub.subject)) {
        route = route.nextInBucket;
      }
      if (route !== null) this.patch(route, sub, add);
      return;
    }
    this.earnCredit();
    const first = tokens[0]!;
    if (first !== '*' && first !== '>') {
      this.patchChain(this.hashString(first) & (tokenBuckets - 1), sub, tokens, add);
    } else {
      for (let i = 0; i < tokenBuckets; i++) {
        if (this.tokenHeads[i] !== null) this.patchChain(i, sub, tokens, add);
      }
    }
    if (this.walkCredit < 0) this.evictAll();
  }

  private earnCredit(): void {
    const earned = (this.matches - this.creditedMatches) * walkCreditPerMatch;
    this.creditedMatches = this.matches;
    this.walkCredit = Math.min(walkCreditMax, this.walkCredit + earned);
  }

  private evictAll(): void {
    for (const head of this.tokenHeads) {
      let route = head;
      while (route !== null) {
        const next: Route | null = route.nextInToken;
        retire(route);
        route = next;
      }
    }
    this.tokenHeads.fill(null);
    this.routeTable.fill(null);
    this.routeCount = 0;
    this.walkCredit = walkCreditMax;
  }

  /**
   * A removal searches the member; in a big route that is dearer than matching anew on the next
   * publish, which costs no more than delivering to all of them.
   */
  private patch(route: Route, sub: Subscription, add: boolean): void {
    if (add) route.add(sub);
    else if (route.size > patchedMembersMax) this.evict(route);
    else route.remove(sub);
  }

  private patchChain(bucket: number, sub: Subscription, tokens: string[], add: boolean): void {
    let route = this.tokenHeads[bucket]!;
    while (route !== null) {
      const next = route.nextInToken!;
      this.walkCredit--;
      if (patternMatches(tokens, route.bytes)) this.patch(route, sub, add);
      route = next;
    }
  }

  // ---- the walk ----

  private matchInto(route: Route, buffer: Uint8Array, start: number, end: number): Route {
    route.clear();
    const count = this.tokenize(buffer, start, end);
    if (count > 0) this.walk(count, buffer, route);
    return route;
  }

  /** Fills the token arrays; 0 when a token is empty, which nothing matches. */
  private tokenize(buffer: Uint8Array, start: number, end: number): number {
    let count = 0;
    let tokenStart = start;
    let hash = this.seed;
    for (let i = start; i <= end; i++) {
      const byte = i === end ? dot : buffer[i]!;
      if (byte !== dot) {
        hash = Math.imul(hash ^ byte, 0x01000193);
        continue;
      }
      if (i === tokenStart) return 0;
      if (count === this.starts.length) this.growTokens();
      this.starts[count] = tokenStart;
      this.ends[count] = i;
      this.hashes[count] = mix(hash);
      count++;
      tokenStart = i + 1;
      hash = this.seed;
    }
    return count;
  }

  private growTokens(): void {
    const grow = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const bigger = new Int32Array(old.length * 2);
      bigger.set(old);
      return bigger;
    };
    this.starts = grow(this.starts);
    this.ends = grow(this.ends);
    this.hashes = grow(this.hashes);
  }

  /** Without recursion: a subject may have more tokens than the stack has room for calls. */
  private walk(count: number, buffer: Uint8Array, route: Route): void {
    const { waiting, waitingAt } = this;
    let node: TrieNode | undefined = this.root;
    let i = 0;
    while (node !== undefined) {
      if (i === count) collect(node, route);
      else if (node.fwc !== null) collect(node.fwc, route);
      const next: TrieNode | null =
        i < count ? node.childOf(buffer, this.starts[i]!, this.ends[i]!, this.hashes[i]!) : null;
      i++;
      if (i <= count && node.pwc !== null) {
        // What is under the wildcard comes first.
        if (next !== null) {
          waiting.push(next);
          waitingAt.push(i);
        }
        node = node.pwc;
      } else if (next !== null) node = next;
      else {
        node = waiting.pop();
        i = waitingAt.pop() ?? 0;
      }
    }
  }
}

/** For answers that are not cached: nobody may remember it. */
function newScratch(): Route {
  const route = new Route('', 0, 0);
  route.dead = true;
  route.isScratch = true;
  return route;
}

/** A publisher may hold a dead route for ever: it must not hold others through its links. */
function retire(route: Route): void {
  route.dead = true;
  route.nextInBucket = route.nextInToken = route.prevInToken = null;
}

function mix(hash: number): number {
  let h = hash;
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 13;
  return h | 0;
}

function collect(node: TrieNode, route: Route): void {
  const plain = route.plain.subs;
  for (let sub = node.plain; sub !== null; sub = sub.next) plain.push(sub);
  if (node.groups === null) return;
  for (const group of node.groups) {
    const { members } = route.group(group.name);
    for (const sub of group.subs) members.add(sub);
  }
}

/** Matches a split pattern against subject bytes without splitting the subject. */
function patternMatches(tokens: string[], bytes: Uint8Array): boolean {
  const length = bytes.length;
  let at = 0;
  for (let t = 0; t < tokens.length; t++) {
    const token = tokens[t]!;
    if (at > length) return false;
    if (token.length === 1 && token.charCodeAt(0) === gt) return at < length;
    let end = at;
    if (token.length === 1 && token.charCodeAt(0) === star) {
      while (end < length && bytes[end] !== dot) end++;
      if (end === at) return false;
    } else {
      end = at + token.length;
      if (end > length || (end < length && bytes[end] !== dot)) return false;
      for (let i = 0; i < token.length; i++) {
        if (token.charCodeAt(i) !== bytes[at + i]) return false;
      }
    }
    at = end + 1;
  }
  return at === length + 1;
}
