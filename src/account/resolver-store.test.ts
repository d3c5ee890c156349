import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyPair } from '../auth/nkeys.ts';
import { type SimPlatform, simPlatform } from '../platform/sim.ts';
import {
  type JwtFacts,
  JwtStore,
  type JwtStoreOptions,
  pendingBytesMax,
  pendingChangesMax,
} from './resolver-store.ts';

const target = { buffer: Buffer.alloc(128), headroom: 0, capacity: 64 };

const keyOf = (n: number, kind: 'account' | 'user' = 'account'): string =>
  KeyPair.fromSeedBytes(kind, Buffer.alloc(32, n)).publicKey;

/** Stands for a JWT: `subject:id:issued at:expires`. */
const jwtOf = (key: string, id = 'id', issuedAt = 1, expires = 0): string =>
  `${key}:${id}:${issuedAt}:${expires}`;

function factsOf(jwt: string): JwtFacts {
  const [subject = '', id, issuedAt, expires] = jwt.split(':');
  if (id === undefined) throw new Error('expected 3 chunks');
  return { subject, id, issuedAt: Number(issuedAt), expires: Number(expires) };
}

interface Made {
  readonly platform: SimPlatform;
  readonly store: JwtStore;
  readonly told: string[];
  done<T>(promise: Promise<T>): Promise<T>;
}

const usual: JwtStoreOptions = {
  directory: '/jwt',
  shard: false,
  deletes: 'renamed',
  limit: Number.POSITIVE_INFINITY,
  evicts: false,
  ttlMs: 0,
};

async function openStore(
  options: Partial<JwtStoreOptions> = {},
  platform = simPlatform(1, target),
): Promise<Made> {
  const store = new JwtStore({ ...usual, ...options }, { ...platform, factsOf });
  const told: string[] = [];
  store.events = {
    onChanged: (key, jwt) => void told.push(`changed ${key} ${factsOf(jwt).id}`),
    onDeleted: (key) => void told.push(`deleted ${key}`),
  };
  await platform.time.runUntil(store.open());
  return { platform, store, told, done: (promise) => platform.time.runUntil(promise) };
}

async function files({ platform, done }: Made, folder = '/jwt'): Promise<string[]> {
  return (await done(platform.disk.readdir(folder))).sort();
}

async function packOf({ store, done }: Made): Promise<string[]> {
  const collect = async (): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of store.packed()) lines.push(line);
    return lines;
  };
  return done(collect());
}

const [a, b, c] = [keyOf(1), keyOf(2), keyOf(3)];

test('what is saved is found again, by another store too, and survives a power cut', async () => {
  const made = await openStore();
  await made.done(made.store.save(a, jwtOf(a)));
  assert.deepEqual(made.told, [`changed ${a} id`]);
  assert.equal(made.platform.disk.readFileSync(`/jwt/${a}.jwt`).toString(), jwtOf(a));
  made.platform.disk.crash();
  const again = await openStore({}, made.platform);
  assert.equal(await again.done(again.store.load(a)), jwtOf(a));
  assert.equal(await again.done(again.store.load(b)), undefined);
  assert.deepEqual(again.store.hash, made.store.hash);
});

test('with sharding files stand in folders named by the end of the key', async () => {
  const made = await openStore({ shard: true });
  await made.done(made.store.save(a, jwtOf(a)));
  made.platform.disk.crash();
  assert.deepEqual(await files(made), [a.slice(-2)]);
  assert.deepEqual(await files(made, `/jwt/${a.slice(-2)}`), [`${a}.jwt`]);
  assert.equal(await made.done(made.store.load(a)), jwtOf(a));
});

test('the same JWT again changes nothing and tells nobody', async () => {
  const made = await openStore();
  for (let i = 0; i < 2; i++) await made.done(made.store.save(a, jwtOf(a)));
  assert.equal(made.told.length, 1);
});

// CVE-2022-28357
test('no path is made of what is not a key, and no JWT stored under a foreign one', async () => {
  const made = await openStore();
  await made.done(made.platform.disk.mkdir('/other'));
  const user = keyOf(1, 'user');
  const bad = [
    '',
    '..',
    '../other/x',
    `../other/${a}`,
    `${a}/..`,
    a.slice(0, -1),
    `${a}A`,
    `${a}\0`,
  ];
  for (const key of [...bad, user]) {
    await assert.rejects(made.done(made.store.save(key, jwtOf(key))), { code: 'KEY_INVALID' });
    await assert.rejects(made.done(made.store.saveIfNewer(key, jwtOf(key))), {
      code: 'KEY_INVALID',
    });
    await assert.rejects(made.done(made.store.merge(`${key}|${jwtOf(key)}`)));
  }
  for (const key of bad) {
    await assert.rejects(made.done(made.store.load(key)), { message: 'invalid public key' });
    await assert.rejects(made.done(made.store.delete(key)), { message: 'invalid public key' });
  }
  await assert.rejects(made.done(made.store.save(a, jwtOf(b))), { code: 'JWT_INVALID' });
  await assert.rejects(made.done(made.store.saveIfNewer(a, jwtOf(b))), { code: 'JWT_INVALID' });
  await assert.rejects(made.done(made.store.save(a, '')), { message: 'invalid JWT' });
  await assert.rejects(made.done(made.store.save(a, 'nonsense')), { message: 'expected 3 chunks' });
  const long = `${jwtOf(a)}:${'x'.repeat(1024 * 1024)}`;
  await assert.rejects(made.done(made.store.save(a, long)), { message: 'invalid JWT' });
  assert.deepEqual([await files(made), await files(made, '/other'), made.told], [[], [], []]);
});

test('of another server only what is not older is taken', async () => {
  const made = await openStore();
  const stored = (): string => made.platform.disk.readFileSync(`/jwt/${a}.jwt`).toString();
  await made.done(made.store.saveIfNewer(a, jwtOf(a, 'first', 10)));
  await made.done(made.store.saveIfNewer(a, jwtOf(a, 'older', 9)));
  assert.equal(stored(), jwtOf(a, 'first', 10));
  await made.done(made.store.saveIfNewer(a, jwtOf(a, 'first', 11)));
  assert.equal(stored(), jwtOf(a, 'first', 10));
  await made.done(made.store.saveIfNewer(a, jwtOf(a, 'same time', 10)));
  assert.equal(stored(), jwtOf(a, 'same time', 10));
  await made.done(made.platform.disk.writeFile(`/jwt/${a}.jwt`, 'damaged'));
  await made.done(made.store.saveIfNewer(a, jwtOf(a, 'old', 1)));
  assert.equal(stored(), jwtOf(a, 'old', 1));
});

test('a pack carries everything from one store to another', async () => {
  const one = await openStore();
  for (const key of [a, b, c]) await one.done(one.store.save(key, jwtOf(key)));
  const lines = await packOf(one);
  assert.deepEqual(
    lines,
    [a, b, c].sort().map((key) => `${key}|${jwtOf(key)}`),
  );
  const other = await openStore();
  assert.notDeepEqual(other.store.hash, one.store.hash);
  await other.done(other.store.merge(`\n${lines.join('\n')}\n`));
  assert.deepEqual(other.store.hash, one.store.hash);
  assert.deepEqual(await other.done(other.store.keys()), [a, b, c].sort());
  await assert.rejects(other.done(other.store.merge(`${a}|${jwtOf(a)}|x`)), {
    message: "line in package didn't contain 2 entries",
  });
});

test('the hash is that of nats-server: the SHA-256 of all JWTs, by exclusive or', async () => {
  const made = await openStore();
  for (const key of [a, b]) await made.done(made.store.save(key, jwtOf(key)));
  const [one, two] = [a, b].map((key) => createHash('sha256').update(jwtOf(key)).digest());
  assert.deepEqual(made.store.hash, Buffer.from(one!.map((byte, i) => byte ^ two![i]!)));
  await made.done(made.store.delete(b));
  assert.deepEqual(made.store.hash, one);
});

test('a delete is refused, sets the file aside or removes it', async () => {
  const refusing = await openStore({ deletes: 'refused' });
  await assert.rejects(refusing.done(refusing.store.delete(a)), {
    message: 'store is not set up to for delete',
  });
  for (const deletes of ['renamed', 'removed'] as const) {
    const made = await openStore({ deletes });
    await made.done(made.store.save(a, jwtOf(a)));
    await made.done(made.store.delete(a));
    made.platform.disk.crash();
    assert.deepEqual(await files(made), deletes === 'renamed' ? [`${a}.jwt.deleted`] : []);
    assert.deepEqual(made.told, [`changed ${a} id`, `deleted ${a}`]);
    await made.done(made.store.delete(a));
    assert.equal(made.told.length, 2);
    assert.equal(made.store.size, 0);
  }
});

test('a full store refuses new accounts and takes new JWTs of known ones', async () => {
  const made = await openStore({ limit: 2 });
  for (const key of [a, b]) await made.done(made.store.save(key, jwtOf(key)));
  await assert.rejects(made.done(made.store.save(c, jwtOf(c))), { message: 'jwt store is full' });
  await made.done(made.store.save(a, jwtOf(a, 'next')));
  assert.equal((await files(made)).length, 2);
});

test('a full cache drops the one not used for longest', async () => {
  const made = await openStore({ limit: 2, evicts: true, deletes: 'removed' });
  for (const key of [a, b]) await made.done(made.store.save(key, jwtOf(key)));
  await made.done(made.store.load(a));
  await made.done(made.store.save(c, jwtOf(c)));
  assert.deepEqual(await files(made), [`${a}.jwt`, `${c}.jwt`].sort());
  assert.deepEqual(await made.done(made.store.keys()), [a, c].sort());
});

test('a JWT goes when it expires, in a cache some time after its last use', async () => {
  const full = await openStore();
  const nowSeconds = Math.floor(full.platform.clock.nowMs() / 1000);
  await full.done(full.store.save(a, jwtOf(a, 'id', 1, nowSeconds + 5)));
  await full.done(full.store.save(b, jwtOf(b)));
  await full.platform.time.run(7_000);
  assert.deepEqual(await full.done(full.store.keys()), [b]);
  assert.equal((await packOf(full)).length, 1);
  assert.equal((await files(full)).length, 2);
  await full.done(full.store.expire());
  assert.deepEqual(await files(full), [`${b}.jwt`]);

  const cache = await openStore({ evicts: true, deletes: 'removed', ttlMs: 1_000 });
  for (const key of [a, b]) await cache.done(cache.store.save(key, jwtOf(key)));
  await cache.platform.time.run(700);
  await cache.done(cache.store.load(a));
  await cache.platform.time.run(700);
  await cache.done(cache.store.expire());
  assert.deepEqual(await files(cache), [`${a}.jwt`]);
  await cache.platform.time.run(700);
  await cache.done(cache.store.expire());
  assert.deepEqual(await files(cache), []);
});

test('a reload takes in what others changed in the folder', async () => {
  const made = await openStore();
  for (const key of [a, b]) await made.done(made.store.save(key, jwtOf(key)));
  made.told.length = 0;
  await made.done(made.platform.disk.writeFile(`/jwt/${a}.jwt`, jwtOf(a, 'edited')));
  await made.done(made.platform.disk.unlink(`/jwt/${b}.jwt`));
  await made.done(made.platform.disk.writeFile(`/jwt/${c}.jwt`, jwtOf(c)));
  await made.done(made.store.reload());
  assert.deepEqual(made.told, [`changed ${a} edited`]);
  assert.deepEqual(await made.done(made.store.keys()), [a, c].sort());
});

test('a start removes what a crash left half written, and reads only files named by keys', async () => {
  const platform = simPlatform(1, target);
  const put = (name: string, text: string): Promise<void> =>
    platform.time.runUntil(platform.disk.writeFile(`/jwt/${name}`, text));
  await platform.time.runUntil(platform.disk.mkdir('/jwt/inside', { recursive: true }));
  await put(`${a}.jwt`, jwtOf(a));
  await put(`${a}.jwt.tmp`, 'half');
  await put('notes.jwt', 'hello');
  await put(`inside/${b}.jwt`, jwtOf(b));
  await put(`${c}.jwt.deleted`, jwtOf(c));
  const made = await openStore({}, platform);
  assert.deepEqual((await files(made)).includes(`${a}.jwt.tmp`), false);
  assert.deepEqual((await made.done(made.store.keys())).sort(), [a, b].sort());
  assert.equal(await made.done(made.store.load(c)), undefined);
});

test('a disk that fails stores nothing and tells so', async () => {
  const made = await openStore();
  await made.done(made.store.save(a, jwtOf(a, 'first')));
  const { hash } = made.store;
  for (const operation of ['open', 'write', 'sync', 'rename'] as const) {
    made.platform.disk.fail(operation, 'ENOSPC');
    await assert.rejects(made.done(made.store.save(a, jwtOf(a, operation))), { code: 'ENOSPC' });
    assert.equal(await made.done(made.store.load(a)), jwtOf(a, 'first'));
    assert.deepEqual(made.store.hash, hash);
  }
  await made.done(made.store.save(a, jwtOf(a, 'second')));
  assert.deepEqual(made.told, [`changed ${a} first`, `changed ${a} second`]);
});

test('changes that wait for the disk are bounded in number and bytes', async () => {
  const made = await openStore();
  const many = Array.from({ length: pendingChangesMax + 1 }, () => made.store.save(a, jwtOf(a)));
  const outcomes = await made.done(Promise.allSettled(many));
  const busy = outcomes.filter(({ status }) => status === 'rejected');
  assert.equal(busy.length, 1);
  const big = `${jwtOf(a)}:${'x'.repeat(1024 * 1024 - 100)}`;
  const count = Math.ceil(pendingBytesMax / big.length) + 1;
  const large = Array.from({ length: count }, () => made.store.save(a, big));
  const results = await made.done(Promise.allSettled(large));
  assert.ok(results.some((one) => one.status === 'rejected' && one.reason.code === 'STORE_BUSY'));
  await made.done(made.store.save(b, jwtOf(b)));
});

test('whatever is asked at once, folder, index and hash agree afterwards', async () => {
  const keys = [a, b, c, keyOf(4)];
  const step = fc.record({
    key: fc.constantFrom(...keys),
    id: fc.constantFrom('x', 'y', 'z'),
    at: fc.integer({ min: 1, max: 3 }),
    what: fc.constantFrom('save', 'saveIfNewer', 'delete', 'load'),
  });
  const property = async (steps: { key: string; id: string; at: number; what: string }[]) => {
    const made = await openStore({ limit: 3, evicts: true, deletes: 'removed' });
    const asked = steps.map(({ key, id, at, what }) => {
      if (what === 'load') return made.store.load(key);
      if (what === 'delete') return made.store.delete(key);
      const jwt = jwtOf(key, id, at);
      return what === 'save' ? made.store.save(key, jwt) : made.store.saveIfNewer(key, jwt);
    });
    await made.done(Promise.all(asked));
    assert.ok(made.store.size <= 3);
    const again = await openStore({}, made.platform);
    assert.deepEqual(again.store.hash, made.store.hash);
    assert.deepEqual(await again.done(again.store.keys()), await made.done(made.store.keys()));
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), property), { numRuns: 60 });
});
