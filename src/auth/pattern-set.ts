/**
 * The patterns of one permission list, each perhaps bound to queue groups. A small trie of tokens:
 * lists are built once and only read.
 *
 * A subject being looked up may have wildcards itself (a subscription's). They are then ordinary
 * tokens, as in nats-server: `foo.*` and `foo.>` are covered by `foo.*`, `foo.>` and `>` here.
 */
import { isSubsetMatch } from '../subject/match.ts';
import { hasWildcard, splitTokens } from '../subject/tokens.ts';

export interface Pattern {
  readonly subject: string;
  /** Empty: for every subscription. */
  readonly queue: string;
}

export interface PatternMatch {
  /** Some pattern without a queue matched. */
  plain: boolean;
  /** The queues of the patterns that matched and have one. */
  queues: string[];
}

class PatternNode {
  readonly next = new Map<string, PatternNode>();
  readonly queues: string[] = [];
  plain = false;

  child(token: string): PatternNode {
    let child = this.next.get(token);
    if (!child) this.next.set(token, (child = new PatternNode()));
    return child;
  }

  report(match: PatternMatch): void {
    if (this.plain) match.plain = true;
    match.queues.push(...this.queues);
  }
}

export class PatternSet {
  readonly patterns: readonly Pattern[];
  private readonly root = new PatternNode();

  /** Patterns must be valid subjects. */
  constructor(patterns: readonly Pattern[]) {
    this.patterns = patterns;
    for (const { subject, queue } of patterns) {
      let node = this.root;
      for (const token of splitTokens(subject)) node = node.child(token);
      if (queue === '') node.plain = true;
      else if (!node.queues.includes(queue)) node.queues.push(queue);
    }
  }

  match(subject: string): PatternMatch {
    const match: PatternMatch = { plain: false, queues: [] };
    const tokens = splitTokens(subject);
    if (!tokens.includes('')) walk(this.root, tokens, 0, match);
    return match;
  }

  /** Does a pattern cover the subject, be it for everyone or for this queue? */
  covers(subject: string, queue: string): boolean {
    const { plain, queues } = this.match(subject);
    return plain || (queue !== '' && queueMatches(queue, queues));
  }
}

function walk(node: PatternNode, tokens: readonly string[], at: number, match: PatternMatch): void {
  const token = tokens[at];
  if (token === undefined) {
    node.report(match);
    return;
  }
  node.next.get('>')?.report(match);
  const star = node.next.get('*');
  if (star) walk(star, tokens, at + 1, match);
  if (token === '*' || token === '>') return;
  const next = node.next.get(token);
  if (next) walk(next, tokens, at + 1, match);
}

/** Is the queue named by one of these, which may have wildcards of their own? */
export function queueMatches(queue: string, names: readonly string[]): boolean {
  return names.some((name) => name === queue || (hasWildcard(name) && isSubsetMatch(queue, name)));
}
