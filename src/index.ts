/**
 * tnatsd inside a Node program. Library mode: no signal handlers, no process.exit, no output; any
 * number of servers in one process; everything a server opened is closed by `close`.
 *
 *     const server = await createServer({ port: -1 });
 *     const nc = await connect({ servers: server.url });
 *     …
 *     await server.close();
 *
 * On Node 24 and newer `await using server = await createServer()` closes it at the end of the block.
 */
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { defaultOptions } from './options/default-options.ts';
import { processConfigFile, processConfigString } from './options/process-config.ts';
import type { Options } from './options/types.ts';
import { type Logger, silentLogger } from './platform/logger.ts';
import { nodePlatform } from './platform/node.ts';
import { nodeConfigFiles } from './platform/node-config-files.ts';
import { ProgramServer } from './server/program-server.ts';
import { configText, type ServerConfig } from './server/server-config.ts';
import { NodeNetwork } from './transport/node-network.ts';

export { natsVersion, tnatsdVersion } from './base/version.ts';
export { ConfigFileError } from './options/process-config.ts';
export { UnsupportedOptionError } from './options/unsupported-options.ts';
export { OptionsError } from './options/validate-options.ts';
export type { Logger } from './platform/logger.ts';
export { ListenError } from './server/server.ts';
export type {
  AuthorizationConfig,
  PermissionConfig,
  ServerConfig,
  TlsConfig,
  UserConfig,
} from './server/server-config.ts';

export interface CreateServerOptions extends ServerConfig {
  /** A configuration file, read first; the other options win over it. */
  configFile?: string;
  /** Configuration text in the language of the file, read after the file. */
  config?: string;
  /** Gets the log lines; nothing is written without one. */
  logger?: Partial<Logger>;
  /** False: do not listen yet, `listen()` does. */
  autoListen?: boolean;
}

/** Ports that are listened on. */
export interface ServerPorts {
  nats: number | undefined;
  monitoring: number | undefined;
}

/** Arguments of the events a server emits. */
export interface ServerEvents {
  /** A client's first CONNECT was accepted. */
  connect: [client: { id: number; name: string; user: string; ip: string; port: number }];
  disconnect: [client: { id: number; name: string; ip: string; port: number; reason: string }];
  reload: [];
  lameDuck: [];
  close: [];
}

/** A NATS server in this process. Made by `createServer`. */
export class NatsServer extends EventEmitter<ServerEvents> {
  private readonly program: ProgramServer;
  private starting: Promise<void> | undefined;

  constructor(program: ProgramServer) {
    super();
    this.program = program;
    program.server.observer = {
      onConnect: (c) =>
        this.emit('connect', {
          id: c.id,
          name: c.options.name,
          user: c.userName,
          ip: c.remoteHost,
          port: c.remotePort,
        }),
      onDisconnect: (c, reason) =>
        this.emit('disconnect', {
          id: c.id,
          name: c.options.name,
          ip: c.remoteHost,
          port: c.remotePort,
          reason,
        }),
    };
    void program.stopped.then(() => this.emit('close'));
  }

  /**
   * Opens the listeners; a second call waits for the first. Rejects with ListenError (its `code` is
   * Node's, e.g. EADDRINUSE) or with the problem of a certificate.
   */
  listen(): Promise<void> {
    this.starting ??= this.program.start();
    return this.starting;
  }

  /** What a client connects to, e.g. `nats://127.0.0.1:54321`. Empty before `listen`. */
  get url(): string {
    const { nats } = this.program.listeners();
    if (nats === undefined) return '';
    const any = nats.host === '0.0.0.0' || nats.host === '::' || nats.host === '';
    const host = any ? '127.0.0.1' : nats.host;
    return `${nats.tls ? 'tls' : 'nats'}://${host.includes(':') ? `[${host}]` : host}:${nats.port}`;
  }

  get ports(): ServerPorts {
    const { nats, monitoring } = this.program.listeners();
    return { nats: nats?.port, monitoring: monitoring?.port };
  }

  /** `N…`, as INFO and monitoring show it. */
  get id(): string {
    return this.program.server.identity.serverId;
  }

  get name(): string {
    return this.program.server.serverName;
  }

  /** Open client connections. */
  get connections(): number {
    return this.program.server.clients.size;
  }

  /** A client connection without TCP: a Duplex that speaks the NATS protocol. */
  connect(): Duplex {
    return this.program.connectInProcess();
  }

  /**
   * Connects the official JavaScript client without TCP:
   *
   *     import { wsconnect } from '@nats-io/nats-core';
   *     const nc = await wsconnect({ servers: 'ws://in-process', wsFactory: server.wsFactory });
   *
   * The client has one kind of transport per process: do not mix this with its `connect` over TCP
   * where connections have to reconnect.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the client declares a DOM type that is not here
  readonly wsFactory = (): Promise<{ socket: any; encrypted: boolean }> =>
    Promise.resolve({ socket: this.program.webSocketInProcess(), encrypted: false });

  /** Reads `configFile` again and applies what can be changed; rejects and changes nothing else. */
  async reload(): Promise<void> {
    await this.program.reload();
    this.emit('reload');
  }

  /** Asks the clients to leave, then closes; resolves when closed. */
  async lameDuck(): Promise<void> {
    this.emit('lameDuck');
    this.program.lameDuck();
    await this.program.stopped;
  }

  /** Closes connections and listeners; resolves when everything is flushed and closed. */
  async close(): Promise<void> {
    // A start under way first comes to its end, so that nothing opens behind the close.
    await this.starting?.catch(() => {});
    await this.program.shutdown();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** File, text and typed options, in this order, over nats-server's defaults. */
function readOptions(given: CreateServerOptions): Options {
  const { configFile, config, logger: _logger, autoListen: _autoListen, ...typed } = given;
  const options = defaultOptions();
  options.noSigs = true;
  if (configFile !== undefined) processConfigFile(configFile, nodeConfigFiles, options);
  if (config !== undefined) processConfigString(config, nodeConfigFiles, options);
  const explicit = configFile !== undefined || config !== undefined;
  // Without a file an embedded server is a private one: loopback, on a free port.
  const defaults: ServerConfig = explicit ? {} : { host: '127.0.0.1', port: -1 };
  processConfigString(configText({ ...defaults, ...typed }), nodeConfigFiles, options);
  return options;
}

/**
 * Makes a server and lets it listen. Throws ConfigFileError, OptionsError or UnsupportedOptionError
 * for options that nats-server would refuse, ListenError when a port cannot be had.
 */
export async function createServer(given: CreateServerOptions = {}): Promise<NatsServer> {
  const options = readOptions(given);
  const logger: Logger = {
    ...silentLogger,
    debugEnabled: options.debug,
    traceEnabled: options.trace,
    ...given.logger,
  };
  const program = new ProgramServer({
    options,
    logger,
    platform: nodePlatform(),
    network: new NodeNetwork(),
    pid: process.pid,
    reread: () => readOptions(given),
    configureLog(next) {
      logger.debugEnabled = next.debug;
      logger.traceEnabled = next.trace;
    },
  });
  const server = new NatsServer(program);
  if (given.autoListen !== false) await server.listen();
  return server;
}
