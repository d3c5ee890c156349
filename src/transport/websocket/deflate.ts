/**
 * permessage-deflate without context takeover on either side (RFC 7692): every message stands alone.
 *
 * Both run on the loop, not in a thread. A message is bounded (`max_payload`, much less before
 * authentication), inflating 1 MiB takes 1 to 3 ms and a usual one 10 µs; a thread would cost 50 to
 * 100 µs each, a queue to keep the order, and a place among the four threads that files and password
 * hashes wait for. Node stops inflating at the first byte past the bound, so that a bomb costs no more
 * than an honest message of that size.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

/** What a sender leaves out at the end of a message, and an empty final block. */
const tail = Buffer.from([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]);
export const tailLength = tail.length;
/** The first part of `tail`, which a flush always ends with. */
const flushMarkLength = 4;

/** Up to this length compressing is not worth it. */
export const compressionThreshold = 64;

export type Inflated =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly tooBig: boolean };

/** Inflates a message that stands in `buffer` up to `length`; behind it is room for the tail. */
export function inflateMessage(buffer: Buffer, length: number, inflatedMax: number): Inflated {
  tail.copy(buffer, length);
  try {
    const input = buffer.subarray(0, length + tailLength);
    return { ok: true, bytes: inflateRawSync(input, { maxOutputLength: inflatedMax }) };
  } catch (error) {
    return { ok: false, tooBig: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' };
  }
}

/** The payload of a compressed message. As fast as possible rather than as small, as nats-server. */
export function deflateMessage(bytes: Buffer): Buffer {
  const deflated = deflateRawSync(bytes, {
    level: constants.Z_BEST_SPEED,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return deflated.subarray(0, deflated.length - flushMarkLength);
}
