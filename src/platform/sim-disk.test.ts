import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Disk, FileHandle } from './disk.ts';
import { type SimPlatform, simPlatform } from './sim.ts';

const target = { buffer: Buffer.alloc(128), headroom: 0, capacity: 64 };
const sim = (seed = 1): SimPlatform => simPlatform(seed, target);

/** Runs asynchronous work in simulated time. */
const inTime = <T>(platform: SimPlatform, work: (disk: Disk) => Promise<T>): Promise<T> =>
  platform.time.runUntil(work(platform.disk));

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += await handle.write(bytes, done, bytes.length - done, position + done);
  }
}

/** The set of outcomes over many seeds. */
async function outcomes(run: (seed: number) => Promise<string>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) seen.add(await run(seed));
  return seen;
}

test('files and directories behave as on a real disk', async () => {
  const platform = sim();
  await inTime(platform, async (disk) => {
    await disk.mkdir('/data/a/b', { recursive: true });
    await disk.mkdir('/data/a/b', { recursive: true });
    await assert.rejects(disk.mkdir('/data/a'), { code: 'EEXIST' });
    const handle = await disk.open('/data/a/file', 'w+');
    await writeAll(handle, Buffer.from('hello world'), 2);
    assert.equal(await handle.size(), 13);
    await handle.truncate(7);
    const buffer = Buffer.alloc(20, 'x');
    assert.equal(await handle.read(buffer, 1, 10, 2), 5);
    assert.equal(buffer.toString('latin1', 0, 7), 'xhellox');
    await handle.close();
    await assert.rejects(handle.size(), { code: 'EBADF' });
    await disk.rename('/data/a/file', '/data/renamed');
    assert.equal(disk.existsSync('/data/a/file'), false);
    assert.deepEqual((await disk.readdir('/data')).sort(), ['a', 'renamed']);
    assert.equal((await disk.stat('/data/renamed'))?.size, 7);
    assert.equal((await disk.stat('/data/a'))?.isDirectory, true);
    assert.equal(await disk.stat('/nothing'), undefined);
    await assert.rejects(disk.open('/data/missing', 'r'), { code: 'ENOENT' });
    await assert.rejects(disk.open('/data/renamed', 'wx'), { code: 'EEXIST' });
    await assert.rejects(disk.rmdir('/data'), { code: 'ENOTEMPTY' });
    const appending = await disk.open('/data/renamed', 'a');
    await writeAll(appending, Buffer.from('!'), 0);
    assert.equal((await disk.readFile('/data/renamed')).toString(), '\0\0hello!');
    disk.unlinkSync('/data/renamed');
    await disk.rmdir('/data/a/b');
  });
});

test('what was synced, with its directory, survives every crash; other bytes may not', async () => {
  const seen = await outcomes(async (seed) => {
    const platform = sim(seed);
    await inTime(platform, async (disk) => {
      const handle = await disk.open('/log', 'w');
      await writeAll(handle, Buffer.from('safe'), 0);
      await handle.datasync();
      await disk.syncDirectory('/');
      await writeAll(handle, Buffer.from('lost?'), 4);
    });
    platform.disk.crash();
    const text = platform.disk.readFileSync('/log').toString();
    assert.ok(text.startsWith('safe'), text);
    return text;
  });
  assert.ok(seen.has('safe') && seen.has('safelost?'), [...seen].join());
});

test('a new file whose directory was not synced may be gone', async () => {
  const seen = await outcomes(async (seed) => {
    const platform = sim(seed);
    await inTime(platform, async (disk) => {
      const handle = await disk.open('/new', 'w');
      await writeAll(handle, Buffer.from('data'), 0);
      await handle.sync();
    });
    platform.disk.crash();
    return String(platform.disk.existsSync('/new'));
  });
  assert.equal(seen.size, 2);
});

test('a rename is there or not, never half', async () => {
  const seen = await outcomes(async (seed) => {
    const platform = sim(seed);
    await inTime(platform, async (disk) => {
      for (const name of ['old', 'new']) {
        const handle = await disk.open(`/${name}`, 'w');
        await writeAll(handle, Buffer.from(name), 0);
        await handle.sync();
      }
      await disk.syncDirectory('/');
      await disk.rename('/new', '/old');
    });
    platform.disk.crash();
    const text = platform.disk.readFileSync('/old').toString();
    assert.equal(platform.disk.existsSync('/new'), text === 'old');
    return text;
  });
  assert.deepEqual([...seen].sort(), ['new', 'old']);
});

test('unsynced writes are lost out of order and torn at sectors', async () => {
  const seen = await outcomes(async (seed) => {
    const platform = sim(seed);
    platform.disk.shortWrites = 0;
    await inTime(platform, async (disk) => {
      const handle = await disk.open('/f', 'w');
      await writeAll(handle, Buffer.alloc(3072, '-'), 0);
      await handle.sync();
      await disk.syncDirectory('/');
      await writeAll(handle, Buffer.alloc(1024, 'a'), 0);
      await writeAll(handle, Buffer.alloc(1024, 'b'), 1024);
    });
    platform.disk.crash();
    const content = platform.disk.readFileSync('/f').toString();
    return [0, 512, 1024, 1536, 2048].map((at) => content[at]).join('');
  });
  assert.ok(seen.has('--bb-'), `the later write alone: ${[...seen].join()}`);
  assert.ok(seen.has('a----') || seen.has('a-bb-'), `a torn write: ${[...seen].join()}`);
});

test('a sync covers what was written before it was asked for, not what came meanwhile', async () => {
  const seen = await outcomes(async (seed) => {
    const platform = sim(seed);
    platform.disk.shortWrites = 0;
    await inTime(platform, async (disk) => {
      const handle = await disk.open('/f', 'w');
      await disk.syncDirectory('/');
      await handle.write(Buffer.from('a'), 0, 1, 0);
      const first = handle.datasync();
      await handle.write(Buffer.from('b'), 0, 1, 1);
      await first;
    });
    platform.disk.crash();
    return platform.disk.readFileSync('/f').toString();
  });
  assert.ok(seen.has('a') && !seen.has(''), [...seen].join());
});

test('after a failed sync a later one that succeeds saves nothing of before', async () => {
  const seen = await outcomes(async (seed) => {
    const platform = sim(seed);
    platform.disk.shortWrites = 0;
    platform.disk.fail('sync', 'EIO', { path: '/f' });
    await inTime(platform, async (disk) => {
      const handle = await disk.open('/f', 'w');
      await disk.syncDirectory('/');
      await handle.write(Buffer.from('a'), 0, 1, 0);
      await assert.rejects(handle.datasync(), { code: 'EIO' });
      await handle.datasync();
    });
    platform.disk.crash();
    return platform.disk.readFileSync('/f').toString();
  });
  assert.ok(seen.has('') && seen.has('a'), [...seen].join());
});

test('the n-th operation fails, a full disk refuses growth, a bit flips without a word', async () => {
  const platform = sim();
  platform.disk.shortWrites = 0;
  platform.disk.fail('write', 'EIO', { path: '/f', skip: 1, times: 2 });
  await inTime(platform, async (disk) => {
    const handle = await disk.open('/f', 'w+');
    const write = () => handle.write(Buffer.from('x'), 0, 1, 0);
    await write();
    await assert.rejects(write(), { code: 'EIO' });
    await assert.rejects(write(), { code: 'EIO' });
    await write();
    platform.disk.capacityBytes = 4;
    await assert.rejects(handle.write(Buffer.alloc(9), 0, 9, 0), { code: 'ENOSPC' });
    assert.equal(await handle.write(Buffer.from('abcd'), 0, 4, 0), 4);
    platform.disk.flipBit('/f', 8);
    assert.equal((await disk.readFile('/f')).toString(), 'accd');
  });
});

test('writes may be short; handles and questions of before a crash are dead', async () => {
  const platform = sim();
  platform.disk.shortWrites = 1;
  const handle = await inTime(platform, async (disk) => {
    const opened = await disk.open('/f', 'w');
    const count = await opened.write(Buffer.alloc(100), 0, 100, 0);
    assert.ok(count > 0 && count < 100);
    return opened;
  });
  platform.disk.crash();
  await assert.rejects(handle.datasync(), { code: 'EBADF' });
});

test('operations finish in an order of their own, the same for the same seed', async () => {
  const order = async (seed: number): Promise<string> => {
    const platform = sim(seed);
    const done: number[] = [];
    await inTime(platform, async (disk) => {
      await Promise.all([0, 1, 2, 3, 4].map((i) => disk.mkdir(`/d${i}`).then(() => done.push(i))));
    });
    return done.join('');
  };
  assert.equal(await order(3), await order(3));
  const several = await outcomes(order);
  assert.ok(several.size > 10);
});

test('a worker is answered for, or fails to start', () => {
  for (const withAnswer of [true, false]) {
    const platform = simPlatform(1, target, withAnswer ? (_, n) => (n as number) * 2 : undefined);
    const seen: unknown[] = [];
    const link = platform.workers.start('program', {
      onMessage: (message) => seen.push(message),
      onExit: (error) => seen.push(error?.message),
    });
    link.post(21);
    platform.time.runSync(200);
    assert.deepEqual(seen, [withAnswer ? 42 : 'this simulation has no workers']);
    link.terminate();
  }
});
