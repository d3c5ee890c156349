/**
 * A byte stream inside the process: two ends, no socket. What one end writes is handed to the other
 * from the scheduler, never from inside `write`, so that neither side is re-entered; in between it
 * waits in a bounded buffer, and what does not fit stays with the writer (`write` gives false), so
 * that a slow reader shows as it would on TCP.
 *
 * An end that is closed drops what the other still sends. The other reads all that was sent before
 * the close and then hears `onClose`, and is closed with it.
 */
import type { Scheduler } from './clock.ts';
import type { Stream, StreamHandler } from './network.ts';
import type { ReadTarget } from './read-target.ts';

const idle: StreamHandler = { onBytes() {}, onDrain() {}, onClose() {} };
const defaultBufferBytes = 256 * 1024;

export interface PipeOptions {
  /** What may wait between the ends, in each direction. */
  readonly bufferBytes?: number;
  /** Shown as the address of the dialling side; nats-server calls its own "pipe". */
  readonly address?: string;
}

class PipeEnd implements Stream {
  readonly remoteAddress: string;
  readonly remotePort = 0;
  readonly localAddress: string;
  readonly localPort = 0;
  handler: StreamHandler = idle;
  onReleased: (() => void) | undefined = undefined;
  private readonly scheduler: Scheduler;
  private readonly target: ReadTarget;
  private readonly bufferBytes: number;
  private peer: PipeEnd | null = null;
  /** Bytes of the peer that wait to be read here. */
  private inbox: Buffer[] = [];
  private inboxBytes = 0;
  /** Bytes written here that did not fit into the peer's inbox; theirs until `onDrain`. */
  private queue: { buffer: Buffer; at: number; end: number }[] = [];
  private queuedBytes = 0;
  private finReceived = false;
  private paused: boolean;
  private readDue = false;
  private ending = false;
  private closed = false;

  constructor(scheduler: Scheduler, target: ReadTarget, options: PipeOptions, paused: boolean) {
    this.scheduler = scheduler;
    this.target = target;
    this.bufferBytes = options.bufferBytes ?? defaultBufferBytes;
    this.remoteAddress = this.localAddress = options.address ?? 'pipe';
    this.paused = paused;
  }

  join(peer: PipeEnd): void {
    this.peer = peer;
  }

  get pendingBytes(): number {
    return this.queuedBytes;
  }

  // ---- writing ----

  write(buffer: Buffer, start: number, end: number): boolean {
    if (this.closed || this.ending || start === end) return true;
    this.queue.push({ buffer, at: start, end });
    this.queuedBytes += end - start;
    this.moveQueue();
    return this.queue.length === 0;
  }

  /** Copies what fits into the peer's inbox. */
  private moveQueue(): void {
    const peer = this.peer!;
    while (this.queue.length > 0 && peer.inboxBytes < peer.bufferBytes) {
      const first = this.queue[0]!;
      const end = Math.min(first.end, first.at + peer.bufferBytes - peer.inboxBytes);
      this.queuedBytes -= end - first.at;
      peer.receive(Buffer.from(first.buffer.subarray(first.at, end)));
      first.at = end;
      if (first.at === first.end) this.queue.shift();
    }
    if (this.ending && this.queue.length === 0) this.finish();
  }

  /** The peer has read. */
  private onRoom(): void {
    if (this.queue.length === 0) return;
    this.moveQueue();
    if (this.queue.length === 0 && !this.closed) this.handler.onDrain();
  }

  // ---- reading ----

  private receive(bytes: Buffer): void {
    if (this.closed || this.ending) return;
    this.inbox.push(bytes);
    this.inboxBytes += bytes.length;
    this.scheduleRead();
  }

  private scheduleRead(): void {
    if (this.readDue || this.paused || this.closed || this.ending) return;
    if (this.inboxBytes === 0 && !this.finReceived) return;
    this.readDue = true;
    this.scheduler.yieldThen(() => {
      this.readDue = false;
      this.read();
    });
  }

  private read(): void {
    if (this.paused || this.closed || this.ending) return;
    if (this.inboxBytes === 0) {
      this.onFin();
      return;
    }
    this.handler.onBytes(this.takeInto(this.target));
    this.peer!.onRoom();
    this.scheduleRead();
  }

  private takeInto(target: ReadTarget): number {
    let filled = 0;
    while (filled < target.capacity && this.inbox.length > 0) {
      const first = this.inbox[0]!;
      const most = first.subarray(0, target.capacity - filled);
      const count = most.copy(target.buffer, target.headroom + filled);
      filled += count;
      if (count === first.length) this.inbox.shift();
      else this.inbox[0] = first.subarray(count);
    }
    this.inboxBytes -= filled;
    return filled;
  }

  private onFin(): void {
    const { handler } = this;
    this.handler = idle;
    handler.onClose(undefined);
    this.destroy();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.scheduleRead();
  }

  // ---- closing ----

  end(): void {
    if (this.closed || this.ending) return;
    this.ending = true;
    this.dropInbox();
    this.moveQueue();
  }

  destroy(): void {
    if (this.closed) return;
    this.ending = true;
    this.dropQueue();
    this.dropInbox();
    this.finish();
  }

  private dropQueue(): void {
    this.queue = [];
    this.queuedBytes = 0;
  }

  private dropInbox(): void {
    this.inbox = [];
    this.inboxBytes = 0;
  }

  /** Everything is with the peer; both handlers hear of it, each in its turn. */
  private finish(): void {
    this.closed = true;
    const peer = this.peer!;
    peer.finReceived = true;
    // Nobody reads what the peer still has to say.
    peer.dropQueue();
    peer.scheduleRead();
    this.scheduler.yieldThen(() => {
      const { handler } = this;
      this.handler = idle;
      handler.onClose(undefined);
      this.onReleased?.();
    });
  }
}

/**
 * Two joined ends. The second is the accepting one: like an accepted socket it does not read until
 * it is resumed. Both deliver into `target`.
 */
export function createPipe(
  scheduler: Scheduler,
  target: ReadTarget,
  options: PipeOptions = {},
): [dialled: Stream, accepted: Stream] {
  const dialled = new PipeEnd(scheduler, target, options, false);
  const accepted = new PipeEnd(scheduler, target, options, true);
  dialled.join(accepted);
  accepted.join(dialled);
  return [dialled, accepted];
}
