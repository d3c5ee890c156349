/**
 * Clients over WebSocket: accepts connections on a port of their own, secures them where the
 * `websocket {}` block says so, lets each ask for the upgrade, and hands the ones that were upgraded
 * to the client listener as streams of NATS protocol. Follows nats-server's websocket.go.
 *
 * Until the upgrade a connection is nobody's client: it costs a timer and the bytes of one request
 * head, and there is a limit to how many of them there are at once; beyond it the oldest must go.
 */

import { goQuote } from '../base/go-quote.ts';
import { joinHostPort, splitHostPort } from '../base/go-url.ts';
import type { Client } from '../client/client.ts';
import type { Connection, TlsState } from '../connection/connection.ts';
import type { Options } from '../options/types.ts';
import type { Clock, Scheduler, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Stream } from '../platform/network.ts';
import { TlsLoadError } from '../transport/tls-load-error.ts';
import { WebSocketHandshake } from '../transport/websocket/handshake.ts';
import { plainHttpRefusal } from '../transport/websocket/http-refusal.ts';
import type { Upgraded } from '../transport/websocket/upgrade.ts';
import { WebSocketStream } from '../transport/websocket/websocket-stream.ts';
import type { ClientListener } from './client-listener.ts';
import { ListenError, websocketListenText } from './listen-error.ts';
import { matchesPinnedCert } from './pinned-certs.ts';
import type { SecuredListeners } from './secured-listeners.ts';
import type { Accepted, ServerListener, ServerNetwork } from './server-network.ts';
import { WebSocketClient } from './websocket-client.ts';

export interface WebSocketListenerHost {
  readonly options: Options;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly network: ServerNetwork;
  readonly listeners: SecuredListeners;
  readonly clientListener: ClientListener;
  readonly clientOf: ReadonlyMap<Connection, Client>;
  readonly shuttingDown: boolean;
  readonly lameDuck: boolean;
}

/** Where `handshake_timeout` is not set nats-server waits for ever. */
const handshakeTimeoutDefaultMs = 10_000;
const tlsHandshakeByte = 0x16;
/** First letters of HTTP methods: what Go takes for HTTP where TLS is expected. */
const httpFirstBytes = new Set([...'GHPO'].map((letter) => letter.charCodeAt(0)));

interface Pending {
  destroy(): void;
}

export class WebSocketListener {
  /** Connections that are not upgraded yet. */
  handshakesMax = 2048;
  private readonly host: WebSocketListenerHost;
  private readonly scheduler: Scheduler;
  private listener: ServerListener | undefined;
  private readonly pending = new Set<Pending>();

  constructor(host: WebSocketListenerHost, scheduler: Scheduler) {
    this.host = host;
    this.scheduler = scheduler;
  }

  /** Opens the port; rejects with nats-server's text when it cannot. Sets the port in the options. */
  async start(): Promise<void> {
    const { host } = this;
    const { websocket } = host.options;
    const port = websocket.port === -1 ? 0 : websocket.port;
    try {
      this.listener = await host.listeners.listen(
        { host: websocket.host, port },
        host.options,
        (options) => options.websocket.tls,
        (accepted) => this.accept(accepted),
      );
    } catch (error) {
      if (error instanceof TlsLoadError) throw error;
      const cause = error as NodeJS.ErrnoException;
      throw new ListenError(websocketListenText(websocket.host, port, cause), cause);
    }
    websocket.port = this.listener.port;
    const scheme = websocket.tls === undefined ? 'ws' : 'wss';
    // Not joined: nats-server puts no brackets around an IPv6 address here.
    host.logger.notice(
      `Listening for websocket clients on ${scheme}://${websocket.host}:${websocket.port}`,
    );
    if (websocket.tls === undefined) {
      host.logger.warn('Websocket not configured with TLS. DO NOT USE IN PRODUCTION!');
    }
    const problem = advertiseProblem(websocket.advertise);
    if (problem !== undefined) throw new Error(`Unable to get websocket connect URLs: ${problem}`);
  }

  /** Undefined before start. */
  get port(): number | undefined {
    return this.listener?.port;
  }

  /** Ends what is not upgraded yet. The listener itself is closed with the others. */
  close(): void {
    for (const one of [...this.pending]) one.destroy();
  }

  private accept(accepted: Accepted): void {
    const { host } = this;
    if (host.shuttingDown || host.lameDuck) {
      accepted.stream.destroy();
      return;
    }
    if (host.options.websocket.tls === undefined) {
      this.shake(accepted.stream, undefined);
      return;
    }
    const waiting: Pending = { destroy: () => accepted.stream.destroy() };
    this.remember(waiting);
    this.secure(accepted)
      .catch((error: Error) => {
        accepted.stream.destroy();
        if (host.shuttingDown) return;
        const { remoteAddress, remotePort } = accepted.stream;
        const from = joinHostPort(remoteAddress, remotePort);
        host.logger.error(`websocket: TLS handshake error from ${from}: ${error.message}`);
      })
      .finally(() => this.pending.delete(waiting));
  }

  private remember(one: Pending): void {
    if (this.pending.size >= this.handshakesMax) {
      const [oldest] = this.pending;
      if (oldest !== undefined) {
        this.pending.delete(oldest);
        oldest.destroy();
      }
    }
    this.pending.add(one);
  }

  private async secure(accepted: Accepted): Promise<void> {
    const timeoutMs = this.timeoutMs();
    const first = await accepted.peek(timeoutMs);
    if (first !== undefined && first !== tlsHandshakeByte && httpFirstBytes.has(first)) {
      const answer = Buffer.from(plainHttpRefusal, 'latin1');
      accepted.stream.write(answer, 0, answer.length);
      accepted.stream.end();
      throw new Error('client sent an HTTP request to an HTTPS server');
    }
    if (first === undefined) throw new Error('EOF');
    const { stream, state } = await accepted.upgrade(timeoutMs);
    const { shuttingDown, lameDuck, options, logger } = this.host;
    if (shuttingDown || lameDuck) {
      stream.destroy();
      return;
    }
    const seen = { tls: state, logDebug: (text: string) => logger.debug(`websocket: ${text}`) };
    if (!matchesPinnedCert(seen, options.websocket.tls?.pinnedCerts)) {
      stream.destroy();
      throw new Error('certificate not pinned');
    }
    this.shake(stream, state);
  }

  private timeoutMs(): number {
    const ms = Number(this.host.options.websocket.handshakeTimeoutNs) / 1e6;
    return ms > 0 ? ms : handshakeTimeoutDefaultMs;
  }

  /** Waits for the request to upgrade. */
  private shake(stream: Stream, tls: TlsState | undefined): void {
    const { clock, timers, logger, network, options } = this.host;
    const { websocket } = options;
    const from = joinHostPort(stream.remoteAddress, stream.remotePort);
    const handshake = new WebSocketHandshake(
      {
        stream,
        area: network.readBuffer,
        clock,
        timers,
        rules: { ...websocket, mqtt: false },
        secure: tls !== undefined,
        timeoutMs: this.timeoutMs(),
      },
      {
        onUpgraded: (upgraded) => {
          this.pending.delete(handshake);
          this.welcome(stream, upgraded, tls);
        },
        onRefused: (reason) => logger.error(`${from} - websocket handshake error: ${reason}`),
        onEnded: () => this.pending.delete(handshake),
      },
    );
    this.remember(handshake);
    stream.resume();
  }

  private welcome(below: Stream, upgraded: Upgraded, tls: TlsState | undefined): void {
    const { host } = this;
    if (upgraded.kind !== 'client') {
      host.logger.error('Not configured to accept leaf node connections');
      below.destroy();
      return;
    }
    const owner = new WebSocketClient((connection) => host.clientOf.get(connection));
    const area = host.network.readBuffer;
    const stream = new WebSocketStream(below, area, this.scheduler, upgraded.settings, owner);
    host.clientListener.accept(finished(stream), 'websocket', (connection) => {
      owner.attach(connection);
      connection.tls = tls;
      connection.cookies = upgraded.cookies;
      connection.label = labelOf(connection, upgraded.forwardedFor);
    });
  }
}

/** `ip:port - wid:n`, behind the address that a proxy gave. */
function labelOf({ id, remoteHost, remotePort }: Connection, forwardedFor: string): string {
  const shown = forwardedFor.includes(':') ? `[${forwardedFor}]` : forwardedFor;
  const proxied = shown === '' ? '' : `${shown}/`;
  return `${proxied}${joinHostPort(remoteHost, remotePort)} - wid:${id}`;
}

/** What is wrong with `host` or `host:port`, in the words of Go. */
function advertiseProblem(text: string): string | undefined {
  if (text === '') return undefined;
  const parts = splitHostPort(text) ?? splitHostPort(`${text}:0`);
  if (parts === undefined) return `address ${text}: too many colons in address`;
  const port = parts.port.trim();
  if (/^[+-]?\d+$/.test(port)) return undefined;
  return `strconv.Atoi: parsing ${goQuote(port)}: invalid syntax`;
}

/** A stream on which nothing is left to negotiate. */
function finished(stream: Stream): Accepted {
  return {
    stream,
    peek: () => Promise.resolve(undefined),
    upgrade: () => Promise.reject(new Error('a WebSocket is secured before its upgrade')),
  };
}
