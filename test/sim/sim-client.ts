/**
 * A NATS client in the simulation: speaks the protocol by hand, remembers in the history what it
 * did and got, and can be a bad reader. Its own parser is as plain as can be.
 */
import type { StreamHandler } from '../../src/platform/network.ts';
import type { SimPlatform } from '../../src/platform/sim.ts';
import type { SimStream } from '../../src/platform/sim-stream.ts';
import { type History, type MessageRecord, never, type SubscriptionRecord } from './history.ts';
import { serverAddress } from './sim-server.ts';

export interface ClientTraits {
  readonly echo: boolean;
  readonly headers: boolean;
  readonly verbose: boolean;
}

export interface PublishOptions {
  readonly reply?: string;
  readonly size: number;
  readonly withHeader: boolean;
}

const header = 'NATS/1.0\r\nTest: yes\r\n\r\n';

/** Bytes that only this message has, so that a mixed-up payload is seen. */
function payloadOf(client: string, sequence: number, size: number): string {
  const start = `${client} ${sequence} `;
  return start + 'abcdefghijklmnopqrstuvwxyz\r\nPING\r\n'.repeat(size / 34 + 1).slice(0, size);
}

export class SimClient implements StreamHandler {
  readonly name: string;
  readonly traits: ClientTraits;
  readonly subs = new Map<string, SubscriptionRecord>();
  readonly problems: string[] = [];
  /** Errors the server told, and how the connection ended. */
  readonly errors: string[] = [];
  lostMs = never;
  /** Set when the simulation itself ended or broke the connection, or may have. */
  excused = false;
  private readonly platform: SimPlatform;
  private readonly history: History;
  private readonly stream: SimStream;
  private readonly sizes = new Map<number, number>();
  private unread = '';
  private confirmations: (() => void)[][] = [];
  private unconfirmed: (() => void)[] = [];
  private sequence = 0;
  private nextSid = 1;
  private requests = new Map<string, MessageRecord>();

  constructor(platform: SimPlatform, history: History, name: string, traits: ClientTraits) {
    this.platform = platform;
    this.history = history;
    this.name = name;
    this.traits = traits;
    this.stream = platform.network.dial(`10.0.1.${name.slice(1)}`, serverAddress);
    this.stream.handler = this;
    const { echo, headers, verbose } = traits;
    const options = {
      verbose,
      pedantic: false,
      echo,
      headers,
      no_responders: headers,
      name,
      protocol: 1,
    };
    this.send(`CONNECT ${JSON.stringify(options)}\r\n`);
  }

  get isOpen(): boolean {
    return this.lostMs === never;
  }

  /** A PONG is due. */
  get isWaiting(): boolean {
    return this.confirmations.length > 0;
  }

  private get now(): number {
    return this.platform.time.monotonicMs();
  }

  private send(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.stream.write(bytes, 0, bytes.length);
  }

  // ---- what a client does ----

  /** PING; what was sent before is confirmed by its PONG. */
  confirm(): void {
    this.confirmations.push(this.unconfirmed);
    this.unconfirmed = [];
    this.send('PING\r\n');
  }

  subscribe(subject: string, queue = '', max = 0): void {
    const sub: SubscriptionRecord = {
      client: this.name,
      sid: String(this.nextSid++),
      subject,
      queue,
      max,
      noEcho: !this.traits.echo,
      sentMs: this.now,
      confirmedMs: never,
      unsubSentMs: never,
      unsubConfirmedMs: never,
      lostMs: never,
      received: [],
    };
    this.subs.set(sub.sid, sub);
    this.history.subscribed(sub);
    const unsub = max > 0 ? `UNSUB ${sub.sid} ${max}\r\n` : '';
    this.send(`SUB ${subject}${queue === '' ? '' : ` ${queue}`} ${sub.sid}\r\n${unsub}`);
    this.unconfirmed.push(() => {
      sub.confirmedMs = this.now;
    });
  }

  unsubscribe(sub: SubscriptionRecord): void {
    if (sub.unsubSentMs !== never) return;
    sub.unsubSentMs = this.now;
    this.send(`UNSUB ${sub.sid}\r\n`);
    this.unconfirmed.push(() => {
      sub.unsubConfirmedMs = this.now;
    });
  }

  publish(subject: string, options: PublishOptions): void {
    const { reply = '', size, withHeader } = options;
    const message: MessageRecord = {
      client: this.name,
      sequence: ++this.sequence,
      subject,
      sentMs: this.now,
      confirmedMs: never,
      request: reply !== '',
      noResponders: false,
    };
    this.history.published(message);
    this.unconfirmed.push(() => {
      message.confirmedMs = this.now;
    });
    if (reply !== '') this.requests.set(reply, message);
    this.sizes.set(this.sequence, size);
    const payload = payloadOf(this.name, this.sequence, size);
    const replyPart = reply === '' ? '' : ` ${reply}`;
    if (withHeader && this.traits.headers) {
      const total = header.length + payload.length;
      this.send(`HPUB ${subject}${replyPart} ${header.length} ${total}\r\n${header}${payload}\r\n`);
    } else {
      this.send(`PUB ${subject}${replyPart} ${payload.length}\r\n${payload}\r\n`);
    }
  }

  /** A request whose "no responders" status is noticed; a reply is a message like others. */
  request(subject: string, size: number): void {
    const reply = `_INBOX.${this.name}.${this.sequence + 1}`;
    this.publish(subject, { reply, size, withHeader: false });
  }

  stopReading(): void {
    this.stream.pause();
  }

  goOnReading(): void {
    this.stream.resume();
  }

  /** The line is cut. */
  cut(): void {
    this.excused = true;
    this.lose();
    this.stream.cut();
  }

  /** Leaves without a word. */
  leave(): void {
    this.excused = true;
    this.lose();
    this.stream.end();
  }

  private lose(): void {
    if (!this.isOpen) return;
    this.lostMs = this.now;
    for (const sub of this.subs.values()) sub.lostMs = this.now;
  }

  // ---- what it gets ----

  onBytes(count: number): void {
    const { buffer, headroom } = this.platform.network.target;
    this.unread += buffer.latin1Slice(headroom, headroom + count);
    while (this.takeOne());
  }

  onDrain(): void {}

  onClose(error: Error | undefined): void {
    this.errors.push(error?.message ?? 'closed by the server');
    this.lose();
  }

  private takeOne(): boolean {
    const lineEnd = this.unread.indexOf('\r\n');
    if (lineEnd < 0) return false;
    const line = this.unread.slice(0, lineEnd);
    const [verb, ...args] = line.split(' ');
    if (verb === 'MSG' || verb === 'HMSG') return this.takeMessage(verb, args, lineEnd + 2);
    this.unread = this.unread.slice(lineEnd + 2);
    this.platform.time.note(`${this.name} gets ${verb}`);
    if (verb === 'PING') this.send('PONG\r\n');
    else if (verb === 'PONG') for (const callback of this.confirmations.shift() ?? []) callback();
    else if (verb === '-ERR') this.errors.push(line);
    else if (verb !== 'INFO' && !(verb === '+OK' && this.traits.verbose)) {
      this.problems.push(`${this.name} got ${JSON.stringify(line)}`);
    }
    return true;
  }

  private takeMessage(verb: string, args: string[], bodyStart: number): boolean {
    const size = Number(args.at(-1));
    if (!Number.isInteger(size) || args.length < 3) return this.giveUp(`a broken ${verb} line`);
    const end = bodyStart + size;
    if (this.unread.length < end + 2) return false;
    const body = this.unread.slice(bodyStart, end);
    if (this.unread.slice(end, end + 2) !== '\r\n') return this.giveUp('a message without CRLF');
    this.unread = this.unread.slice(end + 2);
    const headerSize = verb === 'HMSG' ? Number(args.at(-2)) : 0;
    const fixed = verb === 'HMSG' ? 4 : 3;
    const reply = args.length > fixed ? args[2]! : '';
    this.onMessage(args[0]!, args[1]!, reply, body.slice(0, headerSize), body.slice(headerSize));
    return true;
  }

  /** What comes behind cannot be understood. */
  private giveUp(problem: string): false {
    this.problems.push(`${this.name} got ${problem}`);
    this.unread = '';
    this.cut();
    return false;
  }

  private onMessage(
    subject: string,
    sid: string,
    reply: string,
    head: string,
    payload: string,
  ): void {
    if (head.startsWith('NATS/1.0 503')) {
      const request = this.requests.get(subject);
      if (request === undefined) this.problems.push(`503 on ${subject}, which is no request`);
      else request.noResponders = true;
      return;
    }
    this.platform.time.note(`${this.name} gets ${subject} ${sid} ${payload.slice(0, 12)}`);
    const [client, sequence] = payload.split(' ', 2);
    const message = this.history.message(client!, Number(sequence));
    const sub = this.subs.get(sid);
    if (message === undefined || sub === undefined) {
      this.problems.push(
        `${this.name} got an unknown message ${subject} ${sid} ${payload.slice(0, 40)}`,
      );
      return;
    }
    if (head !== '' && head !== header) this.problems.push(`${this.name} got the header ${head}`);
    if (head !== '' && !this.traits.headers) this.problems.push(`${this.name} got a header`);
    if (message.subject !== subject)
      this.problems.push(`${this.name} got ${message.subject} as ${subject}`);
    this.checkPayload(message, payload);
    sub.received.push(message);
    // Who answers is up to the group or the only subscription of the service.
    if (reply !== '' && subject.startsWith('svc.') && this.isOpen) {
      this.publish(reply, { size: 3, withHeader: false });
    }
  }

  private checkPayload(message: MessageRecord, payload: string): void {
    const start = `${message.client} ${message.sequence} `;
    const want = payloadOf(message.client, message.sequence, payload.length - start.length);
    if (payload !== want) this.problems.push(`${this.name} got a changed payload of ${start}`);
  }
}
