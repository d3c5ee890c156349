/**
 * What a connection needs from its server. Declared here, implemented by server/: connections do
 * not know the composition root.
 */
import type { Account } from '../account/account.ts';
import type { Options } from '../options/types.ts';
import type { Clock, Random, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ServerInfo } from '../wire/info.ts';
import type { CloseReason } from './close-reason.ts';
import type { Connection } from './connection.ts';
import type { FlushQueue } from './flush-queue.ts';

/** Server-wide counters; plain fields, read by monitoring. */
export interface ServerCounters {
  inMsgs: number;
  inBytes: number;
  outMsgs: number;
  outBytes: number;
  inClientMsgs: number;
  inClientBytes: number;
  outClientMsgs: number;
  outClientBytes: number;
  slowConsumers: number;
  slowClients: number;
  staleConnections: number;
  staleClients: number;
  stalledClients: number;
  totalConnections: number;
  /** Logins refused because the user's account is not among the pinned ones. */
  pinnedAccountFails: number;
}

/** All zero. */
export function emptyCounters(): ServerCounters {
  return {
    inMsgs: 0,
    inBytes: 0,
    outMsgs: 0,
    outBytes: 0,
    inClientMsgs: 0,
    inClientBytes: 0,
    outClientMsgs: 0,
    outClientBytes: 0,
    slowConsumers: 0,
    slowClients: 0,
    staleConnections: 0,
    staleClients: 0,
    stalledClients: 0,
    totalConnections: 0,
    pinnedAccountFails: 0,
  };
}

export type BindResult = 'ok' | 'tooManyConnections' | 'unknownAccount';

export interface ConnectionHost {
  readonly options: Options;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly flushQueue: FlushQueue;
  readonly counters: ServerCounters;
  readonly globalAccount: Account;
  readonly systemAccount: Account;
  readonly shuttingDown: boolean;
  readonly serverName: string;
  /** Name of the cluster this server belongs to; cluster-scoped mappings ask for it. */
  readonly clusterName: string;
  /** False when this very line was logged within the last second. */
  mayLog(line: string): boolean;
  /** A copy of the INFO of this server, without the fields of one client. */
  copyInfo(): ServerInfo;
  /**
   * Makes the connection a member of the account of that name ('' is the global one) with its
   * limits. Not when that account has all the connections it may have.
   */
  bindAccount(connection: Connection, accountName: string): BindResult;
  /** The connection is closed for the server; called once, before its socket ends. */
  onConnectionClosed(connection: Connection, reason: CloseReason): void;
  /** The first CONNECT of a client was accepted. */
  onConnected(connection: Connection): void;
}
