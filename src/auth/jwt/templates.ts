/**
 * Templates in the permissions of a scoped signing key: `{{name()}}`, `{{subject()}}`,
 * `{{account-name()}}`, `{{account-subject()}}`, `{{tag(x)}}`, `{{account-tag(x)}}`. A tag `x:value` may
 * be there several times: the entry is then written once for each value, and for each combination when
 * several such templates stand in it.
 *
 * What makes no subject is left out of an allow list and is an error in a deny list. An allow list that
 * ends up empty would allow everything: everything is denied instead.
 */
import { goQuote } from '../../base/go-quote.ts';
import { isValidSubject } from '../../subject/validate.ts';
import { JwtError } from './shape.ts';
import type { ClaimPermission, ClaimPermissions } from './user-claims.ts';

/** Entries that one list may become. */
export const expansionsMax = 4096;

/** Whose permissions they become. */
export interface TemplateSubject {
  readonly userName: string;
  readonly userSubject: string;
  readonly userTags: readonly string[];
  readonly accountName: string;
  readonly accountSubject: string;
  readonly accountTags: readonly string[];
}

const template = /\{\{([^}]+)\}\}/g;

/** The permissions of one user. Throws JwtError where nats-server refuses the user. */
export function expandTemplates<T extends Pick<ClaimPermissions, 'pub' | 'sub'>>(
  permissions: T,
  subject: TemplateSubject,
): Pick<ClaimPermissions, 'pub' | 'sub'> {
  // In this order: the first problem is the one that is told.
  const sub = expandPermission(permissions.sub, subject);
  const pub = expandPermission(permissions.pub, subject);
  return { pub, sub };
}

function expandPermission(given: ClaimPermission, subject: TemplateSubject): ClaimPermission {
  const allow = expandList(given.allow, subject, false);
  const deny = expandList(given.deny, subject, true);
  const emptied = given.allow.length > 0 && allow.length === 0;
  return { allow, deny: emptied && !deny.includes('>') ? [...deny, '>'] : deny };
}

/** Lists without any template stay as they are, even what is no subject in them. */
function expandList(entries: string[], subject: TemplateSubject, strict: boolean): string[] {
  if (!entries.some((entry) => entry.search(template) >= 0)) return entries;
  const expanded: string[] = [];
  for (const entry of entries) {
    for (const one of expandEntry(entry, subject, strict, expanded.length)) {
      if (isValidSubject(one)) expanded.push(one);
      else if (strict) throw new JwtError('generated invalid subject');
    }
  }
  return expanded;
}

interface Placeholder {
  readonly source: string;
  readonly values: readonly string[];
}

function expandEntry(
  entry: string,
  subject: TemplateSubject,
  strict: boolean,
  already: number,
): string[] {
  const found = [...entry.matchAll(template)];
  const tagged = found.some(([, name = '']) => tagOf(name.trim()) !== undefined);
  const placeholders = found.map(([source, name = '']) => ({
    source,
    values: valuesOf(name.trim(), entry, subject, strict),
  }));
  const count = placeholders.reduce((product, { values }) => product * values.length, 1);
  // An entry without tags is one entry, which the limit does not count.
  if (tagged && already + count > expansionsMax) {
    throw new JwtError(`template expansion exceeds limit: ${expansionsMax}`);
  }
  return placeholders.reduce(replaceOne, [entry]);
}

/** Each of `entries` once for each value, the last template's values changing fastest. */
function replaceOne(entries: string[], { source, values }: Placeholder): string[] {
  return entries.flatMap((entry) => values.map((value) => entry.split(source).join(value)));
}

function valuesOf(
  operation: string,
  entry: string,
  subject: TemplateSubject,
  strict: boolean,
): readonly string[] {
  switch (operation.toLowerCase()) {
    case 'name()':
      return [subject.userName];
    case 'subject()':
      return [subject.userSubject];
    case 'account-name()':
      return [subject.accountName];
    case 'account-subject()':
      return [subject.accountSubject];
    default:
      return tagValues(operation, entry, subject, strict);
  }
}

/** What makes a list without that tag lose the entry: no subject has a space. */
const noSubject = [' '];

function tagValues(
  operation: string,
  entry: string,
  subject: TemplateSubject,
  strict: boolean,
): readonly string[] {
  const tag = tagOf(operation);
  const shown = goQuote(entry);
  if (tag === undefined) {
    throw new JwtError(`template operation in ${shown}: ${goQuote(operation)} is not defined`);
  }
  const prefix = `${tag.name.toLowerCase()}:`;
  const tags = tag.ofAccount ? subject.accountTags : subject.userTags;
  const values = tags
    .filter((one) => one.startsWith(prefix))
    .map((one) => one.slice(prefix.length));
  if (values.length > 0) return values;
  if (!strict) return noSubject;
  throw new JwtError(`generated invalid subject ${shown}: ${goQuote(tag.name)} is not defined`);
}

/** The function's name is known in any case, but taken off only when it is in lower case. */
function tagOf(operation: string): { ofAccount: boolean; name: string } | undefined {
  const match = /^(account-)?tag\((.*)\)$/is.exec(operation);
  if (match === null) return undefined;
  const ofAccount = match[1] !== undefined;
  const known = operation.startsWith(ofAccount ? 'account-tag(' : 'tag(');
  return { ofAccount, name: known ? (match[2] ?? '') : operation.slice(0, -1) };
}
