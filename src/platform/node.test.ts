import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodePlatform } from './node.ts';

const platform = nodePlatform();

test('the wall clock follows Date.now within 3 ms and has fractions', () => {
  const samples = Array.from({ length: 50 }, () => platform.clock.nowMs());
  assert.ok(Math.abs((samples[49] as number) - Date.now()) < 3);
  assert.ok(samples.some((ms) => ms !== Math.floor(ms)));
  const ns = platform.clock.nowNs();
  assert.ok(Math.abs(Number(ns / 1_000_000n) - Date.now()) < 3);
});

test('the wall clock follows a jump of the machine', (t) => {
  const clock = nodePlatform().clock;
  const before = clock.nowMs();
  const real = Date.now;
  t.after(() => {
    Date.now = real;
  });
  Date.now = () => real() + 3_600_000;
  const until = clock.monotonicMs() + 60;
  while (clock.monotonicMs() < until);
  assert.ok(clock.nowMs() - before > 3_599_000);
});

test('a delay longer than setTimeout can hold does not fire at once', async () => {
  let fired = 0;
  const one = platform.timers.after(2 ** 32, () => fired++);
  const many = platform.timers.every(2 ** 32, () => fired++);
  await new Promise((resolve) => platform.timers.after(20, () => resolve(undefined)));
  one.clear();
  many.clear();
  assert.equal(fired, 0);
});

test('timers never run their callback inside the call, and clear stops them', async () => {
  let count = 0;
  const every = platform.timers.every(1, () => count++);
  const cleared = platform.timers.after(1, () => assert.fail('cleared timer fired'));
  assert.equal(count, 0);
  cleared.clear();
  cleared.clear();
  await new Promise((resolve) => platform.timers.after(30, () => resolve(undefined)));
  every.clear();
  const seen = count;
  assert.ok(seen >= 2);
  await new Promise((resolve) => platform.timers.after(10, () => resolve(undefined)));
  assert.equal(count, seen);
});

test('end-of-turn work runs once and before a later yield', async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    platform.scheduler.endOfTurn(() => order.push('end'));
    platform.scheduler.yieldThen(() => {
      order.push('yield');
      resolve();
    });
    order.push('now');
  });
  assert.deepEqual(order, ['now', 'end', 'yield']);
});

test('below is uniform for small and large n', () => {
  const counts = [0, 0, 0];
  for (let i = 0; i < 30_000; i++) {
    const value = platform.random.below(3);
    counts[value] = (counts[value] as number) + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 600, String(counts));
  // A plain modulo or multiplication would hit the first third twice as often.
  const n = 3 * 2 ** 30;
  let low = 0;
  for (let i = 0; i < 30_000; i++) if (platform.random.below(n) < 2 ** 30) low++;
  assert.ok(Math.abs(low - 10_000) < 600, String(low));
  assert.equal(platform.random.below(1), 0);
});

test('bytes are fresh, independent buffers of the asked size', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 2000; i++) {
    const bytes = platform.random.bytes(16);
    assert.equal(bytes.length, 16);
    seen.add(bytes.toString('hex'));
  }
  assert.equal(seen.size, 2000);
  assert.equal(platform.random.bytes(5000).length, 5000);
  const first = platform.random.bytes(8);
  const copy = Buffer.from(first);
  platform.random.bytes(8).fill(1);
  assert.deepEqual(first, copy);
});

test('the disk reads back what it wrote, and reports what is missing', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tnatsd-disk-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const { disk } = platform;
  const path = join(dir, 'a', 'block');
  await disk.mkdir(join(dir, 'a', 'b'), { recursive: true });
  const handle = await disk.open(path, 'w+');
  assert.equal(await handle.write(Buffer.from('xhellox'), 1, 5, 0), 5);
  await handle.datasync();
  assert.equal(await handle.size(), 5);
  const buffer = Buffer.alloc(10);
  assert.equal(await handle.read(buffer, 2, 8, 1), 4);
  assert.equal(buffer.toString('latin1', 2, 6), 'ello');
  await handle.truncate(2);
  await handle.sync();
  await handle.close();
  await disk.syncDirectory(join(dir, 'a'));
  await disk.rename(path, `${path}2`);
  assert.equal((await disk.readFile(`${path}2`)).toString(), 'he');
  assert.equal(disk.existsSync(path), false);
  assert.equal(await disk.stat(path), undefined);
  assert.equal((await disk.stat(join(dir, 'a')))?.isDirectory, true);
  assert.deepEqual((await disk.readdir(join(dir, 'a'))).sort(), ['b', 'block2']);
  await assert.rejects(disk.open(path, 'r'), { code: 'ENOENT' });
  await assert.rejects(disk.open(`${path}2`, 'wx'), { code: 'EEXIST' });
  await disk.rmdir(join(dir, 'a', 'b'));
  disk.writeFileSync(path, 'sync');
  assert.equal(disk.readFileSync(path).toString(), 'sync');
  disk.unlinkSync(path);
});
