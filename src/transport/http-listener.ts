/**
 * HTTP and HTTPS for monitoring: reads a bounded request, hands method and target to a handler, and
 * writes the answer with the headers, their order and the framing that Go's net/http gives them.
 * node:http is loaded with the first listener, so that a server without monitoring starts without.
 *
 * Bounds: header bytes, time for the header and for the whole request, connections, requests per
 * connection. Bodies are read and dropped; a body that takes longer than a request may is cut off.
 */
import type * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';

export interface HttpRequest {
  readonly method: string;
  /** Path and query as sent, one character per byte. */
  readonly target: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** In the order in which they are written; Date, length and framing are added. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Buffer;
  /** Write Date before `headers`: Go does when the handler set none itself. */
  readonly dateFirst?: boolean;
}

export type HttpHandler = (request: HttpRequest) => HttpAnswer;

export interface HttpListenOptions {
  /** '' listens on every address. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Certificate and key: HTTPS, without asking for a client's certificate. */
  readonly tls?: SecureContextOptions | undefined;
  readonly handler: HttpHandler;
  /** The handler threw, or a client could not be served. */
  onError(error: Error): void;
}

export interface HttpListener {
  readonly host: string;
  readonly port: number;
  /** Takes new certificates for the connections to come. */
  updateTls(tls: SecureContextOptions): void;
  /** Stops listening and cuts the connections that are open. */
  close(): Promise<void>;
}

const maxHeaderBytes = 64 * 1024;
const headerTimeoutMs = 5_000;
const requestTimeoutMs = 30_000;
const checkTimeoutsMs = 1_000;
const keepAliveMs = 60_000;
const maxConnections = 1_024;
/** Go sends a body up to this length with Content-Length and a longer one in chunks. */
const unchunkedMax = 2_048;

/** Listens; rejects with the system's error when the address cannot be had. */
export async function listenHttp(options: HttpListenOptions): Promise<HttpListener> {
  const server = await createServer(options);
  server.maxConnections = maxConnections;
  server.on('clientError', refuseClient);
  server.on('connect', (_request: http.IncomingMessage, socket: Socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: listenHost(options.host) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', options.onError);
  return new NodeHttpListener(server, options.host);
}

async function createServer(options: HttpListenOptions): Promise<http.Server> {
  const listener = (request: http.IncomingMessage, response: http.ServerResponse) => {
    answer(request, response, options);
  };
  const limits = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headerTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: checkTimeoutsMs,
    requireHostHeader: false,
  };
  if (options.tls === undefined) {
    const { createServer: create } = await import('node:http');
    return create(limits, listener);
  }
  const { createServer: createSecure } = await import('node:https');
  return createSecure({ ...limits, ...options.tls, requestCert: false }, listener);
}

/** Like nats-server, '' and 0.0.0.0 are every address, IPv4 and IPv6; Node falls back to IPv4. */
function listenHost(host: string): string | undefined {
  return host === '' || host === '0.0.0.0' ? undefined : host;
}

class NodeHttpListener implements HttpListener {
  readonly host: string;
  readonly port: number;
  private readonly server: http.Server;

  constructor(server: http.Server, host: string) {
    this.server = server;
    this.host = host;
    this.port = (server.address() as AddressInfo).port;
  }

  updateTls(tls: SecureContextOptions): void {
    if ('setSecureContext' in this.server) {
      (this.server as { setSecureContext(options: SecureContextOptions): void }).setSecureContext(
        tls,
      );
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

function answer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  options: HttpListenOptions,
): void {
  const refusal = hostProblem(request);
  if (refusal !== undefined) {
    request.socket.end(refusalText('400 Bad Request', refusal));
    return;
  }
  request.resume();
  response.on('error', () => {});
  let result: HttpAnswer;
  try {
    result = options.handler({ method: request.method ?? 'GET', target: request.url ?? '/' });
  } catch (error) {
    options.onError(error as Error);
    request.socket.destroy();
    return;
  }
  writeAnswer(request, response, result);
}

function hostProblem(request: http.IncomingMessage): string | undefined {
  const host = request.headers.host;
  if (host === undefined) {
    return request.httpVersion === '1.0' ? undefined : ': missing required Host header';
  }
  return /[\s"<>\\^`{|}]/.test(host) ? ': malformed Host header' : undefined;
}

function writeAnswer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { status, headers, body, dateFirst }: HttpAnswer,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  const head = request.method === 'HEAD';
  const lines: string[] = [];
  if (dateFirst !== true) lines.push(...headers.flat());
  lines.push('Date', new Date().toUTCString());
  // Go knows no length for the answer to a HEAD that wrote nothing.
  const short = bytes.length <= unchunkedMax;
  if (short && !(head && bytes.length === 0)) lines.push('Content-Length', String(bytes.length));
  if (dateFirst === true) lines.push(...headers.flat());
  if (request.headers.connection?.toLowerCase() === 'close') lines.push('Connection', 'close');
  if (!short && !head && request.httpVersion !== '1.0') lines.push('Transfer-Encoding', 'chunked');
  // Node would add its own Date and keep-alive headers; Go does not.
  response.sendDate = false;
  response.removeHeader('connection');
  response.writeHead(status, lines);
  response.end(head ? undefined : bytes);
}

/** What Node's parser refuses is refused with the text of Go's. */
function refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      socket.destroy();
      return;
    case 'HPE_HEADER_OVERFLOW':
      socket.end(refusalText('431 Request Header Fields Too Large', ''));
      return;
    case 'HPE_INVALID_VERSION':
      socket.end(refusalText('505 HTTP Version Not Supported', ': unsupported protocol version'));
      return;
    case 'HPE_INVALID_HEADER_TOKEN':
      socket.end(refusalText('400 Bad Request', ': invalid header name'));
      return;
    default:
      socket.end(refusalText('400 Bad Request', ''));
  }
}

function refusalText(status: string, detail: string): string {
  const text = `${status}${detail}`;
  return `HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${text}`;
}
