import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../platform/clock.ts';
import { RateCounter } from './rate-counter.ts';

test('as many as the limit per second, then none until the second is over', () => {
  let now = 1000;
  const clock: Clock = { nowMs: () => now, nowNs: () => 0n, monotonicMs: () => now };
  const counter = new RateCounter(3, clock);
  const ask = (times: number): boolean[] => Array.from({ length: times }, () => counter.allow());
  assert.deepEqual(ask(5), [true, true, true, false, false]);
  now += 900;
  assert.deepEqual(ask(2), [false, false]);
  now += 101;
  assert.deepEqual(ask(4), [true, true, true, false]);
});

test('tells how many were blocked, once a second and only when there were any', () => {
  const clock: Clock = { nowMs: () => 0, nowNs: () => 0n, monotonicMs: () => 0 };
  const counter = new RateCounter(1, clock);
  let tick = (): void => {};
  const timers = {
    after: () => ({ clear() {} }),
    every: (_ms: number, callback: () => void) => {
      tick = callback;
      return { clear() {} };
    },
  };
  const told: number[] = [];
  counter.report(timers, (blocked) => told.push(blocked));
  tick();
  counter.allow();
  counter.allow();
  counter.allow();
  tick();
  tick();
  assert.deepEqual(told, [2]);
});
