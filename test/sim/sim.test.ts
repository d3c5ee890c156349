import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { simulate } from './simulation.ts';

/** Fixed seeds keep what was once found found; the fresh one looks for more. */
const seeds = [1, 2, 3, 4, 5, 6, 7, 8, randomInt(2 ** 31)];

for (const seed of seeds) {
  test(`seed ${seed}: every subscription gets what it must`, async () => {
    const result = await simulate(seed, 3000);
    const story = `${result.problems.slice(0, 20).join('\n')}\nrun: node scripts/sim.mjs --seed ${seed} --runs 1`;
    assert.equal(result.problems.length, 0, story);
    assert.ok(result.messages > 50 && result.deliveries > 50, 'something happened');
  });
}

test('the same seed gives the same course, another one another', async () => {
  const [first, again, other] = [
    await simulate(77, 1500),
    await simulate(77, 1500),
    await simulate(78, 1500),
  ];
  assert.equal(first.hash, again.hash);
  assert.notEqual(first.hash, other.hash);
});
