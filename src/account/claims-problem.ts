import type { AccountClaims, WeightedMapping } from '../auth/jwt/account-claims.ts';
import { validateAccountClaims } from '../auth/jwt/account-validation.ts';
import { errorText } from '../base/error-text.ts';
import { goQuote } from '../base/go-quote.ts';
import type { Random } from '../platform/clock.ts';
import { validateMapping } from '../subject/transform.ts';
import { isValidSubject } from '../subject/validate.ts';

/**
 * Why claims that somebody pushes are not taken, in nats-server's words; undefined when they are.
 * Mappings are judged as closely as an account does it that uses them, so that nobody pushes what
 * would be left out. Expired claims are taken.
 */
export function accountClaimsProblem(
  claims: AccountClaims,
  nowSeconds: number,
): string | undefined {
  const issues = validateAccountClaims(claims, nowSeconds);
  if (issues.blocks(false)) return `validation errors: [${issues.errors.join(' ')}]`;
  for (const [source, destinations] of claims.nats.mappings) {
    const problem = mappingProblem(source, destinations);
    if (problem !== undefined) return `mapping ${goQuote(source)}${problem}`;
  }
  return undefined;
}

/** Nothing is drawn while claims are judged. */
const noRandom: Random = { below: () => 0, bytes: (count) => Buffer.alloc(count) };

/** What follows the name of the mapping in nats-server's error; undefined for a good one. */
export function mappingProblem(
  source: string,
  destinations: readonly WeightedMapping[],
): string | undefined {
  if (!isValidSubject(source)) return ': invalid subject';
  const seen = new Set<string>();
  const totals = new Map<string, number>();
  for (const { subject, weight: given, cluster } of destinations) {
    if (seen.has(subject)) return `: duplicate entry for ${goQuote(subject)}`;
    seen.add(subject);
    const weight = given || 100;
    if (weight > 100) return ': individual weights need to be <= 100';
    const total = (totals.get(cluster) ?? 0) + weight;
    totals.set(cluster, total);
    if (total > 100) return ': total weight needs to be <= 100';
    try {
      validateMapping(source, subject, noRandom);
    } catch (error) {
      return ` -> ${goQuote(subject)}: ${errorText(error)}`;
    }
  }
  return undefined;
}
