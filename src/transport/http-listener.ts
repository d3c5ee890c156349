/**
 * HTTP and HTTPS for monitoring: reads a bounded request, hands method and target to a handler, and
 * writes the answer with the headers, their order and the framing that Go's net/http gives them.
 * node:http is loaded with the first listener, so that a server without monitoring starts without.
 *
 * Bounds: header bytes, time for the header and for the whole request, connections. Bodies are read
 * and dropped. A long answer is made while it is sent; one that the client does not take is cut off.
 */
import { constants } from 'node:crypto';
import type * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { Server } from 'node:tls';
import type { BlockOcsp } from './ocsp/ocsp.ts';
import type { HttpsServerSettings } from './tls-context.ts';

export interface HttpRequest {
  readonly method: string;
  /** Path and query as sent, one character per byte. */
  readonly target: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** In the order in which they are written; Date, length and framing are added. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Pieces are made and sent one per turn of the loop, as fast as the client takes them. */
  readonly body: string | Buffer | Iterable<string>;
  /** Write Date before `headers`: Go does when the handler set none itself. */
  readonly dateFirst?: boolean;
}

export type HttpHandler = (request: HttpRequest) => HttpAnswer;

export interface HttpListenOptions {
  /** '' listens on every address. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Certificate and key: HTTPS; without `ocsp` no client is asked for a certificate. */
  readonly tls?: HttpsServerSettings | undefined;
  /** What OCSP does in handshakes, and whether clients must show certificates. */
  readonly ocsp?: { of(): BlockOcsp | undefined; readonly requestCert: boolean } | undefined;
  readonly handler: HttpHandler;
  /** The handler threw, or a client could not be served. */
  readonly onError: (error: Error) => void;
}

export interface HttpListener {
  readonly host: string;
  readonly port: number;
  /** Takes new certificates for the connections to come. */
  updateTls(tls: HttpsServerSettings): void;
  /** Stops listening and cuts the connections that are open. */
  close(): Promise<void>;
}

const maxHeaderBytes = 64 * 1024;
const headerTimeoutMs = 5_000;
const requestTimeoutMs = 30_000;
const checkTimeoutsMs = 1_000;
/** Also how long a client may not take any byte of its answer. */
const keepAliveMs = 60_000;
const maxConnections = 512;
/** Go sends a body up to this length with Content-Length and a longer one in chunks. */
const unchunkedMax = 2_048;

/** Listens; rejects with the system's error when the address cannot be had. */
export async function listenHttp(options: HttpListenOptions): Promise<HttpListener> {
  const names = new ServerNames(options.tls?.SNICallback);
  const server = await createServer(options, names);
  server.maxConnections = maxConnections;
  server.setTimeout(keepAliveMs);
  server.on('clientError', refuseClient);
  server.on('connect', (request: http.IncomingMessage, socket: Socket) => {
    answerRaw(request, socket, options);
  });
  // Nobody reads a body: it is not asked for either.
  server.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) => {
    answer(request, response, options);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: listenHost(options.host) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', options.onError);
  return new NodeHttpListener(server, options.host, names);
}

async function createServer(options: HttpListenOptions, names: ServerNames): Promise<http.Server> {
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
  const { ocsp } = options;
  const requestCert = ocsp?.requestCert === true;
  // A resumed session would lack what the verification of its client needs.
  const noTickets = requestCert ? constants.SSL_OP_NO_TICKET : 0;
  const secure = {
    ...options.tls,
    secureOptions: (options.tls.secureOptions ?? 0) | noTickets,
    sessionIdContext: 'tnatsd',
    requestCert,
    SNICallback: names.choose,
  };
  const server = createSecure({ ...limits, ...secure }, listener);
  if (ocsp !== undefined) {
    const { useOcsp } = await import('./ocsp/https-server.ts');
    useOcsp(server, () => ocsp.of(), options.onError);
  }
  return server;
}

/** Like nats-server, '' and 0.0.0.0 are every address, IPv4 and IPv6; Node falls back to IPv4. */
function listenHost(host: string): string | undefined {
  return host === '' || host === '0.0.0.0' ? undefined : host;
}

/** Node keeps the callback that it got first; what it asks may change. */
class ServerNames {
  current: HttpsServerSettings['SNICallback'];

  constructor(current: HttpsServerSettings['SNICallback']) {
    this.current = current;
  }

  readonly choose: NonNullable<HttpsServerSettings['SNICallback']> = (name, done) => {
    if (this.current === undefined) done(null);
    else this.current(name, done);
  };
}

class NodeHttpListener implements HttpListener {
  readonly host: string;
  readonly port: number;
  private readonly server: http.Server;
  private readonly names: ServerNames;

  constructor(server: http.Server, host: string, names: ServerNames) {
    this.server = server;
    this.names = names;
    this.host = host;
    this.port = (server.address() as AddressInfo).port;
  }

  updateTls({ SNICallback, ...context }: HttpsServerSettings): void {
    if (!('setSecureContext' in this.server)) return;
    (this.server as unknown as Server).setSecureContext(context);
    this.names.current = SNICallback;
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
  // A HTTP/1.0 client is answered with its own version, which ServerResponse cannot write.
  const old = request.httpVersion === '1.0' && !wantsKeepAlive(request);
  if (old || requestProblem(request) !== undefined) {
    answerRaw(request, request.socket, options);
    return;
  }
  request.resume();
  response.on('error', () => {});
  const result = runHandler(request, options);
  if (result === undefined) {
    request.socket.destroy();
    return;
  }
  // Node would add its own Date and keep-alive headers; Go does not.
  response.sendDate = false;
  response.removeHeader('connection');
  const { lines, body } = formAnswer(request, result);
  response.writeHead(result.status, lines);
  sendBody(response, body, options);
}

/** Answers past ServerResponse, in one write, and ends the connection. */
function answerRaw(
  request: http.IncomingMessage,
  socket: Socket,
  options: HttpListenOptions,
): void {
  socket.on('error', () => {});
  const problem = requestProblem(request);
  if (problem !== undefined) {
    endSocket(socket, problem);
    return;
  }
  const result = runHandler(request, options);
  if (result === undefined) {
    socket.destroy();
    return;
  }
  const { lines, body } = formAnswer(request, result);
  let head = `HTTP/${request.httpVersion} ${result.status} ${statusTexts.get(result.status) ?? ''}\r\n`;
  for (let i = 0; i < lines.length; i += 2) head += `${lines[i]}: ${lines[i + 1]}\r\n`;
  socket.write(`${head}\r\n`);
  socket.once('finish', () => linger(socket));
  sendBody(socket, body, options);
}

/** Ends `target` with the body. Pieces stop when the client goes away. */
function sendBody(
  target: Writable,
  body: Buffer | Iterable<string>,
  { onError }: HttpListenOptions,
): void {
  if (Buffer.isBuffer(body)) {
    target.end(body);
    return;
  }
  const pieces = body[Symbol.iterator]();
  const next = (): void => {
    if (target.destroyed) return;
    let piece: IteratorResult<string>;
    try {
      piece = pieces.next();
    } catch (error) {
      onError(error as Error);
      target.destroy();
      return;
    }
    if (piece.done === true) target.end();
    else if (target.write(piece.value)) setImmediate(next);
    else target.once('drain', next);
  };
  next();
}

const statusTexts = new Map([
  [200, 'OK'],
  [307, 'Temporary Redirect'],
  [400, 'Bad Request'],
  [404, 'Not Found'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
]);

function runHandler(
  request: http.IncomingMessage,
  { handler, onError }: HttpListenOptions,
): HttpAnswer | undefined {
  try {
    return handler({ method: request.method ?? 'GET', target: request.url ?? '/' });
  } catch (error) {
    onError(error as Error);
    return undefined;
  }
}

/** The refusal of what Node's parser accepts and Go's does not. */
function requestProblem(request: http.IncomingMessage): string | undefined {
  const { host, 'transfer-encoding': encoding } = request.headers;
  if (request.httpVersionMajor !== 1) {
    return refusalText('505 HTTP Version Not Supported', ': unsupported protocol version');
  }
  if (/%(?![0-9A-Fa-f]{2})/.test((request.url ?? '').split('?', 1)[0] ?? '')) {
    return refusalText('400 Bad Request', '');
  }
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
    return refusalText('501 Not Implemented', '', 'Unsupported transfer encoding');
  }
  if (host === undefined && request.httpVersionMinor > 0) {
    return refusalText('400 Bad Request', ': missing required Host header');
  }
  if (host !== undefined && /[\s"<>\\^`{|}]/.test(host)) {
    return refusalText('400 Bad Request', ': malformed Host header');
  }
  return undefined;
}

function wantsKeepAlive(request: http.IncomingMessage): boolean {
  return request.headers.connection?.toLowerCase() === 'keep-alive';
}

/** The header lines (name, value, name, value…) in Go's order, and what follows them. */
function formAnswer(
  request: http.IncomingMessage,
  { headers, body, dateFirst }: HttpAnswer,
): { lines: string[]; body: Buffer | Iterable<string> } {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  const head = request.method === 'HEAD';
  const length = Buffer.isBuffer(bytes) ? bytes.length : Number.POSITIVE_INFINITY;
  const short = length <= unchunkedMax;
  const lines: string[] = [];
  if (dateFirst !== true) lines.push(...headers.flat());
  lines.push('Date', new Date().toUTCString());
  // Go knows no length for the answer to a HEAD that wrote nothing.
  const sized = short && !(head && length === 0) && !lines.includes('Content-Length');
  if (sized) lines.push('Content-Length', String(length));
  if (dateFirst === true) lines.push(...headers.flat());
  const connection = request.headers.connection?.toLowerCase();
  const old = request.httpVersion === '1.0';
  // A body that was announced but not asked for makes the connection useless.
  const closing = connection === 'close' || request.headers.expect !== undefined;
  if (closing && !old) lines.push('Connection', 'close');
  if (connection === 'keep-alive' && old) lines.push('Connection', 'keep-alive');
  if (!short && !head && !old) lines.push('Transfer-Encoding', 'chunked');
  return { lines, body: head ? Buffer.alloc(0) : bytes };
}

/** How long a client may take to close a connection that is ended, as in Go. */
const lingerMs = 500;

function endSocket(socket: Socket, text: string): void {
  socket.once('finish', () => linger(socket));
  socket.end(text);
}

/**
 * The answer is sent and our side closed. What the client still sends is read for a moment: closing
 * at once would answer it with a reset, which may take the answer from the client.
 */
function linger(socket: Socket): void {
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

/** What Node's parser refuses is refused with the text of Go's. */
function refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      // Who never sent anything is not told.
      if (socket.bytesRead === 0) socket.destroy();
      else endSocket(socket, refusalText('400 Bad Request', ''));
      return;
    case 'HPE_HEADER_OVERFLOW':
      endSocket(socket, refusalText('431 Request Header Fields Too Large', ''));
      return;
    case 'HPE_INVALID_VERSION':
      endSocket(
        socket,
        refusalText('505 HTTP Version Not Supported', ': unsupported protocol version'),
      );
      return;
    case 'HPE_INVALID_HEADER_TOKEN':
      endSocket(socket, refusalText('400 Bad Request', ': invalid header name'));
      return;
    default:
      endSocket(socket, refusalText('400 Bad Request', ''));
  }
}

function refusalText(status: string, detail: string, body = status + detail): string {
  const head = `HTTP/1.1 ${status}${detail}\r\nContent-Type: text/plain; charset=utf-8\r\n`;
  return `${head}Connection: close\r\n\r\n${body}`;
}
