import type { Stream, StreamHandler } from './network.ts';
import type { ReadTarget } from './read-target.ts';

/** The part of a W3C WebSocket that the official JavaScript client uses. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null;
  onerror: ((event: { message: string }) => void) | null;
  onclose: ((event: { wasClean: boolean; reason: string }) => void) | null;
  send(data: ArrayBuffer): void;
  close(): void;
}

/**
 * One end of a pipe in the shape of a WebSocket, without its framing: every message is a run of
 * protocol bytes. nats.js takes it through the public option `wsFactory` of `wsconnect`, and so
 * connects to a server in the same process without TCP:
 *
 *     const nc = await wsconnect({ servers: 'ws://in-process', wsFactory: async () =>
 *       ({ socket: new PipeWebSocket(end, target), encrypted: false }) });
 */
export class PipeWebSocket implements WebSocketLike, StreamHandler {
  binaryType = 'arraybuffer';
  onopen: WebSocketLike['onopen'] = null;
  onmessage: WebSocketLike['onmessage'] = null;
  onerror: WebSocketLike['onerror'] = null;
  onclose: WebSocketLike['onclose'] = null;
  private readonly end: Stream;
  private readonly target: ReadTarget;

  constructor(end: Stream, target: ReadTarget) {
    this.end = end;
    this.target = target;
    end.handler = this;
    end.resume();
  }

  get bufferedAmount(): number {
    return this.end.pendingBytes;
  }

  send(data: ArrayBuffer): void {
    // The sender may go on using its memory; what the pipe does not take at once must be ours.
    const bytes = Buffer.from(data.slice(0));
    this.end.write(bytes, 0, bytes.length);
  }

  close(): void {
    this.end.end();
  }

  onBytes(count: number): void {
    const { buffer, headroom } = this.target;
    const data = new ArrayBuffer(count);
    new Uint8Array(data).set(buffer.subarray(headroom, headroom + count));
    this.onmessage?.({ data });
  }

  onDrain(): void {}

  onClose(error: Error | undefined): void {
    this.onclose?.({ wasClean: error === undefined, reason: error?.message ?? '' });
  }
}
