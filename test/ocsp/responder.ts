/** An OCSP responder on loopback, and the surroundings of what asks it. */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock, Timers } from '../../src/platform/clock.ts';
import type { Logger } from '../../src/platform/logger.ts';

type Handler = (request: http.IncomingMessage, reply: http.ServerResponse) => void;

export class TestResponder {
  /** Method and path of each request. */
  readonly requests: string[] = [];
  private readonly server: http.Server;
  private handler: Handler;

  constructor(handler: Handler) {
    this.handler = handler;
    this.server = http.createServer((request, reply) => {
      this.requests.push(`${request.method} ${request.url}`);
      this.handler(request, reply);
    });
  }

  static async open(handler: Handler): Promise<TestResponder> {
    const responder = new TestResponder(handler);
    await new Promise<void>((resolve) => {
      responder.server.listen(0, '127.0.0.1', resolve);
    });
    return responder;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  answer(handler: Handler): void {
    this.handler = handler;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }
}

export const reply =
  (body: Buffer | (() => Buffer), status = 200): Handler =>
  (_request, response) => {
    response.writeHead(status).end(typeof body === 'function' ? body() : body);
  };

/** A log that remembers its lines as `level text`. */
export class LogLines implements Logger {
  readonly lines: string[] = [];
  debugEnabled = true;
  traceEnabled = false;
  notice = (text: string) => void this.lines.push(`notice ${text}`);
  warn = (text: string) => void this.lines.push(`warn ${text}`);
  error = (text: string) => void this.lines.push(`error ${text}`);
  fatal = (text: string) => void this.lines.push(`fatal ${text}`);
  debug = (text: string) => void this.lines.push(`debug ${text}`);
  trace = () => {};

  has(part: string): boolean {
    return this.lines.some((line) => line.includes(part));
  }
}

/** The wall clock, moved by `offsetMs`. */
export class MovedClock implements Clock {
  offsetMs = 0;
  nowMs = () => Date.now() + this.offsetMs;
  nowNs = () => BigInt(this.nowMs()) * 1_000_000n;
  monotonicMs = () => performance.now();
}

/** Timers that fire when the test says so. */
export class HeldTimers implements Timers {
  readonly held: { delayMs: number; callback: () => void }[] = [];

  after(delayMs: number, callback: () => void) {
    const entry = { delayMs, callback };
    this.held.push(entry);
    return {
      clear: () => {
        const at = this.held.indexOf(entry);
        if (at >= 0) this.held.splice(at, 1);
      },
    };
  }

  every(): never {
    throw new Error('not expected');
  }

  /** Fires the first one. */
  fire(): void {
    this.held.shift()?.callback();
  }
}

export async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; !holds(); n++) {
    if (n > 500) throw new Error('it did not come true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
