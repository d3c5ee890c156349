/**
 * Hot: what a WebSocket sends. A flush is one frame: header and payload are copied into one pooled
 * buffer and written once. While the stream below is blocked, and for long flushes, the header goes
 * ahead and the payload is written from where it is, so that a slow reader's bytes are not held twice.
 * Browsers get short frames. Guarded by the bench row websocket.
 *
 * Pongs of one chunk leave in one write, in front of what it causes. While nothing is read below only
 * the latest is kept: who does not read is owed no more (RFC 6455, 5.5.3).
 */
import type { Stream } from '../../platform/network.ts';
import { compressionThreshold, deflateMessage } from './deflate.ts';
import { compressedBit, finalBit, opcodes } from './frame-reader.ts';
import {
  browserFrameMax,
  createHeader,
  encodeControl,
  encodeFrames,
  framedCopyMax,
  returnFrameBuffer,
  takeFrameBuffer,
} from './frame-writer.ts';

/** What was agreed in the upgrade. */
export interface WebSocketSettings {
  /** The peer masks its frames. */
  readonly masked: boolean;
  readonly compression: boolean;
  /** The peer is a browser: short frames. */
  readonly browser: boolean;
  /** Compressed messages must not be cut into fragments (Safari). */
  readonly wholeCompressed: boolean;
}

/** Pongs gathered for one write, in bytes. */
const pongsMax = 64 * 1024;

export class FrameSender {
  private readonly below: Stream;
  private readonly settings: WebSocketSettings;
  private closeSent = false;
  /** Buffers the stream below still writes from. */
  private readonly lent: Buffer[] = [];
  private pongs: Buffer[] = [];
  private pongsLength = 0;
  private latestPong: Buffer | undefined;

  constructor(below: Stream, settings: WebSocketSettings) {
    this.below = below;
    this.settings = settings;
  }

  /** As Stream.write. */
  write(buffer: Buffer, start: number, end: number): boolean {
    const { compression, browser, wholeCompressed } = this.settings;
    if (compression && end - start > compressionThreshold) {
      const deflated = deflateMessage(buffer.subarray(start, end));
      return this.writeFrames(deflated, 0, deflated.length, browser && !wholeCompressed, true);
    }
    return this.writeFrames(buffer, start, end, browser, false);
  }

  private writeFrames(
    source: Buffer,
    start: number,
    end: number,
    short: boolean,
    compressed: boolean,
  ): boolean {
    const length = end - start;
    if (short || (this.below.pendingBytes === 0 && length <= framedCopyMax)) {
      return this.writeCopied(source, start, end, short ? browserFrameMax : length, compressed);
    }
    const b0 = finalBit | opcodes.binary | (compressed ? compressedBit : 0);
    const header = createHeader(b0, length);
    this.below.write(header, 0, header.length);
    return this.below.write(source, start, end);
  }

  private writeCopied(
    source: Buffer,
    start: number,
    end: number,
    frameMax: number,
    compressed: boolean,
  ): boolean {
    const framed = takeFrameBuffer(end - start);
    const length = encodeFrames(framed, source, start, end, frameMax, compressed);
    if (this.below.write(framed, 0, length)) {
      returnFrameBuffer(framed);
      return true;
    }
    this.lent.push(framed);
    return false;
  }

  queuePong(payload: Buffer): void {
    const pong = encodeControl(opcodes.pong, payload);
    if (this.below.pendingBytes > 0 || this.pongsLength + pong.length > pongsMax) {
      this.latestPong = pong;
      return;
    }
    this.pongs.push(pong);
    this.pongsLength += pong.length;
  }

  sendPongs(): void {
    if (this.pongsLength === 0) return;
    const pongs = Buffer.concat(this.pongs);
    this.pongs = [];
    this.pongsLength = 0;
    this.below.write(pongs, 0, pongs.length);
  }

  /** Only the first one is sent. */
  sendClose(payload: Buffer): void {
    if (this.closeSent) return;
    this.closeSent = true;
    const frame = encodeControl(opcodes.close, payload);
    this.below.write(frame, 0, frame.length);
  }

  /** The stream below has taken everything. */
  onDrain(): void {
    this.returnLent();
    const pong = this.latestPong;
    if (pong === undefined) return;
    this.latestPong = undefined;
    this.below.write(pong, 0, pong.length);
  }

  /** The stream below uses no buffer any more. */
  returnLent(): void {
    for (let buffer = this.lent.pop(); buffer !== undefined; buffer = this.lent.pop()) {
      returnFrameBuffer(buffer);
    }
  }

  /** Answers no ping any more. */
  stop(): void {
    this.pongs = [];
    this.pongsLength = 0;
    this.latestPong = undefined;
  }
}
