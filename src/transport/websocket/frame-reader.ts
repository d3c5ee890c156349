/**
 * Hot: finds the frames of a WebSocket in chunks of bytes, cut anywhere. Budget: no allocation and
 * about 20 ns per frame; payload bytes are not touched here. Guarded by the bench row websocket.
 *
 * `feed` gives a chunk, then `next` is called until it finds nothing more. It finds runs of payload
 * (the part of a data frame that the chunk holds, to be unmasked with `runKey`), whole control
 * frames, and problems, worded as nats-server words them. What a chunk leaves unfinished is at most
 * a header or a control frame: 14 and 125 bytes.
 */
import { turnKey, unmaskInto } from './unmask.ts';

export const opcodes = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** What `next` found. */
export const found = { nothing: 0, payload: 1, control: 2, problem: 3 } as const;
export type Found = (typeof found)[keyof typeof found];

export const finalBit = 0x80;
export const compressedBit = 0x40;
const reservedBits = 0x30;
const maskBit = 0x80;
/** Payload bytes of a control frame. */
export const controlPayloadMax = 125;
const headerMax = 14;

export class FrameReader {
  private readonly masked: boolean;
  private readonly compression: boolean;
  private buffer: Buffer = Buffer.alloc(0);
  private at = 0;
  private end = 0;
  private readonly head = Buffer.alloc(headerMax);
  private headLength = 0;
  private headNeeded = 2;
  /** Payload bytes of the frame that are still to come. */
  private remaining = 0;
  private inFrame = false;
  private final = true;
  private key = 0;
  /** A message has begun and its final frame has not. */
  private messageOpen = false;
  /** The run found last: where, its key, of what kind of message, and whether it ends it. */
  runStart = 0;
  runLength = 0;
  runKey = 0;
  compressed = false;
  messageEnds = false;
  /** The control frame found last; `control` is valid until the next call. */
  controlCode = 0;
  controlLength = 0;
  readonly control = Buffer.alloc(controlPayloadMax);
  problem = '';

  /** `masked`: the peer masks its frames; else they are taken as they are. */
  constructor(masked: boolean, compression: boolean) {
    this.masked = masked;
    this.compression = compression;
  }

  /** Goes on with the bytes from `start` to `end`. */
  feed(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer;
    this.at = start;
    this.end = end;
  }

  /** Where in the chunk the next frame or run begins. */
  get position(): number {
    return this.at;
  }

  next(): Found {
    for (;;) {
      if (!this.inFrame) {
        const state = this.readHeader();
        if (state !== found.payload) return state;
      }
      if (this.headOpcode >= opcodes.close) return this.takeControl();
      if (this.remaining > 0 && this.at === this.end) return found.nothing;
      this.takeRun();
      if (this.runLength > 0 || (this.compressed && this.messageEnds)) return found.payload;
    }
  }

  private get headOpcode(): number {
    return this.head[0]! & 0x0f;
  }

  /** `payload` when the header is complete. */
  private readHeader(): Found {
    const { head, buffer, end } = this;
    while (this.headLength < this.headNeeded) {
      if (this.at === end) return found.nothing;
      head[this.headLength++] = buffer[this.at++]!;
      if (this.headLength !== 2) continue;
      this.problem = this.frameProblem(head[0]!, head[1]!);
      if (this.problem !== '') return found.problem;
      const size = head[1]! & 0x7f;
      this.headNeeded += (size < 126 ? 0 : size === 126 ? 2 : 8) + (this.masked ? 4 : 0);
    }
    return this.beginFrame();
  }

  private frameProblem(b0: number, b1: number): string {
    const opcode = b0 & 0x0f;
    const final = (b0 & finalBit) !== 0;
    const compressed = (b0 & compressedBit) !== 0;
    if ((b0 & reservedBits) !== 0) return 'RSV2 and RSV3 must be clear';
    if (compressed && !this.compression) {
      return 'compressed frame received without negotiated permessage-deflate';
    }
    if (this.masked && (b1 & maskBit) === 0) return 'mask bit missing';
    switch (opcode) {
      case opcodes.ping:
      case opcodes.pong:
      case opcodes.close:
        if ((b1 & 0x7f) > controlPayloadMax) {
          return `control frame length bigger than maximum allowed of ${controlPayloadMax} bytes`;
        }
        if (!final) return 'control frame does not have final bit set';
        return compressed ? 'control frame must not be compressed' : '';
      case opcodes.text:
      case opcodes.binary:
        return this.messageOpen
          ? 'new message started before final frame for previous message was received'
          : '';
      case opcodes.continuation:
        return !this.messageOpen || compressed ? 'invalid continuation frame' : '';
      default:
        return `unknown opcode ${opcode}`;
    }
  }

  private beginFrame(): Found {
    const { head } = this;
    const b0 = head[0]!;
    const size = head[1]! & 0x7f;
    this.remaining = size;
    if (size === 126) this.remaining = head.readUInt16BE(2);
    if (size === 127) {
      if ((head[2]! & 0x80) !== 0) {
        this.problem = 'invalid 64-bit payload length';
        return found.problem;
      }
      this.remaining = head.readUInt32BE(2) * 0x1_0000_0000 + head.readUInt32BE(6);
    }
    this.key = this.masked ? head.readInt32LE(this.headNeeded - 4) : 0;
    this.headLength = 0;
    this.headNeeded = 2;
    this.inFrame = true;
    const opcode = b0 & 0x0f;
    if (opcode >= opcodes.close) {
      this.controlCode = opcode;
      this.controlLength = 0;
      return found.payload;
    }
    this.final = (b0 & finalBit) !== 0;
    this.messageOpen = !this.final;
    if (opcode !== opcodes.continuation) this.compressed = (b0 & compressedBit) !== 0;
    return found.payload;
  }

  private takeRun(): void {
    const length = Math.min(this.remaining, this.end - this.at);
    this.runStart = this.at;
    this.runLength = length;
    this.runKey = this.key;
    this.at += length;
    this.remaining -= length;
    this.key = turnKey(this.key, length);
    this.inFrame = this.remaining > 0;
    this.messageEnds = this.final && !this.inFrame;
  }

  private takeControl(): Found {
    const length = Math.min(this.remaining, this.end - this.at);
    unmaskInto(this.control, this.controlLength, this.buffer, this.at, length, this.key);
    this.key = turnKey(this.key, length);
    this.at += length;
    this.controlLength += length;
    this.remaining -= length;
    if (this.remaining > 0) return found.nothing;
    this.inFrame = false;
    return found.control;
  }
}
