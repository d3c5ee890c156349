/** What monitoring sees of a server: reads straight from it, so that a reload needs no call. */
import { X509Certificate } from 'node:crypto';
import type { Account } from '../account/account.ts';
import { tnatsdVersion } from '../base/version.ts';
import type { ClosedConnections } from '../connection/closed-connections.ts';
import type { Connection } from '../connection/connection.ts';
import type { ServerCounters } from '../connection/connection-host.ts';
import type { MonitorContext } from '../monitor/context.ts';
import type { Options, TlsOptions } from '../options/types.ts';
import type { Clock, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Platform } from '../platform/platform.ts';
import type { ProcessStats } from '../platform/process-stats.ts';
import type { CacheStats } from '../transport/ocsp/response-cache.ts';
import type { ServerInfo } from '../wire/info.ts';
import type { Server } from './server.ts';
import type { ServerOcsp } from './server-ocsp.ts';

export class ServerMonitorContext implements MonitorContext {
  private readonly server: Server;
  private readonly platform: Platform;
  private readonly ocsp: ServerOcsp;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly process: ProcessStats;
  readonly counters: ServerCounters;
  readonly tnatsdVersion = tnatsdVersion;
  readonly startMs: number;
  readonly httpRequests = new Map<string, number>();
  readonly closedConnections: ClosedConnections;

  constructor(server: Server, platform: Platform, ocsp: ServerOcsp) {
    this.server = server;
    this.ocsp = ocsp;
    this.platform = platform;
    this.clock = platform.clock;
    this.timers = platform.timers;
    this.logger = server.logger;
    this.process = platform.processStats;
    this.counters = server.counters;
    this.startMs = server.startMs;
    this.closedConnections = server.closedConnections;
  }

  get options(): Options {
    return this.server.options;
  }

  get configLoadMs(): number {
    return this.server.configLoadMs;
  }

  get systemAccount(): Account | undefined {
    return this.options.noSystemAccount ? undefined : this.server.systemAccount;
  }

  info(): ServerInfo {
    return this.server.copyInfo();
  }

  websocketConnectUrls(): readonly string[] {
    return [];
  }

  connections(): Iterable<Connection> {
    return this.server.clients.values();
  }

  openConnectionCount(): number {
    return this.server.clients.size;
  }

  accounts(): Iterable<Account> {
    return this.server.accounts.all();
  }

  account(name: string): Account | undefined {
    return this.server.accounts.get(name);
  }

  ocspCacheStats(): CacheStats | undefined {
    return this.ocsp.cacheStats;
  }

  notReady(): string | undefined {
    if (this.server.ready) return undefined;
    return 'failed to be ready for connections after 1ms: server';
  }

  certificateNotAfterMs(tls: TlsOptions): number | undefined {
    const file = tls.certFile || tls.certificates[0]?.certFile;
    if (!file) return undefined;
    try {
      const certificate = new X509Certificate(this.platform.disk.readFileSync(file));
      return Date.parse(certificate.validTo);
    } catch {
      return undefined;
    }
  }
}
