/**
 * What monitoring asks of the server that it describes. Implemented by server/; everything is read
 * when a document is built, so a reload needs no call. Nothing here may block.
 */
import type { Account } from '../account/account.ts';
import type { ClosedConnections } from '../connection/closed-connections.ts';
import type { Connection } from '../connection/connection.ts';
import type { ServerCounters } from '../connection/connection-host.ts';
import type { Options, TlsOptions } from '../options/types.ts';
import type { Clock, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ProcessStats } from '../platform/process-stats.ts';
import type { CacheStats } from '../transport/ocsp/response-cache.ts';
import type { ServerInfo } from '../wire/info.ts';

export interface MonitorContext {
  /** Current options, after the last reload. */
  readonly options: Options;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly process: ProcessStats;
  readonly counters: ServerCounters;
  /** Our own version, beside `info().version`. */
  readonly tnatsdVersion: string;
  readonly startMs: number;
  readonly configLoadMs: number;
  /** Requests per endpoint path; monitoring counts, the server keeps (a restart of the listener does not reset). */
  readonly httpRequests: Map<string, number>;
  readonly closedConnections: ClosedConnections;
  readonly systemAccount: Account | undefined;

  /** INFO without the fields of one client: id, name, host, port, what is required, connect_urls. */
  info(): ServerInfo;
  websocketConnectUrls(): readonly string[];
  /** Open connections of clients and leaf nodes. */
  connections(): Iterable<Connection>;
  openConnectionCount(): number;
  accounts(): Iterable<Account>;
  account(name: string): Account | undefined;
  /** What a readiness check finds missing, in nats-server's words; undefined when all listens. */
  notReady(): string | undefined;
  /** When the first certificate of a tls block expires; undefined when unknown. */
  certificateNotAfterMs(tls: TlsOptions): number | undefined;
  /** The cache of OCSP answers about peers; undefined when there is none. */
  ocspCacheStats?(): CacheStats | undefined;
}
