/**
 * The obvious matchers, on strings: the reference that faster structures are tested against, and
 * good enough for the control plane. A wildcard is a whole token; `*foo` is an ordinary token (in
 * nats-server some of these functions look at the first character only).
 */
import { hasWildcard, isLiteral, splitTokens } from './tokens.ts';

/**
 * Would a subscription to `pattern` get a message published to `literal`? Wildcard characters in
 * `literal` are ordinary tokens, which only a wildcard of the pattern (or the same token) covers.
 */
export function matchesSubject(pattern: string, literal: string): boolean {
  const wanted = splitTokens(pattern);
  const tokens = splitTokens(literal);
  for (let i = 0; i < wanted.length; i++) {
    const token = tokens[i];
    if (token === undefined || token === '') return false;
    if (wanted[i] === '>' && i === wanted.length - 1) return !tokens.includes('', i);
    if (wanted[i] !== '*' && wanted[i] !== token) return false;
  }
  return tokens.length === wanted.length;
}

/** Is every subject that `subject` matches also matched by `test`? Both may have wildcards. */
export function isSubsetMatch(subject: string, test: string): boolean {
  return isSubsetMatchTokens(splitTokens(subject), splitTokens(test));
}

export function isSubsetMatchTokens(tokens: readonly string[], test: readonly string[]): boolean {
  for (let i = 0; i < test.length; i++) {
    const wanted = test[i];
    const token = tokens[i];
    if (token === undefined || wanted === '') return false;
    if (wanted === '>') return true;
    if (token === '' || token === '>') return false;
    if (wanted !== '*' && wanted !== token) return false;
  }
  return tokens.length === test.length;
}

/** Could one literal subject match both? */
export function subjectsCollide(a: string, b: string): boolean {
  if (a === b) return true;
  if (isLiteral(a)) return hasWildcard(b) && isSubsetMatch(a, b);
  if (isLiteral(b)) return isSubsetMatch(b, a);
  const left = splitTokens(a);
  const right = splitTokens(b);
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    if (!tokensCanMatch(left[i] as string, right[i] as string)) return false;
  }
  if (left.length === right.length) return true;
  const shorter = left.length < right.length ? left : right;
  return shorter[shorter.length - 1] === '>';
}

function tokensCanMatch(a: string, b: string): boolean {
  if (a === '' || b === '') return false;
  return a === b || a === '*' || b === '*' || a === '>' || b === '>';
}
