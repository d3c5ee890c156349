/** Frames as a client writes them, and the obvious reading of them: for tests. */
import type { Stream, StreamHandler } from '../../platform/network.ts';

export interface TestFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly final?: boolean;
  readonly compressed?: boolean;
  readonly reserved?: number;
  /** Undefined: not masked. */
  readonly mask?: number | undefined;
  /** Use a longer length than needed: 126 or 127. */
  readonly longLength?: 126 | 127;
}

export function encodeFrame(frame: TestFrame): Buffer {
  const { opcode, payload, final = true, compressed = false, reserved = 0, mask } = frame;
  const b0 = (final ? 0x80 : 0) | (compressed ? 0x40 : 0) | (reserved << 4) | opcode;
  const { length } = payload;
  const size = frame.longLength ?? (length < 126 ? length : length < 65_536 ? 126 : 127);
  const head = Buffer.alloc(2 + (size === 126 ? 2 : size === 127 ? 8 : 0));
  head[0] = b0;
  head[1] = size | (mask === undefined ? 0 : 0x80);
  if (size === 126) head.writeUInt16BE(length, 2);
  if (size === 127) head.writeBigUInt64BE(BigInt(length), 2);
  if (mask === undefined) return Buffer.concat([head, payload]);
  const key = Buffer.alloc(4);
  key.writeUInt32BE(mask >>> 0);
  return Buffer.concat([head, key, Buffer.from(payload.map((byte, i) => byte ^ key[i & 3]!))]);
}

export interface ReadFrame {
  readonly final: boolean;
  readonly compressed: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/**
 * Whole frames that are not masked, as a server sends them. When the last one is cut it throws, or
 * leaves it out.
 */
export function decodeFrames(bytes: Buffer, cut: 'throw' | 'leave' = 'throw'): ReadFrame[] {
  const frames: ReadFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const head = headAt(bytes, at);
    const end = head === undefined ? Number.POSITIVE_INFINITY : head.start + head.length;
    if (head === undefined || end > bytes.length) {
      if (cut === 'leave') return frames;
      throw new Error('the last frame is cut');
    }
    const b0 = bytes.readUInt8(at);
    frames.push({
      final: (b0 & 0x80) !== 0,
      compressed: (b0 & 0x40) !== 0,
      opcode: b0 & 0x0f,
      payload: bytes.subarray(head.start, end),
    });
    at = end;
  }
  return frames;
}

/** Where the payload begins and how long it is; undefined when the header is cut. */
function headAt(bytes: Buffer, at: number): { start: number; length: number } | undefined {
  const size = bytes[at + 1] ?? 0;
  if ((size & 0x80) !== 0) throw new Error('a server masks nothing');
  const start = at + 2 + (size === 126 ? 2 : size === 127 ? 8 : 0);
  if (start > bytes.length) return undefined;
  if (size < 126) return { start, length: size };
  const length = size === 126 ? bytes.readUInt16BE(at + 2) : bytes.readBigUInt64BE(at + 2);
  return { start, length: Number(length) };
}

/** A stream whose other side is the test. */
export class TestStream implements Stream {
  readonly remoteAddress = '10.0.0.9';
  readonly remotePort = 4000;
  readonly localAddress = '10.0.0.1';
  readonly localPort = 8080;
  handler: StreamHandler = { onBytes() {}, onDrain() {}, onClose() {} };
  onReleased: (() => void) | undefined = undefined;
  /** Nothing is taken while true. */
  blocked = false;
  private readonly kept: { buffer: Buffer; start: number; end: number }[] = [];
  private readonly taken: Buffer[] = [];
  paused = true;
  ended = '';

  write(buffer: Buffer, start: number, end: number): boolean {
    if (this.ended !== '') throw new Error('written behind the end');
    if (this.blocked || this.kept.length > 0) {
      this.kept.push({ buffer, start, end });
      return false;
    }
    this.taken.push(Buffer.from(buffer.subarray(start, end)));
    return true;
  }

  get pendingBytes(): number {
    return this.kept.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** The peer reads everything. */
  drain(): void {
    this.blocked = false;
    for (const { buffer, start, end } of this.kept.splice(0)) {
      this.taken.push(Buffer.from(buffer.subarray(start, end)));
    }
    this.handler.onDrain();
  }

  get sent(): Buffer {
    return Buffer.concat(this.taken);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.ended = 'end';
  }

  destroy(): void {
    this.ended = 'destroy';
  }
}
