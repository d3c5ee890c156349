/**
 * tnatsd inside a Node program. Library mode: no signal handlers, no process.exit, no output; any
 * number of servers in one process; everything a server opened is closed by `close`. Without a file
 * a server listens on a free port of 127.0.0.1, so that nothing is open to the network by accident.
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
import type { Connection } from './connection/connection.ts';
import { defaultOptions } from './options/default-options.ts';
import {
  ConfigFileError,
  type ConfigProblem,
  type ConfigResult,
  processConfigFile,
  processConfigString,
} from './options/process-config.ts';
import type { Options } from './options/types.ts';
import { type Logger, silentLogger } from './platform/logger.ts';
import { nodePlatform } from './platform/node.ts';
import { nodeConfigFiles } from './platform/node-config-files.ts';
import { ProgramServer } from './server/program-server.ts';
import { configText, type ServerConfig } from './server/server-config.ts';
import { NodeNetwork } from './transport/node-network.ts';

export { natsVersion, tnatsdVersion } from './base/version.ts';
export { ReloadRefusedError } from './options/diff-options.ts';
export { ConfigFileError, type ConfigProblem } from './options/process-config.ts';
export { UnsupportedOptionError } from './options/unsupported-options.ts';
export { OptionsError } from './options/validate-options.ts';
export { ListenError } from './server/listen-error.ts';
export type {
  AuthorizationConfig,
  MappingDestination,
  PermissionConfig,
  ServerConfig,
  TlsConfig,
  UserConfig,
} from './server/server-config.ts';

export interface CreateServerOptions extends ServerConfig {
  /** A configuration file, read first; the other options win over it. */
  configFile?: string;
  /** Configuration text in the language of the file, read after the file: for every other option. */
  config?: string;
  /** Gets the log lines; nothing is written without one. `debug` and `trace` choose the levels. */
  logger?: ServerLogger;
  /** False: do not listen yet, `listen()` does. */
  autoListen?: boolean;
}

/** Functions that take log lines, without time and level. What is left out is not logged. */
export type ServerLogger = Partial<
  Pick<Logger, 'notice' | 'warn' | 'error' | 'fatal' | 'debug' | 'trace'>
>;

/** Ports that are listened on. */
export interface ServerPorts {
  nats: number | undefined;
  monitoring: number | undefined;
  websocket: number | undefined;
}

/** A client, as the events of a server tell of it. */
export interface ClientFacts {
  /** As INFO, log and monitoring show it (`cid`). */
  id: number;
  /** What the client calls itself; empty when it does not. */
  name: string;
  /** Empty without authentication. */
  user: string;
  /** `pipe`, with port 0, for an in-process connection. */
  ip: string;
  port: number;
}

/**
 * Arguments of the events a server emits. They are emitted behind the work that caused them, so that
 * a listener that throws does not harm the server.
 */
export interface ServerEvents {
  /** A client's first CONNECT was accepted. */
  connect: [client: ClientFacts];
  /** A client left or was closed; `reason` as /connz shows it, e.g. `Client Closed`. */
  disconnect: [client: ClientFacts & { reason: string }];
  reload: [];
  lameDuck: [];
  close: [];
}

const closedText = 'the server is closed';

function clientFacts(connection: Connection): ClientFacts {
  const { id, userName: user, remoteHost: ip, remotePort: port } = connection;
  return { id, name: connection.options.name, user, ip, port };
}

/** A NATS server in this process. Made by `createServer`. */
export class NatsServer extends EventEmitter<ServerEvents> {
  private readonly program: ProgramServer;
  private starting: Promise<void> | undefined;
  private closed = false;

  private constructor(program: ProgramServer) {
    super();
    this.program = program;
    program.server.observer = {
      onConnect: (connection) => {
        const client = clientFacts(connection);
        queueMicrotask(() => this.emit('connect', client));
      },
      onDisconnect: (connection, reason) => {
        const client = { ...clientFacts(connection), reason };
        queueMicrotask(() => this.emit('disconnect', client));
      },
    };
    void program.stopped.then(() => {
      this.closed = true;
      queueMicrotask(() => this.emit('close'));
    });
  }

  /** What `createServer` does. */
  static async create(given: CreateServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(createProgram(given));
    if (given.autoListen === false) await server.program.open();
    else await server.listen();
    return server;
  }

  /**
   * Opens the listeners; a second call waits for the first. Rejects with ListenError (its `code` is
   * Node's, e.g. EADDRINUSE) or with the problem of a certificate; then nothing stays open.
   */
  listen(): Promise<void> {
    this.starting ??= this.closed ? Promise.reject(new Error(closedText)) : this.start();
    return this.starting;
  }

  private async start(): Promise<void> {
    try {
      await this.program.start();
    } catch (error) {
      await this.program.shutdown();
      throw error;
    }
  }

  /** What a client connects to, e.g. `nats://127.0.0.1:54321`. Empty while nothing listens. */
  get url(): string {
    const { nats } = this.program.listeners();
    return nats === undefined || this.closed ? '' : urlOf(nats.tls ? 'tls' : 'nats', nats);
  }

  /** Where the monitoring pages are, e.g. `http://127.0.0.1:54322`. Empty without monitoring. */
  get monitoringUrl(): string {
    const { monitoring } = this.program.listeners();
    if (monitoring === undefined || this.closed) return '';
    return urlOf(monitoring.tls ? 'https' : 'http', monitoring);
  }

  /** What WebSocket clients connect to, e.g. `ws://127.0.0.1:54323`. Empty without that listener. */
  get websocketUrl(): string {
    const { websocket } = this.program.listeners();
    if (websocket === undefined || this.closed) return '';
    return urlOf(websocket.tls ? 'wss' : 'ws', websocket);
  }

  /** Undefined where nothing listens. */
  get ports(): ServerPorts {
    if (this.closed) return { nats: undefined, monitoring: undefined, websocket: undefined };
    const { nats, monitoring, websocket } = this.program.listeners();
    return { nats: nats?.port, monitoring: monitoring?.port, websocket: websocket?.port };
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

  /**
   * A client connection without TCP: a Duplex that speaks the NATS protocol. Works without `listen`.
   */
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

  /**
   * Reads `configFile` again and applies what can be changed. Rejects, and changes nothing, with
   * ConfigFileError, OptionsError, UnsupportedOptionError, or with ReloadRefusedError for a change
   * that needs a restart.
   */
  async reload(): Promise<void> {
    if (this.closed) throw new Error(closedText);
    await this.program.reload();
    this.emit('reload');
  }

  /**
   * Asks the clients to leave, closes those that stay one by one over `lameDuckDuration`, then
   * closes. Resolves when closed. Without a listener there is nobody to send elsewhere: it closes.
   */
  async lameDuck(): Promise<void> {
    if (this.program.server.ready && this.ports.nats !== undefined) {
      this.program.lameDuck();
      this.emit('lameDuck');
    } else if (!this.program.isLameDuck) {
      await this.close();
    }
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

function urlOf(scheme: string, { host, port }: { host: string; port: number }): string {
  const any = host === '0.0.0.0' || host === '::' || host === '';
  const shown = any ? '127.0.0.1' : host;
  return `${scheme}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}

/** File, text and typed options, in this order, over nats-server's defaults. */
function readOptions(given: CreateServerOptions, warn: (line: string) => void): Options {
  const { configFile, config, logger: _logger, autoListen: _autoListen, ...typed } = given;
  const options = defaultOptions();
  options.noSigs = true;
  const report = ({ warnings }: ConfigResult) => {
    for (const { line } of warnings) warn(line);
  };
  if (configFile !== undefined) report(processConfigFile(configFile, nodeConfigFiles, options));
  if (config !== undefined) report(processConfigString(config, nodeConfigFiles, options));
  const explicit = configFile !== undefined || config !== undefined;
  // Without a file an embedded server is a private one: loopback, on a free port.
  const defaults: ServerConfig = explicit ? {} : { host: '127.0.0.1', port: -1 };
  const text = configText({ ...defaults, ...typed });
  if (text !== '') report(readTyped(text, options));
  return options;
}

/** Reads the text of typed options, whose places mean nothing to the program that gave them. */
function readTyped(text: string, options: Options): ConfigResult {
  try {
    return processConfigString(text, nodeConfigFiles, options);
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    const errors = withoutPlaces(error.errors);
    const warnings = withoutPlaces(error.warnings);
    const message = [...warnings, ...errors].map(({ line }) => line).join('\n');
    throw new ConfigFileError(message, errors, warnings);
  }
}

function withoutPlaces(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.map(({ line, message }) => ({
    line: line.replace(/^:\d+:\d+: /, ''),
    message,
    place: undefined,
  }));
}

/** The program's functions as a logger that keeps to the levels asked for. */
function levelled(given: ServerLogger): Logger {
  const logger: Logger = {
    ...silentLogger,
    ...given,
    debug: (line) => {
      if (logger.debugEnabled) given.debug?.(line);
    },
    trace: (line) => {
      if (logger.traceEnabled) given.trace?.(line);
    },
  };
  return logger;
}

function createProgram(given: CreateServerOptions): ProgramServer {
  const logger = levelled(given.logger ?? {});
  const warn = (line: string) => logger.warn(line);
  const options = readOptions(given, warn);
  const configureLog = (next: Options): void => {
    logger.debugEnabled = next.debug;
    logger.traceEnabled = next.trace;
  };
  configureLog(options);
  return new ProgramServer({
    options,
    logger,
    platform: nodePlatform(),
    network: new NodeNetwork(),
    pid: process.pid,
    reread: () => readOptions(given, warn),
    configureLog,
  });
}

/**
 * Makes a server and lets it listen. Rejects with ConfigFileError, OptionsError or
 * UnsupportedOptionError for options that nats-server would refuse, with ListenError when a port
 * cannot be had.
 */
export function createServer(given: CreateServerOptions = {}): Promise<NatsServer> {
  return NatsServer.create(given);
}
