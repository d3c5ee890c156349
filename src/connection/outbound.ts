/**
 * Hot: what a connection has to send. Budget: one copy per message, one write per connection and
 * loop turn, no allocation while the peer keeps up. Guarded by the bench rows 1:1, 1:4 and request.
 *
 * Deliveries append to the current buffer and mark the connection dirty; the flush queue writes
 * all dirty ones at the end of the turn (or earlier, at 64 KiB). A write that the kernel took whole
 * leaves the buffer for reuse; otherwise the stream owns it until it drained, and meanwhile new
 * bytes gather behind it. Above `maxPending` in total the peer is a slow consumer; above three
 * quarters of it its publishers are paused (see Connection.stall).
 */
import type { Stream } from '../platform/network.ts';
import type { FlushQueue } from './flush-queue.ts';
import { type OutBuffer, returnBuffer, takeBuffer } from './out-buffer.ts';

/** Bytes after which a dirty connection is written before the turn ends. */
export const earlyFlush = 64 * 1024;

/**
 * Pending bytes above which publishers give the receiver a moment (Connection.yieldTo). Without it
 * a fast publisher fills megabytes of cold buffers for a receiver that only needs the processor.
 */
const crowdedBytes = 2 * 1024 * 1024;

/** What the connection must react to. */
export interface OutboundEvents {
  /** The pending bytes passed `maxPending`; the connection closes itself. */
  onPendingExceeded(pending: number): void;
  /** The stream did not take everything: the write deadline starts. */
  onBlocked(): void;
  onUnblocked(): void;
  /** The stream is gone for good. */
  onStreamGone?(): void;
}

export class Outbound {
  private readonly queue: FlushQueue;
  private readonly events: OutboundEvents;
  private stream: Stream | null = null;
  private current: OutBuffer | null = null;
  buffer: Buffer;
  view: DataView;
  /** Where `buffer` lies in the arena, -1 outside. */
  base = -1;
  /** Bytes gathered in `buffer`, and how many it holds. */
  pos = 0;
  limit = 0;
  dirty = false;
  /** The stream still has bytes of ours that the peer did not take. */
  blocked = false;
  /** Pending bytes are above the stall mark; publishers to this connection pause. */
  stalled = false;
  /** Pending bytes are many, though far from the limit. */
  crowded = false;
  maxPending: number;
  /** Bytes ever handed to the stream. */
  handedBytes = 0;
  private wantsLarge = false;
  /** Buffers the stream still writes from; they come back when it drained. */
  private readonly lent: OutBuffer[] = [];
  closed = false;

  constructor(queue: FlushQueue, events: OutboundEvents, maxPending: number) {
    this.queue = queue;
    this.events = events;
    this.maxPending = maxPending;
    this.buffer = queue.emptyBuffer;
    this.view = queue.emptyView;
  }

  attach(stream: Stream): void {
    this.stream = stream;
    stream.onReleased = () => {
      this.onReleased();
      this.events.onStreamGone?.();
    };
  }

  get pendingBytes(): number {
    return this.pos + (this.stream === null ? 0 : this.stream.pendingBytes);
  }

  /** What was handed over and is not finished yet; a stream may finish many bytes at once. */
  get pendingInStream(): number {
    return this.stream === null ? 0 : this.stream.pendingBytes;
  }

  /** Bytes that ever left for the peer, as exactly as the stream knows. */
  get takenBytes(): number {
    const { stream } = this;
    if (stream === null) return 0;
    return this.handedBytes - (stream.unsentBytes ?? stream.pendingBytes);
  }

  /** Makes room for `need` more bytes; afterwards `limit - pos >= need`, unless closed. */
  makeRoom(need: number): void {
    this.queue.flushMany();
    if (this.pos >= earlyFlush) this.flush();
    if (this.limit - this.pos >= need) return;
    const old = this.current;
    if (this.pos > 0 && this.pos + need > 4 * earlyFlush) {
      this.flush();
      if (this.limit - this.pos >= need) return;
    }
    this.wantsLarge ||= old !== null;
    const bigger = takeBuffer(this.pos + need, this.wantsLarge);
    this.queue.noteBuffer(bigger.capacity);
    const kept = this.current;
    if (kept !== null) {
      if (this.pos > 0) kept.buffer.copy(bigger.buffer, 0, 0, this.pos);
      returnBuffer(kept);
    }
    this.use(bigger);
  }

  /** Appends a text of single-byte characters (protocol lines). */
  appendText(text: string): void {
    if (this.closed) return;
    if (this.limit - this.pos < text.length) this.makeRoom(text.length);
    this.pos += this.buffer.latin1Write(text, this.pos);
    this.markDirty();
  }

  appendBytes(source: Buffer, start: number, end: number): void {
    if (this.closed) return;
    const length = end - start;
    if (this.limit - this.pos < length) this.makeRoom(length);
    source.copy(this.buffer, this.pos, start, end);
    this.pos += length;
    this.markDirty();
  }

  markDirty(): void {
    if (!this.dirty) {
      this.dirty = true;
      this.queue.add(this);
    }
  }

  /** Hands the gathered bytes to the stream. */
  flush(): void {
    const { stream, current, pos } = this;
    if (current === null || stream === null || this.closed) return;
    if (pos === 0) {
      this.release();
      return;
    }
    // While the stream is blocked small pieces wait for each other.
    if (this.blocked && pos < earlyFlush) {
      this.checkPending();
      return;
    }
    if (pos < 1024) this.wantsLarge = false;
    this.pos = 0;
    this.handedBytes += pos;
    if (stream.write(current.buffer, 0, pos)) {
      this.release();
      return;
    }
    this.lent.push(current);
    this.current = null;
    this.useNone();
    if (!this.blocked && !this.closed) {
      this.blocked = true;
      this.events.onBlocked();
    }
    this.checkPending();
  }

  /** Hands over what waits behind a blocked stream: nothing more will come. */
  flushRest(): void {
    const { stream, current, pos } = this;
    if (current === null || stream === null || pos === 0 || this.closed) return;
    this.pos = 0;
    this.current = null;
    this.useNone();
    if (stream.write(current.buffer, 0, pos)) returnBuffer(current);
    else this.lent.push(current);
  }

  /** The stream took everything it had. */
  onDrain(): void {
    if (!this.blocked) return;
    this.blocked = false;
    this.stalled = false;
    this.crowded = false;
    this.onReleased();
    this.flush();
    if (!this.blocked) this.events.onUnblocked();
  }

  /** The stream uses none of our buffers any more: it drained, or it is gone. */
  onReleased(): void {
    for (let buffer = this.lent.pop(); buffer !== undefined; buffer = this.lent.pop()) {
      returnBuffer(buffer);
    }
  }

  /** Ends the life of the buffers. What was flushed before is still delivered by the stream. */
  close(): void {
    this.closed = true;
    this.release();
    this.pos = 0;
    this.stalled = false;
  }

  private checkPending(): void {
    const pending = this.pendingBytes;
    if (pending > this.maxPending) {
      this.events.onPendingExceeded(pending);
      return;
    }
    if (pending > this.maxPending * 0.75) this.stalled = true;
    if (this.stalled || pending > crowdedBytes) this.crowded = true;
  }

  private use(buffer: OutBuffer): void {
    this.current = buffer;
    this.buffer = buffer.buffer;
    this.view = buffer.view;
    this.base = buffer.base;
    this.limit = buffer.capacity;
  }

  private useNone(): void {
    this.buffer = this.queue.emptyBuffer;
    this.view = this.queue.emptyView;
    this.base = -1;
    this.limit = 0;
  }

  private release(): void {
    if (this.current === null) return;
    returnBuffer(this.current);
    this.current = null;
    this.useNone();
  }
}
