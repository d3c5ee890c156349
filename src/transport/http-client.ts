/**
 * HTTP and HTTPS requests on Node, for account JWTs. Small answers, few requests: connections are
 * kept for the next one, all else is bounded: time, bytes, redirections, connections.
 *
 * Errors are worded as Go words them where there is a counterpart: they end in log lines that
 * operators know.
 */
import type * as http from 'node:http';
import type * as https from 'node:https';
import { goQuote } from '../base/go-quote.ts';
import { joinHostPort, parseGoUrl, redactUrl } from '../options/go-url.ts';
import type { TlsOptions } from '../options/types.ts';
import type { HttpClient, HttpLimits, HttpResponse } from '../platform/http-client.ts';
import { buildTlsClient } from './tls-context.ts';

/** As Go's client follows at most. */
const redirectionsMax = 10;
const connectionsMax = 16;
const idleConnectionsMax = 10;
const idleTimeoutMs = 30_000;
const headerBytesMax = 64 * 1024;
const redirecting = new Set([301, 302, 303, 307, 308]);

interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
  readonly get: typeof http.get;
  readonly getSecure: typeof https.get;
}

export class NodeHttpClient implements HttpClient {
  private readonly tls: ReturnType<typeof buildTlsClient>['options'];
  private agents: Promise<Agents> | undefined;

  /** Throws in nats-server's words when a certificate or key cannot be used. */
  constructor(tls: TlsOptions | undefined) {
    this.tls = tls === undefined ? {} : buildTlsClient(tls).options;
  }

  async get(url: string, limits: HttpLimits): Promise<HttpResponse> {
    const agents = await (this.agents ??= loadAgents(this.tls));
    const deadline = Date.now() + limits.timeoutMs;
    let next = url;
    try {
      for (let hop = 0; hop < redirectionsMax; hop++) {
        const left = Math.max(1, deadline - Date.now());
        const answer = await getOnce(agents, next, left, limits.bytesMax);
        if (typeof answer !== 'string') return answer;
        next = answer;
      }
      throw new Error(`stopped after ${redirectionsMax} redirects`);
    } catch (error) {
      throw new Error(`Get ${goQuote(redacted(next))}: ${reasonOf(error)}`, { cause: error });
    }
  }

  close(): void {
    void this.agents?.then(({ http: plain, https: secure }) => {
      plain.destroy();
      secure.destroy();
    });
    this.agents = undefined;
  }
}

/** Loaded with the first request: most servers never make one. */
async function loadAgents(tls: object): Promise<Agents> {
  const [plain, secure] = await Promise.all([import('node:http'), import('node:https')]);
  const kept = {
    keepAlive: true,
    maxSockets: connectionsMax,
    maxFreeSockets: idleConnectionsMax,
    timeout: idleTimeoutMs,
  };
  return {
    http: new plain.Agent(kept),
    https: new secure.Agent({ ...kept, ...tls }),
    get: plain.get,
    getSecure: secure.get,
  };
}

/** Resolves with the answer, or with the URL it redirects to. */
function getOnce(
  agents: Agents,
  url: string,
  timeoutMs: number,
  bytesMax: number,
): Promise<HttpResponse | string> {
  const target = new URL(url);
  const secure = target.protocol === 'https:';
  if (!secure && target.protocol !== 'http:') {
    const scheme = goQuote(target.protocol.slice(0, -1));
    return Promise.reject(new Error(`unsupported protocol scheme ${scheme}`));
  }
  return new Promise((resolve, reject) => {
    const settings = { maxHeaderSize: headerBytesMax, headers: { 'user-agent': 'tnatsd' } };
    const request = secure
      ? agents.getSecure(target, { ...settings, agent: agents.https })
      : agents.get(target, { ...settings, agent: agents.http });
    const timer = setTimeout(() => request.destroy(new TimeoutError()), timeoutMs);
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      finish();
    };
    request.on('error', (error) => settle(() => reject(error)));
    request.on('response', (response) => {
      readAnswer(response, target, bytesMax).then(
        (answer) => settle(() => resolve(answer)),
        (error: Error) => {
          request.destroy();
          settle(() => reject(error));
        },
      );
    });
  });
}

async function readAnswer(
  response: http.IncomingMessage,
  asked: URL,
  bytesMax: number,
): Promise<HttpResponse | string> {
  const body = await readBody(response, bytesMax);
  const status = response.statusCode ?? 0;
  const { location } = response.headers;
  if (redirecting.has(status) && location !== undefined) return new URL(location, asked).href;
  return { status, statusText: `${status} ${response.statusMessage ?? ''}`, body };
}

async function readBody(response: http.IncomingMessage, bytesMax: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > bytesMax) throw new Error(`answer is longer than ${bytesMax} bytes`);
    pieces.push(piece);
  }
  if (!response.complete) throw new Error('unexpected EOF');
  return Buffer.concat(pieces);
}

class TimeoutError extends Error {
  constructor() {
    super('context deadline exceeded (Client.Timeout exceeded)');
  }
}

interface DialError extends NodeJS.ErrnoException {
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  /** Of a name with several addresses: why each of them failed. */
  readonly errors?: readonly DialError[];
}

function reasonOf(error: unknown): string {
  const { code, message, address, port, hostname, errors } = error as DialError;
  // The first failure says as much as the others.
  if (errors?.[0] !== undefined) return reasonOf(errors[0]);
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${hostname ?? ''}: no such host`;
  if (code !== 'ECONNREFUSED') return message;
  return `dial tcp ${joinHostPort(address ?? '', port ?? 0)}: connect: connection refused`;
}

function redacted(url: string): string {
  try {
    return redactUrl(parseGoUrl(url));
  } catch {
    return '(no URL)';
  }
}
