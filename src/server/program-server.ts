/**
 * A server with everything the options ask for around it: checks, banner, pid and ports file,
 * monitoring, reload. The program and the embed API both run one of these.
 */
import type { Duplex } from 'node:stream';
import { mapsCertificateTo } from '../auth/auth-options.ts';
import { hasPlaintextPasswords } from '../auth/password.ts';
import { SystemEvents } from '../events/system-events.ts';
import { featureFlagDefaults } from '../monitor/feature-flags.ts';
import {
  type MonitorListenOptions,
  type MonitorServer,
  monitorProblem,
  startMonitoring,
} from '../monitor/start-monitoring.ts';
import { setBaselineOptions } from '../options/baseline-options.ts';
import type { Options, TlsOptions } from '../options/types.ts';
import { refuseUnsupported } from '../options/unsupported-options.ts';
import { OptionsError, validateOptions } from '../options/validate-options.ts';
import type { Logger } from '../platform/logger.ts';
import type { Stream } from '../platform/network.ts';
import { createPipe } from '../platform/pipe.ts';
import { PipeSocket } from '../platform/pipe-socket.ts';
import { PipeWebSocket, type WebSocketLike } from '../platform/pipe-web-socket.ts';
import type { Platform } from '../platform/platform.ts';
import {
  type PortsFacts,
  portsFilePath,
  removePortsFile,
  writePidFile,
  writePortsFile,
} from '../platform/run-files.ts';
import type { HttpsServerSettings } from '../transport/tls-context.ts';
import { logBanner, logFeatureFlags } from './banner.ts';
import { ServerEventsHost } from './events-host.ts';
import { ListenError } from './listen-error.ts';
import { ServerMonitorContext } from './monitor-context.ts';
import { reloadServer } from './reload.ts';
import { Server } from './server.ts';
import type { Accepted, ServerNetwork } from './server-network.ts';
import { ServerOcsp } from './server-ocsp.ts';

export interface ProgramServerParts {
  readonly options: Options;
  readonly logger: Logger;
  readonly platform: Platform;
  readonly network: ServerNetwork;
  /** For the pid and ports files. */
  readonly pid: number;
  /** Reads the configuration again for a reload; throws with the text to show. */
  reread(): Options;
  /** Logging options changed in a reload. */
  configureLog(options: Options): void;
}

const largePayload = 8 * 1024 * 1024;

export class ProgramServer {
  readonly server: Server;
  private readonly parts: ProgramServerParts;
  private readonly notActive: readonly string[];
  private readonly context: ServerMonitorContext;
  private readonly ocsp: ServerOcsp;
  private monitor: MonitorServer | undefined;
  private reloading: Promise<void> = Promise.resolve();
  private prepared: Promise<void> | undefined;
  private opened: Promise<void> | undefined;

  /** Throws when the options contradict each other, or one that protects is not supported. */
  constructor(parts: ProgramServerParts) {
    this.parts = parts;
    setBaselineOptions(parts.options);
    validateOptions(parts.options);
    this.notActive = refuseUnsupported(parts.options);
    this.server = new Server(parts.options, parts);
    this.ocsp = this.createOcsp();
    this.context = new ServerMonitorContext(this.server, parts.platform, this.ocsp);
  }

  private createOcsp(): ServerOcsp {
    const { logger, platform, network } = this.parts;
    const { clock, timers, disk } = platform;
    const ocsp = new ServerOcsp({
      logger,
      clock,
      timers,
      disk,
      events: {
        onPeerRejected: (...event) => this.server.events?.onOcspPeerRejected(...event),
        onLinkInvalid: (...event) => this.server.events?.onOcspLinkInvalid(...event),
      },
      onRevoked: () => void this.shutdown(),
    });
    network.ocspOf = (tls) => ocsp.of(tls);
    return ocsp;
  }

  private createEvents(): SystemEvents {
    const host = new ServerEventsHost(this.server, this.context, () => this.requestReload());
    return new SystemEvents(host, this.server.deliverer);
  }

  /** A reload that the system account asks for; nats-server's text where there is nothing to read. */
  private requestReload(): Promise<void> {
    if (this.server.options.configFile !== '') return this.reload();
    return Promise.reject(
      new Error('can only reload config when a file is provided using -c or --config'),
    );
  }

  get stopped(): Promise<void> {
    return this.server.stopped;
  }

  get isLameDuck(): boolean {
    return this.server.lameDuck;
  }

  /** What `start` does before anything is logged; rejects with the text the program dies with. */
  prepare(): Promise<void> {
    this.prepared ??= this.ocsp.open(this.parts.options);
    return this.prepared;
  }

  /**
   * Everything that works without a listener: accounts of operators, the system account. `start` does
   * it too; in-process clients need no more.
   */
  open(): Promise<void> {
    this.opened ??= this.openNow();
    return this.opened;
  }

  private async openNow(): Promise<void> {
    const { operatorMode } = this.server;
    this.server.onShutdown(() => operatorMode?.close());
    await operatorMode?.open();
    if (!this.parts.options.noSystemAccount) this.server.startEvents(this.createEvents());
  }

  /** Rejects with the text of the fatal log line when something cannot be opened. */
  async start(): Promise<void> {
    const { logger, options, platform } = this.parts;
    await this.prepare();
    this.logFirstLines();
    if (options.pidFile !== '') writePidFile(platform.disk, options.pidFile, this.parts.pid);
    await this.open();
    await this.startMonitoring();
    await this.server.start();
    await this.writePorts();
    this.server.onShutdown(() => this.removePorts(this.server.options));
    logger.notice('Server is ready');
    this.server.onShutdown(() => this.ocsp.stop());
    await this.ocsp.start();
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
    logFeatureFlags(logger, options.featureFlags, featureFlagDefaults);
    if (hasPlaintextPasswords(withPasswords(options))) {
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

  /** Before the clients' listener, so that the start can be watched. */
  private async startMonitoring(): Promise<void> {
    const { options } = this.parts;
    const problem = monitorProblem(options);
    if (problem !== undefined) throw new OptionsError(`Can't start monitoring: ${problem}`);
    const secure = options.httpsPort !== 0;
    const port = secure ? options.httpsPort : options.httpPort;
    if (port === 0) return;
    const tls = secure && options.tls ? await this.httpsSettings(options.tls) : undefined;
    const host = options.httpHost === '' ? options.host : options.httpHost;
    try {
      const ocsp = tls && this.monitorOcsp();
      this.monitor = await startMonitoring(this.context, { host, port, tls, ocsp });
    } catch (error) {
      const { message, cause } = error as Error;
      throw new ListenError(`Can't start monitoring: ${message}`, cause as NodeJS.ErrnoException);
    }
    this.server.onShutdown(() => this.monitor?.close());
  }

  /** Where peers are checked by OCSP, nats-server wants certificates of who monitors, too. */
  private monitorOcsp(): NonNullable<MonitorListenOptions['ocsp']> {
    const { tls } = this.server.options;
    return {
      requestCert: this.ocsp.verifiesPeers && tls?.verify === true,
      of: () => {
        const block = this.server.options.tls;
        return block && this.ocsp.of(block);
      },
    };
  }

  /** Loaded with the first HTTPS listener: a plain server does without. */
  private async httpsSettings(tls: TlsOptions): Promise<HttpsServerSettings> {
    const { buildHttpsServer } = await import('../transport/tls-context.ts');
    return buildHttpsServer(tls, (path) => this.parts.platform.disk.readFileSync(path));
  }

  /** What listens, for the ports file and the embed API. */
  listeners(): PortsFacts {
    const { options, clientPort: port } = this.server;
    const monitor = this.monitor?.address;
    const { websocket } = options;
    const websocketPort = this.server.websocketListener.port;
    return {
      nats:
        port === undefined
          ? undefined
          : { host: options.host, port, tls: options.tls !== undefined },
      monitoring: monitor && { ...monitor, tls: options.httpsPort !== 0 },
      websocket:
        websocketPort === undefined
          ? undefined
          : { host: websocket.host, port: websocketPort, tls: websocket.tls !== undefined },
    };
  }

  private async writePorts(): Promise<void> {
    const { logger, platform, pid } = this.parts;
    const { options } = this.server;
    if (options.portsFileDir === '') return;
    const path = portsFilePath(options.portsFileDir, pid);
    await writePortsFile(platform.disk, path, this.listeners(), logger);
  }

  private async removePorts(options: Options): Promise<void> {
    const { logger, platform, pid } = this.parts;
    if (options.portsFileDir === '') return;
    await removePortsFile(platform.disk, portsFilePath(options.portsFileDir, pid), logger);
  }

  shutdown(): Promise<void> {
    return this.server.shutdown();
  }

  lameDuck(): void {
    this.server.enterLameDuck();
  }

  /** Rejects with the reason, and changes nothing, when the new configuration cannot be taken. */
  reload(): Promise<void> {
    // One after the other: each is compared with what the one before it left.
    const next = this.reloading.then(() => this.reloadNow());
    this.reloading = next.catch(() => {});
    return next;
  }

  private async reloadNow(): Promise<void> {
    const { logger, platform, pid } = this.parts;
    const options = this.parts.reread();
    const ocsp = await this.ocsp.prepare(options);
    await reloadServer(this.server, options, {
      configureLog: (next) => this.parts.configureLog(next),
      writePidFile: (next) => {
        try {
          writePidFile(platform.disk, next.pidFile, pid);
        } catch (error) {
          logger.error((error as Error).message);
        }
      },
      rewritePortsFile: async (old) => {
        await this.removePorts(old);
        await this.writePorts();
      },
    });
    await this.ocsp.reload(ocsp);
    this.server.events?.onReloaded();
    const { tls } = this.server.options;
    if (this.monitor !== undefined && tls !== undefined && this.server.options.httpsPort !== 0) {
      this.monitor.updateTls(await this.httpsSettings(tls));
    }
  }

  /** A client connection without TCP. */
  connectInProcess(): Duplex {
    return new PipeSocket(this.dialInProcess(), this.parts.network.readBuffer);
  }

  /** The same in the shape that nats.js takes for a WebSocket. */
  webSocketInProcess(): WebSocketLike {
    return new PipeWebSocket(this.dialInProcess(), this.parts.network.readBuffer);
  }

  /** A connection that is refused is closed by the server's end, behind its -ERR. */
  private dialInProcess(): Stream {
    const { network, platform } = this.parts;
    const [dialled, accepted] = createPipe(platform.scheduler, network.readBuffer);
    this.server.clientListener.accept(plainAccepted(accepted), 'in-process');
    return dialled;
  }
}

/** A stream that stays in the clear. */
function plainAccepted(stream: Stream): Accepted {
  return {
    stream,
    peek: () => Promise.resolve(undefined),
    upgrade: () => Promise.reject(new Error('an in-process connection needs no TLS')),
  };
}

/** Without the users that only a certificate proves to be. */
function withPasswords(options: Options): Pick<Options, 'password' | 'users'> {
  const users = options.users.filter(
    (user) => user.password !== '' || !mapsCertificateTo(options, user),
  );
  return { password: options.password, users };
}
