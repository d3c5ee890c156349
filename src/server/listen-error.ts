import { joinHostPort } from '../options/go-url.ts';

/** A listener could not be opened; the message is nats-server's, `code` Node's (EADDRINUSE…). */
export class ListenError extends Error {
  readonly code: string;

  constructor(message: string, cause: NodeJS.ErrnoException) {
    super(message, { cause });
    this.name = 'ListenError';
    this.code = cause.code ?? 'ERR_LISTEN';
  }
}

/** nats-server's fatal line for the client port. */
export function clientListenText(host: string, port: number, cause: NodeJS.ErrnoException): string {
  const address = joinHostPort(host, port === -1 ? 0 : port);
  return `Error listening on port: ${address}, "${listenText(address, port, cause)}"`;
}

/** nats-server's fatal line for the WebSocket port. */
export function websocketListenText(
  host: string,
  port: number,
  cause: NodeJS.ErrnoException,
): string {
  const text = listenText(joinHostPort(host, port), port, cause);
  return `Unable to listen for websocket connections: ${text}`;
}

function listenText(address: string, port: number, cause: NodeJS.ErrnoException): string {
  const badPort = cause.code === 'ERR_SOCKET_BAD_PORT';
  return `listen tcp${badPort ? `: address ${port}: invalid port` : ` ${address}: ${listenProblem(cause)}`}`;
}

function listenProblem(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'bind: address already in use';
    case 'EACCES':
      return 'bind: permission denied';
    case 'EADDRNOTAVAIL':
      return 'bind: cannot assign requested address';
    case 'ENOTFOUND':
      return 'no such host';
    default:
      return error.message;
  }
}
