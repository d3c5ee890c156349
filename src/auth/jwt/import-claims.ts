/** What an account imports, as its claims say it. */
import { goQuote } from '../../base/go-quote.ts';
import { type ActivationClaims, validateActivation } from './activation-claims.ts';
import {
  isContainedIn,
  validateLocalSubject,
  validateSubject,
  withoutReferences,
} from './claim-subject.ts';
import { ClaimSubjectSet } from './claim-subject-set.ts';
import { subject } from './claims-data.ts';
import { type ExportType, exportType } from './export-claims.ts';
import { flag, member, struct, text, textShape } from './shape.ts';
import type { Issues } from './validation.ts';

export interface ImportClaims {
  name: string;
  /** Of the publisher: the exporter's for a stream, that of the request for a service. */
  subject: string;
  /** The exporting account. */
  account: string;
  /** An activation token. */
  token: string;
  /** The old way to say `local_subject`: of the one who gets the message. */
  to: string;
  local_subject: string;
  type: ExportType;
  share: boolean;
  allow_trace: boolean;
}

/** Decodes an activation token; undefined when it is none. */
export type DecodeActivation = (token: string) => ActivationClaims | undefined;

export const importShape = struct<ImportClaims>('jwt.Import', {
  name: member(text),
  subject: member(subject),
  account: member(text),
  token: member(text),
  to: member(subject),
  local_subject: member(textShape('jwt.RenamingSubject')),
  type: member(exportType),
  share: member(flag),
  allow_trace: member(flag),
});

export function validateImports(
  imports: readonly (ImportClaims | undefined)[],
  importer: string,
  decode: DecodeActivation,
  issues: Issues,
): void {
  const services = new Map<string, ImportedServices>();
  for (const one of imports) {
    if (one === undefined) {
      issues.error('null import is not allowed');
      continue;
    }
    if (one.type === 'service') {
      const known = services.get(one.account) ?? new ImportedServices(one.account);
      services.set(one.account, known);
      known.add(one.to || withoutReferences(one.local_subject) || one.subject, issues);
    }
    validateImport(one, importer, decode, issues);
  }
}

/** Local subjects of the services of one exporter: they may not overlap. */
class ImportedServices {
  private readonly account: string;
  private readonly seen = new Set<string>();
  private readonly subjects = new ClaimSubjectSet();

  constructor(account: string) {
    this.account = account;
  }

  add(local: string, issues: Issues): void {
    const shown = goQuote(local);
    const others = new Set([...this.subjects.containing(local), ...this.subjects.within(local)]);
    if (this.seen.has(local)) {
      others.add(local);
      issues.error(overlap(`${shown} in`, this.account));
    }
    for (const other of others) {
      issues.error(overlap(`${shown} and ${goQuote(other)} in same`, this.account));
    }
    this.seen.add(local);
    this.subjects.add(local);
  }
}

function overlap(what: string, account: string): string {
  return `overlapping subject namespace for ${what} account ${goQuote(account)}`;
}

/** An import of `importer`, and its token without the token's times. */
export function validateImport(
  one: ImportClaims,
  importer: string,
  decode: DecodeActivation,
  issues: Issues,
): void {
  const shown = goQuote(one.subject);
  if (one.type === '') issues.error('invalid import type: "unknown"');
  if (one.type === 'service' && one.allow_trace) {
    issues.error('AllowTrace only valid for stream import');
  }
  if (one.account === '') issues.error('account to import from is not specified');
  if (one.to !== '') {
    issues.warning('the field to has been deprecated (use LocalSubject instead)');
  }
  validateSubject(one.subject, issues);
  if (one.local_subject !== '') {
    validateLocalSubject(one.local_subject, one.subject, issues);
    if (one.to !== '') issues.error('Local Subject replaces To');
  }
  if (one.share && one.type !== 'service') {
    const what = 'sharing information (for latency tracking)';
    issues.error(`${what} is only valid for services: ${shown}`);
  }
  if (one.token === '') return;
  const token = decode(one.token);
  if (token === undefined) issues.error(`import ${shown} contains an invalid activation token`);
  else validateToken(one, importer, token, issues);
}

/** Is the token made for this importer, this exporter and this subject? */
function validateToken(
  one: ImportClaims,
  importer: string,
  token: ActivationClaims,
  issues: Issues,
): void {
  const shown = goQuote(one.subject);
  const { kind, subject: allowed, issuer_account: account } = token.nats;
  if (token.iss !== one.account && account !== one.account) {
    issues.error(`activation token doesn't match account for import ${shown}`);
  }
  if (token.sub !== importer) {
    issues.error(`activation token doesn't match account it is being included in, ${shown}`);
  }
  if (kind !== one.type) {
    const [is, asked] = [kind || 'unknown', one.type || 'unknown'];
    issues.error(`mismatch between token import type ${is} and type of import ${asked}`);
  }
  validateActivation(token, issues);
  const imported = one.type === 'service' && one.to !== '' ? one.to : one.subject;
  if (!isContainedIn(imported, allowed)) {
    const token = goQuote(allowed);
    issues.error(`activation token import subject ${token} doesn't match import ${shown}`);
  }
}
