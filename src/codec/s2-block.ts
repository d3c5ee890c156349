/**
 * S2 blocks: Snappy's block format and S2's extension of it, repeated offsets.
 *
 * A block is the decoded length as a varint, then elements. The two low bits of an element's first
 * byte say what it is: a literal, or a copy of earlier output with an offset of 11 bits, 16 bits or
 * 32 bits. A copy of the first kind with offset 0 means the offset of the copy before it; lengths
 * beyond 8 then follow in one to three more bytes.
 *
 * The encoder is greedy: it looks four bytes up in a table of places seen, extends what matches in
 * both directions and skips faster the longer nothing matched. Its output is not that of the Go
 * implementation, byte for byte; either decodes the other's.
 */

/** No block is longer once decoded, as in the Go implementation. */
export const s2BlockBytesMax = 0xffffffff;

export class S2Error extends Error {
  readonly code = 'ERR_S2_CORRUPT';

  constructor(message: string) {
    super(message);
    this.name = 'S2Error';
  }
}

const corrupt = 's2: corrupt input';
const tags = { literal: 0, copy1: 1, copy2: 2, copy4: 3 };

// ---- decoding ----

/** Length and where the elements begin. */
function decodedLength(block: Uint8Array): { length: number; at: number } {
  let length = 0;
  for (let at = 0; at < 5 && at < block.length; at++) {
    const byte = block[at] as number;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte & 0x80) continue;
    if (length > s2BlockBytesMax) break;
    return { length, at: at + 1 };
  }
  throw new S2Error(corrupt);
}

/** Decodes a block; a block that announces more than `bytesMax` is refused before memory is taken. */
export function decodeS2Block(block: Uint8Array, bytesMax: number): Buffer {
  const { length, at } = decodedLength(block);
  if (length > bytesMax) throw new S2Error('s2: decoded block is too large');
  const output = Buffer.allocUnsafe(length);
  if (new BlockDecoder(block, at, output).run() !== length) throw new S2Error(corrupt);
  return output;
}

class BlockDecoder {
  private readonly block: Uint8Array;
  private readonly output: Buffer;
  private at: number;
  private done = 0;
  private offset = 0;

  constructor(block: Uint8Array, at: number, output: Buffer) {
    this.block = block;
    this.at = at;
    this.output = output;
  }

  /** Returns the bytes decoded. */
  run(): number {
    while (this.at < this.block.length) {
      const head = this.block[this.at++] as number;
      const tag = head & 3;
      if (tag === tags.literal) this.literal(head >> 2);
      else if (tag === tags.copy1) this.copy1(head);
      else {
        this.offset = this.number(tag === tags.copy2 ? 2 : 4);
        this.copy((head >> 2) + 1);
      }
    }
    return this.done;
  }

  /** Little-endian. */
  private number(size: number): number {
    if (this.at + size > this.block.length) throw new S2Error(corrupt);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (this.block[this.at + i] as number);
    this.at += size;
    return value;
  }

  private literal(code: number): void {
    const length = (code < 60 ? code : this.number(code - 59)) + 1;
    const end = this.at + length;
    if (end > this.block.length || this.done + length > this.output.length) {
      throw new S2Error(corrupt);
    }
    this.output.set(this.block.subarray(this.at, end), this.done);
    this.at = end;
    this.done += length;
  }

  private copy1(head: number): void {
    const code = (head >> 2) & 7;
    const offset = ((head & 0xe0) << 3) | this.number(1);
    if (offset !== 0) {
      this.offset = offset;
      this.copy(code + 4);
      return;
    }
    if (code < 5) this.copy(code + 4);
    else if (code === 5) this.copy(this.number(1) + 8);
    else if (code === 6) this.copy(this.number(2) + 0x100 + 4);
    else this.copy(this.number(3) + 0x10000 + 4);
  }

  private copy(length: number): void {
    const { output, offset, done } = this;
    if (offset === 0 || offset > done || done + length > output.length) throw new S2Error(corrupt);
    if (offset >= length) output.copyWithin(done, done - offset, done - offset + length);
    else for (let i = done; i < done + length; i++) output[i] = output[i - offset] as number;
    this.done += length;
  }
}

// ---- encoding ----

const tableBits = 14;
/** Where four bytes with this hash were seen last, plus one; filled anew for each block. */
const seen = new Uint32Array(1 << tableBits);
/** Matching ends this far before the end of the input: four bytes are looked up at once. */
const margin = 8;

/** The most that `length` bytes can become. */
export function s2EncodedBytesMax(length: number): number {
  return 32 + length + Math.floor(length / 6);
}

export function encodeS2Block(input: Uint8Array): Buffer {
  if (input.length > s2BlockBytesMax) throw new RangeError('s2: block is too large');
  return new BlockEncoder(input, true).run();
}

/** No Snappy block is longer once decoded. */
export const snappyBlockBytesMax = 1 << 16;

/** A block without S2's extension. */
export function encodeSnappyBlock(input: Uint8Array): Buffer {
  if (input.length > snappyBlockBytesMax) throw new RangeError('snappy: block is too large');
  return new BlockEncoder(input, false).run();
}

class BlockEncoder {
  private readonly input: Uint8Array;
  private readonly view: DataView;
  private readonly output: Buffer;
  private readonly mayRepeat: boolean;
  private size = 0;
  /** Input before this is written. */
  private written = 0;

  constructor(input: Uint8Array, mayRepeat: boolean) {
    this.input = input;
    this.mayRepeat = mayRepeat;
    this.view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    this.output = Buffer.allocUnsafe(s2EncodedBytesMax(input.length));
  }

  run(): Buffer {
    const { input } = this;
    this.varint(input.length);
    if (input.length > margin * 2) this.matches(input.length - margin);
    this.literal(input.length);
    return this.output.subarray(0, this.size);
  }

  private matches(limit: number): void {
    const { view } = this;
    seen.fill(0);
    let skip = 32;
    for (let at = 1; at < limit; ) {
      const word = view.getUint32(at, true);
      const slot = Math.imul(word, 0x9e3779b1) >>> (32 - tableBits);
      const candidate = (seen[slot] as number) - 1;
      seen[slot] = at + 1;
      if (candidate >= 0 && view.getUint32(candidate, true) === word) {
        at = this.match(at, candidate);
        skip = 32;
      } else at += skip++ >> 5;
    }
  }

  /** Writes the literal before a match and the match; returns where to go on. */
  private match(at: number, candidate: number): number {
    const { input } = this;
    let start = at;
    const offset = at - candidate;
    while (
      start > this.written &&
      start > offset &&
      input[start - 1] === input[start - 1 - offset]
    ) {
      start--;
    }
    let end = at + 4;
    while (end < input.length && input[end] === input[end - offset]) end++;
    this.literal(start);
    this.copy(offset, end - start);
    this.written = end;
    return end;
  }

  private byte(value: number): void {
    this.output[this.size++] = value;
  }

  private bytes(value: number, size: number): void {
    for (let i = 0; i < size; i++) this.byte(Math.floor(value / 2 ** (8 * i)) & 0xff);
  }

  private varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  /** What is not written yet before `end`, as it is. */
  private literal(end: number): void {
    const length = end - this.written;
    if (length === 0) return;
    const code = length - 1;
    if (code < 60) this.byte((code << 2) | tags.literal);
    else {
      const size = code < 0x100 ? 1 : code < 0x10000 ? 2 : code < 0x1000000 ? 3 : 4;
      this.byte(((59 + size) << 2) | tags.literal);
      this.bytes(code, size);
    }
    this.output.set(this.input.subarray(this.written, end), this.size);
    this.size += length;
    this.written = end;
  }

  /** `length` is at least 4. */
  private copy(offset: number, length: number): void {
    if (offset < 2048 && length < 12) {
      this.byte(((offset >> 8) << 5) | ((length - 4) << 2) | tags.copy1);
      this.byte(offset & 0xff);
      return;
    }
    // What is left over must be four bytes or none: no shorter match can be said.
    const first = length <= 64 ? length : Math.min(64, length - 4);
    const wide = offset > 0xffff;
    this.byte(((first - 1) << 2) | (wide ? tags.copy4 : tags.copy2));
    this.bytes(offset, wide ? 4 : 2);
    if (this.mayRepeat) this.repeat(length - first);
    else if (length > first) this.copy(offset, length - first);
  }

  /** More from the same offset. */
  private repeat(length: number): void {
    let rest = length;
    while (rest > 0) {
      // The longest step leaves a remainder that can be said, too.
      const step = rest <= repeatMax ? rest : repeatMax - 4;
      this.repeatStep(step - 4);
      rest -= step;
    }
  }

  private repeatStep(code: number): void {
    const [kind, base, size] =
      code < 5
        ? [code, code, 0]
        : code < 0x104
          ? [5, 4, 1]
          : code < 0x10100
            ? [6, 0x100, 2]
            : wide3;
    this.byte((kind << 2) | tags.copy1);
    this.byte(0);
    this.bytes(code - base, size);
  }
}

const wide3: readonly [number, number, number] = [7, 0x10000, 3];
const repeatMax = 0x10000 + 4 + 0xffffff;
