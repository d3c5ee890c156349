/**
 * An account: a subject space of its own. Owner: the worker that owns its connections. This is the
 * part that core NATS needs (sublist, mappings, members, counters); imports and exports attach to
 * it later.
 */
import type { SubjectMappings } from '../subject/mapping.ts';
import type { Sublist } from '../subject/sublist.ts';

/** Traffic in messages and payload bytes. */
export interface TrafficStats {
  inMsgs: number;
  inBytes: number;
  outMsgs: number;
  outBytes: number;
}

export const globalAccountName = '$G';
export const systemAccountName = '$SYS';

export class Account {
  readonly name: string;
  readonly sublist: Sublist;
  readonly traffic: TrafficStats = { inMsgs: 0, inBytes: 0, outMsgs: 0, outBytes: 0 };
  /** Connections bound to the account. */
  readonly connections = new Set<object>();
  /** Undefined when the account has none, so that publishing pays one test. */
  mappings: SubjectMappings | undefined;
  slowConsumers = 0;
  readonly createdMs: number;
  updatedMs: number;
  totalConnections = 0;

  constructor(name: string, sublist: Sublist, createdMs: number) {
    this.name = name;
    this.sublist = sublist;
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
}
