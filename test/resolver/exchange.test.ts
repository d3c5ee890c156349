import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount } from '@nats-io/jwt';
import { KeyPair } from '../../src/auth/nkeys.ts';
import { lookupsMax } from '../../src/events/account-lookups.ts';
import { lookupAnswersMax } from '../../src/events/claims-exchange.ts';
import {
  accountJwt,
  type Keys,
  linkWorlds,
  makeTrust,
  openWorld,
  resolverOptions,
  type Trust,
  type World,
} from './world.ts';

const updateOf = (key: string): string => `$SYS.REQ.ACCOUNT.${key}.CLAIMS.UPDATE`;

async function two(
  kinds: readonly [string, string],
  definition = {},
): Promise<{ trust: Trust; one: World; other: World }> {
  const trust = await makeTrust();
  const one = await openWorld(resolverOptions(trust, kinds[0], definition));
  const { platform } = one;
  const there = resolverOptions(trust, kinds[1], { ...definition, dir: '/there' });
  return { trust, one, other: await openWorld(there, { platform }) };
}

async function push(world: World, trust: Trust, account: Keys, conn = -1): Promise<string> {
  const jwt = await accountJwt(account, trust.signing, conn);
  await world.ask(updateOf(account.getPublicKey()), jwt);
  return jwt;
}

const folder = async ({ platform, done }: World, path: string): Promise<string[]> =>
  (await done(platform.disk.readdir(path))).sort();
const fileOf = (account: Keys): string => `${account.getPublicKey()}.jwt`;
const failed = (world: World): string[] => world.log.filter((line) => line.startsWith('[ERR]'));

test('PACK answers with what there is, one message a JWT, and an empty one at the end', async () => {
  const trust = await makeTrust();
  const world = await openWorld(resolverOptions(trust, 'full'));
  assert.deepEqual(await world.ask('$SYS.REQ.CLAIMS.PACK', Buffer.alloc(32, 1)), ['']);
  const accounts = [createAccount(), createAccount()];
  const lines: string[] = [];
  for (const one of accounts) {
    lines.push(`${one.getPublicKey()}|${await push(world, trust, one)}`);
  }
  const answers = await world.ask('$SYS.REQ.CLAIMS.PACK', Buffer.alloc(32));
  assert.deepEqual(answers, [...lines.sort(), '']);
  const shown = /Checking|hash [0-9a-f]{64} - finished responding with hash ([0-9a-f]{64})/;
  const hash = world.log.map((line) => shown.exec(line)?.[1]).findLast((one) => one !== undefined);
  const same = Buffer.from(hash!, 'hex');
  assert.deepEqual(await world.ask('$SYS.REQ.CLAIMS.PACK', same), ['']);
  assert.ok(world.log.at(-1)?.startsWith('[DBG] DirResolver - Pack request matches hash'));
});

test('a server takes over what another has, at its interval, and tells its accounts', async () => {
  const { trust, one, other } = await two(['full', 'full'], { intervalNs: 5_000_000_000n });
  linkWorlds(one, other);
  const [a, b] = [createAccount(), createAccount()];
  for (const account of [a, b]) await push(other, trust, account);
  one.known.add(a.getPublicKey());
  await one.platform.time.run(6_000);
  assert.deepEqual(await folder(one, '/jwt'), [fileOf(a), fileOf(b)].sort());
  assert.equal(one.told.length, 1);
  assert.ok(one.told[0]!.startsWith(`update ${a.getPublicKey()} eyJ`));
  assert.ok(one.log.some((line) => line.includes('Merging succeeded and changed')));
  const before = one.log.length;
  await one.platform.time.run(5_000);
  const later = one.log.slice(before).map((line) => line.replace(/[0-9a-f]{64}/g, '#'));
  assert.deepEqual(later, [
    '[DBG] DirResolver - Checking store state: #',
    '[DBG] DirResolver - Merging finished and resulting in: #',
  ]);
  await one.platform.time.run(50_000);
  // Who asks is never the one who answers.
  assert.ok(one.log.every((line) => !line.includes('Pack request')));
  assert.deepEqual(failed(one), []);
});

test('an older JWT of another server replaces nothing', async () => {
  const { trust, one, other } = await two(['full', 'full'], { intervalNs: 5_000_000_000n });
  linkWorlds(one, other);
  const a = createAccount();
  await push(other, trust, a, 1);
  // Issued in a later second: `iat` is what counts.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const newer = await push(one, trust, a, 2);
  await one.platform.time.run(6_000);
  assert.equal(one.platform.disk.readFileSync(`/jwt/${fileOf(a)}`).toString(), newer);
});

test('a pack that is wrong changes nothing and ends in the log', async () => {
  const { trust, one } = await two(['full', 'full'], { intervalNs: 5_000_000_000n });
  const [a, b] = [createAccount(), createAccount()];
  const jwt = await accountJwt(a, trust.signing);
  const bad = [`../x|${jwt}`, `${a.getPublicKey()}`, `${b.getPublicKey()}|${jwt}`, `A|B|C`];
  one.client.subscribe(
    '$SYS.REQ.CLAIMS.PACK',
    (_subject, reply) => {
      for (const line of bad) one.client.publish(reply, Buffer.from(line));
      one.client.publish(reply, Buffer.from(`${a.getPublicKey()}|nonsense`));
    },
    'responder',
  );
  await one.platform.time.run(6_000);
  assert.deepEqual(await folder(one, '/jwt'), []);
  assert.equal(failed(one).length, bad.length + 1);
  assert.ok(failed(one).every((line) => !line.includes('eyJ')));
});

test('an account that is not here is asked of the other servers and kept', async () => {
  for (const kind of ['full', 'cache'] as const) {
    const { trust, one, other } = await two([kind, 'full']);
    linkWorlds(one, other);
    const a = createAccount();
    const jwt = await push(other, trust, a);
    assert.equal(await one.done(one.resolvers.fetch(a.getPublicKey())), jwt);
    assert.deepEqual(await folder(one, '/jwt'), [fileOf(a)]);
    const fetched = /^\[DBG\] Account \[A[A-Z2-7]+\] fetch took [0-9.]+(ms|µs)$/;
    assert.match(one.log.at(-1)!, fetched);
  }
});

test('an account that no server has is missing as soon as all have said so', async () => {
  const { one, other } = await two(['full', 'full']);
  linkWorlds(one, other);
  const startMs = one.platform.clock.nowMs();
  const key = createAccount().getPublicKey();
  await assert.rejects(one.done(one.resolvers.fetch(key)), { message: 'account jwt not found' });
  assert.ok(one.platform.clock.nowMs() - startMs < 500);
});

test('an account is missing at once where nobody can be asked', async () => {
  for (const kind of ['full', 'cache']) {
    const trust = await makeTrust();
    const world = await openWorld(resolverOptions(trust, kind));
    const startMs = world.platform.clock.nowMs();
    const key = createAccount().getPublicKey();
    await assert.rejects(world.done(world.resolvers.fetch(key)), {
      message: 'account jwt not found',
    });
    assert.ok(world.platform.clock.nowMs() - startMs < 500);
  }
});

test('who does not answer is not waited for longer than the timeout', async () => {
  for (const [timeoutNs, expectedMs] of [
    [0n, 1_900],
    [300_000_000n, 300],
  ] as const) {
    const trust = await makeTrust();
    const world = await openWorld(resolverOptions(trust, 'cache', { timeoutNs }));
    world.client.subscribe('$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP', () => {});
    const startMs = world.platform.clock.nowMs();
    const key = createAccount().getPublicKey();
    await assert.rejects(world.done(world.resolvers.fetch(key)), {
      message: 'fetching jwt timed out',
    });
    const tookMs = world.platform.clock.nowMs() - startMs;
    assert.ok(tookMs >= expectedMs && tookMs < expectedMs + 200, `${tookMs}`);
    const slow = world.log.some((line) => line.startsWith('[WRN] Account ['));
    assert.equal(slow, expectedMs > 1_000);
  }
});

test('an answer for another account is not kept', async () => {
  const trust = await makeTrust();
  const world = await openWorld(resolverOptions(trust, 'full'));
  const jwt = await accountJwt(createAccount(), trust.signing);
  world.client.subscribe('$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP', (_subject, reply) => {
    world.client.publish(reply, Buffer.from(jwt));
  });
  const key = createAccount().getPublicKey();
  await assert.rejects(world.done(world.resolvers.fetch(key)), {
    message: 'jwt subject nkey and provided nkey do not match',
  });
  assert.deepEqual(await folder(world, '/jwt'), []);
});

test('a server that stops lets nobody wait for an answer', async () => {
  const trust = await makeTrust();
  const world = await openWorld(resolverOptions(trust, 'cache'));
  world.client.subscribe('$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP', () => {});
  const fetching = world.resolvers.fetch(createAccount().getPublicKey());
  const outcome = assert.rejects(fetching, { message: 'fetching jwt failed due to shutdown' });
  await world.platform.time.run(100);
  await world.done(world.resolvers.close());
  await world.done(outcome);
  assert.equal(world.system.sublist.hasInterest('$SYS.REQ.CLAIMS.LIST'), false);
});

const keyOf = (n: number): string => {
  const seed = Buffer.alloc(32);
  seed.writeUInt32LE(n);
  return KeyPair.fromSeedBytes('account', seed).publicKey;
};

test('accounts that are asked for at a time are bounded', async () => {
  const trust = await makeTrust();
  const world = await openWorld(resolverOptions(trust, 'cache'));
  world.client.subscribe('$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP', () => {});
  const asked = Array.from({ length: lookupsMax + 1 }, (_, i) => world.resolvers.fetch(keyOf(i)));
  const outcomes = await world.done(Promise.allSettled(asked));
  const texts = outcomes.map((one) => (one.status === 'rejected' ? one.reason.message : ''));
  assert.equal(texts.filter((text) => text === 'too many accounts are asked for').length, 1);
  assert.equal(texts.filter((text) => text === 'fetching jwt timed out').length, lookupsMax);
});

test('questions for accounts that are answered at a time are bounded', async () => {
  const trust = await makeTrust();
  const world = await openWorld(resolverOptions(trust, 'full'));
  let answers = 0;
  world.client.subscribe('answers', () => void answers++);
  const subject = `$SYS.REQ.ACCOUNT.${keyOf(1)}.CLAIMS.LOOKUP`;
  for (let i = 0; i <= lookupAnswersMax; i++) {
    world.client.publish(subject, Buffer.alloc(0), { reply: 'answers' });
  }
  await world.platform.time.run(1_000);
  assert.equal(answers, lookupAnswersMax);
  world.client.publish(subject, Buffer.alloc(0), { reply: 'answers' });
  await world.platform.time.run(1_000);
  assert.equal(answers, lookupAnswersMax + 1);
});
