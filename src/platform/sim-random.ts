import type { Random } from './clock.ts';

const TWO_32 = 2 ** 32;

/** Mixes text into a 32-bit seed, so that names give independent streams of numbers. */
function hashText(text: string, seed: number): number {
  let hash = seed ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Seeded randomness (sfc32): the same seed gives the same numbers. Each part of a simulation draws
 * from a `fork` of its own, so that one part drawing more does not change what another sees.
 */
export class SimRandom implements Random {
  readonly seed: number;
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.a = this.seed;
    this.b = 0x9e3779b9;
    this.c = 0x243f6a88;
    this.counter = 1;
    for (let i = 0; i < 12; i++) this.next();
  }

  fork(name: string): SimRandom {
    return new SimRandom(hashText(name, this.seed));
  }

  below(n: number): number {
    const limit = TWO_32 - (TWO_32 % n);
    let value = this.next();
    while (value >= limit) value = this.next();
    return value % n;
  }

  /** Uniform in [0, 1). */
  fraction(): number {
    return this.next() / TWO_32;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** Uniform in [low, high], both whole. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('nothing to pick from');
    return list[this.below(list.length)] as T;
  }

  bytes(n: number): Buffer {
    const result = Buffer.alloc(n);
    for (let i = 0; i < n; i++) result[i] = this.next() & 0xff;
    return result;
  }

  private next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
