/**
 * Asks OCSP responders over HTTP. Everything is bounded: how long a query may take, how large its
 * answer may be, how many run at once and how many wait. Errors are worded as Go words them.
 */
import * as http from 'node:http';
import * as https from 'node:https';

export interface ResponderReply {
  readonly status: number;
  readonly body: Buffer;
}

export interface ResponderLimits {
  readonly replyBytesMax: number;
  readonly concurrentMax: number;
  readonly waitingMax: number;
}

export const responderLimits: ResponderLimits = {
  // Answers have one or two kilobytes; with a chain of certificates somewhat more.
  replyBytesMax: 256 * 1024,
  concurrentMax: 64,
  waitingMax: 1024,
};
/** As Go's client. */
const redirectsMax = 10;

interface Query {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body: Buffer | undefined;
}

export class ResponderClient {
  private readonly limits: ResponderLimits;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(limits: ResponderLimits = responderLimits) {
    this.limits = limits;
  }

  get(url: string, timeoutMs: number): Promise<ResponderReply> {
    return this.run({ method: 'GET', url, body: undefined }, timeoutMs);
  }

  post(url: string, body: Buffer, timeoutMs: number): Promise<ResponderReply> {
    return this.run({ method: 'POST', url, body }, timeoutMs);
  }

  /** Time spent waiting counts. */
  private async run(query: Query, timeoutMs: number): Promise<ResponderReply> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      await this.enter(deadline.signal);
      try {
        return await this.follow(query, deadline.signal);
      } finally {
        this.leave();
      }
    } catch (error) {
      const reason = deadline.signal.aborted ? timeoutText : problemText(error as Error);
      const method = query.method === 'GET' ? 'Get' : 'Post';
      throw new Error(`${method} "${query.url}": ${reason}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  private enter(signal: AbortSignal): Promise<void> {
    if (this.running < this.limits.concurrentMax) {
      this.running++;
      return Promise.resolve();
    }
    if (this.waiting.length >= this.limits.waitingMax) {
      return Promise.reject(new Error('too many OCSP queries are waiting'));
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(go), 1);
        reject(new Error(timeoutText));
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(go);
    });
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.running--;
    else next();
  }

  private async follow(first: Query, signal: AbortSignal): Promise<ResponderReply> {
    let query = first;
    for (let hops = 0; ; hops++) {
      const { target, ...reply } = await send(query, signal, this.limits.replyBytesMax);
      if (target === undefined) return reply;
      if (hops === redirectsMax) throw new Error(`stopped after ${redirectsMax} redirects`);
      const again = query.method === 'GET' || reply.status === 307 || reply.status === 308;
      query = again ? { ...query, url: target } : { method: 'GET', url: target, body: undefined };
    }
  }
}

const timeoutText = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';

interface Answer extends ResponderReply {
  /** Where to ask instead. */
  readonly target: string | undefined;
}

function send(query: Query, signal: AbortSignal, bytesMax: number): Promise<Answer> {
  const url = new URL(query.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return Promise.reject(new Error(`unsupported protocol scheme "${url.protocol.slice(0, -1)}"`));
  }
  const { request } = url.protocol === 'https:' ? https : http;
  const headers = query.body && {
    'Content-Type': 'application/ocsp-request',
    Accept: 'application/ocsp-response',
    'Content-Length': query.body.length,
  };
  return new Promise((resolve, reject) => {
    const options = { method: query.method, agent: false, signal, headers: headers ?? {} };
    const sent = request(url, options, (reply) => {
      readReply(reply, bytesMax).then((body) => {
        const status = reply.statusCode ?? 0;
        resolve({ status, body, target: redirectTarget(status, reply.headers.location, url) });
      }, reject);
    });
    sent.on('error', reject);
    sent.end(query.body);
  });
}

function redirectTarget(
  status: number,
  location: string | undefined,
  from: URL,
): string | undefined {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  return new URL(location, from).href;
}

async function readReply(reply: http.IncomingMessage, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of reply as AsyncIterable<Buffer>) {
    size += part.length;
    // Leaving the loop destroys the connection.
    if (size > bytesMax) throw new Error(`OCSP response is larger than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function problemText(error: Error): string {
  const { code, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  const { hostname } = error as { hostname?: string };
  if (code === 'ECONNREFUSED') {
    const host = address?.includes(':') ? `[${address}]` : address;
    return `dial tcp ${host}:${port}: connect: connection refused`;
  }
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${hostname}: no such host`;
  if (code === 'ECONNRESET') return 'EOF';
  return error.message;
}
