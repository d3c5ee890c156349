/**
 * A server with everything the options ask for around it: checks, banner, pid and ports file,
 * monitoring, reload. The program and the embed API both run one of these.
 */
import { hasPlaintextPasswords } from '../auth/password.ts';
import { setBaselineOptions } from '../options/baseline-options.ts';
import type { Options } from '../options/types.ts';
import { refuseUnsupported } from '../options/unsupported-options.ts';
import { validateOptions } from '../options/validate-options.ts';
import type { Logger } from '../platform/logger.ts';
import type { Platform } from '../platform/platform.ts';
import {
  type PortsFacts,
  portsFilePath,
  removePortsFile,
  writePidFile,
  writePortsFile,
} from '../platform/run-files.ts';
import { logBanner } from './banner.ts';
import { Server } from './server.ts';
import type { ServerNetwork } from './server-network.ts';

export interface ProgramServerParts {
  readonly options: Options;
  readonly logger: Logger;
  readonly platform: Platform;
  readonly network: ServerNetwork;
  /** For the pid and ports files. */
  readonly pid: number;
  /** Reads the configuration again for a reload; throws with the text to show. */
  reread(): Options;
}

const largePayload = 8 * 1024 * 1024;

export class ProgramServer {
  readonly server: Server;
  private readonly parts: ProgramServerParts;
  private readonly notActive: readonly string[];

  /** Throws when the options contradict each other, or one that protects is not supported. */
  constructor(parts: ProgramServerParts) {
    this.parts = parts;
    setBaselineOptions(parts.options);
    validateOptions(parts.options);
    this.notActive = refuseUnsupported(parts.options);
    this.server = new Server(parts.options, parts);
  }

  get stopped(): Promise<void> {
    return this.server.stopped;
  }

  get isLameDuck(): boolean {
    return this.server.lameDuck;
  }

  /** Rejects with the text of the fatal log line when something cannot be opened. */
  async start(): Promise<void> {
    const { logger, options, platform } = this.parts;
    this.logFirstLines();
    if (options.pidFile !== '') writePidFile(platform.disk, options.pidFile, this.parts.pid);
    await this.server.start();
    await this.writePorts();
    logger.notice('Server is ready');
  }

  private logFirstLines(): void {
    const { logger, options, platform } = this.parts;
    const { server } = this;
    logBanner(logger, {
      serverName: server.serverName,
      serverId: server.identity.serverId,
      clusterName: options.cluster.port === 0 ? '' : options.cluster.name,
      jetStreamNode: '',
      runtime: platform.runtime,
    });
    if (hasPlaintextPasswords(options)) {
      logger.warn('Plaintext passwords detected, use nkeys or bcrypt');
    }
    if (options.configFile !== '') {
      logger.notice(`Using configuration file: ${options.configFile} (${options.configDigest})`);
    }
    if (options.maxPayload > largePayload) {
      logger.warn(
        'Maximum payloads over 8.00 MB are generally discouraged and could lead to poor performance',
      );
    }
    for (const line of this.notActive) logger.warn(line);
  }

  /** What listens, for the ports file and the embed API. */
  listeners(): PortsFacts {
    const { options, server } = { options: this.server.options, server: this.server };
    const port = server.clientPort;
    return {
      nats: port === undefined ? undefined : { host: options.host, port, tls: options.tls !== undefined },
    };
  }

  private async writePorts(): Promise<void> {
    const { logger, options, platform, pid } = this.parts;
    if (options.portsFileDir === '') return;
    const path = portsFilePath(options.portsFileDir, pid);
    await writePortsFile(platform.disk, path, this.listeners(), logger);
    this.server.onShutdown(() => removePortsFile(platform.disk, path, logger));
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
