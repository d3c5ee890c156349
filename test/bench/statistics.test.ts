import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memoryGrowth } from '../../bench/growth.mjs';
import { fitLine, quartiles, ratios, roundOrder } from '../../bench/statistics.mjs';

const MiB = 1024 * 1024;

test('quartiles interpolate, whatever the order of the samples', () => {
  assert.deepEqual(quartiles([4, 1, 3, 2]), { q1: 1.75, median: 2.5, q3: 3.25, n: 4 });
  assert.deepEqual(quartiles([7]), { q1: 7, median: 7, q3: 7, n: 1 });
  assert.ok(Number.isNaN(quartiles([]).median));
});

test('a ratio above 1 is better for us, and a pair with a missing half is left out', () => {
  assert.deepEqual(ratios([200, Number.NaN, 300], [100, 100, 300], true), [2, 1]);
  assert.deepEqual(ratios([50, 100], [100, Number.NaN], false), [2]);
});

test('a line is fitted exactly through points that lie on one', () => {
  const number = fc.integer({ min: -1000, max: 1000 });
  fc.assert(
    fc.property(number, number, fc.uniqueArray(number, { minLength: 2 }), (a, b, xs) => {
      const { slope, intercept } = fitLine(xs.map((x) => [x, a * x + b] as const));
      assert.ok(Math.abs(slope - a) < 1e-6);
      assert.ok(Math.abs(intercept - b) < 1e-3);
    }),
  );
});

test('over a full cycle of rounds every arm meets every place equally often', () => {
  for (const arms of [['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd']]) {
    const met = new Map<string, number>();
    for (let round = 0; round < 2 * arms.length; round++) {
      const order = roundOrder(arms, round);
      assert.deepEqual([...order].sort(), arms);
      for (const [place, arm] of order.entries()) {
        met.set(`${arm}${place}`, (met.get(`${arm}${place}`) ?? 0) + 1);
      }
    }
    assert.deepEqual([...met.values()], Array(arms.length ** 2).fill(2));
    assert.deepEqual(roundOrder(arms, 1), roundOrder(arms, 0).reverse());
  }
});

/** 600 seconds of memory readings with a saw-tooth as garbage collection makes it. */
function readings(bytesAt: (second: number) => number): [number, number][] {
  return Array.from({ length: 600 }, (_, i) => [i, bytesAt(i) + (i % 17) * MiB]);
}

test('memory that rises in the first half and stays there is flat', () => {
  const growth = memoryGrowth(readings((s) => 60 * MiB + Math.min(s, 200) * 0.5 * MiB));
  assert.equal(growth.flat, true);
  assert.equal(growth.judged, true);
  assert.ok(growth.peak >= 176 * MiB - 1);
});

test('memory that leaks slowly is not flat', () => {
  const growth = memoryGrowth(readings((s) => 60 * MiB + s * 0.05 * MiB));
  assert.equal(growth.flat, false);
  assert.ok(Math.abs(growth.bytes - 15 * MiB) < 2 * MiB);
});

test('a run of a minute is too short to be judged', () => {
  assert.equal(memoryGrowth(readings((s) => s * MiB).slice(0, 60)).judged, false);
});
