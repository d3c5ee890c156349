/**
 * Interest in imported streams. A subscription that touches the local subject of a stream import
 * gets a shadow in the exporting account: same owner, queue and sid, with the exporter's subject.
 * It may want all of the import, or a part of it, or overlap with it (`a.*` and `*.b`).
 */
import { isSubsetMatch, isSubsetMatchTokens } from '../subject/match.ts';
import { roles, Subscription } from '../subject/subscription.ts';
import { hasWildcard, splitTokens } from '../subject/tokens.ts';
import type { Account } from './account.ts';
import type { StreamImport } from './imports.ts';

/** Adds the shadows of a subscription of this account. Returns those it added. */
export function addShadows(account: Account, sub: Subscription): readonly Subscription[] {
  const { streamImports } = account;
  if (streamImports.length === 0 || sub.role !== roles.client) return [];
  const shadows: Subscription[] = [];
  for (const imported of streamImports) {
    const subject = interestIn(imported, sub.subject);
    if (subject === undefined) continue;
    const shadow = new Subscription(sub.owner, subject, sub.queue, sub.sid);
    shadow.role = roles.imported;
    shadow.imported = imported;
    shadow.filter = sub.filter;
    imported.account.sublist.insert(shadow);
    shadows.push(shadow);
  }
  if (shadows.length > 0) sub.shadows = shadows;
  return shadows;
}

export function removeShadows(sub: Subscription): void {
  const { shadows } = sub;
  if (shadows === null) return;
  sub.shadows = null;
  for (const shadow of shadows) {
    shadow.closed = true;
    (shadow.imported as StreamImport).account.sublist.remove(shadow);
  }
}

/** The exporter's subject that a local subscription is interested in; undefined: none. */
function interestIn(imported: StreamImport, subject: string): string | undefined {
  const { to } = imported;
  if (subject === to) return imported.interest(undefined);
  if (isSubsetMatch(subject, to)) return imported.interest(subject);
  if (!hasWildcard(subject)) return undefined;
  if (isSubsetMatch(to, subject)) return imported.interest(undefined);
  const overlap = overlapOf(splitTokens(subject), splitTokens(to));
  return overlap && imported.interest(overlap);
}

/** What both match, as nats-server works it out: wildcards of the first give way to the second. */
function overlapOf(tokens: string[], other: readonly string[]): string | undefined {
  const merged = tokens.map((token, i) => {
    const there = other[i];
    return token === '*' && there !== undefined && there !== '>' ? there : token;
  });
  const last = merged.length - 1;
  if (merged[last] === '>' && other.length >= merged.length) {
    merged.splice(last, 1, ...other.slice(last));
  }
  return isSubsetMatchTokens(merged, other) ? merged.join('.') : undefined;
}
