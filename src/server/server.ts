/**
 * The composition root: constructs the parts of one server, wires the interfaces that lower layers
 * declare, starts and stops. Nothing imports it but cli/ and the embed API. Owner of: the table of
 * connections, accounts, counters, closed connections.
 *
 * Life: new → start() → (reload, lameDuck)* → shutdown(). `start` resolves when every listener
 * listens; `stopped` resolves when a shutdown is complete.
 */
import { type Account, globalAccountName, systemAccountName } from '../account/account.ts';
import { Accounts } from '../account/accounts.ts';
import { BcryptChecker, type PasswordChecker } from '../auth/bcrypt-checker.ts';
import type { Authenticator } from '../auth/users.ts';
import type { Client, ClientContext } from '../client/client.ts';
import { clientInfo } from '../client/client.ts';
import { type CloseReason, closeReasons } from '../connection/close-reason.ts';
import { ClosedConnections, closedConnection } from '../connection/closed-connections.ts';
import type { Connection } from '../connection/connection.ts';
import {
  type BindResult,
  type ConnectionHost,
  emptyCounters,
  type ServerCounters,
} from '../connection/connection-host.ts';
import { FlushQueue } from '../connection/flush-queue.ts';
import { RateCounter } from '../connection/rate-counter.ts';
import { Deliverer } from '../deliver/deliver.ts';
import { ServiceImports } from '../deliver/service-imports.ts';
import { ServiceLatencies } from '../deliver/service-latency.ts';
import type { SystemEvents } from '../events/system-events.ts';
import { joinHostPort } from '../options/go-url.ts';
import type { Options } from '../options/types.ts';
import type { Clock, Random, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Listener } from '../platform/network.ts';
import type { Platform } from '../platform/platform.ts';
import { TlsLoadError } from '../transport/tls-load-error.ts';
import { encodeInfo, type ServerInfo } from '../wire/info.ts';
import { Authentication } from './authentication.ts';
import { ClientListener, type ClientListenerHost } from './client-listener.ts';
import { createIdentity, type ServerIdentity, serverHash } from './identity.ts';
import { LameDuck } from './lame-duck.ts';
import { clientListenText, ListenError } from './listen-error.ts';
import { isOperatorMode, OperatorMode } from './operator-mode.ts';
import { SecuredListeners } from './secured-listeners.ts';
import { buildServerInfo } from './server-info.ts';
import type { ServerNetwork } from './server-network.ts';
import { WebSocketListener } from './websocket-listener.ts';

export interface ServerParts {
  readonly platform: Platform;
  readonly network: ServerNetwork;
  readonly logger: Logger;
}

/** Lines remembered so that they are not repeated within a second. */
const loggedLinesMax = 1000;

/** Told about clients coming and going; the embed API turns it into events. */
export interface ConnectionObserver {
  onConnect(connection: Connection): void;
  onDisconnect(connection: Connection, reason: CloseReason): void;
}

export class Server implements ConnectionHost, ClientListenerHost {
  options: Options;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly flushQueue: FlushQueue;
  readonly counters: ServerCounters = emptyCounters();
  readonly accounts: Accounts;
  readonly globalAccount: Account;
  systemAccount: Account;
  readonly clients = new Map<number, Connection>();
  readonly clientOf = new Map<Connection, Client>();
  readonly closedConnections: ClosedConnections;
  readonly identity: ServerIdentity;
  readonly serverName: string;
  readonly startMs: number;
  configLoadMs: number;
  readonly deliverer: Deliverer;
  readonly network: ServerNetwork;
  /** Everything that listens for connections; a reload renews its certificates. */
  readonly listeners: SecuredListeners;
  observer: ConnectionObserver | undefined;
  /** Tells the system account what happens; without one there are none. */
  events: SystemEvents | undefined;
  /** Undefined when no operator is configured. */
  readonly operatorMode: OperatorMode | undefined;
  shuttingDown = false;
  lameDuck = false;
  tlsRate: RateCounter | undefined;
  private readonly platform: Platform;
  private readonly passwords: PasswordChecker;
  private readonly authentication: Authentication;
  private authenticator: Authenticator;
  private readonly context: ClientContext;
  readonly clientListener: ClientListener;
  readonly websocketListener: WebSocketListener;
  private listener: Listener | undefined;
  private readonly loggedLines = new Set<string>();
  private loggedSinceMs = 0;
  private info: ServerInfo;
  /** nats-server's internal clients take the first ids; tools expect clients behind them. */
  private lastId = 4;
  private duck: LameDuck | undefined;
  private readonly closers: (() => Promise<void> | void)[] = [];
  private stopPromise: Promise<void> | undefined;
  private resolveStopped: () => void = () => {};
  /** Resolves when the server has stopped, whoever asked for it. */
  readonly stopped: Promise<void>;

  constructor(options: Options, parts: ServerParts) {
    const { platform } = parts;
    this.options = options;
    this.platform = platform;
    this.clock = platform.clock;
    this.timers = platform.timers;
    this.random = platform.random;
    this.logger = parts.logger;
    this.network = parts.network;
    this.listeners = new SecuredListeners(parts.network, parts.logger);
    this.flushQueue = new FlushQueue(platform.scheduler);
    this.startMs = this.clock.nowMs();
    this.configLoadMs = this.startMs;
    this.identity = createIdentity(platform.random);
    this.serverName = options.serverName === '' ? this.identity.serverId : options.serverName;
    this.accounts = new Accounts({
      random: this.random,
      clock: this.clock,
      timers: this.timers,
      sublistCache: !options.noSublistCache,
    });
    this.globalAccount = this.accounts.ensure(globalAccountName);
    this.systemAccount = this.accounts.ensure(systemAccountOf(options));
    this.closedConnections = new ClosedConnections(options.maxClosedClients);
    this.deliverer = new Deliverer(this.random, this.counters, {
      onAutoUnsubscribe: (connection, sub) => {
        connection.logDebug(`Auto-unsubscribe limit of ${sub.max} reached for sid '${sub.sid}'`);
        this.clientOf.get(connection)?.subscriptions.unsubscribe(sub);
      },
    });
    this.deliverer.dropWhenStalled = options.noFastProducerStall;
    const latencies = new ServiceLatencies(this.deliverer, this.clock, this.random);
    this.accounts.onUnanswered = (response, reason) => latencies.reportUnanswered(response, reason);
    this.deliverer.services = new ServiceImports(this.deliverer, latencies, this);
    this.operatorMode = this.createOperatorMode(options);
    this.applyAccounts(options);
    this.passwords = new BcryptChecker(platform.workers, platform.random);
    this.authentication = new Authentication(this, options, this.passwords);
    this.authenticator = this.authentication.authenticator(options);
    this.context = {
      deliverer: this.deliverer,
      readArea: parts.network.readBuffer,
      authenticator: this.authenticator,
    };
    this.clientListener = new ClientListener(this, this.context);
    this.websocketListener = new WebSocketListener(this, platform.scheduler);
    this.info = this.buildInfo(options.port);
    this.stopped = new Promise((resolve) => {
      this.resolveStopped = resolve;
    });
  }

  /** The system account speaks, and hears. */
  startEvents(events: SystemEvents): void {
    this.events = events;
    this.context.traces = events.traces;
    events.start();
    this.operatorMode?.start(events.publisher, this.systemAccount);
  }

  private createOperatorMode(options: Options): OperatorMode | undefined {
    if (!isOperatorMode(options)) return undefined;
    const { accounts, deliverer, logger, network, platform } = this;
    return new OperatorMode({
      options,
      platform,
      logger,
      accounts,
      deliverer,
      clientOf: (connection) => this.clientOf.get(connection),
      openHttp: (tls) =>
        network.openHttp?.(tls) ?? Promise.reject(new Error('this network has no HTTP')),
    });
  }

  /** Makes `next` the options: INFO and authenticator follow; live connections do so in reload.ts. */
  useOptions(next: Options): void {
    this.options = next;
    this.configLoadMs = this.clock.nowMs();
    this.authenticator = this.authentication.authenticator(next);
    this.context.authenticator = this.authenticator;
    this.deliverer.dropWhenStalled = next.noFastProducerStall;
    this.info = this.buildInfo(this.listener?.port ?? next.port);
  }

  /** A user of that name, or nkey, is configured. */
  hasUser(name: string): boolean {
    return this.authenticator.user(name) !== undefined;
  }

  /** Builds the configured accounts; also after a reload. */
  applyAccounts(options: Options): void {
    this.accounts.map(this.globalAccount, options.mappings);
    this.systemAccount = this.accounts.ensure(systemAccountOf(options));
    this.accounts.retain(new Set(options.accounts.map((spec) => spec.name)));
    const problems = this.accounts.configure(options.accounts);
    for (const problem of problems) this.logger.error(problem);
    if (!options.noSystemAccount) this.accounts.useSystemAccount(this.systemAccount);
  }

  private buildInfo(port: number): ServerInfo {
    return buildServerInfo(this.options, {
      identity: this.identity,
      serverName: this.serverName,
      runtime: this.platform.runtime,
      authRequired: this.authenticator.required,
      port,
    });
  }

  // ---- life cycle ----

  /** Opens the client listener. Rejects with nats-server's text when it cannot. */
  async start(): Promise<void> {
    const { options, logger } = this;
    this.limitTlsRate(options.tls?.connectionRateLimit ?? 0);
    if (options.websocket.port !== 0) await this.websocketListener.start();
    if (options.dontListen) return;
    const port = options.port === -1 ? 0 : options.port;
    try {
      this.listener = await this.listeners.listen(
        { host: options.host, port, expectsProxy: options.proxyProtocol },
        options,
        ({ tls }) => tls,
        (accepted) => this.clientListener.accept(accepted),
      );
    } catch (error) {
      if (error instanceof TlsLoadError) throw error;
      const cause = error as NodeJS.ErrnoException;
      throw new ListenError(clientListenText(options.host, options.port, cause), cause);
    }
    logger.notice(
      `Listening for client connections on ${joinHostPort(options.host, this.listener.port)}`,
    );
    if (options.proxyProtocol) logger.notice('PROXY protocol enabled for client connections');
    this.logTls();
    options.port = this.listener.port;
    this.info = this.buildInfo(options.port);
  }

  /** Fixed at start, as in nats-server. */
  private limitTlsRate(limit: number): void {
    if (limit <= 0) return;
    const rate = new RateCounter(limit, this.clock);
    rate.report(this.timers, (blocked) =>
      this.logger.warn(`Rejected ${blocked} connections due to TLS rate limiting`),
    );
    this.tlsRate = rate;
    this.onShutdown(() => rate.close());
  }

  private logTls(): void {
    const { options, logger } = this;
    const { tls } = options;
    if (tls === undefined) return;
    const firstOnly = tls.handshakeFirst && tls.handshakeFirstFallbackNs === 0n;
    const available = options.allowNonTls && !firstOnly;
    logger.notice(`TLS ${available ? 'available' : 'required'} for client connections`);
    if (firstOnly) {
      logger.warn('Clients that are not using "TLS Handshake First" option will fail to connect');
    }
  }

  /** Clients can connect. */
  get ready(): boolean {
    return (
      this.options.dontListen ||
      (this.listener !== undefined && !this.lameDuck && !this.shuttingDown)
    );
  }

  /** The port clients connect to; undefined before start. */
  get clientPort(): number | undefined {
    return this.listener?.port;
  }

  /** Runs `close` when the server shuts down: other listeners, log files, port files. */
  onShutdown(close: () => Promise<void> | void): void {
    this.closers.push(close);
  }

  /** Stops: no new connections, what was parsed is routed, buffers are flushed. */
  shutdown(): Promise<void> {
    this.stopPromise ??= this.stop();
    return this.stopPromise;
  }

  private async stop(): Promise<void> {
    // First, so that it is not the end of every connection that is told.
    this.events?.shutdown();
    this.logger.notice('Initiating Shutdown...');
    this.shuttingDown = true;
    this.duck?.stop();
    this.listeners.close();
    this.websocketListener.close();
    for (const connection of [...this.clients.values()]) {
      connection.close(closeReasons.serverShutdown);
    }
    await this.drained();
    for (const close of this.closers.reverse()) await close();
    this.passwords.close();
    this.accounts.close();
    this.logger.notice('Server Exiting..');
    this.resolveStopped();
  }

  /** Waits until the closed connections have sent their rest, at most the write deadline. */
  private drained(): Promise<void> {
    const deadlineMs = Number(this.options.writeDeadlineNs) / 1e6;
    const until = this.clock.monotonicMs() + deadlineMs;
    return new Promise((resolve) => {
      const check = (): void => {
        const late = this.clock.monotonicMs() >= until;
        if (this.closing.size === 0 || late) resolve();
        else this.timers.after(5, check);
      };
      check();
    });
  }

  /** Closed connections whose stream still has bytes to send. */
  private readonly closing = new Set<Connection>();

  /** Enters lame duck mode; ends with a shutdown. */
  enterLameDuck(): void {
    if (this.shuttingDown || this.lameDuck || this.listener === undefined) return;
    this.logger.notice('Entering lame duck mode, stop accepting new clients');
    this.lameDuck = true;
    this.events?.onLameDuck();
    this.listeners.close();
    this.websocketListener.close();
    this.duck = new LameDuck({
      options: this.options,
      timers: this.timers,
      random: this.random,
      logger: this.logger,
      clients: this.clients,
      sendLameDuckInfo: () => this.sendLameDuckInfo(),
      shutdown: () => void this.shutdown(),
    });
    this.duck.start();
  }

  private sendLameDuckInfo(): void {
    this.sendAsyncInfo((info) => {
      info.ldm = true;
    });
  }

  /** Pushes INFO to the clients that understand it and got their first PONG (trap T10). */
  sendAsyncInfo(change: (info: ServerInfo) => void): void {
    for (const connection of this.clients.values()) {
      if (connection.options.protocol < 1 || !connection.firstPongSent) continue;
      const info = clientInfo(connection);
      change(info);
      connection.sendUtf8(encodeInfo(info));
    }
  }

  // ---- ConnectionHost ----

  get clusterName(): string {
    const { cluster } = this.options;
    return cluster.port === 0 ? '' : cluster.name;
  }

  /** Marks what this server measures, in reply subjects and internal ones. */
  get serverHash(): string {
    return serverHash(this.serverName);
  }

  bindAccount(connection: Connection, accountName: string): BindResult {
    const account = this.accounts.get(accountName);
    if (account === undefined) return 'unknownAccount';
    const before = connection.account;
    before.remove(connection);
    connection.account = account;
    connection.applyLimits();
    if (account.full) return 'tooManyConnections';
    account.add(connection);
    if (account !== before) {
      this.events?.onMembersChanged(before);
      this.events?.onMembersChanged(account);
    }
    return 'ok';
  }

  mayLog(line: string): boolean {
    const now = this.clock.monotonicMs();
    if (now - this.loggedSinceMs > 1000 || this.loggedLines.size >= loggedLinesMax) {
      this.loggedLines.clear();
      this.loggedSinceMs = now;
    }
    if (this.loggedLines.has(line)) return false;
    this.loggedLines.add(line);
    return true;
  }

  copyInfo(): ServerInfo {
    return { ...this.info };
  }

  nextConnectionId(): number {
    return ++this.lastId;
  }

  onConnected(connection: Connection): void {
    this.observer?.onConnect(connection);
    this.events?.onConnected(connection);
  }

  onConnectionClosed(connection: Connection, reason: CloseReason): void {
    const known = this.clients.delete(connection.id);
    this.events?.onDisconnected(connection, reason);
    connection.account.remove(connection);
    this.events?.onMembersChanged(connection.account);
    this.closedConnections.add(closedConnection(connection, reason));
    if (!known) return;
    this.observer?.onDisconnect(connection, reason);
    this.closing.add(connection);
    const settle = (): void => {
      if (connection.stream.pendingBytes === 0) this.closing.delete(connection);
      else this.timers.after(5, settle);
    };
    this.timers.after(0, settle);
  }
}

function systemAccountOf(options: Options): string {
  return options.systemAccount === '' ? systemAccountName : options.systemAccount;
}
