import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allocate, arenaCopy, arenaSlack } from './arena.ts';

const size = 4096;
const from = allocate(size + arenaSlack);
const to = allocate(size + arenaSlack);

test('pieces lie in the arena, apart from each other', () => {
  assert.ok(from.base >= 0, 'WebAssembly must work here');
  assert.ok(to.base >= from.base + size + arenaSlack);
});

test('arenaCopy copies what Buffer.copy copies, and no more than the slack behind it', () => {
  for (let i = 0; i < size + arenaSlack; i++) from.buffer[i] = (i * 31 + 7) & 0xff;
  const range = fc.tuple(fc.nat(size - 1), fc.nat(size - 1), fc.integer({ min: 1, max: size }));
  fc.assert(
    fc.property(range, ([source, target, wanted]) => {
      const length = Math.min(wanted, size - source, size - target);
      to.buffer.fill(0xee);
      arenaCopy(to.base + target, from.base + source, length);
      const expected = Buffer.alloc(size + arenaSlack, 0xee);
      from.buffer.copy(expected, target, source, source + length);
      const end = target + length;
      assert.ok(to.buffer.subarray(0, end).equals(expected.subarray(0, end)));
      const behind = end + arenaSlack - 1;
      assert.ok(to.buffer.subarray(behind).equals(expected.subarray(behind)));
    }),
  );
});

test('what does not fit the arena lies elsewhere', () => {
  const { buffer, base } = allocate(64 * 1024 * 1024);
  assert.equal(base, -1);
  assert.equal(buffer.length, 64 * 1024 * 1024);
});
