import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimRandom } from './sim-random.ts';
import { SimTime } from './sim-time.ts';
import { SimTrace } from './sim-trace.ts';

const simTime = (seed = 1): SimTime => new SimTime(new SimRandom(seed), new SimTrace());

test('timers fire in order of time, and in order of asking when it is the same', () => {
  const time = simTime();
  const order: string[] = [];
  const at = (name: string) => () => order.push(`${name}@${time.monotonicMs()}`);
  time.after(20, at('late'));
  time.after(10, at('first'));
  time.after(10, at('second'));
  time.after(15, at('cleared')).clear();
  time.runSync(100);
  assert.deepEqual(order, ['first@10', 'second@10', 'late@20']);
  assert.equal(time.monotonicMs(), 100);
});

test('an interval repeats until it is cleared, also by itself', () => {
  const time = simTime();
  let outer = 0;
  let inner = 0;
  const outside = time.every(10, () => outer++);
  const inside = time.every(10, () => {
    if (++inner === 3) inside.clear();
  });
  time.runSync(55);
  outside.clear();
  time.runSync(100);
  assert.deepEqual([outer, inner], [5, 3]);
});

test('end-of-turn callbacks come after all I/O of the turn; what they ask for comes a turn later', () => {
  const time = simTime();
  const order: string[] = [];
  for (let i = 0; i < 5; i++) {
    time.io(7, () => {
      order.push('io');
      if (i === 2) {
        time.endOfTurn(() => {
          order.push('end');
          time.io(0, () => order.push('next io'));
          time.endOfTurn(() => order.push('next end'));
        });
      }
    });
  }
  time.runSync(10);
  assert.deepEqual(order, ['io', 'io', 'io', 'io', 'io', 'end', 'next io', 'next end']);
});

test('the order of I/O at one time depends on the seed and on nothing else', () => {
  const course = (seed: number): string => {
    const time = simTime(seed);
    const order: number[] = [];
    for (let i = 0; i < 8; i++) time.io(1, () => order.push(i));
    time.runSync(2);
    return order.join();
  };
  assert.equal(course(5), course(5));
  assert.ok(new Set([1, 2, 3, 4, 5].map(course)).size > 1);
});

test('the wall clock jumps alone, and nanoseconds agree with it', () => {
  const time = simTime();
  time.runSync(1.5);
  const before = time.nowMs();
  time.jumpWallClock(-3_600_000);
  assert.equal(time.nowMs(), before - 3_600_000);
  assert.equal(time.monotonicMs(), 1.5);
  assert.equal(time.nowNs(), BigInt(time.nowMs() - 0.5) * 1_000_000n + 500_000n);
});

test('promises make progress between turns', async () => {
  const time = simTime();
  const sleep = (ms: number) => new Promise<void>((resolve) => time.after(ms, resolve));
  const work = async (): Promise<number> => {
    for (let i = 0; i < 10; i++) await sleep(100);
    return time.monotonicMs();
  };
  assert.equal(await time.runUntil(work()), 1000);
  await assert.rejects(time.runUntil(new Promise(() => {})), /nothing settles/);
});

test('a simulation whose time does not move is reported', () => {
  const time = simTime();
  const again = (): void => time.endOfTurn(again);
  again();
  assert.throws(() => time.runSync(1), /stuck at 0 ms/);
});

test('seeded randomness repeats, forks are independent, below is in range', () => {
  const draw = (random: SimRandom) => [random.below(10), random.below(2 ** 32), ...random.bytes(4)];
  assert.deepEqual(draw(new SimRandom(9)), draw(new SimRandom(9)));
  assert.notDeepEqual(draw(new SimRandom(9)), draw(new SimRandom(10)));
  const parent = new SimRandom(9);
  const fork = draw(parent.fork('network'));
  parent.below(5);
  assert.deepEqual(draw(parent.fork('network')), fork);
  assert.notDeepEqual(draw(parent.fork('disk')), fork);
  const counts = [0, 0, 0];
  for (let i = 0; i < 30_000; i++) counts[parent.below(3)]!++;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 600, String(counts));
});

test('the trace tells two courses apart and keeps the last events', () => {
  const a = new SimTrace();
  const b = new SimTrace();
  for (const trace of [a, b]) trace.note(1, 'x');
  assert.equal(a.hash, b.hash);
  a.note(2, 'y');
  b.note(2.001, 'y');
  assert.notEqual(a.hash, b.hash);
  for (let i = 0; i < 5000; i++) a.note(i, 'z');
  assert.ok(a.tail.length <= 400);
  assert.equal(a.tail.at(-1), '4999.000 z');
});
