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
 * Writing: frame-sender.ts.
 *
 * The end. A close frame is the last thing sent by `end`: the answer to the peer's own, or what the
 * owner says. After a violation of the framing it is sent at once. `destroy` sends none.
 */
import type { Scheduler } from '../../platform/clock.ts';
import type { Stream, StreamHandler } from '../../platform/network.ts';
import type { ReadTarget } from '../../platform/read-target.ts';
import { answerClose, closeStatuses, encodeClose } from './close-frame.ts';
import { compressionThreshold, inflateMessage, tailLength } from './deflate.ts';
import { FrameReader, found, opcodes } from './frame-reader.ts';
import { FrameSender, type WebSocketSettings } from './frame-sender.ts';
import { unmaskInto } from './unmask.ts';

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
  private readonly sender: FrameSender;
  /** No more is read: a close frame came, or a violation, or this side has closed. */
  private finished = false;
  private closed = false;
  private violated = false;
  private closeReply: Buffer | undefined;
  private controlProblem = '';
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
    this.sender = new FrameSender(below, settings);
    below.handler = this;
    below.onReleased = () => {
      this.sender.returnLent();
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
    this.sender.sendPongs();
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
    this.sender.sendPongs();
    if (to > headroom) this.handler.onBytes(to - headroom);
    this.afterReading(what === found.problem);
  }

  private mustWait(): boolean {
    return this.paused || this.inflatedInTurn >= inflatedPerTurn;
  }

  private wait(rest: Buffer): void {
    this.sender.sendPongs();
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
    if (controlCode === opcodes.ping) this.sender.queuePong(control.subarray(0, controlLength));
    if (controlCode !== opcodes.close) return true;
    const answer = answerClose(control.subarray(0, controlLength));
    if ('problem' in answer) this.controlProblem = answer.problem;
    else this.closeReply = answer.reply;
    return false;
  }

  // ---- writing ----

  write(buffer: Buffer, start: number, end: number): boolean {
    return this.closed || start === end || this.sender.write(buffer, start, end);
  }

  onDrain(): void {
    this.sender.onDrain();
    this.handler.onDrain();
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
    this.sender.sendClose(encodeClose(status, text));
    this.owner.onViolation(text);
    this.finish(new WebSocketError(text));
  }

  end(): void {
    if (this.closed) return;
    this.stop();
    if (this.closeReply !== undefined) this.sender.sendClose(this.closeReply);
    else if (!this.violated) {
      const { status, reason } = this.owner.closing();
      this.sender.sendClose(encodeClose(status, reason));
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
    this.sender.stop();
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
