/**
 * Hot: frames of a server, which are not masked. One header per flush, in front of the payload in one
 * buffer, so that both leave in one write. The buffers are pooled and shared by all connections: one
 * is used from the write until it returns, or until its stream has drained. Guarded by the bench row
 * websocket.
 */
import { allocate, arenaOffset } from '../../base/arena.ts';
import { compressedBit, finalBit, opcodes } from './frame-reader.ts';

const headerMax = 10;
/** Browsers do better with short frames, says nats-server. */
export const browserFrameMax = 4096;
/** A flush of this length is framed by a copy; longer ones are written behind their header. */
export const framedCopyMax = 128 * 1024;
const smallSize = 4 * 1024;
/** Room for the headers of browser frames too. */
const largeSize = framedCopyMax + (framedCopyMax / browserFrameMax + 2) * headerMax;
const pooledSmall = 256;
const pooledLarge = 16;

const small: Buffer[] = [];
const large: Buffer[] = [];

/** A buffer for frames with `payload` bytes in all. */
export function takeFrameBuffer(payload: number): Buffer {
  if (payload <= smallSize - 2 * headerMax) return small.pop() ?? allocate(smallSize).buffer;
  if (payload <= framedCopyMax) return large.pop() ?? allocate(largeSize).buffer;
  return Buffer.allocUnsafeSlow(payload + (payload / browserFrameMax + 2) * headerMax);
}

export function returnFrameBuffer(buffer: Buffer): void {
  if (buffer.length !== smallSize && buffer.length !== largeSize) return;
  const pool = buffer.length === smallSize ? small : large;
  // Pieces of the arena cannot be freed; of the others some are worth keeping.
  const most = pool === small ? pooledSmall : pooledLarge;
  if (pool.length < most || arenaOffset(buffer) >= 0) pool.push(buffer);
}

/** Writes the header of a frame; returns where its payload begins. */
export function encodeHeader(buffer: Buffer, at: number, b0: number, length: number): number {
  buffer[at] = b0;
  if (length <= 125) {
    buffer[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    buffer[at + 1] = 126;
    buffer[at + 2] = length >>> 8;
    buffer[at + 3] = length;
    return at + 4;
  }
  buffer[at + 1] = 127;
  buffer.writeUInt32BE(Math.floor(length / 0x1_0000_0000), at + 2);
  buffer.writeUInt32BE(length >>> 0, at + 6);
  return at + 10;
}

/** A header alone, in memory of its own. */
export function createHeader(b0: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(headerMax);
  return header.subarray(0, encodeHeader(header, 0, b0, length));
}

/** A control frame in memory of its own. */
export function encodeControl(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([createHeader(finalBit | opcode, payload.length), payload]);
}

/**
 * Frames of at most `frameMax` payload bytes. Uncompressed each is a message of its own, as
 * nats-server has it; a compressed message is cut into fragments. Returns where they end.
 */
export function encodeFrames(
  to: Buffer,
  source: Buffer,
  start: number,
  end: number,
  frameMax: number,
  compressed: boolean,
): number {
  let at = 0;
  for (let from = start; from < end; from += frameMax) {
    const until = Math.min(end, from + frameMax);
    let b0 = finalBit | opcodes.binary;
    if (compressed) {
      b0 = from === start ? compressedBit | opcodes.binary : opcodes.continuation;
      if (until === end) b0 |= finalBit;
    }
    at = encodeHeader(to, at, b0, until - from);
    source.copy(to, at, from, until);
    at += until - from;
  }
  return at;
}
