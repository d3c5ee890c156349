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
import { Negotiations } from './negotiation.ts';
import type { Accepted } from './server-network.ts';
import { Unauthenticated } from './unauthenticated.ts';

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
  /** Connections that are not secured yet, or not known whom they come from. */
  readonly negotiations: Negotiations;
  readonly unauthenticated = new Unauthenticated();

  constructor(host: ClientListenerHost, context: ClientContext) {
    this.host = host;
    this.context = context;
    this.negotiations = new Negotiations(host, {
      sendInfo: (connection, secured) => this.sendInfo(connection, secured),
      start: (connection) => this.start(connection),
    });
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
    if (tls === undefined && !options.proxyProtocol) this.start(connection);
    else this.negotiations.begin(connection, accepted, tls, tlsFirst);
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
        this.unauthenticated.delete(host.clientOf.get(closed));
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
    if (client.awaitingAuth) this.unauthenticated.add(client);
    connection.logDebug('Client connection created');
    return connection;
  }

  /** `secured`: the first INFO comes behind a handshake. */
  private sendInfo(connection: Connection, secured = false): void {
    const info = clientInfo(connection);
    // It would be the proxy's.
    const hidden = this.host.options.proxyProtocol && connection.transport !== 'websocket';
    if (hidden && !secured) info.client_ip = undefined;
    // Only the first INFO hides that there are users when guests are let in.
    const { authenticator } = this.context;
    info.auth_required = authenticator.advertisedFor(connectionType(connection)) || undefined;
    if (secured) info.tls_required = true;
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
}

/** Of the challenge in INFO, before they become 15 characters. */
const nonceBytes = 11;
