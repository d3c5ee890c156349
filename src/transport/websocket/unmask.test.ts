import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { allocate } from '../../base/arena.ts';
import { turnKey, unmaskInto, unmaskWords } from './unmask.ts';

/** The obvious version: one byte at a time, the key as bytes. */
function unmaskBytes(bytes: Buffer, key: number): Buffer {
  const mask = Buffer.alloc(4);
  mask.writeInt32LE(key);
  return Buffer.from(bytes.map((byte, i) => byte ^ mask[i & 3]!));
}

const ways = {
  arena: { area: allocate(1024).buffer, unmask: unmaskInto },
  outside: { area: Buffer.alloc(1024), unmask: unmaskInto },
  words: { area: Buffer.alloc(1024), unmask: unmaskWords },
};

for (const [name, { area, unmask }] of Object.entries(ways)) {
  test(`${name}: moves and unmasks exactly the range, also onto itself`, () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.nat(20),
        fc.integer({ min: 0, max: 300 }),
        fc.integer(),
        fc.uint8Array({ minLength: 1024, maxLength: 1024 }),
        (toStart, gap, length, key, content) => {
          area.set(content);
          const from = toStart + gap;
          const expected = Buffer.from(content);
          unmaskBytes(expected.subarray(from, from + length), key).copy(expected, toStart);
          unmask(area, toStart, area, from, length, key);
          assert.deepEqual(Buffer.from(area.subarray(0, 1024)), expected);
        },
      ),
      { numRuns: 500 },
    );
  });
}

test('a turned key goes on where the last run ended', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(50), fc.nat(50), (key, first, second) => {
      const bytes = Buffer.alloc(first + second, 7);
      const halves = Buffer.alloc(first + second);
      unmaskWords(halves, 0, bytes, 0, first, key);
      unmaskWords(halves, first, bytes, first, second, turnKey(key, first));
      assert.deepEqual(halves, unmaskBytes(bytes, key));
    }),
  );
});
