import { randomFillSync } from 'node:crypto';
import type { Random } from './clock.ts';

const POOL_BYTES = 4096;
/** Up to here the bias of a multiplication is below 2^-16 and not worth a division. */
const SMALL = 65_536;
const TWO_32 = 2 ** 32;

/**
 * `below` is a xorshift128 generator with a cryptographic seed (queue picks, jitter, shuffles);
 * `bytes` is the operating system's, drawn in pools because each draw costs a system call.
 */
export class NodeRandom implements Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;
  private readonly pool: Buffer;
  private used: number;

  constructor() {
    const seed = randomFillSync(new Int32Array(4));
    this.a = seed[0] as number;
    this.b = seed[1] as number;
    this.c = seed[2] as number;
    // The generator has one fixed point: all zero.
    this.d = (seed[3] as number) | 1;
    this.pool = Buffer.allocUnsafeSlow(POOL_BYTES);
    this.used = POOL_BYTES;
  }

  below(n: number): number {
    if (n <= SMALL) return Math.floor((this.next() / TWO_32) * n);
    const limit = TWO_32 - (TWO_32 % n);
    let value = this.next();
    while (value >= limit) value = this.next();
    return value % n;
  }

  bytes(n: number): Buffer {
    if (n > POOL_BYTES / 4) return randomFillSync(Buffer.allocUnsafeSlow(n));
    if (this.used + n > POOL_BYTES) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    const end = this.used + n;
    const result = Buffer.from(this.pool.subarray(this.used, end));
    // What was handed out may become a key: it must not stay readable here.
    this.pool.fill(0, this.used, end);
    this.used = end;
    return result;
  }

  private next(): number {
    let t = this.d;
    const s = this.a;
    this.d = this.c;
    this.c = this.b;
    this.b = s;
    t ^= t << 11;
    t ^= t >>> 8;
    this.a = t ^ s ^ (s >>> 19);
    return this.a >>> 0;
  }
}
