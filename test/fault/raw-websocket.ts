/** A WebSocket client that writes its frames by hand. */
import { connect, type Socket } from 'node:net';
import {
  decodeFrames,
  encodeFrame,
  type ReadFrame,
  type TestFrame,
} from '../../src/transport/websocket/test-frames.ts';
import { eventually } from './raw-client.ts';

export const upgradeRequest = (headers = '', path = '/'): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${headers}\r\n`;

export const offerDeflate = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';

export class RawWebSocket {
  readonly socket: Socket;
  closed = false;
  /** The answer to the upgrade; empty before it came. */
  answer = '';
  private bytes: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.bytes.push(chunk);
    });
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('error', () => {});
  }

  /** Connects and asks for the upgrade, without waiting for the answer. */
  static async dial(port: number, request = upgradeRequest()): Promise<RawWebSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const client = new RawWebSocket(socket);
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    socket.write(request, 'latin1');
    return client;
  }

  /** The same, and waits for INFO. */
  static async open(port: number, headers = ''): Promise<RawWebSocket> {
    const client = await RawWebSocket.dial(port, upgradeRequest(headers));
    await eventually('INFO', () => client.closed || client.frames().length > 0);
    return client;
  }

  /** Everything received, with the answer to the upgrade in front. */
  received(): Buffer {
    this.bytes = [Buffer.concat(this.bytes)];
    return this.bytes[0]!;
  }

  /** Whole frames received so far. */
  frames(): ReadFrame[] {
    const all = this.received();
    const end = all.indexOf('\r\n\r\n');
    if (end < 0) return [];
    this.answer = all.latin1Slice(0, end);
    try {
      return decodeFrames(all.subarray(end + 4));
    } catch {
      return [];
    }
  }

  /** Payload of the data frames, not inflated. */
  text(): string {
    const data = this.frames().filter(({ opcode }) => opcode < 8);
    return Buffer.concat(data.map(({ payload }) => payload)).toString('latin1');
  }

  /** `1008 Authentication Failure`, or '' when no close frame came. */
  closing(): string {
    const frame = this.frames().find(({ opcode }) => opcode === 8);
    if (frame === undefined) return '';
    if (frame.payload.length === 0) return 'empty';
    return `${frame.payload.readUInt16BE(0)} ${frame.payload.subarray(2).toString()}`;
  }

  send(text: string | Buffer, frame: Partial<TestFrame> = {}): void {
    const payload = Buffer.from(text as string, 'latin1');
    this.write(encodeFrame({ opcode: 2, payload, mask: 0x12345678, ...frame }));
  }

  write(bytes: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  async until(text: string): Promise<void> {
    await eventually(text, () => this.text().includes(text) || this.closed);
  }

  /** The close frame, when the connection is closed. */
  async untilClosed(ms = 5000): Promise<string> {
    await eventually('the end of the connection', () => this.closed, ms);
    return this.closing();
  }

  end(): void {
    this.socket.destroy();
  }
}
