/**
 * One end of a simulated TCP connection. Bytes go from the writer's own buffers, which the stream
 * keeps by reference as a socket does, into a kernel of bounded size (send buffer, wire and receive
 * buffer together), travel for latency and bandwidth, and are read in pieces of random size. A
 * reader that is paused fills the kernel, and then the writer waits: back-pressure shows.
 *
 * Closing: `end` sends FIN behind everything written; `destroy` drops what the kernel did not take
 * and sends FIN behind the rest. Bytes for an end that is closed are answered with a reset. As on
 * Node's sockets without half-open, an end that reads FIN closes too.
 */
import type { Stream, StreamHandler } from './network.ts';
import type { ReadTarget } from './read-target.ts';
import type { SimRandom } from './sim-random.ts';
import type { SimTime } from './sim-time.ts';

/** How a connection behaves; changes apply to what is sent from then on. */
export interface LinkSettings {
  /** One way, in milliseconds; up to `jitterMs` is added at random, order is kept. */
  latencyMs: number;
  jitterMs: number;
  bytesPerMs: number;
  /** What kernel and wire hold in one direction. */
  kernelBytes: number;
  /** Reads bring random parts of what is there, down to single bytes, instead of all. */
  chunked: boolean;
}

export const defaultLink: LinkSettings = {
  latencyMs: 0.2,
  jitterMs: 0.1,
  bytesPerMs: 100_000,
  kernelBytes: 256 * 1024,
  chunked: true,
};

/** What all ends share, and what the network knows that the stream does not. */
export interface StreamWorld {
  readonly time: SimTime;
  readonly random: SimRandom;
  readonly target: ReadTarget;
  /** False while the two hosts cannot reach each other. */
  reachable(from: string, to: string): boolean;
  forget(stream: SimStream): void;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

type Packet = Buffer | 'fin' | 'reset';

const idle: StreamHandler = { onBytes() {}, onDrain() {}, onClose() {} };
/** Segments on the wire are at most this long, so that a full kernel frees in steps. */
const segmentMax = 16 * 1024;
const usefulSegment = 1024;
const retransmitMs = 50;

function networkError(code: string, syscall: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

export class SimStream implements Stream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly id: string;
  handler: StreamHandler = idle;
  onReleased: (() => void) | undefined = undefined;
  link: LinkSettings;
  peer: SimStream | null = null;
  private readonly world: StreamWorld;
  /** Accepted by `write` and not yet taken by the kernel. */
  private queue: { buffer: Buffer; at: number; end: number }[] = [];
  private queuedBytes = 0;
  /** In the kernel or on the wire, not yet read by the peer. */
  private kernelUsed = 0;
  private wire: Packet[] = [];
  /** When the sending interface is free again, and when the last packet arrives. */
  private wireFreeAt = 0;
  private lastArrival = 0;
  private received: Buffer[] = [];
  private finReceived = false;
  private resetReceived = false;
  private readDue = false;
  private paused: boolean;
  private owesDrain = false;
  private ending = false;
  private finSent = false;
  private closed = false;
  private connected = false;

  constructor(
    world: StreamWorld,
    local: Endpoint,
    remote: Endpoint,
    link: LinkSettings,
    paused: boolean,
  ) {
    this.world = world;
    this.localAddress = local.address;
    this.localPort = local.port;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
    this.id = `${local.address}:${local.port}>${remote.address}:${remote.port}`;
    this.link = { ...link };
    this.paused = paused;
  }

  /** Both ends exist: what was written meanwhile leaves. */
  connect(peer: SimStream): void {
    this.peer = peer;
    this.connected = true;
    this.pump();
  }

  get pendingBytes(): number {
    return this.queuedBytes;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  // ---- writing ----

  write(buffer: Buffer, start: number, end: number): boolean {
    if (this.closed || this.ending || start === end) return true;
    this.queue.push({ buffer, at: start, end });
    this.queuedBytes += end - start;
    this.pump();
    if (this.queue.length === 0) return true;
    this.owesDrain = true;
    return false;
  }

  /** Moves written bytes into the kernel as far as there is room. */
  private pump(): void {
    if (!this.connected) return;
    while (this.queue.length > 0) {
      const first = this.queue[0]!;
      const room = Math.min(this.link.kernelBytes - this.kernelUsed, segmentMax);
      // As TCP does: no tiny segments because the window opens by a few bytes.
      if (room < Math.min(usefulSegment, this.queuedBytes)) break;
      const end = Math.min(first.end, first.at + room);
      const segment = Buffer.from(first.buffer.subarray(first.at, end));
      this.queuedBytes -= segment.length;
      this.kernelUsed += segment.length;
      first.at = end;
      if (first.at === first.end) this.queue.shift();
      this.send(segment);
    }
    if (this.queue.length === 0 && this.ending && !this.finSent) {
      this.finSent = true;
      this.send('fin');
      // What the peer sent and nobody will read: it must not wait for room for ever.
      if (this.received.length > 0) this.send('reset');
      this.finish(undefined);
    }
  }

  /** Puts a packet on the wire. Each arrival takes the first one, so that order is kept. */
  private send(packet: Packet): void {
    this.wire.push(packet);
    const { time, random } = this.world;
    const now = time.monotonicMs();
    const size = typeof packet === 'string' ? 0 : packet.length;
    this.wireFreeAt = Math.max(now, this.wireFreeAt) + size / this.link.bytesPerMs;
    const delay = this.link.latencyMs + random.fraction() * this.link.jitterMs;
    this.lastArrival = Math.max(this.lastArrival, this.wireFreeAt + delay);
    time.io(this.lastArrival - now, () => this.arrive());
  }

  private arrive(): void {
    const { world } = this;
    if (!world.reachable(this.localAddress, this.remoteAddress)) {
      world.time.io(retransmitMs, () => this.arrive());
      return;
    }
    const packet = this.wire.shift();
    if (packet !== undefined) this.peer?.receive(packet);
  }

  // ---- reading ----

  private receive(packet: Packet): void {
    if (this.closed) {
      // Nobody reads here any more.
      if (typeof packet !== 'string' && this.wire.at(-1) !== 'reset') this.send('reset');
      return;
    }
    if (packet === 'fin') this.finReceived = true;
    else if (packet === 'reset') this.onReset();
    else this.received.push(packet);
    this.scheduleRead();
  }

  /** What came before the reset can still be read; nothing can be written any more. */
  private onReset(): void {
    this.resetReceived = true;
    if (this.paused || this.ending || this.received.length === 0) this.fail('ECONNRESET');
  }

  private scheduleRead(): void {
    if (this.readDue || this.paused || this.closed || this.ending) return;
    if (this.received.length === 0 && !this.finReceived && !this.resetReceived) return;
    this.readDue = true;
    this.world.time.io(0, () => {
      this.readDue = false;
      this.read();
    });
  }

  private read(): void {
    if (this.paused || this.closed || this.ending) return;
    if (this.received.length === 0) {
      if (this.resetReceived) this.fail('ECONNRESET');
      else if (this.finReceived) this.onFin();
      return;
    }
    const count = this.takeInto(this.world.target);
    this.peer?.onRead(count);
    this.world.time.note(`${this.id} reads ${count}`);
    this.handler.onBytes(count);
    this.scheduleRead();
  }

  /** Fills the read area with what is there, or a random part of it. */
  private takeInto(target: ReadTarget): number {
    const available = this.received.reduce((sum, part) => sum + part.length, 0);
    let want = Math.min(available, target.capacity);
    const { random } = this.world;
    if (this.link.chunked && random.chance(0.5)) {
      want = random.chance(0.2) ? 1 : random.between(1, want);
    }
    let filled = 0;
    while (filled < want) {
      const first = this.received[0]!;
      const count = first.copy(target.buffer, target.headroom + filled, 0, want - filled);
      filled += count;
      if (count === first.length) this.received.shift();
      else this.received[0] = first.subarray(count);
    }
    return filled;
  }

  /** The peer has read: there is room again, which shows here a moment later. */
  private onRead(count: number): void {
    this.world.time.io(this.link.latencyMs, () => {
      this.kernelUsed -= count;
      if (this.closed && this.queue.length === 0) return;
      this.pump();
      if (this.owesDrain && this.queue.length === 0 && !this.closed) {
        this.owesDrain = false;
        this.handler.onDrain();
      }
    });
  }

  private onFin(): void {
    this.world.time.note(`${this.id} reads the end`);
    const { handler } = this;
    this.handler = idle;
    handler.onClose(undefined);
    this.end();
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
    this.pump();
  }

  destroy(): void {
    if (this.closed) return;
    this.queue = [];
    this.queuedBytes = 0;
    this.ending = true;
    if (this.connected) this.pump();
    else this.finish(undefined);
  }

  /** The connection broke: both the unsent and the unread are lost. */
  fail(code: string): void {
    if (this.closed) return;
    this.world.time.note(`${this.id} fails with ${code}`);
    this.queue = [];
    this.queuedBytes = 0;
    this.received = [];
    this.finish(networkError(code, code === 'ECONNREFUSED' ? 'connect' : 'read'));
  }

  /** Cuts the line: packets under way are lost, both ends see a reset. */
  cut(): void {
    for (const end of [this, this.peer]) {
      if (end === null) continue;
      end.wire = [];
      end.fail('ECONNRESET');
    }
  }

  /** The handler hears of the end once, from the loop. */
  private finish(error: Error | undefined): void {
    this.closed = true;
    this.world.forget(this);
    this.world.time.io(0, () => {
      const { handler } = this;
      this.handler = idle;
      handler.onClose(error);
      this.onReleased?.();
    });
  }
}
