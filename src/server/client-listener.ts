/**
 * Accepts clients: gives each its id, its INFO, its limits, decides between TLS and plain, and
 * starts its protocol. Follows nats-server's createClientEx, in its order.
 */
import { connectionType } from '../client/auth-request.ts';
import { Client, type ClientContext, clientInfo } from '../client/client.ts';
import { closeReasons } from '../connection/close-reason.ts';
import { Connection, connectionKinds } from '../connection/connection.ts';
import type { ConnectionHost } from '../connection/connection-host.ts';
import type { RateCounter } from '../connection/rate-counter.ts';
import { encodeInfo } from '../wire/info.ts';
import { protocolErrors } from '../wire/protocol-errors.ts';
import type { Accepted } from './server-network.ts';

export interface ClientListenerHost extends ConnectionHost {
  readonly clients: Map<number, Connection>;
  readonly clientOf: Map<Connection, Client>;
  readonly lameDuck: boolean;
  /** TLS handshakes per second, when they are limited. */
  readonly tlsRate: RateCounter | undefined;
  nextConnectionId(): number;
}

export class ClientListener {
  private readonly host: ClientListenerHost;
  private readonly context: ClientContext;

  constructor(host: ClientListenerHost, context: ClientContext) {
    this.host = host;
    this.context = context;
  }

  /** `prepare` sees the connection before its INFO is sent. */
  accept(
    accepted: Accepted,
    transport: Connection['transport'] = 'nats',
    prepare?: (connection: Connection) => void,
  ): Connection | undefined {
    const { host } = this;
    if (host.shuttingDown || host.lameDuck) {
      accepted.stream.destroy();
      return undefined;
    }
    const connection = this.createConnection(accepted, transport, prepare);
    const { options } = host;
    // A WebSocket was secured before its upgrade, by the listener's own rules.
    const tls = transport === 'websocket' ? undefined : options.tls;
    const tlsFirst = tls?.handshakeFirst === true;
    if (!tlsFirst) this.sendInfo(connection);
    if (options.maxConn < 0 || (options.maxConn > 0 && host.clients.size >= options.maxConn)) {
      if (host.mayLog(protocolErrors.maxConnections.text)) {
        connection.logError(protocolErrors.maxConnections.text);
      }
      connection.fail(protocolErrors.maxConnections.text, closeReasons.maxConnectionsExceeded);
      return undefined;
    }
    host.clients.set(connection.id, connection);
    connection.account.add(connection);
    if (tls === undefined) this.start(connection);
    else this.secure(connection, accepted, tlsFirst);
    return connection;
  }

  private createConnection(
    accepted: Accepted,
    transport: Connection['transport'],
    prepare: ((connection: Connection) => void) | undefined,
  ): Connection {
    const { host } = this;
    host.counters.totalConnections++;
    const connection = new Connection(
      host,
      accepted.stream,
      host.nextConnectionId(),
      connectionKinds.client,
      (closed) => {
        host.clientOf.get(closed)?.dropSubscriptions();
        host.clientOf.delete(closed);
      },
    );
    connection.transport = transport;
    if (this.context.authenticator.nonceNeeded) {
      connection.nonce = host.random.bytes(nonceBytes).toString('base64url');
    }
    prepare?.(connection);
    connection.applyLimits();
    const client = new Client(connection, this.context);
    client.awaitingAuth = this.context.authenticator.requiredFor(connectionType(connection));
    host.clientOf.set(connection, client);
    connection.logDebug('Client connection created');
    return connection;
  }

  private sendInfo(connection: Connection, tlsRequired?: true): void {
    const info = clientInfo(connection);
    // Only the first INFO hides that there are users when guests are let in.
    const { authenticator } = this.context;
    info.auth_required = authenticator.advertisedFor(connectionType(connection)) || undefined;
    if (tlsRequired) info.tls_required = true;
    if (connection.transport === 'in-process' && info.tls_required) {
      info.tls_required = undefined;
      info.tls_available = true;
    }
    connection.sendUtf8(encodeInfo(info));
    connection.outbound.flush();
  }

  /** The connection may be read now. */
  private start(connection: Connection): void {
    if (connection.closed) return;
    const { authenticator } = this.context;
    if (authenticator.requiredFor(connectionType(connection))) connection.startAuthTimer();
    connection.startPingTimer();
    connection.stream.resume();
  }

  private secure(connection: Connection, accepted: Accepted, tlsFirst: boolean): void {
    this.negotiate(connection, accepted, tlsFirst).catch((error: Error) => {
      if (connection.closed) return;
      const text = `TLS handshake error: ${error.message}`;
      if (isProbe(error)) connection.logDebug(text);
      else connection.logError(text);
      connection.close(closeReasons.tlsHandshakeError);
    });
  }

  /** INFO first or TLS first, both or one of TLS and plain: who speaks decides. */
  private async negotiate(
    connection: Connection,
    accepted: Accepted,
    first: boolean,
  ): Promise<void> {
    const { host } = this;
    const { options } = host;
    const tls = options.tls!;
    const timeoutMs = (options.tlsTimeoutSeconds || tls.timeoutSeconds) * 1000;
    const fallbackMs = Number(tls.handshakeFirstFallbackNs) / 1e6;
    let tlsFirst = first;
    if (tlsFirst && fallbackMs > 0 && (await accepted.peek(fallbackMs)) === undefined) {
      if (connection.closed) return;
      tlsFirst = false;
      this.sendInfo(connection);
    }
    let secure = true;
    if (!tlsFirst && (options.allowNonTls || connection.transport === 'in-process')) {
      secure = (await accepted.peek(timeoutMs)) === tlsHandshakeByte;
    }
    if (connection.closed) return;
    if (!secure) {
      this.start(connection);
      return;
    }
    if (host.tlsRate?.allow() === false) {
      connection.fail(
        protocolErrors.connectionThrottling.text,
        closeReasons.maxConnectionsExceeded,
      );
      return;
    }
    connection.logDebug('Starting TLS client connection handshake');
    const { stream, state } = await accepted.upgrade(timeoutMs, tlsFirst);
    if (connection.closed) {
      stream.destroy();
      return;
    }
    this.useSecureStream(connection, stream, state);
    if (tlsFirst) this.sendInfo(connection, true);
    this.start(connection);
  }

  private useSecureStream(
    connection: Connection,
    stream: Connection['stream'],
    state: NonNullable<Connection['tls']>,
  ): void {
    stream.handler = connection.stream.handler;
    connection.stream = stream;
    connection.outbound.attach(stream);
    connection.tls = state;
    connection.logDebug('TLS handshake complete');
    connection.logDebug(`TLS version ${state.version}, cipher suite ${state.cipherSuite}`);
  }
}

/** Of the challenge in INFO, before they become 15 characters. */
const nonceBytes = 11;
/** The first byte of a TLS record that carries a handshake. */
const tlsHandshakeByte = 0x16;

/** A peer that was silent or did not speak TLS is not worth an error line. */
function isProbe(error: Error): boolean {
  return (error as { probe?: boolean }).probe === true;
}
