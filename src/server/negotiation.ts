/**
 * Before a connection speaks the protocol: whom a proxy says it comes from, and TLS or not. Follows
 * nats-server's createClientEx, in its order:
 *
 *     [wait for who speaks first] → [first byte: TLS?] → [PROXY header → first byte again] → [TLS]
 *
 * Whatever was read on the way is put back for the step that follows. Bytes that came in the clear
 * before a handshake are part of the handshake, never of the protocol behind it.
 *
 * Nobody here has proved who it is: each costs a socket, a handshake and a timer, there are at most
 * `negotiationsMax` of them, and beyond that the oldest must go.
 */
import { type CloseReason, closeReasons } from '../connection/close-reason.ts';
import type { Connection } from '../connection/connection.ts';
import type { RateCounter } from '../connection/rate-counter.ts';
import { joinHostPort } from '../options/go-url.ts';
import type { Options, TlsOptions } from '../options/types.ts';
import type { Logger } from '../platform/logger.ts';
import { ProxyProtocolError } from '../transport/proxy-protocol.ts';
import { protocolErrors } from '../wire/protocol-errors.ts';
import { matchesPinnedCert } from './pinned-certs.ts';
import type { Accepted } from './server-network.ts';

export interface NegotiationHost {
  readonly options: Options;
  readonly logger: Logger;
  /** TLS handshakes per second, when they are limited. */
  readonly tlsRate: RateCounter | undefined;
}

/** What the listener does when it is its turn. */
export interface NegotiationSteps {
  /** Sends the INFO that was held back. `secured`: behind a handshake. */
  sendInfo(connection: Connection, secured: boolean): void;
  /** The connection may be read now. */
  start(connection: Connection): void;
}

/** A handshake holds about 100 KiB while it lasts; see test/fault/tls-memory.test.ts. */
const negotiationsMax = 2048;
/** The first byte of a TLS record that carries a handshake. */
const tlsHandshakeByte = 0x16;

export class Negotiations {
  max = negotiationsMax;
  private readonly host: NegotiationHost;
  private readonly steps: NegotiationSteps;
  private readonly open = new Set<Connection>();

  constructor(host: NegotiationHost, steps: NegotiationSteps) {
    this.host = host;
    this.steps = steps;
  }

  /** `tlsFirst`: INFO was not sent; the handshake, or a silence, comes before it. */
  begin(
    connection: Connection,
    accepted: Accepted,
    tls: TlsOptions | undefined,
    tlsFirst: boolean,
  ): void {
    this.open.add(connection);
    if (this.open.size > this.max) this.refuseOldest();
    this.negotiate(connection, accepted, tls, tlsFirst)
      .catch((error: Error) => {
        if (!connection.closed) connection.close(this.report(connection, error));
      })
      .finally(() => this.open.delete(connection));
  }

  private refuseOldest(): void {
    for (const oldest of this.open) {
      this.open.delete(oldest);
      if (oldest.closed) continue;
      oldest.logDebug('Too many connections are being secured');
      oldest.close(closeReasons.tlsHandshakeError);
      return;
    }
  }

  private report(connection: Connection, error: Error): CloseReason {
    if (error instanceof ProxyProtocolError) {
      const { remoteAddress, remotePort } = connection.stream;
      const from = joinHostPort(remoteAddress, remotePort);
      this.host.logger.warn(`Error reading PROXY protocol header from ${from}: ${error.message}`);
      return closeReasons.protocolViolation;
    }
    const text = `TLS handshake error: ${error.message}`;
    if (isProbe(error)) connection.logDebug(text);
    else connection.logError(text);
    return closeReasons.tlsHandshakeError;
  }

  private async negotiate(
    connection: Connection,
    accepted: Accepted,
    tls: TlsOptions | undefined,
    first: boolean,
  ): Promise<void> {
    const { options } = this.host;
    const timeoutMs = (options.tlsTimeoutSeconds || (tls?.timeoutSeconds ?? 0)) * 1000;
    const tlsFirst = first && (await this.speaksFirst(connection, accepted, tls));
    const mayBePlain = options.allowNonTls || connection.transport === 'in-process';
    const sniff = tls !== undefined && !tlsFirst && mayBePlain;
    let secure = tls !== undefined;
    if (sniff && !connection.closed) secure = await beginsTls(accepted, timeoutMs);
    if (options.proxyProtocol && accepted.readProxyHeader && !connection.closed) {
      const { found, source } = await accepted.readProxyHeader();
      if (source !== undefined) {
        connection.remoteHost = source.address;
        connection.remotePort = source.port;
      }
      // What was looked at before was the header's.
      if (found && sniff && !connection.closed) secure = await beginsTls(accepted, timeoutMs);
    }
    if (connection.closed) return;
    if (tls !== undefined && secure) {
      if (!(await this.secure(connection, accepted, tls, timeoutMs, tlsFirst))) return;
      if (tlsFirst) this.steps.sendInfo(connection, true);
    }
    this.steps.start(connection);
  }

  /** With a delay, a client that says nothing gets its INFO in the clear. */
  private async speaksFirst(
    connection: Connection,
    accepted: Accepted,
    tls: TlsOptions | undefined,
  ): Promise<boolean> {
    const delayMs = Number(tls?.handshakeFirstFallbackNs ?? 0n) / 1e6;
    if (delayMs <= 0 || (await accepted.peek(delayMs)) !== undefined) return true;
    if (!connection.closed) this.steps.sendInfo(connection, false);
    return false;
  }

  /** False: the connection was refused. */
  private async secure(
    connection: Connection,
    accepted: Accepted,
    tls: TlsOptions,
    timeoutMs: number,
    tlsFirst: boolean,
  ): Promise<boolean> {
    if (this.host.tlsRate?.allow() === false) {
      const { text } = protocolErrors.connectionThrottling;
      connection.fail(text, closeReasons.maxConnectionsExceeded);
      return false;
    }
    connection.logDebug('Starting TLS client connection handshake');
    const { stream, state } = await accepted.upgrade(timeoutMs, tlsFirst);
    if (connection.closed) {
      stream.destroy();
      return false;
    }
    stream.handler = connection.stream.handler;
    connection.stream = stream;
    connection.outbound.attach(stream);
    connection.tls = state;
    if (!matchesPinnedCert(connection, tls.pinnedCerts)) throw new Error('certificate not pinned');
    connection.logDebug('TLS handshake complete');
    connection.logDebug(`TLS version ${state.version}, cipher suite ${state.cipherSuite}`);
    return true;
  }
}

async function beginsTls(accepted: Accepted, timeoutMs: number): Promise<boolean> {
  return (await accepted.peek(timeoutMs)) === tlsHandshakeByte;
}

/** A peer that was silent or did not speak TLS is not worth an error line. */
function isProbe(error: Error): boolean {
  return (error as { probe?: boolean }).probe === true;
}
