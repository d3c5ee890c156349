/**
 * Hot: the buffers that outbound bytes are gathered in. A connection has one only while it has
 * something to send, so that idle connections cost none. Two sizes are pooled: most turns fit the
 * small one; who overflows it starts with a large one next time. Slack behind the capacity lets
 * copies run 4 bytes at a time.
 */
const smallSize = 4 * 1024;
/** A 64 KiB message fits behind the early-flush mark. */
const largeSize = 144 * 1024;
const slack = 16;
const pooledSmall = 1024;
const pooledLarge = 64;

export class OutBuffer {
  readonly buffer: Buffer;
  readonly view: DataView;
  /** Usable bytes. */
  readonly capacity: number;

  constructor(capacity: number) {
    this.buffer = Buffer.allocUnsafeSlow(capacity + slack);
    this.view = new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.length);
    this.capacity = capacity;
  }
}

const small: OutBuffer[] = [];
const large: OutBuffer[] = [];

/** A buffer with room for `need` bytes; `big` prefers the large size. */
export function takeBuffer(need: number, big: boolean): OutBuffer {
  if (need <= smallSize && !big) return small.pop() ?? new OutBuffer(smallSize);
  if (need <= largeSize) return large.pop() ?? new OutBuffer(largeSize);
  return new OutBuffer(need);
}

/** Gives a buffer back that nobody writes from any more. */
export function returnBuffer(buffer: OutBuffer): void {
  if (buffer.capacity === smallSize) {
    if (small.length < pooledSmall) small.push(buffer);
  } else if (buffer.capacity === largeSize && large.length < pooledLarge) large.push(buffer);
}
