/**
 * Hot: the buffers that outbound bytes are gathered in. A connection has one only while it has
 * something to send, so that idle connections cost none. Two sizes are pooled: most turns fit the
 * small one; who overflows it starts with a large one next time. They lie in the arena, where copies
 * are fast, as long as it has room; pieces of the arena always come back to their pool.
 */
import { allocate, arenaSlack } from '../base/arena.ts';

const smallSize = 4 * 1024;
/** A 64 KiB message fits behind the early-flush mark. */
const largeSize = 144 * 1024;
/** How many buffers outside the arena are kept for reuse. */
const pooledSmall = 512;
const pooledLarge = 32;

export class OutBuffer {
  readonly buffer: Buffer;
  readonly view: DataView;
  /** Offset in the arena, -1 outside. */
  readonly base: number;
  /** Usable bytes. */
  readonly capacity: number;

  constructor(capacity: number, buffer: Buffer, base: number) {
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    this.base = base;
    this.capacity = capacity;
  }
}

const small: OutBuffer[] = [];
const large: OutBuffer[] = [];

function pooledBuffer(capacity: number): OutBuffer {
  const { buffer, base } = allocate(capacity + arenaSlack);
  return new OutBuffer(capacity, buffer, base);
}

/** A buffer with room for `need` bytes; `big` prefers the large size. */
export function takeBuffer(need: number, big: boolean): OutBuffer {
  if (need <= smallSize && !big) return small.pop() ?? pooledBuffer(smallSize);
  if (need <= largeSize) return large.pop() ?? pooledBuffer(largeSize);
  return new OutBuffer(need, Buffer.allocUnsafeSlow(need + arenaSlack), -1);
}

/** Gives a buffer back that nobody writes from any more. */
export function returnBuffer(buffer: OutBuffer): void {
  const pool = buffer.capacity === smallSize ? small : large;
  if (buffer.capacity !== smallSize && buffer.capacity !== largeSize) return;
  const limit = pool === small ? pooledSmall : pooledLarge;
  // Arena pieces in front of the others would be best; last in, first out comes near it.
  if (buffer.base >= 0 || pool.length < limit) pool.push(buffer);
}
