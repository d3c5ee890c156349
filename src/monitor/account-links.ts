/**
 * What an account exports and imports, as /accountz shows it: nats-server's form, which is that of
 * the claims of a JWT with members of its own behind them.
 */
import type { Account } from '../account/account.ts';
import type {
  ResponseType,
  ServiceExport,
  ServiceImport,
  StreamImport,
} from '../account/imports.ts';
import { revocationTimes } from '../auth/shown-claims.ts';
import { utf8FromLatin1 } from '../base/go-json.ts';
import { omitEmpty } from '../base/omit-empty.ts';
import type { ExportRule } from '../options/account-links.ts';
import type { ServiceLatencyOptions } from '../options/types.ts';
import { wireSubject } from '../subject/tokens.ts';

export interface LatencyDocument {
  sampling: number | 'headers';
  results: string;
}

export interface ExportDocument {
  subject: string;
  type: 'service' | 'stream';
  token_req: true | undefined;
  response_type: string | undefined;
  service_latency: LatencyDocument | undefined;
  approved_accounts: string[] | undefined;
  /** When activations of accounts were revoked; of accounts of operator mode. */
  revoked_activations: ReadonlyMap<string, string> | undefined;
}

export interface ImportDocument {
  subject: string;
  account: string;
  /** Only services have it, a double of `local_subject`. */
  to: string | undefined;
  local_subject: string;
  type: 'service' | 'stream';
  invalid: boolean;
  share: boolean;
  tracking: boolean;
  latency: LatencyDocument | undefined;
}

const responseTypes: Record<ResponseType, string> = {
  singleton: 'Singleton',
  stream: 'Streamed',
  chunked: 'Chunked',
};

/** `claimed` are the exports in the account's JWT, if it has one. */
export function exportDocuments(account: Account, claimed: unknown): ExportDocument[] {
  const revoked = revokedActivations(claimed);
  return linkedExports(account).map((document) => ({
    ...document,
    revoked_activations: revoked.get(document.subject),
  }));
}

function revokedActivations(claimed: unknown): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  if (!Array.isArray(claimed)) return found;
  for (const one of claimed as (Record<string, unknown> | null)[]) {
    const times = revocationTimes(one?.revocations);
    if (typeof one?.subject === 'string' && times.size > 0) found.set(one.subject, times);
  }
  return found;
}

type LinkedExport = Omit<ExportDocument, 'revoked_activations'>;

function linkedExports(account: Account): LinkedExport[] {
  const services = Array.from(account.serviceExports.values(), (one) => {
    const rule = ruleOf(account.links.services, one.subject);
    return serviceExport(one, rule);
  });
  const streams = Array.from(account.links.streams, ([subject, rule]) =>
    streamExport(subject, rule),
  );
  return [...services, ...streams];
}

/** Rules stand under ordinary text, exports under wire subjects. */
function ruleOf(rules: ReadonlyMap<string, ExportRule>, subject: string): ExportRule | undefined {
  for (const [text, rule] of rules) if (wireSubject(text) === subject) return rule;
  return undefined;
}

function serviceExport(one: ServiceExport, rule: ExportRule | undefined): LinkedExport {
  return {
    subject: utf8FromLatin1(one.subject),
    type: 'service',
    ...tokenFields(rule),
    response_type: responseTypes[one.responseType],
    service_latency: latencyDocument(one.latency),
    approved_accounts: approvedAccounts(rule),
  };
}

function streamExport(subject: string, rule: ExportRule): LinkedExport {
  return {
    subject,
    type: 'stream',
    ...tokenFields(rule),
    response_type: undefined,
    service_latency: undefined,
    approved_accounts: approvedAccounts(rule),
  };
}

function tokenFields(rule: ExportRule | undefined): { token_req: true | undefined } {
  return { token_req: rule?.activated === undefined ? undefined : true };
}

function approvedAccounts(rule: ExportRule | undefined): string[] | undefined {
  return omitEmpty([...(rule?.approved ?? [])]);
}

/** A sampling of 0 means that the requester's headers ask for it. */
function latencyDocument(latency: ServiceLatencyOptions | undefined): LatencyDocument | undefined {
  if (latency === undefined) return undefined;
  const { sampling, subject } = latency;
  return { sampling: sampling === 0 ? 'headers' : sampling, results: utf8FromLatin1(subject) };
}

export function importDocuments(account: Account): ImportDocument[] {
  return [...account.streamImports.map(streamImport), ...account.serviceImports.map(serviceImport)];
}

function streamImport({ account, from, to }: StreamImport): ImportDocument {
  return {
    subject: utf8FromLatin1(from),
    account: account.name,
    to: undefined,
    local_subject: utf8FromLatin1(to),
    type: 'stream',
    invalid: false,
    share: false,
    tracking: false,
    latency: undefined,
  };
}

function serviceImport(one: ServiceImport): ImportDocument {
  const local = utf8FromLatin1(one.from);
  return {
    subject: utf8FromLatin1(one.to),
    account: one.account.name,
    to: local,
    local_subject: local,
    type: 'service',
    invalid: one.sub === undefined,
    share: one.share,
    tracking: false,
    latency: latencyDocument(one.export?.latency),
  };
}
