import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Wakefulness } from './wakefulness.ts';

/** Time passes by 0.01 ms a turn; `run` counts the turns until the loop may sleep. */
function rig() {
  let now = 0;
  let next: (() => void) | undefined;
  const wakefulness = new Wakefulness(
    () => now,
    (callback) => {
      next = callback;
    },
  );
  const turn = (): boolean => {
    const callback = next;
    next = undefined;
    now += 0.01;
    callback?.();
    return next !== undefined;
  };
  const run = (): number => {
    let turns = 0;
    while (next !== undefined && turns < 1000) {
      turn();
      turns++;
    }
    return turns;
  };
  return { wakefulness, turn, run };
}

test('polls for a while after work, and not for ever', () => {
  const { wakefulness, run } = rig();
  wakefulness.stayAwake();
  const turns = run();
  assert.ok(turns >= 9 && turns <= 12, `${turns} turns`);
});

test('work that comes in time keeps it awake', () => {
  const { wakefulness, turn } = rig();
  wakefulness.stayAwake();
  for (let i = 0; i < 100; i++) {
    assert.ok(turn(), 'awake');
    if (i % 5 === 0) wakefulness.stayAwake();
  }
});

test('when work never comes in time it gives up, but for a try now and then', () => {
  const { wakefulness, run } = rig();
  let turns = 0;
  for (let i = 0; i < 640; i++) {
    wakefulness.stayAwake();
    turns += run();
  }
  assert.ok(turns < 20 * 12, `${turns} turns for 640 events`);
  assert.ok(turns > 5 * 9, 'it still tries');
});
