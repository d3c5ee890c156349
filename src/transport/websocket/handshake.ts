/**
 * The first part of a WebSocket connection: HTTP requests on a raw stream until one of them upgrades
 * it. Answers what is no upgrade as Go's server with nats-server's handler does, keeps the connection
 * for the next request when the client wants that, and ends it when the time for a request is over.
 * Bytes behind the request, before its answer, end the connection: nobody may speak before the upgrade.
 */
import { posix } from 'node:path';
import type { Clock, Timer, Timers } from '../../platform/clock.ts';
import type { Stream, StreamHandler } from '../../platform/network.ts';
import type { ReadTarget } from '../../platform/read-target.ts';
import { HttpHeadReader, type HttpRequestHead } from './http-head.ts';
import { judgeUpgrade, type Upgraded, type UpgradeRules } from './upgrade.ts';

export interface HandshakeParts {
  readonly stream: Stream;
  readonly area: ReadTarget;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly rules: UpgradeRules;
  /** The stream is secured. */
  readonly secure: boolean;
  /** For one request. */
  readonly timeoutMs: number;
}

export interface HandshakeEvents {
  /** The answer is written; frames follow on the stream, whose handler must be replaced now. */
  onUpgraded(upgraded: Upgraded): void;
  /** A request was refused; for the log. */
  onRefused(reason: string): void;
  /** The connection ends without an upgrade. */
  onEnded(): void;
}

/** Requests that one connection may waste. */
const requestsMax = 100;
/** A body up to this length is read over to get at the next request, as in Go. */
const skippedBodyMax = 256 * 1024;

const statusTexts: Record<number, string> = {
  200: 'OK',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  417: 'Expectation Failed',
};

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly close?: boolean;
  /** The length is not to be added. */
  readonly unsized?: boolean;
}

const notFound: Answer = {
  status: 404,
  headers: ['Content-Type: text/plain; charset=utf-8', 'X-Content-Type-Options: nosniff'],
  body: '404 page not found\n',
};

export class WebSocketHandshake implements StreamHandler {
  private readonly parts: HandshakeParts;
  private readonly events: HandshakeEvents;
  private reader = new HttpHeadReader();
  private timer: Timer | undefined;
  private requests = 0;
  /** Bytes of a body that is read over. */
  private skipping = 0;
  private over = false;

  constructor(parts: HandshakeParts, events: HandshakeEvents) {
    this.parts = parts;
    this.events = events;
    parts.stream.handler = this;
    this.startTimer();
  }

  private startTimer(): void {
    this.timer?.clear();
    this.timer = this.parts.timers.after(this.parts.timeoutMs, () => this.destroy());
  }

  /** Ends the connection without a word. */
  destroy(): void {
    if (this.over) return;
    this.leave();
    this.parts.stream.destroy();
    this.events.onEnded();
  }

  private leave(): void {
    this.over = true;
    this.timer?.clear();
  }

  onBytes(count: number): void {
    const { buffer, headroom } = this.parts.area;
    this.take(buffer.latin1Slice(headroom, headroom + count));
  }

  onDrain(): void {}

  onClose(): void {
    this.destroy();
  }

  private take(text: string): void {
    let rest = text;
    while (!this.over) {
      const skipped = Math.min(this.skipping, rest.length);
      this.skipping -= skipped;
      const head = this.skipping > 0 ? undefined : this.reader.feed(rest.slice(skipped));
      if (head === undefined) return;
      if ('refusal' in head) {
        this.endWith(head.refusal);
        return;
      }
      rest = this.reader.remainder();
      this.reader = new HttpHeadReader();
      this.serve(head, rest);
    }
  }

  private serve(request: HttpRequestHead, rest: string): void {
    const answer = this.misdirected(request);
    if (answer !== undefined) {
      this.reply(request, answer);
      return;
    }
    const result = judgeUpgrade(request, this.parts.rules, this.parts.secure);
    if ('reason' in result) {
      this.events.onRefused(result.reason);
      this.reply(request, refused(result.status));
    } else if (rest !== '') {
      this.events.onRefused('client sent data before handshake is complete');
      this.destroy();
    } else {
      this.leave();
      this.send(result.answer);
      this.events.onUpgraded(result);
    }
  }

  /** What Go's server and router answer before nats-server's handler is asked. */
  private misdirected({ method, path, query, headers }: HttpRequestHead): Answer | undefined {
    const expected = headers.get('Expect')?.[0] ?? '';
    if (expected !== '' && !/\b100-continue\b/i.test(expected)) {
      return { status: 417, headers: ['Connection: close'], body: '', close: true };
    }
    if (path === '*') {
      if (method === 'OPTIONS') {
        return { status: 200, headers: ['Content-Length: 0'], body: '', unsized: true };
      }
      return { status: 400, headers: ['Connection: close'], body: '', close: true };
    }
    if (method === 'CONNECT') return path === '' ? notFound : undefined;
    const clean = cleanPath(path);
    return clean === path ? undefined : redirect(method, clean, query);
  }

  private reply(request: HttpRequestHead, answer: Answer): void {
    const { bodyBytes, close } = this.connectionAfter(request, answer);
    const lines = [
      `HTTP/1.${request.minor === 0 ? 0 : 1} ${answer.status} ${statusTexts[answer.status]}`,
      ...answer.headers,
      `Date: ${new Date(this.parts.clock.nowMs()).toUTCString()}`,
    ];
    if (answer.unsized !== true && (answer.body !== '' || request.method !== 'HEAD')) {
      lines.push(`Content-Length: ${answer.body.length}`);
    }
    const named = answer.headers.includes('Connection: close');
    if (close && request.minor > 0 && !named) lines.push('Connection: close');
    if (!close && request.minor === 0) lines.push('Connection: keep-alive');
    const text = `${lines.join('\r\n')}\r\n\r\n${request.method === 'HEAD' ? '' : answer.body}`;
    if (close || ++this.requests >= requestsMax) {
      this.endWith(text);
      return;
    }
    this.skipping = bodyBytes;
    this.send(text);
    this.startTimer();
  }

  /** What is to be read over before the next request, or that there will be none. */
  private connectionAfter({ headers, minor }: HttpRequestHead, answer: Answer) {
    const bodyBytes = Number(headers.get('Content-Length')?.[0] ?? 0);
    const tokens = (headers.get('Connection') ?? []).flatMap((value) =>
      value.split(',').map((one) => one.trim().toLowerCase()),
    );
    const close =
      answer.close === true ||
      tokens.includes('close') ||
      (minor === 0 && !tokens.includes('keep-alive')) ||
      (headers.has('Expect') && bodyBytes > 0) ||
      headers.has('Transfer-Encoding') ||
      bodyBytes > skippedBodyMax;
    return { bodyBytes, close };
  }

  private send(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.parts.stream.write(bytes, 0, bytes.length);
  }

  private endWith(text: string): void {
    this.leave();
    this.send(text);
    this.parts.stream.end();
    this.events.onEnded();
  }
}

function refused(status: number): Answer {
  return {
    status,
    headers: [
      'Content-Type: text/plain; charset=utf-8',
      'Sec-Websocket-Version: 13',
      'X-Content-Type-Options: nosniff',
    ],
    body: `${statusTexts[status]}\n`,
  };
}

function cleanPath(path: string): string {
  return posix.normalize(path.startsWith('/') ? path : `/${path}`);
}

function redirect(method: string, path: string, query: string): Answer {
  // As Go does, a path that is escaped already is escaped once more.
  const target = path.replaceAll('%', '%25') + (query === '' ? '' : `?${query}`);
  const location = `Location: ${target}`;
  if (method !== 'GET' && method !== 'HEAD') return { status: 307, headers: [location], body: '' };
  const shown = target
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;');
  return {
    status: 307,
    headers: ['Content-Type: text/html; charset=utf-8', location],
    body: `<a href="${shown}">Temporary Redirect</a>.\n\n`,
  };
}
