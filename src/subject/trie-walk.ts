/** Walks over whole parts of a sublist's trie: for reverse matches and lists, not for messages. */
import type { Subscription } from './subscription.ts';
import type { TrieNode } from './trie.ts';

function collectNode(node: TrieNode, found: Subscription[]): void {
  for (let sub = node.plain; sub !== null; sub = sub.next) found.push(sub);
  for (const group of node.groups ?? []) for (const sub of group.subs) found.push(sub);
}

/** Adds every subscription at or below `node`; without recursion, for a trie may be deep. */
export function collectBelow(node: TrieNode, found: Subscription[]): void {
  const waiting = [node];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    collectNode(one, found);
    const children: TrieNode[] = [];
    forEachChild(one, (child) => children.push(child));
    for (const child of children.reverse()) waiting.push(child);
  }
}

function forEachChild(node: TrieNode, visit: (child: TrieNode) => void): void {
  for (const head of node.buckets ?? []) {
    for (let child = head; child !== null; child = child.nextInBucket) visit(child);
  }
  if (node.pwc !== null) visit(node.pwc);
  if (node.fwc !== null) visit(node.fwc);
}

/** Adds the subscriptions that the wildcard `pattern` matches from token `at` on. */
export function reverseWalk(
  node: TrieNode,
  pattern: string[],
  at: number,
  found: Subscription[],
  hashOf: (token: string) => number,
): void {
  if (at === pattern.length) {
    collectNode(node, found);
    return;
  }
  const token = pattern[at]!;
  if (token === '>') {
    forEachChild(node, (child) => collectBelow(child, found));
    return;
  }
  if (token === '*') {
    forEachChild(node, (child) => {
      if (child === node.fwc) collectNode(child, found);
      else reverseWalk(child, pattern, at + 1, found, hashOf);
    });
    return;
  }
  if (node.fwc !== null) collectNode(node.fwc, found);
  if (node.pwc !== null) reverseWalk(node.pwc, pattern, at + 1, found, hashOf);
  const child = node.child(token, hashOf(token));
  if (child !== null) reverseWalk(child, pattern, at + 1, found, hashOf);
}
