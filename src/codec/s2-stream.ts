/**
 * S2's framed streams: the identifier, then chunks of one type byte and a length of three bytes.
 * Chunks with data carry the masked CRC-32C of what they hold. Snappy's streams, which differ in the
 * identifier and the extent of blocks, are read too.
 */
import { crc32c } from './crc32c.ts';
import {
  decodeS2Block,
  encodeS2Block,
  encodeSnappyBlock,
  S2Error,
  snappyBlockBytesMax,
} from './s2-block.ts';

const identifierS2 = Buffer.from('\xff\x06\x00\x00S2sTwO', 'latin1');
const identifierSnappy = Buffer.from('\xff\x06\x00\x00sNaPpY', 'latin1');
const chunks = { compressed: 0x00, stored: 0x01, firstSkippable: 0x80, identifier: 0xff };
/** What the Go implementation puts into one chunk unless told otherwise. */
const chunkBytes = 1 << 20;
/** The most it accepts in one. */
const chunkBytesMax = 4 << 20;
const checksumBytes = 4;

function maskedCrc(bytes: Uint8Array): number {
  const c = crc32c(bytes);
  return (((c >>> 15) | (c << 17)) + 0xa282ead8) >>> 0;
}

export function encodeS2Stream(input: Uint8Array): Buffer {
  return encodeStream(input, identifierS2, chunkBytes, encodeS2Block);
}

/** A stream that every reader of Snappy's framing format understands. */
export function encodeSnappyStream(input: Uint8Array): Buffer {
  return encodeStream(input, identifierSnappy, snappyBlockBytesMax, encodeSnappyBlock);
}

type EncodeBlock = (bytes: Uint8Array) => Buffer;

function encodeStream(
  input: Uint8Array,
  identifier: Buffer,
  step: number,
  encode: EncodeBlock,
): Buffer {
  if (input.length === 0) return Buffer.alloc(0);
  const parts: Uint8Array[] = [identifier];
  for (let at = 0; at < input.length; at += step) {
    parts.push(...encodeChunk(input.subarray(at, at + step), encode));
  }
  return Buffer.concat(parts);
}

function encodeChunk(bytes: Uint8Array, encode: EncodeBlock): [Buffer, Uint8Array] {
  const block = encode(bytes);
  // What hardly became smaller costs less time as it is.
  const smaller = block.length < bytes.length - (bytes.length >> 5) - 5;
  const body = smaller ? block : bytes;
  const head = Buffer.alloc(4 + checksumBytes);
  head[0] = smaller ? chunks.compressed : chunks.stored;
  head.writeUIntLE(body.length + checksumBytes, 1, 3);
  head.writeUInt32LE(maskedCrc(bytes), 4);
  return [head, body];
}

/** Decodes a whole stream; one that becomes longer than `bytesMax` is refused. Throws S2Error. */
export function decodeS2Stream(stream: Uint8Array, bytesMax: number): Buffer {
  const input = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const parts: Buffer[] = [];
  let identified = false;
  let room = bytesMax;
  for (let at = 0; at < input.length; ) {
    const end = chunkEnd(input, at);
    const type = input[at] as number;
    if (type === chunks.identifier) checkIdentifier(input.subarray(at, end));
    else if (!identified) throw new S2Error('s2: corrupt input');
    else if (type < chunks.firstSkippable) {
      const part = decodeChunk(type, input.subarray(at + 4, end), room);
      room -= part.length;
      parts.push(part);
    }
    identified = true;
    at = end;
  }
  return Buffer.concat(parts);
}

function chunkEnd(input: Buffer, at: number): number {
  const end = at + 4 + (at + 4 <= input.length ? input.readUIntLE(at + 1, 3) : Infinity);
  if (end > input.length) throw new S2Error('s2: the stream is cut off');
  return end;
}

function checkIdentifier(chunk: Buffer): void {
  if (!chunk.equals(identifierS2) && !chunk.equals(identifierSnappy)) {
    throw new S2Error('s2: corrupt input');
  }
}

function decodeChunk(type: number, body: Buffer, room: number): Buffer {
  if (type > chunks.stored) throw new S2Error('s2: unsupported input');
  if (body.length < checksumBytes) throw new S2Error('s2: corrupt input');
  const data = body.subarray(checksumBytes);
  const max = Math.min(room, chunkBytesMax);
  const bytes = type === chunks.compressed ? decodeS2Block(data, max) : data;
  if (bytes.length > max) throw new S2Error('s2: decoded stream is too large');
  if (maskedCrc(bytes) !== body.readUInt32LE(0)) throw new S2Error('s2: wrong checksum');
  return bytes;
}
