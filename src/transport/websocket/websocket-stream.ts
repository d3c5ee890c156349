/**
 * Hot: a Stream whose bytes are the payloads of WebSocket messages over another Stream (TCP, TLS, a
 * pipe): what is read above is the NATS protocol as if there were no frames. Guarded by the bench row
 * websocket.
 *
 * Reading. Frames are found and unmasked where the chunk lies: payloads move to the front of the read
 * area, gapless, and are handed up in one call per chunk. Nothing is held but an unfinished header, so
 * a peer gains nothing from endless fragments. Where compression was agreed, the chunk is copied aside
 * first, because inflated messages are delivered through the same area; only a compressed message is
 * collected, up to `inflatedMax` of its owner. When the reader above pauses, or much was inflated in
 * one turn, the rest of the chunk waits.
 *
 * Writing. A flush is one frame: header and payload are copied into one pooled buffer and written
 * once. While the stream below is blocked, and for long flushes, the header goes ahead and the payload
 * is written from where it is, so that a slow reader's bytes are not held twice. Browsers get short frames.
 *
 * The end. A close frame is the last thing sent by `end`: the answer to the peer's own, or what the
 * owner says. After a violation of the framing it is sent at once. `destroy` sends none.
 */
import type { Scheduler } from '../../platform/clock.ts';
import type { Stream, StreamHandler } from '../../platform/network.ts';
import type { ReadTarget } from '../../platform/read-target.ts';
import { answerClose, closeStatuses, encodeClose } from './close-frame.ts';
import { compressionThreshold, deflateMessage, inflateMessage, tailLength } from './deflate.ts';
import { compressedBit, FrameReader, finalBit, found, opcodes } from './frame-reader.ts';
import {
  browserFrameMax,
  createHeader,
  encodeControl,
  encodeFrames,
  framedCopyMax,
  returnFrameBuffer,
  takeFrameBuffer,
} from './frame-writer.ts';
import { unmaskInto } from './unmask.ts';

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

/** Who uses the stream: knows limits and why it closes. */
export interface WebSocketOwner {
  /** Bytes that one compressed message may have, before and after inflating it. */
  readonly inflatedMax: number;
  /** What the close frame says when this side closes. */
  closing(): { status: number; reason: string };
  /** The peer broke the rules of the framing; the stream closes. */
  onViolation(text: string): void;
  /** A message is longer than `inflatedMax`; the owner closes. */
  onMessageTooBig(): void;
}

const idle: StreamHandler = { onBytes() {}, onDrain() {}, onClose() {} };
/** Inflated bytes after which others get their turn. */
const inflatedPerTurn = 1024 * 1024;
const firstCollected = 512;
/** Control frames gathered for one write. */
const repliesMax = 64 * 1024;

/** Where a chunk is kept while inflated messages pass through the read area; all streams share it. */
let aside = Buffer.alloc(0);

export class WebSocketStream implements Stream, StreamHandler {
  handler: StreamHandler = idle;
  onReleased: (() => void) | undefined = undefined;
  private readonly below: Stream;
  private readonly area: ReadTarget;
  private readonly scheduler: Scheduler;
  private readonly settings: WebSocketSettings;
  private readonly owner: WebSocketOwner;
  private readonly reader: FrameReader;
  /** No more is read: a close frame came, or a violation, or this side has closed. */
  private finished = false;
  private closed = false;
  private closeSent = false;
  private violated = false;
  private closeReply: Buffer | undefined;
  private controlProblem = '';
  /** Buffers the stream below still writes from. */
  private readonly lent: Buffer[] = [];
  /** Answers to pings, while a chunk is read; the latest only while the stream below is blocked. */
  private replies: Buffer[] = [];
  private repliesLength = 0;
  private latestPong: Buffer | undefined;
  /** Payload of a compressed message so far. */
  private collected = Buffer.alloc(0);
  private collectedLength = 0;
  private inflatedInTurn = 0;
  private paused = true;
  /** What was read and waits for its turn. */
  private waiting: Buffer | undefined;
  private scheduled = false;
  private endBelow: { error: Error | undefined } | undefined;

  constructor(
    below: Stream,
    area: ReadTarget,
    scheduler: Scheduler,
    settings: WebSocketSettings,
    owner: WebSocketOwner,
  ) {
    this.below = below;
    this.area = area;
    this.scheduler = scheduler;
    this.settings = settings;
    this.owner = owner;
    this.reader = new FrameReader(settings.masked, settings.compression);
    below.handler = this;
    below.onReleased = () => {
      this.returnLent();
      this.onReleased?.();
    };
  }

  get remoteAddress(): string {
    return this.below.remoteAddress;
  }

  get remotePort(): number {
    return this.below.remotePort;
  }

  get localAddress(): string {
    return this.below.localAddress;
  }

  get localPort(): number {
    return this.below.localPort;
  }

  get pendingBytes(): number {
    return this.below.pendingBytes;
  }

  get unsentBytes(): number {
    return this.below.unsentBytes ?? this.below.pendingBytes;
  }

  // ---- reading ----

  onBytes(count: number): void {
    if (this.finished) return;
    const { buffer, headroom } = this.area;
    if (this.settings.compression) this.readAside(buffer.subarray(headroom, headroom + count));
    else this.readInPlace(buffer, headroom, headroom + count);
  }

  private readInPlace(buffer: Buffer, start: number, end: number): void {
    const { reader } = this;
    reader.feed(buffer, start, end);
    let to = start;
    let what = reader.next();
    while (what === found.payload || (what === found.control && this.takeControl())) {
      if (what === found.payload) {
        unmaskInto(buffer, to, buffer, reader.runStart, reader.runLength, reader.runKey);
        to += reader.runLength;
      }
      what = reader.next();
    }
    this.sendReplies();
    if (to > start) this.handler.onBytes(to - start);
    this.afterReading(what === found.problem);
  }

  /** Compression is in play: what comes first from here must not be overwritten by what is delivered. */
  private readAside(chunk: Buffer): void {
    if (this.waiting !== undefined) {
      this.waiting = Buffer.concat([this.waiting, chunk]);
      return;
    }
    if (aside.length < this.area.capacity) aside = Buffer.allocUnsafeSlow(this.area.capacity);
    chunk.copy(aside);
    this.inflatedInTurn = 0;
    this.readFrom(aside, 0, chunk.length);
  }

  private readFrom(source: Buffer, start: number, end: number): void {
    const { reader } = this;
    const { buffer, headroom, capacity } = this.area;
    reader.feed(source, start, end);
    let to = headroom;
    let what = reader.next();
    while (what === found.payload || (what === found.control && this.takeControl())) {
      if (what === found.payload && reader.compressed) {
        if (to > headroom) this.handler.onBytes(to - headroom);
        to = headroom;
        if (this.finished || !this.takeCompressed(source)) return;
        if (reader.position < end && this.mustWait()) {
          this.wait(Buffer.from(source.subarray(reader.position, end)));
          return;
        }
      } else if (what === found.payload) {
        if (to + reader.runLength > headroom + capacity) {
          this.handler.onBytes(to - headroom);
          to = headroom;
          if (this.finished) return;
        }
        unmaskInto(buffer, to, source, reader.runStart, reader.runLength, reader.runKey);
        to += reader.runLength;
      }
      what = reader.next();
    }
    this.sendReplies();
    if (to > headroom) this.handler.onBytes(to - headroom);
    this.afterReading(what === found.problem);
  }

  private mustWait(): boolean {
    return this.paused || this.inflatedInTurn >= inflatedPerTurn;
  }

  private wait(rest: Buffer): void {
    this.sendReplies();
    this.waiting = rest;
    this.below.pause();
    if (!this.paused) this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.scheduler.yieldThen(() => this.goOn());
  }

  private goOn(): void {
    this.scheduled = false;
    const rest = this.waiting;
    if (rest === undefined || this.paused || this.finished) return;
    this.waiting = undefined;
    this.inflatedInTurn = 0;
    const most = this.area.capacity;
    // What came behind it while it waited has its turn afterwards.
    const later = rest.length > most ? rest.subarray(most) : undefined;
    this.readFrom(rest, 0, Math.min(rest.length, most));
    if (this.finished) return;
    if (later !== undefined) this.waiting = this.joinWaiting(later);
    if (this.waiting !== undefined) {
      if (!this.paused) this.schedule();
    } else if (this.endBelow !== undefined) this.finish(this.endBelow.error);
    else if (!this.paused) this.below.resume();
  }

  private joinWaiting(later: Buffer): Buffer {
    return this.waiting === undefined ? later : Buffer.concat([this.waiting, later]);
  }

  /** Collects a run of a compressed message and delivers the message it ends. False: no further. */
  private takeCompressed(source: Buffer): boolean {
    const { reader } = this;
    const max = this.owner.inflatedMax;
    // Stored blocks are longer than what they hold, by 5 bytes in 64 KiB and by the last one.
    const length = this.collectedLength + reader.runLength;
    if (length > max + (max >> 8) + compressionThreshold) return this.refuseBig();
    this.makeRoom(length);
    unmaskInto(
      this.collected,
      this.collectedLength,
      source,
      reader.runStart,
      reader.runLength,
      reader.runKey,
    );
    this.collectedLength = length;
    if (!reader.messageEnds) return true;
    const inflated = inflateMessage(this.collected, length, max);
    this.collected = Buffer.alloc(0);
    this.collectedLength = 0;
    if (inflated.ok) {
      this.inflatedInTurn += inflated.bytes.length;
      return this.deliver(inflated.bytes);
    }
    if (inflated.tooBig) return this.refuseBig();
    this.violate('flate: corrupt input', closeStatuses.invalidPayload);
    return false;
  }

  private makeRoom(length: number): void {
    const need = length + tailLength;
    if (this.collected.length >= need) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(need, firstCollected, 2 * this.collectedLength));
    this.collected.copy(bigger, 0, 0, this.collectedLength);
    this.collected = bigger;
  }

  private refuseBig(): boolean {
    this.finished = true;
    this.collected = Buffer.alloc(0);
    this.owner.onMessageTooBig();
    return false;
  }

  /** Hands a message up, as many bytes at a time as the area holds. */
  private deliver(bytes: Buffer): boolean {
    const { buffer, headroom, capacity } = this.area;
    for (let at = 0; at < bytes.length && !this.finished; at += capacity) {
      const count = bytes.copy(buffer, headroom, at, Math.min(bytes.length, at + capacity));
      this.handler.onBytes(count);
    }
    return !this.finished;
  }

  private afterReading(problem: boolean): void {
    if (this.closed) return;
    const text = problem ? this.reader.problem : this.controlProblem;
    if (text !== '') this.violate(text, closeStatuses.protocolError);
    else if (this.closeReply !== undefined) this.finish(undefined);
  }

  // ---- control frames ----

  /** False: the peer closes, nothing behind it counts. */
  private takeControl(): boolean {
    const { controlCode, control, controlLength } = this.reader;
    if (controlCode === opcodes.ping) this.onPing(control.subarray(0, controlLength));
    if (controlCode !== opcodes.close) return true;
    const answer = answerClose(control.subarray(0, controlLength));
    if ('problem' in answer) this.controlProblem = answer.problem;
    else this.closeReply = answer.reply;
    return false;
  }

  private onPing(payload: Buffer): void {
    const pong = encodeControl(opcodes.pong, payload);
    if (this.below.pendingBytes > 0 || this.repliesLength + pong.length > repliesMax) {
      // Who does not read is owed an answer to the latest ping only (RFC 6455, 5.5.3).
      this.latestPong = pong;
      return;
    }
    this.replies.push(pong);
    this.repliesLength += pong.length;
  }

  private sendReplies(): void {
    if (this.repliesLength === 0) return;
    const replies = Buffer.concat(this.replies);
    this.replies = [];
    this.repliesLength = 0;
    this.below.write(replies, 0, replies.length);
  }

  // ---- writing ----

  write(buffer: Buffer, start: number, end: number): boolean {
    if (this.closed || start === end) return true;
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

  onDrain(): void {
    this.returnLent();
    const pong = this.latestPong;
    if (pong !== undefined && !this.closed) {
      this.latestPong = undefined;
      this.below.write(pong, 0, pong.length);
    }
    this.handler.onDrain();
  }

  private returnLent(): void {
    for (let buffer = this.lent.pop(); buffer !== undefined; buffer = this.lent.pop()) {
      returnFrameBuffer(buffer);
    }
  }

  pause(): void {
    this.paused = true;
    this.below.pause();
  }

  resume(): void {
    this.paused = false;
    if (this.waiting !== undefined) this.schedule();
    else this.below.resume();
  }

  // ---- the end ----

  onClose(error: Error | undefined): void {
    if (this.finished) return;
    if (this.waiting !== undefined) this.endBelow = { error };
    else this.finish(error);
  }

  /** Nothing more will be read. */
  private finish(error: Error | undefined): void {
    this.finished = true;
    this.waiting = undefined;
    this.handler.onClose(error);
    if (!this.closed) this.end();
  }

  private violate(text: string, status: number): void {
    this.violated = true;
    this.sendClose(encodeClose(status, text));
    this.owner.onViolation(text);
    this.finish(new WebSocketError(text));
  }

  private sendClose(payload: Buffer): void {
    if (this.closeSent) return;
    this.closeSent = true;
    const frame = encodeControl(opcodes.close, payload);
    this.below.write(frame, 0, frame.length);
  }

  end(): void {
    if (this.closed) return;
    this.stop();
    if (this.closeReply !== undefined) this.sendClose(this.closeReply);
    else if (!this.closeSent) {
      const { status, reason } = this.owner.closing();
      this.sendClose(encodeClose(status, reason));
    }
    this.below.end();
  }

  destroy(): void {
    if (this.closed) return;
    this.stop();
    // The close frame that names a violation is on its way.
    if (this.violated && this.below.pendingBytes === 0) this.below.end();
    else this.below.destroy();
  }

  private stop(): void {
    this.closed = true;
    this.finished = true;
    this.handler = idle;
    this.waiting = undefined;
    this.collected = Buffer.alloc(0);
    this.replies = [];
    this.repliesLength = 0;
    this.latestPong = undefined;
  }
}

/** The peer broke the rules of the framing. */
export class WebSocketError extends Error {
  readonly code = 'ERR_WEBSOCKET';

  constructor(message: string) {
    super(message);
    this.name = 'WebSocketError';
  }
}
