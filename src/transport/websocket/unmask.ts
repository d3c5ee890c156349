/**
 * Hot: takes the mask off payloads while they move to their place. 64 KiB cost 3 µs inside the arena
 * (16 bytes at a time in WebAssembly) and about 40 µs elsewhere (4 bytes at a time), where a byte
 * loop needs 70. Guarded by the bench row websocket.
 */
import { arenaOffset, arenaUnmask } from '../../base/arena.ts';

/** Below this a call into WebAssembly does not pay. */
const shortMax = 16;

/**
 * Copies `length` bytes, each 4 of them xored with `key` (little-endian, as read from the frame).
 * Within one buffer the target may not be behind the source. Touches nothing outside the ranges.
 */
export function unmaskInto(
  to: Buffer,
  toStart: number,
  from: Buffer,
  fromStart: number,
  length: number,
  key: number,
): void {
  if (length >= shortMax && arenaUnmask !== undefined) {
    const toBase = arenaOffset(to);
    const fromBase = arenaOffset(from);
    if (toBase >= 0 && fromBase >= 0) {
      arenaUnmask(toBase + toStart, fromBase + fromStart, length, key);
      return;
    }
  }
  unmaskWords(to, toStart, from, fromStart, length, key);
}

/** The same without the arena. */
export function unmaskWords(
  to: Buffer,
  toStart: number,
  from: Buffer,
  fromStart: number,
  length: number,
  key: number,
): void {
  const words = length & ~3;
  for (let i = 0; i < words; i += 4) {
    to.writeInt32LE(from.readInt32LE(fromStart + i) ^ key, toStart + i);
  }
  for (let i = words; i < length; i++) {
    to[toStart + i] = from[fromStart + i]! ^ (key >>> ((i & 3) << 3));
  }
}

/** The key as it continues after `length` bytes. */
export function turnKey(key: number, length: number): number {
  const bits = (length & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}
