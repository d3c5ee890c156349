import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

/*
 * bin/launch.cjs with a small program in place of the real one: the code cache must speed up and
 * never change what runs.
 */

function install(t: { after(fn: () => void): void }) {
  const dir = fs.mkdtempSync(join(tmpdir(), 'tnatsd-launch-'));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  fs.cpSync(join(__PROJECT_ROOT__, 'bin'), join(dir, 'bin'), { recursive: true });
  fs.mkdirSync(join(dir, 'dist'));
  const write = (text: string) => {
    const program = `setTimeout(()=>{},400);console.log(${JSON.stringify(text)},require("node:path").basename(process.argv[1]),process.argv[2])`;
    fs.writeFileSync(join(dir, 'dist/tnatsd.cjs'), program);
  };
  const run = (cache = join(dir, 'home')) => {
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const args = [join(dir, 'bin/nats-server.cjs'), 'arg'];
    const result = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    assert.equal(result.stderr, '');
    return result.stdout;
  };
  const caches = (folder = join(dir, 'dist/cache')) =>
    fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => join(folder, name)) : [];
  write('one');
  return { dir, write, run, caches };
}

test('the first start writes a cache, the next one uses it', (t) => {
  const { run, caches } = install(t);
  assert.equal(run(), 'one nats-server.cjs arg\n');
  const [file] = caches() as [string];
  const { mtimeMs } = fs.statSync(file);
  assert.equal(run(), 'one nats-server.cjs arg\n');
  // A refused cache would have been written again.
  assert.equal(caches().length, 1);
  assert.equal(fs.statSync(file).mtimeMs, mtimeMs);
});

test('a program of the same length with other text does not run from the cache', (t) => {
  const { run, write, caches } = install(t);
  run();
  write('two');
  assert.equal(run(), 'two nats-server.cjs arg\n');
  assert.equal(caches().length, 2);
});

test('a damaged cache is ignored and replaced', (t) => {
  const { run, caches } = install(t);
  run();
  const [file] = caches() as [string];
  const good = fs.readFileSync(file);
  for (const damage of [Buffer.alloc(0), good.subarray(0, good.length >> 1), flipped(good)]) {
    fs.writeFileSync(file, damage);
    assert.equal(run(), 'one nats-server.cjs arg\n');
    const again = fs.readFileSync(file);
    assert.ok(again.length > 20 && !again.equals(damage));
  }
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const at = copy.length - 40;
  copy[at] = (copy[at] as number) ^ 0x10;
  return copy;
}

test('a cache that others may write is not trusted', {
  skip: process.getuid === undefined,
}, (t) => {
  const { run, caches } = install(t);
  run();
  const [file] = caches() as [string];
  fs.chmodSync(file, 0o666);
  run();
  assert.equal(fs.statSync(file).mode & 0o022, 0);
});

test("where dist/ is not writable the cache goes to the user's own folder", (t) => {
  const { dir, run, caches } = install(t);
  fs.writeFileSync(join(dir, 'dist/cache'), 'in the way');
  run();
  assert.equal(caches(join(dir, 'home/tnatsd')).length, 1);
  fs.writeFileSync(join(dir, 'no-home'), '');
  assert.equal(run(join(dir, 'no-home')), 'one nats-server.cjs arg\n');
});
