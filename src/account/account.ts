/**
 * An account: a subject space of its own. Owner: the worker that owns its connections. It holds
 * what the data plane asks (sublist, mappings, limits), what it exports and imports, and the
 * replies to its exported services that are still due. accounts.ts builds and changes it.
 */
import type { AccountClaims } from '../auth/jwt/account-claims.ts';
import { Links } from '../options/account-links.ts';
import type { AccountLimits } from '../options/types.ts';
import type { SubjectMappings } from '../subject/mapping.ts';
import type { Sublist } from '../subject/sublist.ts';
import type { AccountSpec } from './account-spec.ts';
import type { ServiceExport, ServiceImport, StreamImport } from './imports.ts';
import type { ServiceResponses } from './service-responses.ts';

/** Traffic in messages and payload bytes. */
export interface TrafficStats {
  inMsgs: number;
  inBytes: number;
  outMsgs: number;
  outBytes: number;
}

export const globalAccountName = '$G';
export const systemAccountName = '$SYS';

const unlimited: AccountLimits = {
  maxConnections: -1,
  maxSubscriptions: -1,
  maxPayload: -1,
  maxLeafnodes: -1,
};

export class Account {
  readonly name: string;
  readonly sublist: Sublist;
  readonly traffic: TrafficStats = { inMsgs: 0, inBytes: 0, outMsgs: 0, outBytes: 0 };
  /** Connections bound to the account. */
  readonly connections = new Set<object>();
  /** Undefined when the account has none, so that publishing pays one test. */
  mappings: SubjectMappings | undefined;
  limits: AccountLimits = unlimited;
  /** What it was last built from; undefined for accounts that nobody configured. */
  spec: AccountSpec | undefined;
  /** Who may import what from it, and what it imports: for judging new imports. */
  links: Links;
  streamImports: StreamImport[] = [];
  serviceImports: ServiceImport[] = [];
  serviceExports = new Map<string, ServiceExport>();
  /** Replies due to requests that came through imports of others. */
  readonly responses: ServiceResponses;
  /** Of a JWT, in operator mode. */
  claims: AccountClaims | undefined;
  /** Some of its imports could not be made: exporters are missing or refuse. */
  incomplete = false;
  /** An account of a JWT that has expired, or is not valid any more. */
  expired = false;
  slowConsumers = 0;
  readonly createdMs: number;
  updatedMs: number;
  totalConnections = 0;

  constructor(name: string, sublist: Sublist, responses: ServiceResponses, createdMs: number) {
    this.name = name;
    this.sublist = sublist;
    this.responses = responses;
    responses.account = this;
    this.links = new Links(name);
    this.createdMs = createdMs;
    this.updatedMs = createdMs;
  }

  add(connection: object): void {
    if (this.connections.has(connection)) return;
    this.connections.add(connection);
    this.totalConnections++;
  }

  remove(connection: object): void {
    this.connections.delete(connection);
  }

  /** No further connection may be bound. */
  get full(): boolean {
    const { maxConnections } = this.limits;
    return maxConnections >= 0 && this.connections.size >= maxConnections;
  }
}
