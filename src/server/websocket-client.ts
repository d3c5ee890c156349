/** What a WebSocket stream asks of the client above it: limits, and why it closes. */
import type { Client } from '../client/client.ts';
import { closeReasons } from '../connection/close-reason.ts';
import type { Connection } from '../connection/connection.ts';
import type { WebSocketOwner } from '../transport/websocket/websocket-stream.ts';
import { closeStatusOf } from './websocket-close.ts';

/** What one compressed message may be inflated to before its sender has authenticated. */
const inflatedMaxBeforeAuth = 32 * 1024;
/** Where the payload is not limited; nats-server's default. */
const inflatedMaxUnlimited = 1024 * 1024;

export class WebSocketClient implements WebSocketOwner {
  private connection: Connection | undefined;
  private readonly clientOf: (connection: Connection) => Client | undefined;

  constructor(clientOf: (connection: Connection) => Client | undefined) {
    this.clientOf = clientOf;
  }

  attach(connection: Connection): void {
    this.connection = connection;
  }

  get inflatedMax(): number {
    const { connection } = this;
    if (connection === undefined) return inflatedMaxBeforeAuth;
    const most = connection.maxPayload > 0 ? connection.maxPayload : inflatedMaxUnlimited;
    const waiting = this.clientOf(connection)?.awaitingAuth === true;
    return waiting ? Math.min(most, inflatedMaxBeforeAuth) : most;
  }

  closing(): { status: number; reason: string } {
    const reason = this.connection?.closeReason ?? closeReasons.serverShutdown;
    return { status: closeStatusOf(reason), reason };
  }

  onViolation(text: string): void {
    this.connection?.logError(`read error: ${text}`);
  }

  onMessageTooBig(): void {
    this.connection?.logError('read error: maximum payload exceeded');
    this.connection?.close(closeReasons.maxPayloadExceeded);
  }
}
