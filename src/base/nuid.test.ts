import assert from 'node:assert/strict';
import test from 'node:test';
import { Nuid } from './nuid.ts';

const random = {
  below: (n: number) => Math.floor(n / 3),
  bytes: (n: number) => Buffer.alloc(n, 7),
};

test('ids have 22 base 62 characters, keep their prefix and rise', () => {
  const nuid = new Nuid(random);
  const ids = Array.from({ length: 1000 }, () => nuid.next());
  for (const id of ids) assert.match(id, /^[0-9A-Za-z]{22}$/);
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(new Set(ids.map((id) => id.slice(0, 12))).size, 1);
});

test('a count that runs over gets another prefix', () => {
  let drawn = 0;
  const nuid = new Nuid({
    below: (n) => n - 1,
    bytes: (n) => Buffer.alloc(n, drawn++),
  });
  const ids = Array.from({ length: 50 }, () => nuid.next());
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(new Set(ids.map((id) => id.slice(0, 12))).size > 1);
});
