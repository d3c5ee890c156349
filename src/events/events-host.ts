/** What system events need of the server they tell about. Implemented by server/. */
import type { Account } from '../account/account.ts';
import type { GoRecord } from '../base/go-json-decode.ts';
import type { Connection } from '../connection/connection.ts';
import type { ServerCounters } from '../connection/connection-host.ts';
import type { Options } from '../options/types.ts';
import type { Clock, Random, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ProcessStats } from '../platform/process-stats.ts';
import type { ServerInfo } from '../wire/info.ts';

/** The documents of monitoring, which also answer requests. */
export type DocumentName =
  | 'VARZ'
  | 'SUBSZ'
  | 'CONNZ'
  | 'ROUTEZ'
  | 'GATEWAYZ'
  | 'LEAFZ'
  | 'ACCOUNTZ'
  | 'ACCSTATZ'
  | 'ACCOUNTINFO'
  | 'JSZ'
  | 'HEALTHZ'
  | 'EXPVARZ'
  | 'IPQUEUESZ'
  | 'RAFTZ';

/** Not a failure: nobody answers, as when only a leader should. */
export const noAnswer = Symbol('no answer');

/** The request cannot be served; the message is the description in the answer. */
export class RefusedDocument extends Error {
  readonly code = 'ERR_DOCUMENT';
}

export interface EventDocuments {
  /**
   * The document for decoded options (request-options.ts has their keys). Throws RefusedDocument.
   */
  build(name: DocumentName, options: GoRecord): object | typeof noAnswer;
}

export interface EventsHost {
  /** Current options, after the last reload. */
  readonly options: Options;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly process: ProcessStats;
  readonly counters: ServerCounters;
  readonly startMs: number;
  readonly globalAccount: Account;
  readonly systemAccount: Account;
  readonly clusterName: string;
  readonly documents: EventDocuments;
  info(): ServerInfo;
  featureFlags(): ReadonlyMap<string, boolean>;
  /** Accounts that this server knows; none is fetched. */
  accounts(): Iterable<Account>;
  account(name: string): Account | undefined;
  client(id: number): Connection | undefined;
  clientCount(): number;
  /** Reads the configuration again; rejects with the text to show. */
  reload(): Promise<void>;
  /** Tells one client that the server will go; false when it would not understand. */
  sendLameDuckInfo(connection: Connection): boolean;
}
