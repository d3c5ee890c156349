/**
 * From the claims of an account's JWT to what an account is built from. The claims were verified
 * before (auth/jwt/trust.ts). What is judged later, and again and again, goes along as a function:
 * whether an activation token is good for an import.
 */
import type {
  AccountBody,
  AccountClaims,
  JetStreamLimits,
  OperatorLimits,
} from '../auth/jwt/account-claims.ts';
import { activationOf } from '../auth/jwt/activation.ts';
import { permissionsOfClaims } from '../auth/jwt/claim-permissions.ts';
import type { ExportClaims, ExportType } from '../auth/jwt/export-claims.ts';
import { type ImportClaims, importShape } from '../auth/jwt/import-claims.ts';
import { tryDecodeActivation } from '../auth/jwt/token.ts';
import { type Signers, signersOf } from '../auth/jwt/trust.ts';
import { goQuote } from '../base/go-quote.ts';
import type { AccountJetStreamOptions, AccountLimits } from '../options/types.ts';
import { isValidPublishSubject } from '../subject/validate.ts';
import type {
  AccountSpec,
  ActivationCheck,
  ServiceExportSpec,
  ServiceImportSpec,
  StreamExportSpec,
  StreamImportSpec,
} from './account-spec.ts';
import { mappingProblem } from './claims-problem.ts';

export interface ClaimsContext {
  /** Wall clock, for activation tokens. */
  nowMs(): number;
  /** The operator is strict: users need a signing key. */
  readonly strict: boolean;
  /** Gets what is wrong with mappings, which are then left out: an error to log. */
  onProblem?(text: string): void;
}

export function accountSpecFromClaims(claims: AccountClaims, context: ClaimsContext): AccountSpec {
  const { nats } = claims;
  const signers = signersOf(claims, context.strict);
  return {
    name: claims.sub,
    nkey: claims.sub,
    nameTag: claims.name,
    tags: nats.tags,
    issuer: claims.iss,
    signers,
    ...exportsOf(claims, signers, context),
    ...importsOf(nats.imports),
    activationsExpireMs: activationExpiries(nats.imports),
    limits: limitsOf(nats.limits),
    ...jetStreamOf(nats.limits),
    clusterTrafficOwner: nats.cluster_traffic === 'owner',
    ...traceOf(nats),
    mappings: mappingsOf(claims, context),
    defaultPermissions: permissionsOfClaims(nats.default_permissions),
    userRevocations: nats.revocations,
    disallowBearer: nats.limits.disallow_bearer,
    ...(nats.authorization.auth_users.length > 0
      ? { externalAuthorization: nats.authorization }
      : {}),
    ...(claims.exp === 0 ? {} : { expiresMs: claims.exp * 1000 }),
  };
}

function exportsOf(
  claims: AccountClaims,
  signers: Signers,
  context: ClaimsContext,
): Pick<AccountSpec, 'streamExports' | 'serviceExports'> {
  const streamExports: StreamExportSpec[] = [];
  const serviceExports: ServiceExportSpec[] = [];
  for (const one of claims.nats.exports) {
    if (one === undefined) continue;
    const spec: StreamExportSpec = {
      subject: one.subject,
      accounts: undefined,
      accountTokenPosition: one.account_token_position,
      ...(one.token_req ? { activated: activationCheck(claims.sub, signers, one, context) } : {}),
    };
    if (one.type === 'stream') streamExports.push(spec);
    if (one.type === 'service') serviceExports.push({ ...spec, ...serviceOf(one) });
  }
  return { streamExports, serviceExports };
}

/** The importer's claims were judged with his JWT; this judges the token against the exporter's. */
function activationCheck(
  name: string,
  signers: Signers,
  { type, revocations }: { type: ExportType; revocations: Map<string, number> },
  context: ClaimsContext,
): ActivationCheck {
  return (importer, token, subject) => {
    const claim = { ...importShape.zero(), subject, account: name, token, type };
    const nowSeconds = Math.floor(context.nowMs() / 1000);
    return activationOf(claim, importer, { name, signers }, nowSeconds, revocations) !== undefined;
  };
}

type ServiceFacts = Omit<ServiceExportSpec, keyof StreamExportSpec>;

function serviceOf(one: ExportClaims): ServiceFacts {
  const { response_type: type, service_latency: latency } = one;
  return {
    responseType: type === 'Stream' ? 'stream' : type === 'Chunked' ? 'chunked' : 'singleton',
    responseThresholdNs: one.response_threshold,
    latency: latency && { sampling: latency.sampling, subject: latency.results },
    allowTrace: one.allow_trace,
  };
}

function importsOf(
  imports: AccountBody['imports'],
): Pick<AccountSpec, 'streamImports' | 'serviceImports'> {
  const present = imports.filter((one) => one !== undefined);
  return {
    streamImports: present.filter((one) => one.type === 'stream').map(streamImportOf),
    serviceImports: present.filter((one) => one.type === 'service').map(serviceImportOf),
  };
}

/** The old `to` of a stream is a prefix of its subject. */
function streamImportOf(one: ImportClaims): StreamImportSpec {
  const { account, subject, token, local_subject: to, allow_trace: allowTrace } = one;
  return { account, subject, to, prefix: to === '' ? one.to : '', allowTrace, token };
}

/** The old `to` of a service is the exporter's subject, and `subject` the local one. */
function serviceImportOf(one: ImportClaims): ServiceImportSpec {
  const { account, share, token, local_subject: local } = one;
  return local === ''
    ? { account, subject: one.to || one.subject, to: one.subject, share, token }
    : { account, subject: one.subject, to: local, share, token };
}

function activationExpiries(imports: AccountBody['imports']): number[] {
  const tokens = imports.flatMap((one) => (one?.token ? [one.token] : []));
  const ends = tokens.map((token) => tryDecodeActivation(token)?.exp ?? 0);
  const times = ends.filter((seconds) => seconds !== 0).map((seconds) => seconds * 1000);
  return times.toSorted((a, b) => a - b);
}

const countMax = 2 ** 31 - 1;

/** -1 is unlimited; any other negative number allows nothing. */
function countOf(limit: number): number {
  return limit === -1 ? -1 : Math.min(countMax, Math.max(0, limit));
}

function limitsOf(limits: OperatorLimits): AccountLimits {
  return {
    maxConnections: countOf(limits.conn),
    maxSubscriptions: countOf(limits.subs),
    maxPayload: countOf(limits.payload),
    maxLeafnodes: countOf(limits.leaf),
  };
}

/** Without storage there is no JetStream. */
function jetStreamOf(limits: OperatorLimits): Pick<AccountSpec, 'jetstream' | 'jetstreamTiers'> {
  const stores = (one: JetStreamLimits) => one.mem_storage !== 0n || one.disk_storage !== 0n;
  const tiers = [...limits.tiered_limits];
  if (tiers.length === 0) {
    return { jetstream: stores(limits) ? jetStreamOptions(limits) : undefined };
  }
  if (!tiers.some(([, tier]) => stores(tier))) return { jetstream: undefined };
  const jetstreamTiers = new Map(tiers.map(([name, tier]) => [name, jetStreamOptions(tier)]));
  return { jetstream: undefined, jetstreamTiers };
}

function jetStreamOptions(limits: JetStreamLimits): AccountJetStreamOptions {
  const unlessZero = (value: bigint) => (value > 0n ? value : -1n);
  return {
    maxMemory: limits.mem_storage,
    maxStore: limits.disk_storage,
    maxStreams: Number(limits.streams),
    maxConsumers: Number(limits.consumer),
    maxAckPending: Number(unlessZero(limits.max_ack_pending)),
    memoryMaxStreamBytes: unlessZero(limits.mem_max_stream_bytes),
    storeMaxStreamBytes: unlessZero(limits.disk_max_stream_bytes),
    maxBytesRequired: limits.max_bytes_required,
  };
}

function traceOf({ trace }: AccountBody): Pick<AccountSpec, 'traceDest' | 'traceSampling'> {
  if (trace === undefined || !isValidPublishSubject(trace.dest)) {
    return { traceDest: '', traceSampling: 0 };
  }
  const { dest: traceDest, sampling } = trace;
  return { traceDest, traceSampling: sampling <= 0 || sampling > 100 ? 100 : sampling };
}

function mappingsOf(claims: AccountClaims, context: ClaimsContext): AccountSpec['mappings'] {
  const mappings: AccountSpec['mappings'] = [];
  const label = claims.name === '' ? claims.sub : `${claims.sub}/${claims.name}`;
  for (const [source, destinations] of claims.nats.mappings) {
    const problem = mappingProblem(source, destinations);
    if (problem !== undefined) {
      const what = `Error adding subject mapping ${goQuote(source)} for account [${label}]`;
      context.onProblem?.(`${what}${problem}`);
      continue;
    }
    const weighed = destinations.map((one) => ({ ...one, weight: one.weight || 100 }));
    mappings.push({ source, destinations: weighed });
  }
  return mappings;
}
