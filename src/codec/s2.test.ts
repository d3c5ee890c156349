import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';
import { decodeS2Block, encodeS2Block, S2Error, s2EncodedBytesMax } from './s2-block.ts';
import { decodeS2Stream, encodeS2Stream, encodeSnappyStream } from './s2-stream.ts';

interface Fixture {
  name: string;
  sha256: string;
  block: string;
  better: string;
  best: string;
  snappy: string;
  stream: string;
}

const file = join(__PROJECT_ROOT__, 'test/fixtures/s2/klauspost.json');
const fixtures = JSON.parse(readFileSync(file, 'utf8')) as Fixture[];
const max = 1 << 20;
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Bytes in which something repeats, near and far. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ max: 90, min: 1 })))
  .map((parts) => Buffer.concat(parts.flatMap(([part, n]) => Array<Uint8Array>(n).fill(part))));
const inputs = fc.oneof(fc.uint8Array({ maxLength: 300 }), repetitive);

test('CRC-32C of the known text', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});

test('reads blocks and streams of the Go implementation', () => {
  for (const { name, sha256, stream, ...blocks } of fixtures) {
    for (const [kind, block] of Object.entries(blocks)) {
      const bytes = decodeS2Block(Buffer.from(block, 'base64'), max);
      assert.equal(hash(bytes), sha256, `${name}, ${kind}`);
      assert.deepEqual(decodeS2Block(encodeS2Block(bytes), max), bytes, name);
    }
    assert.equal(hash(decodeS2Stream(Buffer.from(stream, 'base64'), max)), sha256, name);
  }
});

test('compresses what repeats', () => {
  for (const { name, block, best } of fixtures) {
    const bytes = decodeS2Block(Buffer.from(best, 'base64'), max);
    const ours = encodeS2Block(bytes).length;
    const theirs = Buffer.from(block, 'base64').length;
    assert.ok(ours <= theirs * 1.5 + 16, `${name}: ${ours} bytes, Go ${theirs}`);
  }
});

test('what was encoded is decoded, as block and as stream', () => {
  fc.assert(
    fc.property(inputs, (bytes) => {
      const block = encodeS2Block(bytes);
      assert.ok(block.length <= s2EncodedBytesMax(bytes.length));
      assert.deepEqual(decodeS2Block(block, bytes.length), Buffer.from(bytes));
      assert.deepEqual(decodeS2Stream(encodeS2Stream(bytes), bytes.length), Buffer.from(bytes));
    }),
    { numRuns: 500 },
  );
});

test('long runs, far offsets and several chunks', () => {
  const run = Buffer.alloc((1 << 24) + 70_000, 'a');
  assert.ok(encodeS2Block(run).length < 64);
  assert.ok(decodeS2Block(encodeS2Block(run), run.length).equals(run));
  const noise = Buffer.alloc(3_000_000);
  for (let i = 0, x = 1; i < noise.length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    noise[i] = x >>> 24;
  }
  const far = Buffer.concat([noise.subarray(0, 90_000), noise.subarray(0, 1000), noise]);
  assert.ok(decodeS2Block(encodeS2Block(far), far.length).equals(far));
  assert.ok(decodeS2Stream(encodeS2Stream(far), far.length).equals(far));
});

test('broken input is an S2Error or other bytes, never another failure', () => {
  const text = Buffer.from('PUB orders.new 5 hello PUB orders.new 5 hello PUB orders'.repeat(4));
  const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  for (const [whole, decode] of [
    [encodeS2Block(text), decodeS2Block],
    [encodeS2Stream(text), decodeS2Stream],
  ] as const) {
    fc.assert(
      fc.property(change, fc.nat(whole.length), (changes, cut) => {
        const bad = Buffer.from(whole.subarray(0, cut));
        for (const [at, value] of changes) if (cut > 0) bad[at % cut] = value;
        try {
          assert.ok(decode(bad, 1000).length <= 1000);
        } catch (error) {
          assert.ok(error instanceof S2Error, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  }
});

test('refuses what would become too large, before it takes the memory', () => {
  const bomb = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x61]);
  assert.throws(() => decodeS2Block(bomb, 1 << 20), /too large/);
  const stream = encodeS2Stream(Buffer.alloc(5000));
  assert.throws(() => decodeS2Stream(stream, 4999), /too large/);
});

test('a stream with a wrong checksum, cut off, or without identifier is refused', () => {
  const stream = encodeS2Stream(Buffer.from('hello'.repeat(50)));
  const wrong = Buffer.from(stream);
  wrong[14] = (wrong[14] as number) ^ 1;
  assert.throws(() => decodeS2Stream(wrong, max), /checksum/);
  assert.throws(() => decodeS2Stream(stream.subarray(0, -1), max), /cut off/);
  assert.throws(() => decodeS2Stream(stream.subarray(10), max), /corrupt/);
});

/** What plain Snappy knows: no copy of the first kind with offset 0, no offset beyond 16 bits. */
function decodeSnappyBlock(block: Uint8Array): Buffer {
  let at = 0;
  while ((block[at++] as number) & 0x80);
  const output: number[] = [];
  while (at < block.length) {
    const head = block[at++] as number;
    if ((head & 3) === 0) {
      const code = head >> 2;
      const size = code < 60 ? 0 : code - 59;
      let length = code;
      if (size > 0) {
        length = 0;
        for (let i = 0; i < size; i++) length += (block[at + i] as number) * 2 ** (8 * i);
        at += size;
      }
      for (let i = 0; i <= length; i++) output.push(block[at++] as number);
      continue;
    }
    const first = (head & 3) === 1;
    const length = first ? ((head >> 2) & 7) + 4 : (head >> 2) + 1;
    const offset = first
      ? ((head & 0xe0) << 3) | (block[at] as number)
      : (block[at] as number) | ((block[at + 1] as number) << 8);
    at += first ? 1 : 2;
    assert.ok((head & 3) !== 3 && offset > 0 && offset <= output.length);
    for (let i = 0; i < length; i++) output.push(output[output.length - offset] as number);
  }
  return Buffer.from(output);
}

test('a Snappy stream is read by a reader that knows no S2', () => {
  const long = Buffer.from('abcdefgh'.repeat(20_000));
  fc.assert(
    fc.property(fc.oneof(inputs, fc.constant(long)), (bytes) => {
      const stream = encodeSnappyStream(bytes);
      if (bytes.length === 0) return assert.equal(stream.length, 0);
      assert.equal(stream.latin1Slice(0, 10), '\xff\x06\x00\x00sNaPpY');
      const parts: Buffer[] = [];
      for (let at = 10; at < stream.length; ) {
        const end = at + 4 + stream.readUIntLE(at + 1, 3);
        const body = stream.subarray(at + 8, end);
        const part = stream[at] === 1 ? body : decodeSnappyBlock(body);
        assert.ok(part.length <= 65_536);
        parts.push(part);
        at = end;
      }
      assert.deepEqual(Buffer.concat(parts), Buffer.from(bytes));
      assert.deepEqual(decodeS2Stream(stream, max), Buffer.from(bytes));
      return undefined;
    }),
  );
});
