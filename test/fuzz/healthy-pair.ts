/** A sound publisher and a sound subscriber beside the fuzz: every message must arrive, in time. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { splitFrames } from '../conformance/frames.ts';
import type { Opened } from './lanes.ts';

const everyMs = 20;

export class HealthyPair {
  slowestMs = 0;
  seen = 0;
  private readonly dial: () => Promise<Opened>;
  private readonly latencyMs: number;
  private readonly login: Record<string, string>;
  private readonly subject = `healthy.${randomBytes(8).toString('hex')}`;
  private readonly problems: string[] = [];
  private publisher: Socket | undefined;
  private subscriber: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private next = 0;
  private expected = 0;
  private received = '';
  private stopped = false;

  constructor(dial: () => Promise<Opened>, latencyMs: number, login: Record<string, string>) {
    this.dial = dial;
    this.login = login;
    this.latencyMs = latencyMs;
  }

  private async open(onData: (text: string) => void): Promise<Socket> {
    const { socket } = await this.dial();
    socket.setNoDelay(true);
    let greeted = '';
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', () => {
        if (!this.stopped) this.problems.push('a healthy connection was closed');
      });
      socket.on('data', (chunk: Buffer) => {
        const text = chunk.toString('latin1');
        if (text.includes('PING\r\n')) socket.write('PONG\r\n');
        onData(text);
        if (greeted.includes('PONG\r\n')) return;
        greeted += text;
        if (greeted.includes('PONG\r\n')) resolve(socket);
      });
      const options = { verbose: false, pedantic: false, ...this.login };
      socket.write(`CONNECT ${JSON.stringify(options)}\r\n`);
      socket.write(`SUB ${this.subject} 1\r\nPING\r\n`);
    });
  }

  /** Both connections are up, and messages flow, when this resolves. */
  async start(): Promise<void> {
    this.subscriber = await this.open((text) => this.onText(text));
    this.publisher = await this.open(() => {});
    this.timer = setInterval(() => this.publish(), everyMs);
  }

  private publish(): void {
    const body = `${this.next} ${performance.now()}`;
    this.next += 1;
    this.publisher?.write(`PUB ${this.subject} ${body.length}\r\n${body}\r\n`);
    if (this.next - this.expected > this.latencyMs / everyMs)
      this.problems.push(`message ${this.expected} is missing`);
  }

  private onText(text: string): void {
    const { frames, rest } = splitFrames(this.received + text);
    this.received = rest;
    for (const frame of frames) if (frame.startsWith('MSG ')) this.onMessage(frame);
  }

  private onMessage(frame: string): void {
    const [number, sentAt] = (frame.split('\r\n')[1] ?? '').split(' ').map(Number);
    if (number !== this.expected)
      this.problems.push(`message ${number} instead of ${this.expected}`);
    this.expected = (number ?? 0) + 1;
    this.seen += 1;
    const tookMs = performance.now() - (sentAt ?? 0);
    this.slowestMs = Math.max(this.slowestMs, tookMs);
    if (tookMs > this.latencyMs) this.problems.push(`message took ${Math.round(tookMs)} ms`);
  }

  takeProblems(): string[] {
    return this.problems.splice(0);
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
    this.publisher?.destroy();
    this.subscriber?.destroy();
  }
}
