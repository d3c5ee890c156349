import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeDirectory, replaceFile } from './replace-file.ts';
import { type SimPlatform, simPlatform } from './sim.ts';

const target = { buffer: Buffer.alloc(128), headroom: 0, capacity: 64 };
const oldText = 'old contents';
const newText = 'new contents, and longer ones';

async function prepared(seed: number): Promise<SimPlatform> {
  const platform = simPlatform(seed, target);
  platform.disk.shortWrites = 0.5;
  await platform.time.runUntil(platform.disk.mkdir('/jwt'));
  await platform.time.runUntil(platform.disk.syncDirectory('/'));
  await platform.time.runUntil(
    replaceFile(platform.disk, '/jwt/file', Buffer.from(oldText), 0o600),
  );
  return platform;
}

const contents = ({ disk }: SimPlatform): string => disk.readFileSync('/jwt/file').toString();

test('new contents survive a power cut once replacing has resolved', async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const platform = await prepared(seed);
    await platform.time.runUntil(
      replaceFile(platform.disk, '/jwt/file', Buffer.from(newText), 0o600),
    );
    platform.disk.crash();
    assert.equal(contents(platform), newText, `seed ${seed}`);
  }
});

test('a power cut at any time leaves the old or the new contents, never a mixture', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 300; seed++) {
    const platform = await prepared(seed);
    const { disk, time, random } = platform;
    // Whoever asked hears nothing of it after the power cut.
    void replaceFile(disk, '/jwt/file', Buffer.from(newText), 0o600);
    await time.run(random.fraction() * 12);
    disk.crash();
    seen.add(contents(platform));
  }
  assert.deepEqual([...seen].sort(), [newText, oldText].sort());
});

test('a disk that fails leaves the old contents and no rubbish', async () => {
  for (const operation of ['open', 'write', 'sync', 'rename'] as const) {
    const platform = await prepared(1);
    platform.disk.fail(operation, 'EIO');
    const replacing = replaceFile(platform.disk, '/jwt/file', Buffer.from(newText), 0o600);
    await assert.rejects(platform.time.runUntil(replacing), { code: 'EIO' });
    assert.equal(contents(platform), oldText);
    assert.deepEqual(await platform.time.runUntil(platform.disk.readdir('/jwt')), ['file']);
  }
});

test('a directory and those around it survive a power cut once made', async () => {
  for (let seed = 1; seed <= 50; seed++) {
    const { disk, time } = simPlatform(seed, target);
    for (let i = 0; i < 2; i++) await time.runUntil(makeDirectory(disk, '/a/b/c', 0o700));
    disk.crash();
    assert.equal(disk.existsSync('/a/b/c'), true, `seed ${seed}`);
  }
});
