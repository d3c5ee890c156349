/**
 * DER, as far as certificates and OCSP need it. The reader follows the structure its caller expects
 * and never goes deeper by itself; it refuses lengths that are indefinite, not minimal or beyond
 * the bytes at hand.
 */
export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
};

/** `[n]`, constructed. */
export function contextTag(n: number): number {
  return 0xa0 | n;
}

export class DerError extends Error {
  readonly code = 'ERR_DER';

  constructor(message: string) {
    super(`asn1: ${message}`);
    this.name = 'DerError';
  }
}

export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

/** Reads the values of one content, one after the other. */
export class DerReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at === this.bytes.length;
  }

  next(tag?: number): DerValue {
    const { bytes, at } = this;
    if (this.done) throw new DerError('structure is cut off');
    const actual = bytes[at] as number;
    if ((actual & 0x1f) === 0x1f) throw new DerError('tag is too large');
    if (tag !== undefined && actual !== tag) throw new DerError('tags do not match');
    const { start, length } = this.length(at + 1);
    const end = start + length;
    if (end > bytes.length) throw new DerError('structure is cut off');
    this.at = end;
    return { tag: actual, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
  }

  /** The next value when it has this tag. */
  optional(tag: number): DerValue | undefined {
    return this.bytes[this.at] === tag ? this.next(tag) : undefined;
  }

  /** Goes into the next value. */
  enter(tag: number = derTags.sequence): DerReader {
    return new DerReader(this.next(tag).content);
  }

  /** All that follow. */
  rest(tag?: number): DerValue[] {
    const values: DerValue[] = [];
    while (!this.done) values.push(this.next(tag));
    return values;
  }

  private length(at: number): { start: number; length: number } {
    const first = this.bytes[at];
    if (first === undefined) throw new DerError('structure is cut off');
    if (first < 0x80) return { start: at + 1, length: first };
    const size = first & 0x7f;
    const start = at + 1 + size;
    if (size === 0 || size > 4) throw new DerError('length is not supported');
    if (start > this.bytes.length) throw new DerError('structure is cut off');
    const length = this.bytes.readUIntBE(at + 1, size);
    if (length < 0x80 || length < 2 ** (8 * (size - 1))) throw new DerError('non-minimal length');
    return { start, length };
  }
}

/** The one value that these bytes are. */
export function readDer(bytes: Uint8Array, tag?: number): DerValue {
  const reader = new DerReader(bytes);
  const value = reader.next(tag);
  if (!reader.done) throw new DerError('trailing data');
  return value;
}

/** `1.3.6.1.…` */
export function oidText({ tag, content }: DerValue): string {
  if (tag !== derTags.oid || content.length === 0) throw new DerError('not an object identifier');
  const arcs: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER) throw new DerError('object identifier is too large');
    if (byte & 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(value / 40)));
    arcs.push(arcs.length === 1 ? value - (arcs[0] as number) * 40 : value);
    value = 0;
  }
  return arcs.join('.');
}

const timeForm = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/;

/** GeneralizedTime in UTC, as milliseconds since 1970. */
export function timeMs({ tag, content }: DerValue): number {
  const match = timeForm.exec(content.toString('latin1'));
  if (tag !== derTags.generalizedTime || !match) throw new DerError('not a time');
  const [, year, month, day, hour, minute, second, fraction] = match;
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}${(fraction ?? '').slice(0, 4)}Z`;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new DerError('not a time');
  return ms;
}

/** The bits of a BIT STRING of whole bytes. */
export function bitStringBytes({ content }: DerValue): Buffer {
  if (content[0] !== 0) throw new DerError('bits do not fill bytes');
  return content.subarray(1);
}

/** One value; its content is the parts in a row. */
export function encodeDer(tag: number, ...parts: Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(length)]), ...parts]);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

export function encodeOid(text: string): Buffer {
  const [first = 0, second = 0, ...arcs] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...arcs].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let rest = arc >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
    return digits;
  });
  return encodeDer(derTags.oid, Buffer.from(bytes));
}
