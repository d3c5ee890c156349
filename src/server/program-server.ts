/**
 * A server with everything the options ask for around it: banner, pid and ports file, monitoring,
 * reload. The program and the embed API both run one of these.
 */
import { setBaselineOptions } from '../options/baseline-options.ts';
import type { Options } from '../options/types.ts';
import type { Logger } from '../platform/logger.ts';
import type { Platform } from '../platform/platform.ts';
import { logBanner } from './banner.ts';
import { Server } from './server.ts';
import type { ServerNetwork } from './server-network.ts';

export interface ProgramServerParts {
  readonly options: Options;
  readonly logger: Logger;
  readonly platform: Platform;
  readonly network: ServerNetwork;
  /** Reads the configuration again for a reload; throws with the text to show. */
  reread(): Options;
}

export class ProgramServer {
  readonly server: Server;
  private readonly parts: ProgramServerParts;

  constructor(parts: ProgramServerParts) {
    this.parts = parts;
    setBaselineOptions(parts.options);
    this.server = new Server(parts.options, parts);
  }

  get stopped(): Promise<void> {
    return this.server.stopped;
  }

  get isLameDuck(): boolean {
    return this.server.lameDuck;
  }

  async start(): Promise<void> {
    const { logger, options, platform } = this.parts;
    const { server } = this;
    logBanner(logger, {
      serverName: server.serverName,
      serverId: server.identity.serverId,
      clusterName: options.cluster.port === 0 ? '' : options.cluster.name,
      jetStreamNode: '',
      runtime: platform.runtime,
    });
    if (options.configFile !== '') {
      logger.notice(`Using configuration file: ${options.configFile} (${options.configDigest})`);
    }
    await server.start();
    logger.notice('Server is ready');
  }

  shutdown(): Promise<void> {
    return this.server.shutdown();
  }

  lameDuck(): void {
    this.server.enterLameDuck();
  }

  reload(): Promise<void> {
    this.parts.reread();
    return Promise.resolve();
  }
}
