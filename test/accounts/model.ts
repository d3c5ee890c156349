/**
 * Accounts as a reader of the documentation would write them down: who receives what, without
 * sublists, shadows or caches. The reference of the property test.
 */
import { matchesSubject } from '../../src/subject/match.ts';

export interface ModelImport {
  readonly kind: 'stream' | 'service';
  readonly account: string;
  /** The exporter's subject. */
  readonly subject: string;
  /** Local subject with `$1`…; empty: the same. */
  readonly to: string;
}

export interface ModelSub {
  readonly sid: string;
  readonly subject: string;
}

export interface ModelAccount {
  readonly name: string;
  readonly exports: readonly { kind: 'stream' | 'service'; subject: string }[];
  readonly imports: readonly ModelImport[];
  readonly mappings: readonly { source: string; to: string }[];
  readonly subs: readonly ModelSub[];
}

/** One delivery: account (each has one client), sid, subject as the client sees it. */
export type Delivery = string;

/** The wildcards of `pattern` in `subject`, in order; the rest behind `>` is the last. */
function captures(pattern: string, subject: string): string[] {
  const tokens = subject.split('.');
  const found: string[] = [];
  pattern.split('.').forEach((token, i) => {
    if (token === '*') found.push(tokens[i]!);
    else if (token === '>') found.push(tokens.slice(i).join('.'));
  });
  return found;
}

/** `$1` and the plain wildcards of `template`, filled in order. */
function fill(template: string, values: readonly string[]): string {
  let next = 0;
  return template
    .split('.')
    .map((token) => {
      if (/^\$\d+$/.test(token)) return values[Number(token.slice(1)) - 1]!;
      return token === '*' || token === '>' ? values[next++]! : token;
    })
    .join('.');
}

/** Turns `$1`… of a local subject into wildcards. */
export function pattern(template: string): string {
  return template.replace(/\$\d+/g, '*');
}

function mapped(account: ModelAccount, subject: string): string {
  const mapping = account.mappings.find(({ source }) => matchesSubject(source, subject));
  return mapping === undefined ? subject : fill(mapping.to, captures(mapping.source, subject));
}

export function deliveries(
  accounts: readonly ModelAccount[],
  publisher: string,
  subject: string,
): Delivery[] {
  const out: Delivery[] = [];
  const byName = new Map(accounts.map((account) => [account.name, account]));
  const go = (name: string, on: string, throughService: boolean, used: Set<string>): void => {
    const account = byName.get(name)!;
    for (const sub of account.subs) {
      if (matchesSubject(sub.subject, on)) out.push(`${name} ${sub.sid} ${on}`);
    }
    if (!throughService) streams(account, on);
    for (const one of account.imports) {
      if (one.kind !== 'service') continue;
      const local = one.to === '' ? one.subject : one.to;
      if (!matchesSubject(pattern(local), on)) continue;
      const exported = exportOf(byName.get(one.account)!, one.subject);
      const id = `${one.account} ${exported}`;
      if (used.has(id)) continue;
      const to = serviceSubject(one, local, on);
      go(one.account, mapped(byName.get(one.account)!, to), true, new Set([...used, id]));
    }
  };
  const streams = (account: ModelAccount, on: string): void => {
    for (const importer of accounts) {
      for (const one of importer.imports) {
        if (one.kind !== 'stream' || one.account !== account.name) continue;
        if (!matchesSubject(one.subject, on)) continue;
        const local = one.to === '' ? on : fill(one.to, captures(one.subject, on));
        for (const sub of importer.subs) {
          if (matchesSubject(sub.subject, local)) out.push(`${importer.name} ${sub.sid} ${local}`);
        }
      }
    }
  };
  go(publisher, mapped(byName.get(publisher)!, subject), false, new Set());
  return out.sort();
}

function exportOf(account: ModelAccount, subject: string): string {
  const services = account.exports.filter(({ kind }) => kind === 'service');
  const exact = services.find((one) => one.subject === subject);
  return (exact ?? services[0])?.subject ?? '';
}

/** The exporter's subject for a request on `on`: wildcards of the local subject go to their places. */
function serviceSubject(one: ModelImport, local: string, on: string): string {
  if (one.to === '') return on;
  const values = captures(pattern(local), on);
  // `$n` stands in the local subject: value i belongs to wildcard n of the exporter's subject.
  const places = local.split('.').filter((token) => token.startsWith('$') || token === '*');
  const byPlace: string[] = [];
  places.forEach((token, i) => {
    byPlace[token === '*' ? i : Number(token.slice(1)) - 1] = values[i]!;
  });
  return fill(one.subject, byPlace);
}
