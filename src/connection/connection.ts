/**
 * One class for every socket: identity, state, outbound buffer, timers and the way it ends. What a
 * kind speaks is the business of its protocol object (client/, later route, gateway, leaf node).
 * Owner: the worker whose loop reads the socket.
 *
 * Life: constructed with its stream, `start` when it may be read, `close(reason)` once. A close
 * detaches the connection from account and server at once, flushes what is buffered unless the
 * reason forbids it, and gives the stream until the write deadline to take it.
 */
import type { Account } from '../account/account.ts';
import type { AuthUser } from '../auth/auth-user.ts';
import { shownNkey } from '../auth/nkeys.ts';
import type { PermissionSet } from '../auth/permissions.ts';
import type { ResponsePermits } from '../auth/response-permits.ts';
import { formatDuration } from '../options/duration.ts';
import type { Timer } from '../platform/clock.ts';
import type { Stream } from '../platform/network.ts';
import type { Subscription } from '../subject/subscription.ts';
import type { CertificateIdentities } from '../transport/certificate-identities.ts';
import { type ConnectOptions, defaultConnectOptions } from '../wire/connect.ts';
import { encodeErr, protocolErrors } from '../wire/protocol-errors.ts';
import { type CloseReason, closeReasons, closesWithoutFlush } from './close-reason.ts';
import type { ConnectionHost } from './connection-host.ts';
import { Outbound } from './outbound.ts';

export const connectionKinds = { client: 0, route: 1, gateway: 2, leaf: 3, system: 4 } as const;
export type ConnectionKind = (typeof connectionKinds)[keyof typeof connectionKinds];

/** How the bytes travel, for /connz and connection types. */
export type ConnectionTransport = 'nats' | 'websocket' | 'mqtt' | 'in-process';

/** What the security layer told about a TLS connection. */
export interface TlsState {
  /** `1.2` or `1.3` */
  readonly version: string;
  /** Go's name of the cipher suite. */
  readonly cipherSuite: string;
  readonly first: boolean;
  readonly peerCertificates: readonly {
    subject: string;
    spkiSha256: string;
    certSha256: string;
  }[];
  /**
   * Who the peer's own certificate says it is, read when asked for. Undefined: it showed none, or it
   * is gone.
   */
  readonly peerIdentities?: CertificateIdentities | undefined;
  /** PEM of the peer's certificates, its own first, verified; read when asked for. */
  readonly peerChain?: readonly string[];
}

/** Timers count to 24 days at most. */
const longestTimerMs = 2_000_000_000;
const yieldMs = 1;
const limitGraceMs = 20;
const firstPingMs = 2000;
const rttAgainMs = 3_600_000;
/** How often a paused publisher looks at its slow receiver, and when that one is over its limit. */
const stallMs = 2;
const stallOverMs = 5;
/** What a receiver must take in this time for its publishers to wait on. */
const stallWindowMs = 10;
const stallProgressBytes = 64 * 1024;

export class Connection {
  readonly id: number;
  readonly kind: ConnectionKind;
  readonly host: ConnectionHost;
  readonly outbound: Outbound;
  stream: Stream;
  transport: ConnectionTransport = 'nats';
  account: Account;
  readonly subs = new Map<string, Subscription>();
  options: ConnectOptions = defaultConnectOptions();
  /** Undefined: everything is allowed. */
  permissions: PermissionSet | undefined;
  /** `allow_responses`: replies this connection may publish to for a while. */
  responses: ResponsePermits | undefined;
  /** Subscription and payload limits; -1 is unlimited. */
  maxSubs = -1;
  maxPayload = -1;
  echo = true;
  headers = false;
  verbose = true;
  trace = false;
  closed = false;
  /** A close is due at the end of the turn; nothing is delivered any more. */
  doomed = false;
  closeReason: CloseReason | undefined;
  connectReceived = false;
  firstPongSent = false;
  /** Name of the user, as monitoring shows it. */
  userName = '';
  /** Who logged in; undefined before, and without authentication. */
  user: AuthUser | undefined;
  nonce = '';
  /** Key of the trusted proxy that the client came through; empty without one. */
  proxyKey = '';
  /** Credentials from the cookies of a WebSocket's upgrade, for what CONNECT leaves empty. */
  cookies: { jwt: string; user: string; pass: string; token: string } | undefined;
  tls: TlsState | undefined;
  readonly startMs: number;
  lastActivityMs: number;
  lastInMs: number;
  stopMs = 0;
  rttMs = 0;
  /** Long ago: the first round trip is always due. */
  private rttStartMs = Number.NEGATIVE_INFINITY;
  pingsOut = 0;
  inMsgs = 0;
  inBytes = 0;
  outMsgs = 0;
  outBytes = 0;
  stalls = 0;
  slowConsumer = false;
  /** Whom the connection comes from; behind a proxy not whom its stream comes from. */
  remoteHost: string;
  remotePort: number;
  /** `ip:port - cid:n`, later with `"v1:lang:name"` and account: the prefix of log lines. */
  label: string;
  private authTimer: Timer | null = null;
  private pingTimer: Timer | null = null;
  private deadlineTimer: Timer | null = null;
  private stallTimer: Timer | null = null;
  /** How many want this connection not to be read now: a stall, a password being compared. */
  private holds = 0;
  /** The slow receiver this connection waits for. */
  private stalledBy: Connection | null = null;
  /** Publishers waiting for this connection to drain. */
  private waiting: Connection[] = [];
  private readonly onEnd: (connection: Connection) => void;

  constructor(
    host: ConnectionHost,
    stream: Stream,
    id: number,
    kind: ConnectionKind,
    onEnd: (connection: Connection) => void,
  ) {
    this.host = host;
    this.stream = stream;
    this.id = id;
    this.kind = kind;
    this.onEnd = onEnd;
    this.account = host.globalAccount;
    this.remoteHost = stream.remoteAddress;
    this.remotePort = stream.remotePort;
    const now = host.clock.nowMs();
    this.startMs = now;
    this.lastActivityMs = now;
    this.lastInMs = now;
    this.trace = host.logger.traceEnabled;
    this.outbound = new Outbound(host.flushQueue, this, host.options.maxPending);
    this.outbound.attach(stream);
    const ip = stream.remoteAddress.includes(':')
      ? `[${stream.remoteAddress}]`
      : stream.remoteAddress;
    this.label = `${ip}:${stream.remotePort} - cid:${id}`;
  }

  // ---- sending ----

  /** Queues protocol text whose characters are bytes (latin1: it may hold subjects). */
  send(text: string): void {
    this.outbound.appendText(text);
  }

  /** Queues protocol text made of characters: JSON, quoted errors. */
  sendUtf8(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    this.outbound.appendBytes(bytes, 0, bytes.length);
  }

  sendErr(text: string): void {
    if (this.trace) this.traceOut('-ERR', text);
    this.sendUtf8(encodeErr(text));
  }

  sendOk(): void {
    if (this.trace) this.traceOut('OK', '');
    this.outbound.appendText('+OK\r\n');
  }

  sendPong(): void {
    if (this.trace) this.traceOut('PONG', '');
    this.outbound.appendText('PONG\r\n');
  }

  private sendPing(): void {
    this.rttStartMs = this.host.clock.monotonicMs();
    this.pingsOut++;
    if (this.trace) this.traceOut('PING', '');
    this.outbound.appendText('PING\r\n');
  }

  // ---- who it is ----

  /** As events and monitoring name the user; a token, or a seed sent as the key, stays secret. */
  get rawUser(): string {
    const { nkey, user, jwt, auth_token } = this.options;
    if (nkey !== '') return shownNkey(nkey);
    if (user !== '') return user;
    if (jwt !== '') return this.user?.nkey ?? '';
    return auth_token === '' ? '' : '[REDACTED]';
  }

  /** The key that signed the user's JWT; for other users with an nkey their account. */
  get issuerKey(): string {
    const { user } = this;
    if (user === undefined || user.nkey === '') return '';
    return user.issuerKey === '' ? this.account.name : user.issuerKey;
  }

  get nameTag(): string {
    return this.user?.nameTag ?? '';
  }

  get tags(): readonly string[] {
    return this.user?.tags ?? [];
  }

  /** The smallest of what user, account and server allow; after any of them changed. */
  applyLimits(): void {
    const { options } = this.host;
    const { limits } = this.account;
    const own = this.user?.limits;
    this.maxSubs = lowest(own?.subs, limits.maxSubscriptions, options.maxSubs || -1);
    this.maxPayload = lowest(own?.payload, limits.maxPayload, options.maxPayload || -1);
    if (this.maxSubs >= 0 && this.subs.size >= this.maxSubs) this.leaveForLimit();
  }

  /** More subscriptions than it may have: told, and closed a moment later, as in nats-server. */
  private leaveForLimit(): void {
    const { text } = protocolErrors.maxSubscriptions;
    this.host.timers.after(0, () => {
      if (this.closed) return;
      this.logError(text);
      this.sendErr(text);
      this.host.timers.after(limitGraceMs, () => this.close(closeReasons.maxSubscriptionsExceeded));
    });
  }

  // ---- logging ----

  traceOut(operation: string, argument: string): void {
    this.host.logger.trace(
      `${this.label} - ->> [${argument === '' ? operation : `${operation} ${argument}`}]`,
    );
  }

  traceIn(operation: string, argument: string): void {
    this.host.logger.trace(
      `${this.label} - <<- [${argument === '' ? operation : `${operation} ${argument}`}]`,
    );
  }

  logError(text: string): void {
    this.host.logger.error(`${this.label} - ${text}`);
  }

  logDebug(text: string): void {
    if (this.host.logger.debugEnabled) this.host.logger.debug(`${this.label} - ${text}`);
  }

  // ---- timers ----

  startAuthTimer(): void {
    const { timers, options } = this.host;
    const own = this.transport === 'websocket' ? options.websocket.authTimeoutSeconds : 0;
    this.authTimer = timers.after((own || options.authTimeoutSeconds) * 1000, () => {
      this.authTimer = null;
      this.fail(protocolErrors.authenticationTimeout.text, closeReasons.authenticationTimeout);
    });
  }

  /** The user may stay until then. In the place of the timer for authentication. */
  startExpiryTimer(atMs: number): void {
    this.clearAuthTimer();
    const { timers, clock } = this.host;
    const leftMs = Math.max(0, atMs - clock.nowMs());
    this.authTimer = timers.after(Math.min(leftMs, longestTimerMs), () => {
      this.authTimer = null;
      if (leftMs > longestTimerMs) return this.startExpiryTimer(atMs);
      const { text } = protocolErrors.userAuthenticationExpired;
      this.logDebug(text);
      this.fail(text, closeReasons.authenticationExpired);
    });
  }

  clearAuthTimer(): void {
    this.authTimer?.clear();
    this.authTimer = null;
  }

  private pingIntervalMs(): number {
    const { pingIntervalNs, websocket } = this.host.options;
    const own = this.transport === 'websocket' ? websocket.pingIntervalNs : 0n;
    return Number(own > 0n ? own : pingIntervalNs) / 1e6;
  }

  startPingTimer(): void {
    this.armPing(this.pingIntervalMs());
  }

  /** The first ping comes early, to measure the round trip, with up to 20 % jitter. */
  startFirstPingTimer(): void {
    let delay = this.pingIntervalMs();
    if (!this.host.options.disableShortFirstPing) delay = Math.min(delay, firstPingMs);
    this.armPing(delay + this.host.random.below(Math.max(1, Math.floor(delay / 5))));
  }

  private armPing(delayMs: number): void {
    this.pingTimer?.clear();
    this.pingTimer = this.host.timers.after(delayMs, () => this.onPingTimer());
  }

  private onPingTimer(): void {
    this.pingTimer = null;
    if (this.closed) return;
    this.logDebug('Client Ping Timer');
    const now = this.host.clock.monotonicMs();
    const idle = this.host.clock.nowMs() - this.lastInMs;
    const needRtt = this.rttMs === 0 || now - this.rttStartMs > rttAgainMs;
    if (idle < this.pingIntervalMs() && !needRtt) {
      this.logDebug(
        `Delaying PING due to remote client data or ping ${Math.round(idle / 1000)}s ago`,
      );
    } else if (this.pingsOut + 1 > this.host.options.maxPingsOut) {
      this.logDebug('Stale Client Connection - Closing');
      this.send(encodeErr(protocolErrors.staleConnection.text));
      this.close(closeReasons.staleConnection);
      return;
    } else {
      this.sendPing();
    }
    this.startPingTimer();
  }

  /** Something arrived that counts as activity. */
  noteInput(nowMs: number): void {
    this.lastActivityMs = nowMs;
    this.lastInMs = nowMs;
  }

  onPong(): void {
    this.pingsOut = 0;
    if (this.rttStartMs === Number.NEGATIVE_INFINITY) return;
    this.rttMs = Math.max(this.host.clock.monotonicMs() - this.rttStartMs, 1e-6);
  }

  // ---- back-pressure ----

  /**
   * This connection publishes to `receiver`, which is far behind: stop reading from this one until
   * the receiver has half its limit free. One that takes less than a chunk in 10 ms is not waited
   * for any longer (nats-server waits 10 ms for each chunk), so that a trickling reader cannot hold
   * up its publishers.
   */
  stallFor(receiver: Connection): void {
    if (this.stalledBy !== null) return;
    this.stalledBy = receiver;
    this.stalls++;
    this.host.counters.stalledClients++;
    receiver.waiting.push(this);
    this.hold();
    this.waitFor(receiver, receiver.outbound.takenBytes, 0);
  }

  /** Looks again every 2 to 5 ms. `taken` is what the receiver had taken `waitedMs` ago. */
  private waitFor(receiver: Connection, taken: number, waitedMs: number): void {
    const { outbound } = receiver;
    const ms = outbound.pendingBytes >= outbound.maxPending ? stallOverMs : stallMs;
    this.stallTimer = this.host.timers.after(ms, () => {
      const now = outbound.takenBytes;
      const waited = waitedMs + ms;
      const free = outbound.pendingBytes < outbound.maxPending / 2;
      if (free) outbound.stalled = false;
      else if (waited < stallWindowMs) return this.waitFor(receiver, taken, waited);
      else if (now - taken >= stallProgressBytes) return this.waitFor(receiver, now, 0);
      else this.logDebug(`Timed out of fast producer stall (${ms}ms)`);
      this.endStall();
    });
  }

  /** `receiver` has a backlog: stop reading for a millisecond, or until it drained. */
  yieldTo(receiver: Connection): void {
    if (this.stalledBy !== null) return;
    this.stalledBy = receiver;
    receiver.waiting.push(this);
    this.hold();
    this.stallTimer = this.host.timers.after(yieldMs, () => this.endStall());
  }

  private endStall(): void {
    this.stallTimer?.clear();
    this.stallTimer = null;
    const receiver = this.stalledBy;
    if (receiver === null) return;
    this.stalledBy = null;
    const at = receiver.waiting.indexOf(this);
    if (at >= 0) receiver.waiting.splice(at, 1);
    this.release();
  }

  /** Publishers that wait for this connection now. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  /** Stops reading until as many `release` as `hold` were called. */
  hold(): void {
    if (this.holds++ === 0) this.stream.pause();
  }

  release(): void {
    if (--this.holds === 0 && !this.closed) this.stream.resume();
  }

  private releaseWaiting(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const publisher of waiting) publisher.endStall();
  }

  // ---- OutboundEvents ----

  onPendingExceeded(pending: number): void {
    if (this.closed || this.doomed) return;
    this.noteSlowConsumer();
    this.logNotice(
      `Slow Consumer Detected: MaxPending of ${this.outbound.maxPending} Exceeded (pending ${pending})`,
    );
    this.doom(closeReasons.slowConsumerPendingBytes);
  }

  /**
   * What the stream has now must be taken by the write deadline; what is added later gets time of
   * its own, so that who reads steadily is slow, not dead.
   */
  onBlocked(): void {
    this.deadlineTimer?.clear();
    this.deadlineTimer = null;
    // The last flush of a close has the deadline of the close.
    if (this.closed) return;
    const deadlineMs = Number(this.host.options.writeDeadlineNs) / 1e6;
    if (deadlineMs <= 0) return;
    const { handedBytes: due, takenBytes: taken } = this.outbound;
    this.deadlineTimer = this.host.timers.after(deadlineMs, () => {
      this.deadlineTimer = null;
      if (this.closed) return;
      if (this.outbound.handedBytes - this.outbound.pendingInStream >= due) this.onBlocked();
      else this.onWriteTimeout(this.outbound.takenBytes > taken);
    });
  }

  /** As nats-server: `retry` keeps a connection that took at least something. */
  private onWriteTimeout(tookSome: boolean): void {
    // Who never said CONNECT is nobody's slow consumer.
    if (this.connectReceived) {
      const state = this.slowConsumer ? 'State' : 'Detected';
      this.noteSlowConsumer();
      const deadline = formatDuration(this.host.options.writeDeadlineNs);
      this.logNotice(
        `Slow Consumer ${state}: WriteDeadline of ${deadline} exceeded with 1 chunks of ${this.outbound.pendingBytes} total bytes.`,
      );
    }
    if (this.host.options.writeTimeout === 'retry' && tookSome && this.connectReceived) {
      this.onBlocked();
    } else this.close(closeReasons.slowConsumerWriteDeadline);
  }

  onUnblocked(): void {
    this.deadlineTimer?.clear();
    this.deadlineTimer = null;
    this.slowConsumer = false;
    if (this.waiting.length > 0) this.releaseWaiting();
  }

  /** The deadline of a close has nothing to end any more, and must not keep the process. */
  onStreamGone(): void {
    if (!this.closed) return;
    this.deadlineTimer?.clear();
    this.deadlineTimer = null;
  }

  private noteSlowConsumer(): void {
    this.slowConsumer = true;
    this.host.counters.slowConsumers++;
    this.host.counters.slowClients++;
    this.account.slowConsumers++;
  }

  private logNotice(text: string): void {
    this.host.logger.notice(`${this.label} - ${text}`);
  }

  // ---- the end ----

  /** Closes at the end of the turn: for places in the middle of a fan-out. */
  private doom(reason: CloseReason): void {
    this.doomed = true;
    this.outbound.close();
    this.host.timers.after(0, () => this.close(reason));
  }

  /** Sends -ERR and closes. */
  fail(text: string, reason: CloseReason): void {
    this.sendErr(text);
    this.close(reason);
  }

  close(reason: CloseReason): void {
    if (this.closed) return;
    this.closed = true;
    this.closeReason = reason;
    this.stopMs = this.host.clock.nowMs();
    this.clearAuthTimer();
    this.pingTimer?.clear();
    this.pingTimer = null;
    this.endStall();
    this.logDebug(`Client connection closed: ${reason}`);
    if (reason === closeReasons.staleConnection) {
      this.host.counters.staleConnections++;
      this.host.counters.staleClients++;
    }
    this.host.onConnectionClosed(this, reason);
    this.onEnd(this);
    this.releaseWaiting();
    this.endStream(reason);
  }

  private endStream(reason: CloseReason): void {
    this.deadlineTimer?.clear();
    this.deadlineTimer = null;
    if (closesWithoutFlush.has(reason)) {
      this.outbound.close();
      this.stream.destroy();
      return;
    }
    this.outbound.flush();
    this.outbound.flushRest();
    this.outbound.close();
    this.stream.end();
    // A peer that does not read must not keep the socket: the write deadline ends it.
    if (this.stream.pendingBytes > 0) {
      const ms = Number(this.host.options.writeDeadlineNs) / 1e6;
      this.deadlineTimer = this.host.timers.after(ms, () => this.stream.destroy());
    }
  }

  /** The stream is gone for good. */
  onStreamClosed(error: Error | undefined): void {
    this.deadlineTimer?.clear();
    this.deadlineTimer = null;
    this.close(error === undefined ? closeReasons.clientClosed : streamErrorReason(error));
  }
}

/** The smallest limit; negative ones do not limit. */
function lowest(...limits: (number | undefined)[]): number {
  const real = limits.filter((limit): limit is number => limit !== undefined && limit >= 0);
  return real.length === 0 ? -1 : Math.min(...real);
}

function streamErrorReason(error: Error): CloseReason {
  const code = (error as NodeJS.ErrnoException).code;
  const syscall = (error as NodeJS.ErrnoException).syscall;
  if (syscall === 'write' || code === 'EPIPE') return closeReasons.writeError;
  return closeReasons.readError;
}
