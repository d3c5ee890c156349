import { goQuote } from '../../base/go-quote.ts';
import type { Issues } from './validation.ts';

/*
 * Subjects in claims. The rules are those of the library that writes JWTs, and looser than the
 * server's own: what passes here may still be no subject when it is used.
 */

export function validateSubject(subject: string, issues: Issues): void {
  if (subject === '') {
    issues.error('subject cannot be empty');
    return;
  }
  const shown = goQuote(subject);
  if (subject.includes(' ')) issues.error(`subject ${shown} cannot have spaces`);
  if (subject.startsWith('.') || subject.endsWith('.')) {
    issues.error(`subject ${shown} cannot start or end with a \`.\``);
  }
  if (subject.includes('..')) issues.error(`subject ${shown} cannot contain consecutive \`.\``);
}

/** Exact at ends and between dots, as the library looks: `a.>.b` has none. */
export function hasWildcards(subject: string): boolean {
  return /\.>$|\.\*\.|\.\*$|^\*\.|^[*>]$/.test(subject);
}

/** Is every subject of `subject` one of `other`? */
export function isContainedIn(subject: string, other: string): boolean {
  const mine = subject.split('.');
  const others = other.split('.');
  if (mine.length > others.length && others.at(-1) !== '>') return false;
  if (mine.length < others.length) return false;
  for (const [index, token] of others.entries()) {
    if (index === others.length - 1 && token === '>') return true;
    if (token !== mine[index] && token !== '*') return false;
  }
  return true;
}

const reference = /^\$([+-]?\d+)$/;

/** The local subject of an import: `$1` and `*` must name the wildcards of `from`, each once. */
export function validateLocalSubject(local: string, from: string, issues: Issues): void {
  validateSubject(local, issues);
  if (from === '') issues.error('subject cannot be empty');
  if (local.includes(' ')) issues.error(`subject ${goQuote(local)} cannot have spaces`);
  if (endsInFull(local) !== endsInFull(from)) {
    issues.error('both, renaming subject and subject, need to end or not end in >');
  }
  const wildcards = from.split('.').filter((token) => token === '*').length;
  let references = 0;
  for (const token of local.split('.')) {
    const index = reference.exec(token)?.[1];
    if (index === undefined) references += token === '*' ? 1 : 0;
    else if (Number(index) <= wildcards) references++;
    else issues.error(missingReference(Number(index), local, from));
  }
  if (references !== wildcards) {
    issues.error('subject does not contain enough * or reference wildcards $[0-9]');
  }
}

function missingReference(index: number, local: string, from: string): string {
  return `Reference $${index} in ${goQuote(local)} reference * in ${goQuote(from)} that do not exist`;
}

function endsInFull(subject: string): boolean {
  return subject === '>' || subject.endsWith('.>');
}

/** The local subject with `*` for each reference. */
export function withoutReferences(local: string): string {
  return local.replaceAll(/(^|\.)\$[+-]?\d+(?=\.|$)/g, '$1*');
}
