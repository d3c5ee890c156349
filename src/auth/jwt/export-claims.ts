/** What an account exports, as its claims say it. */
import { goQuote } from '../../base/go-quote.ts';
import { parseGoUrl, UrlError } from '../../base/go-url.ts';
import { hasWildcards, validateSubject } from './claim-subject.ts';
import { ClaimSubjectSet } from './claim-subject-set.ts';
import { subject } from './claims-data.ts';
import {
  always,
  bigInteger,
  embed,
  flag,
  integer,
  JwtError,
  type Members,
  mapOf,
  member,
  optional,
  type Shape,
  struct,
  text,
  textShape,
} from './shape.ts';
import type { Issues } from './validation.ts';

/** Empty where the claims do not say it. */
export type ExportType = '' | 'stream' | 'service';

export const exportType: Shape<ExportType> = {
  zero: () => '',
  read(tree, _current, spot) {
    const name = text.read(tree, '', spot);
    if (name === 'stream' || name === 'service') return name;
    throw new JwtError(`unknown export type ${goQuote(name)}`);
  },
  write: (value) => value,
  isEmpty: (value) => value === '',
};

/** By key of an account or user, or `*`: revoked is what was issued up to this second. */
export type RevocationList = Map<string, number>;

export const revocationList = mapOf(integer(), 'jwt.RevocationList');

export interface ClaimInfo {
  description: string;
  info_url: string;
}

export interface ServiceLatencyClaims {
  /** Percent; 0 when headers ask for it. */
  sampling: number;
  results: string;
}

export interface ExportClaims extends ClaimInfo {
  name: string;
  subject: string;
  type: ExportType;
  /** Importing needs an activation token. */
  token_req: boolean;
  /** Of activation tokens, by the importing account. */
  revocations: RevocationList;
  response_type: string;
  /** Nanoseconds. */
  response_threshold: bigint;
  service_latency: ServiceLatencyClaims | undefined;
  /** The token (from 1) that must be the importing account's key; 0 for none. */
  account_token_position: number;
  advertise: boolean;
  allow_trace: boolean;
}

export const infoMembers: Members<ClaimInfo> = embed('Info', {
  description: member(text),
  info_url: member(text),
});

const samplingRate: Shape<number> = {
  zero: () => 0,
  read(tree, _current, spot) {
    if (tree === null || (typeof tree === 'string' && tree.toLowerCase() === 'headers')) return 0;
    return integer('int').read(tree, 0, spot);
  },
  write: (value) => (value === 0 ? 'headers' : value),
  isEmpty: (value) => value === 0,
};

export const exportShape = struct<ExportClaims>('jwt.Export', {
  name: member(text),
  subject: member(subject),
  type: member(exportType),
  token_req: member(flag),
  revocations: member(revocationList),
  response_type: member(textShape('jwt.ResponseType')),
  response_threshold: member(bigInteger('time.Duration')),
  service_latency: member(
    optional(
      struct<ServiceLatencyClaims>('jwt.ServiceLatency', {
        sampling: always(samplingRate),
        results: always(subject),
      }),
    ),
  ),
  account_token_position: member(integer('uint')),
  advertise: member(flag),
  allow_trace: member(flag),
  ...infoMembers,
});

export function validateExports(
  exports: readonly (ExportClaims | undefined)[],
  issues: Issues,
): void {
  for (const one of exports) {
    if (one === undefined) issues.error('null export is not allowed');
    else validateExport(one, issues);
  }
  const present = exports.filter((one) => one !== undefined);
  const subjectsOf = (service: boolean) =>
    present.filter((one) => (one.type === 'service') === service).map((one) => one.subject);
  validateOverlap('service', subjectsOf(true), issues);
  validateOverlap('stream', subjectsOf(false), issues);
}

function validateExport(one: ExportClaims, issues: Issues): void {
  if (one.type === '') issues.error('invalid export type: "unknown"');
  if (one.type === 'service') validateService(one, issues);
  if (one.type === 'stream') validateStream(one, issues);
  if (one.service_latency !== undefined) {
    if (one.type !== 'service') issues.error('latency tracking only permitted for services');
    validateLatency(one.service_latency, issues);
  }
  if (one.response_threshold < 0n) issues.error('negative response threshold is invalid');
  if (one.response_threshold > 0n && one.type !== 'service') {
    issues.error('response threshold only valid for services');
  }
  validateSubject(one.subject, issues);
  if (one.account_token_position > 0) validateTokenPosition(one, issues);
  validateInfo(one, issues);
}

function validateService({ response_type: type }: ExportClaims, issues: Issues): void {
  if (['', 'Singleton', 'Stream', 'Chunked'].includes(type)) return;
  issues.error(`invalid response type for service: ${goQuote(type)}`);
}

function validateStream(one: ExportClaims, issues: Issues): void {
  if (one.response_type !== '') {
    issues.error(`invalid response type for stream: ${goQuote(one.response_type)}`);
  }
  if (one.allow_trace) issues.error('AllowTrace only valid for service export');
}

function validateLatency({ sampling, results }: ServiceLatencyClaims, issues: Issues): void {
  if (sampling < 0 || sampling > 100) {
    issues.error('sampling percentage needs to be between 1-100');
  }
  validateSubject(results, issues);
  if (hasWildcards(results)) issues.error('results subject can not contain wildcards');
}

function validateTokenPosition(one: ExportClaims, issues: Issues): void {
  const { subject: exported, account_token_position: position } = one;
  const tokens = exported.split('.');
  const token = tokens[position - 1];
  if (!hasWildcards(exported)) {
    issues.error(`Account Token Position can only be used with wildcard subjects: ${exported}`);
  } else if (token === undefined) {
    issues.error(`Account Token Position ${position} exceeds length of subject '${exported}'`);
  } else if (token !== '*') {
    issues.error(
      `Account Token Position ${position} matches '${token}' but must match a * in: ${exported}`,
    );
  }
}

/** No export may lie within another one of its kind. */
function validateOverlap(kind: string, subjects: readonly string[], issues: Issues): void {
  const all = new ClaimSubjectSet();
  for (const one of subjects) all.add(one);
  const seen = new Set<string>();
  const within = new Map<string, string>();
  for (const one of subjects) {
    const others = all.containing(one);
    if (seen.has(one)) others.push(one);
    seen.add(one);
    for (const other of others) if (!within.has(other)) within.set(other, one);
  }
  for (const [other, one] of within) {
    issues.error(`${kind} export subject ${goQuote(other)} already exports ${goQuote(one)}`);
  }
}

const infoBytesMax = 8 * 1024;

export function validateInfo({ description, info_url: url }: ClaimInfo, issues: Issues): void {
  if (Buffer.byteLength(description) > infoBytesMax) issues.error('Description is too long');
  if (url === '') return;
  if (Buffer.byteLength(url) > infoBytesMax) issues.error('Info URL is too long');
  const problem = infoUrlProblem(url);
  if (problem !== undefined) issues.error(`error parsing info url: ${problem}`);
}

function infoUrlProblem(text: string): string | undefined {
  try {
    const { scheme, hostname } = parseGoUrl(text);
    return scheme === '' || hostname === '' ? 'no hostname or scheme' : undefined;
  } catch (error) {
    if (error instanceof UrlError) return `parse ${goQuote(text)}: ${error.message}`;
    throw error;
  }
}
