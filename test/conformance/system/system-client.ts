/** A bare client for requests and events: CONNECT, SUB, requests with headers, what arrives. */
import * as net from 'node:net';
import { fillPlaceholders } from '../placeholders.ts';

export interface Message {
  subject: string;
  header: string;
  payload: Buffer;
}

const patienceMs = 10_000;

export class SystemClient {
  private readonly socket: net.Socket;
  private readonly deliveries = new Map<string, (message: Message) => void>();
  private readonly pongs: (() => void)[] = [];
  private text = '';
  private lastSid = 0;
  /** Lines that are no messages: INFO, -ERR. */
  readonly lines: string[] = [];
  readonly closed: Promise<void>;
  /** The first line came. */
  private readonly greeted: Promise<void>;
  private onGreeting: () => void = () => {};

  constructor(port: number) {
    this.socket = net.connect(port, '127.0.0.1');
    this.socket.setEncoding('latin1');
    this.socket.on('data', (chunk: string) => this.onData(chunk));
    this.socket.on('error', () => {});
    this.greeted = new Promise((resolve) => {
      this.onGreeting = resolve;
    });
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
  }

  /** Resolves when the server took CONNECT, or closed the connection. */
  async connect(options: object): Promise<void> {
    const plain = { verbose: false, pedantic: false, headers: true, protocol: 1 };
    await this.greeted;
    const text = fillPlaceholders(JSON.stringify({ ...plain, ...options }), {
      nonce: () => /"nonce":"([^"]+)"/.exec(this.lines[0] ?? '')?.[1] ?? '',
      lastReply: () => '',
      lastToken: () => '',
    });
    this.socket.write(`CONNECT ${text}\r\n`);
    await Promise.race([this.flush(), this.closed]);
  }

  get clientId(): number {
    return Number(/"client_id":(\d+)/.exec(this.lines[0] ?? '')?.[1] ?? 0);
  }

  get serverId(): string {
    return /"server_id":"(\w+)"/.exec(this.lines[0] ?? '')?.[1] ?? '';
  }

  async subscribe(subject: string, onMessage: (message: Message) => void): Promise<void> {
    const sid = String(++this.lastSid);
    this.deliveries.set(sid, onMessage);
    this.socket.write(`SUB ${subject} ${sid}\r\n`);
    await this.flush();
  }

  publish(subject: string, payload: string, reply = '', header = ''): void {
    const body = Buffer.from(payload, 'latin1');
    const to = reply === '' ? subject : `${subject} ${reply}`;
    if (header === '') this.socket.write(`PUB ${to} ${body.length}\r\n`);
    else {
      const size = header.length;
      this.socket.write(`HPUB ${to} ${size} ${size + body.length}\r\n${header}`, 'latin1');
    }
    this.socket.write(body);
    this.socket.write('\r\n');
  }

  /** The first answer; undefined when none comes within `waitMs`. */
  async request(subject: string, payload: string, header: string, waitMs: number) {
    const inbox = `_INBOX.r${++this.lastSid}`;
    let answer: (message: Message | undefined) => void = () => {};
    const answered = new Promise<Message | undefined>((resolve) => {
      answer = resolve;
    });
    const sid = String(this.lastSid + 1);
    await this.subscribe(inbox, (message) => answer(message));
    this.publish(subject, payload, inbox, header);
    const timer = setTimeout(() => answer(undefined), waitMs);
    const message = await answered;
    clearTimeout(timer);
    this.deliveries.delete(sid);
    this.socket.write(`UNSUB ${sid}\r\n`);
    return message;
  }

  flush(): Promise<void> {
    this.socket.write('PING\r\n');
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no PONG')), patienceMs);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.pongs.push(done);
      void this.closed.then(done);
    });
  }

  end(): Promise<void> {
    this.socket.destroy();
    return this.closed;
  }

  private onData(chunk: string): void {
    this.text += chunk;
    for (;;) {
      const end = this.text.indexOf('\r\n');
      if (end < 0) return;
      const line = this.text.slice(0, end);
      const size = /^H?MSG .* (\d+)$/.exec(line)?.[1];
      const whole = end + 2 + (size === undefined ? 0 : Number(size) + 2);
      if (this.text.length < whole) return;
      const body = this.text.slice(end + 2, whole - 2);
      this.text = this.text.slice(whole);
      if (size === undefined) this.onLine(line);
      else this.onMessage(line.split(' '), body);
    }
  }

  private onLine(line: string): void {
    if (line === 'PING') this.socket.write('PONG\r\n');
    else if (line === 'PONG') this.pongs.shift()?.();
    else this.lines.push(line);
    this.onGreeting();
  }

  private onMessage(args: string[], body: string): void {
    const headerSize = args[0] === 'HMSG' ? Number(args[args.length - 2]) : 0;
    const message = {
      subject: args[1] ?? '',
      header: body.slice(0, headerSize),
      payload: Buffer.from(body.slice(headerSize), 'latin1'),
    };
    this.deliveries.get(args[2] ?? '')?.(message);
  }
}
