import { goQuote } from '../base/go-quote.ts';
import type { Random } from '../platform/clock.ts';
import { isSubsetMatch, subjectsCollide } from '../subject/match.ts';
import { hasWildcard, isLiteral, splitTokens } from '../subject/tokens.ts';
import { SubjectTransform, tokenizeTransform, untokenizeTransform } from '../subject/transform.ts';
import { isValidPublishSubject, isValidSubject } from '../subject/validate.ts';
import type {
  AccountOptions,
  ServiceExportOptions,
  ServiceImportOptions,
  StreamExportOptions,
  StreamImportOptions,
} from './types.ts';

/*
 * What exports and imports of configured accounts must satisfy together: the importer is allowed to
 * import, nothing goes in circles, wildcards line up. nats-server finds this out while it builds its
 * accounts; here it is judged alone, with the same texts, in the same order: exports of all accounts
 * first, then imports one by one, each against those before it.
 */

/** An export's rule of who may import. */
export interface ExportRule {
  /** Undefined for everybody. */
  approved: Set<string> | undefined;
  position: number;
  /** Exports of JWT accounts that need an activation token: is this one good for the importer? */
  activated?: ((importer: string, token: string, subject: string) => boolean) | undefined;
}

export interface ServiceRule extends ExportRule {
  singleton: boolean;
}

export interface LinkedImport {
  exporter: Links;
  /** Local subject of a service, the exporter's of a stream. */
  from: string;
  /** The exporter's subject of a service, the local one of a stream. */
  to: string;
}

const maxCycleDepth = 1024;
const noRandom: Random = { below: () => 0, bytes: (count) => Buffer.alloc(count) };

export class Links {
  readonly name: string;
  readonly streams = new Map<string, ExportRule>();
  readonly services = new Map<string, ServiceRule>();
  readonly streamImports: LinkedImport[] = [];
  readonly serviceImports: LinkedImport[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** May `importer` import the subject under one of the rules? */
  approves(
    rules: ReadonlyMap<string, ExportRule>,
    importer: string,
    subject: string,
    token: string,
  ): boolean {
    const exact = rules.get(subject);
    if (exact !== undefined) return approves(exact, importer, [], { token, subject });
    for (const [exported, rule] of rules) {
      if (isSubsetMatch(subject, exported)) {
        return approves(rule, importer, splitTokens(subject), { token, subject });
      }
    }
    return false;
  }

  exportsService(subject: string): boolean {
    if (this.services.has(subject)) return true;
    return [...this.services.keys()].some((exported) => isSubsetMatch(subject, exported));
  }
}

function approves(
  rule: ExportRule,
  importer: string,
  tokens: readonly string[],
  { token, subject }: { token: string; subject: string },
): boolean {
  if (rule.position > 0) return tokens[rule.position - 1] === importer;
  if (rule.activated !== undefined) return rule.activated(importer, token, subject);
  return rule.approved === undefined || rule.approved.has(importer);
}

/** What is wrong with the exports and imports of the accounts; `newest` are those of this block. */
export function accountLinkProblems(
  known: readonly AccountOptions[],
  newest: readonly AccountOptions[],
  noSystemAccount: boolean,
): string[] {
  const byName = new Map(known.map((account) => [account.name, new Links(account.name)]));
  const problems: string[] = [];
  const linksOf = (account: AccountOptions) => byName.get(account.name) ?? new Links(account.name);
  for (const account of newest) {
    for (const one of account.streamExports) {
      addStreamExport(byName, linksOf(account), one, problems);
    }
  }
  for (const account of newest) {
    for (const one of account.serviceExports) {
      addServiceExport(byName, linksOf(account), one, noSystemAccount, problems);
    }
  }
  for (const account of newest) {
    for (const one of account.streamImports) {
      const why = addStreamImport(byName, linksOf(account), one);
      if (why !== undefined) problems.push(why);
    }
  }
  for (const account of newest) {
    for (const one of account.serviceImports) {
      const why = addServiceImport(byName, linksOf(account), one);
      if (why !== undefined) problems.push(why);
    }
  }
  return problems;
}

type Accounts = ReadonlyMap<string, Links>;

function exportRule(
  accounts: Accounts,
  one: StreamExportOptions,
  kind: string,
  problems: string[],
): ExportRule {
  const approved = (one.accounts ?? []).filter((name) => {
    if (accounts.has(name)) return true;
    problems.push(`${goQuote(name)} account not defined for ${kind} export`);
    return false;
  });
  return {
    approved: approved.length === 0 ? undefined : new Set(approved),
    position: one.accountTokenPosition,
  };
}

/** The account's token must be a wildcard of the exported subject. */
function positionFits(one: StreamExportOptions): boolean {
  const position = one.accountTokenPosition;
  return position === 0 || splitTokens(one.subject)[position - 1] === '*';
}

function addStreamExport(
  accounts: Accounts,
  links: Links,
  one: StreamExportOptions,
  problems: string[],
): void {
  const rule = exportRule(accounts, one, 'stream', problems);
  if (positionFits(one)) links.streams.set(one.subject, rule);
  else problems.push(`Error adding stream export ${goQuote(one.subject)}: ${invalidSubject}`);
}

const invalidSubject = 'sublist: invalid subject';

function addServiceExport(
  accounts: Accounts,
  links: Links,
  one: ServiceExportOptions,
  noSystemAccount: boolean,
  problems: string[],
): void {
  const rule = exportRule(accounts, one, 'service', problems);
  if (!positionFits(one)) {
    problems.push(`Error adding service export ${goQuote(one.subject)}: ${invalidSubject}`);
    return;
  }
  links.services.set(one.subject, { ...rule, singleton: one.responseType === 'singleton' });
  const why = latencyProblem(links, one, noSystemAccount);
  if (why !== undefined) problems.push(why);
}

function latencyProblem(
  links: Links,
  one: ServiceExportOptions,
  noSystemAccount: boolean,
): string | undefined {
  if (one.latency === undefined) return undefined;
  const intro = `Error adding service latency sampling for ${goQuote(one.subject)}`;
  if (noSystemAccount) return `${intro}: system account not setup`;
  const subject = one.latency.subject;
  const fail = (why: string) => `${intro} on subject ${goQuote(subject)}: ${why}`;
  if (!isValidPublishSubject(subject) || links.exportsService(subject)) {
    return fail('invalid publish subject');
  }
  return links.services.get(one.subject)?.singleton ? undefined : fail('bad service response type');
}

function addStreamImport(
  accounts: Accounts,
  links: Links,
  one: StreamImportOptions,
): string | undefined {
  const exporter = accounts.get(one.account);
  if (exporter === undefined) {
    return `${goQuote(one.account)} account not defined for stream import`;
  }
  const why = linkStream(links, exporter, one);
  return why && `Error adding stream import ${goQuote(one.subject)}: ${why}`;
}

/** Adds the import to `links`; a text says why not. `token` is an activation token. */
export function linkStream(
  links: Links,
  exporter: Links,
  one: StreamImportOptions,
  token = '',
): string | undefined {
  const from = one.subject;
  const allowed =
    isValidSubject(from) && exporter.approves(exporter.streams, links.name, from, token);
  if (!allowed) return 'stream import not authorized';
  if (one.prefix !== '' && !isLiteral(one.prefix)) {
    return 'stream import prefix can not contain wildcard tokens';
  }
  let to = one.prefix === '' ? one.to || from : prefixed(one.prefix, from);
  const visited = () => new Set([links.name]);
  const cycle = streamCycle(exporter, to, visited()) ?? streamCycle(exporter, from, visited());
  if (cycle !== undefined) return cycle;
  if (hasWildcard(from) && to !== from) {
    const why = transformProblem(from, tokenizeTransform(to));
    if (why !== undefined) {
      return (
        'failed to create mapping transform for stream import subject from ' +
        `${goQuote(from)} to ${goQuote(to)}: ${why}`
      );
    }
    to = untokenizeTransform(to).subject;
  }
  const known = links.streamImports.some(
    (other) => other.exporter === exporter && other.from === from,
  );
  if (known) return 'stream import already exists';
  links.streamImports.push({ exporter, from, to });
  return undefined;
}

function prefixed(prefix: string, subject: string): string {
  return prefix.endsWith('.') ? prefix + subject : `${prefix}.${subject}`;
}

function transformProblem(source: string, dest: string): string | undefined {
  try {
    SubjectTransform.create(source, dest, { strict: true, random: noRandom });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function streamCycle(account: Links, to: string, visited: Set<string>): string | undefined {
  if (visited.size >= maxCycleDepth) return 'search cycle depth exhausted';
  const exported = [...account.streams.keys()].some((subject) => isSubsetMatch(to, subject));
  if (!exported) return undefined;
  for (const one of account.streamImports) {
    if (!subjectsCollide(to, one.to)) continue;
    if (visited.has(one.exporter.name)) return 'import forms a cycle';
    visited.add(account.name);
    const why = streamCycle(one.exporter, isSubsetMatch(one.to, to) ? one.to : to, visited);
    if (why !== undefined) return why;
  }
  return undefined;
}

function addServiceImport(
  accounts: Accounts,
  links: Links,
  one: ServiceImportOptions,
): string | undefined {
  const exporter = accounts.get(one.account);
  if (exporter === undefined) {
    return `${goQuote(one.account)} account not defined for service import`;
  }
  const why = linkService(links, exporter, one);
  return why && `Error adding service import ${goQuote(one.subject)}: ${why}`;
}

/** Adds the import to `links`; a text says why not. `token` is an activation token. */
export function linkService(
  links: Links,
  exporter: Links,
  one: ServiceImportOptions,
  token = '',
): string | undefined {
  const from = one.to || one.subject;
  const to = one.subject;
  if (!isValidSubject(from) || !isValidSubject(to)) return invalidSubject;
  if (!exporter.approves(exporter.services, links.name, to, token)) {
    return 'service import not authorized';
  }
  const plain = hasWildcard(to) ? untokenizeTransform(from).subject : from;
  const cycle = serviceCycle(exporter, plain, new Set([links.name]));
  if (cycle !== undefined) return cycle;
  const other = links.serviceImports.find((i) => i.exporter === exporter && i.from === from);
  if (other !== undefined) {
    return (
      `duplicate service import subject ${goQuote(from)}, previously used in import for ` +
      `account ${goQuote(exporter.name)}, subject ${goQuote(other.to)}`
    );
  }
  if (!hasWildcard(to) || to === from) {
    links.serviceImports.push({ exporter, from, to });
    return undefined;
  }
  const target = untokenizeTransform(to).subject;
  const why = transformProblem(target, tokenizeTransform(from));
  if (why !== undefined) {
    return (
      'failed to create mapping transform for service import subject from ' +
      `${goQuote(from)} to ${goQuote(target)}: ${why}`
    );
  }
  links.serviceImports.push({ exporter, from: plain, to: target });
  return undefined;
}

function serviceCycle(account: Links, from: string, visited: Set<string>): string | undefined {
  if (visited.size >= maxCycleDepth) return 'search cycle depth exhausted';
  for (const one of account.serviceImports) {
    if (!subjectsCollide(from, one.to)) continue;
    if (visited.has(one.exporter.name)) return 'import forms a cycle';
    visited.add(account.name);
    const why = serviceCycle(
      one.exporter,
      isSubsetMatch(one.from, from) ? one.from : from,
      visited,
    );
    if (why !== undefined) return why;
  }
  return undefined;
}
