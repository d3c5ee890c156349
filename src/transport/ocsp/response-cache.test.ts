import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { makeAnswer, makeCertificate } from '../../../test/ocsp/authority.ts';
import { HeldTimers, LogLines, MovedClock, until } from '../../../test/ocsp/responder.ts';
import type { OcspCache } from '../../options/ocsp-rows.ts';
import { nodeDisk } from '../../platform/node-disk.ts';
import { type OcspStatus, readOcspResponse } from './response.ts';
import { ResponseCache } from './response-cache.ts';

const ca = makeCertificate({ name: 'ca', ca: true });
const leaf = makeCertificate({ name: 'leaf', issuer: ca }).certificate;
const nextUpdateMs = Math.ceil(Date.now() / 1000) * 1000 + 3_600_000;
const response = (status: OcspStatus) =>
  readOcspResponse(makeAnswer(leaf, ca, { status, nextUpdateMs }), leaf, ca.certificate);

function setUp(t: TestContext, wish: Partial<OcspCache> = {}, limits?: object) {
  const folder = mkdtempSync(join(tmpdir(), 'ocsp-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const localStore = join(folder, 'store');
  const logger = new LogLines();
  const timers = new HeldTimers();
  const options: OcspCache = {
    type: 'local',
    localStore,
    preserveRevoked: false,
    saveIntervalSeconds: 300,
    ...wish,
  };
  const parts = { logger, timers, clock: new MovedClock(), disk: nodeDisk };
  const all = { itemsMax: 10, bytesMax: 1 << 20, fileBytesMax: 1 << 20, ...limits };
  const open = async () => {
    const cache = new ResponseCache(options, parts, all);
    await cache.start();
    return cache;
  };
  return { open, logger, timers, folder: localStore, file: join(localStore, 'cache.json') };
}

test('counts hits, misses and what it holds', async (t) => {
  const { open } = setUp(t);
  const cache = await open();
  assert.equal(cache.get('a'), undefined);
  cache.put('a', response('good'), 'CN=a');
  cache.put('b', response('revoked'), 'CN=b');
  cache.put('c', response('unknown'), 'CN=c');
  cache.put('a', response('revoked'), 'CN=a');
  assert.ok(cache.get('a'));
  cache.drop('a');
  const counters = { hits: 0, misses: 2, responses: 2, revokes: 1, goods: 0, unknowns: 1 };
  assert.deepEqual(cache.stats, { type: 'local', ...counters });
  await cache.stop();
  assert.equal(cache.get('b'), undefined);
});

test('is saved in the form of nats-server, and read again', async (t) => {
  const { open, file, folder, logger } = setUp(t);
  const cache = await open();
  assert.ok(logger.has('No OCSP peer cache found, starting with empty cache'));
  cache.put('k/+=', response('revoked'), 'CN=<a>');
  await cache.stop();
  assert.equal(statSync(folder).mode & 0o777, 0o750);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, 'utf8');
  const expires = new Date(nextUpdateMs).toISOString().replace('.000', '');
  const form = [
    '^\\{\\n "k/\\+=": \\{\\n  "subject": "CN=\\\\u003ca\\\\u003e",\\n',
    '  "cached_at": "20..-..-..T..:..:..Z",\\n  "resp_status": "revoked",\\n',
    `  "resp_expires": "${expires}",\\n  "resp": "/wYAAFMyc1R3T[^"]+"\\n \\}\\n\\}$`,
  ];
  assert.match(text, new RegExp(form.join('')));
  const again = await open();
  assert.equal(
    readOcspResponse(again.get('k/+=') as Buffer, leaf, ca.certificate).status,
    'revoked',
  );
  assert.equal(again.stats?.revokes, 1);
});

test('is saved when its time comes, and only when something changed', async (t) => {
  const { open, file, timers, logger } = setUp(t);
  const cache = await open();
  assert.equal(timers.held[0]?.delayMs, 300_000);
  timers.fire();
  await until(() => timers.held.length === 1);
  assert.equal(existsSync(file), false);
  cache.put('a', response('good'), 'CN=a');
  timers.fire();
  await until(() => timers.held.length === 1);
  assert.equal(existsSync(file), true);
  assert.ok(logger.has('Saved OCSP peer cache successfully'));
  await cache.stop();
  assert.equal(timers.held.length, 0);
});

test('a file that is no cache is a warning, and replaced', async (t) => {
  const { open, file, logger } = setUp(t);
  const first = await open();
  first.put('a', response('good'), 'CN=a');
  await first.stop();
  for (const text of ['{"a":', '[]', '{"a":{"resp":1}}', 'x'.repeat(2 << 20)]) {
    writeFileSync(file, text);
    logger.lines.length = 0;
    const cache = await open();
    assert.ok(logger.has('warn Unable to load OCSP peer cache: '), text.slice(0, 20));
    assert.equal(cache.stats?.responses, 0);
    await cache.stop();
    assert.equal(readFileSync(file, 'utf8'), '{}');
  }
});

test('an entry that cannot be decompressed is no answer', async (t) => {
  const { open, file, logger } = setUp(t);
  await (await open()).stop();
  const first = await open();
  first.put('a', response('good'), 'CN=a');
  await first.stop();
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"resp": "/, '"resp": "AAAA'));
  const cache = await open();
  assert.equal(cache.get('a'), undefined);
  assert.ok(logger.has('error Unable to decompress OCSP response for key [a]'));
});

test('preserves revocations when told to', async (t) => {
  const { open } = setUp(t, { preserveRevoked: true });
  const cache = await open();
  cache.put('a', response('revoked'), 'CN=a');
  assert.ok(cache.get('a'));
  cache.drop('a');
  assert.equal(cache.stats?.revokes, 1);
  assert.equal(cache.stats?.misses, 1);
  assert.ok(cache.get('a'));
});

test('holds so many and no more; the oldest go, revocations last', async (t) => {
  const { open } = setUp(t, { preserveRevoked: true }, { itemsMax: 3 });
  const cache = await open();
  cache.put('r', response('revoked'), 'CN=r');
  for (const key of ['a', 'b', 'c']) cache.put(key, response('good'), 'CN=x');
  assert.equal(cache.stats?.responses, 3);
  assert.equal(cache.get('a'), undefined);
  assert.ok(cache.get('r'));
  const tight = await setUp(t, {}, { bytesMax: response('good').raw.length * 2 }).open();
  for (const key of ['a', 'b', 'c']) tight.put(key, response('good'), 'CN=x');
  assert.ok((tight.stats?.responses ?? 9) <= 2);
});

test('of type none it keeps nothing and has nothing to tell', async (t) => {
  const { open, folder, logger } = setUp(t, { type: 'none' });
  const cache = await open();
  cache.put('a', response('good'), 'CN=a');
  assert.equal(cache.get('a'), undefined);
  assert.equal(cache.stats, undefined);
  await cache.stop();
  assert.equal(existsSync(folder), false);
  assert.ok(logger.has('notice OCSP peer cache online, type [none]'));
});
