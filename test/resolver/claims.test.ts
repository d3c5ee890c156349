import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, createOperator } from '@nats-io/jwt';
import { signPayload } from '../../src/auth/jwt/token.ts';
import {
  accountJwt,
  deleteJwt,
  makeTrust,
  openWorld,
  resolverOptions,
  type Trust,
  type World,
} from './world.ts';

const updateOf = (key: string): string => `$SYS.REQ.ACCOUNT.${key}.CLAIMS.UPDATE`;
const lookupOf = (key: string): string => `$SYS.REQ.ACCOUNT.${key}.CLAIMS.LOOKUP`;

/** The only answer, without the block of the server, which must be there. */
async function answerTo(world: World, subject: string, payload = ''): Promise<unknown> {
  const answers = await world.ask(subject, payload);
  assert.equal(answers.length, 1, subject);
  const { server, ...rest } = JSON.parse(answers[0]!);
  assert.equal(server.id, 'N1');
  return rest;
}

const updated = (account: string, message: string): object => ({
  data: { account, code: 200, message },
});
const refused = (account: string, description: string): object => ({
  error: { account, code: 500, description },
});
const folder = async ({ platform, done }: World): Promise<string[]> =>
  (await done(platform.disk.readdir('/jwt'))).sort();

interface Scene {
  readonly trust: Trust;
  readonly world: World;
}

async function scene(type: string, definition = {}, strict = false): Promise<Scene> {
  const trust = await makeTrust(strict);
  return { trust, world: await openWorld(resolverOptions(trust, type, definition)) };
}

test('a complete folder takes a JWT by any of the three subjects', async () => {
  const { trust, world } = await scene('full');
  const a = createAccount();
  const key = a.getPublicKey();
  world.known.add(key);
  const old = `$SYS.ACCOUNT.${key}.CLAIMS.UPDATE`;
  for (const [i, subject] of [updateOf(key), old, '$SYS.REQ.CLAIMS.UPDATE'].entries()) {
    const jwt = await accountJwt(a, trust.signing, i);
    assert.deepEqual(await answerTo(world, subject, jwt), updated(key, 'jwt updated'));
    assert.equal(world.platform.disk.readFileSync(`/jwt/${key}.jwt`).toString(), jwt);
    assert.deepEqual(world.told, [`update ${key} ${jwt}`]);
    assert.equal(await world.done(world.resolvers.fetch(key)), jwt);
    world.told.length = 0;
    assert.ok(world.log.includes(`[DBG] jwt updated - ${key}`));
  }
  assert.deepEqual(world.log[0], '[INF] Managing all jwt in exclusive directory /jwt');
});

test('a complete folder refuses in the words of nats-server', async () => {
  const { trust, world } = await scene('full');
  const [a, b] = [createAccount(), createAccount()];
  const [key, other] = [a.getPublicKey(), b.getPublicKey()];
  const jwt = await accountJwt(b, trust.signing);
  const failed = 'jwt update resulted in error';
  assert.deepEqual(
    await answerTo(world, updateOf(key), jwt),
    refused(key, `${failed} - subject does not match jwt content`),
  );
  for (const text of ['', 'xx']) {
    const expected = refused('n/a', `${failed} - expected 3 chunks`);
    assert.deepEqual(await answerTo(world, updateOf(key), text), expected);
    assert.deepEqual(await answerTo(world, '$SYS.REQ.CLAIMS.UPDATE', text), expected);
  }
  const mapped = { mappings: { foo: [{ subject: 'a.$5', weight: 100 }] } };
  const why = 'invalid mapping destination: wildcard index out of range in $5';
  assert.deepEqual(
    await answerTo(world, updateOf(other), await accountJwt(b, trust.signing, 1, mapped)),
    refused(other, `jwt validation failed - mapping "foo" -> "a.$5": ${why}`),
  );
  const exported = { exports: [{ name: 'x', subject: 'a b', type: 'stream' }] };
  const invalid = await answerTo(
    world,
    updateOf(other),
    await accountJwt(b, trust.signing, 1, exported),
  );
  assert.match(JSON.stringify(invalid), /jwt validation failed - validation errors: \[/);
  assert.deepEqual([await folder(world), world.told], [[], []]);
});

test('the own key of a strict operator signs nothing', async () => {
  for (const [type, what] of [
    ['full', 'jwt update'],
    ['cache', 'jwt update cache'],
  ] as const) {
    const { trust, world } = await scene(type, {}, true);
    const a = createAccount();
    const key = a.getPublicKey();
    world.known.add(key);
    const jwt = await accountJwt(a, trust.operator);
    const why = 'operator requires issuer to be a signing key';
    const expected = refused(key, `${what} resulted in error - ${why}`);
    assert.deepEqual(await answerTo(world, updateOf(key), jwt), expected);
    assert.deepEqual(await answerTo(world, '$SYS.REQ.CLAIMS.UPDATE', jwt), expected);
    const signed = await accountJwt(a, trust.signing);
    const done = type === 'full' ? 'jwt updated' : 'jwt updated cache';
    assert.deepEqual(await answerTo(world, updateOf(key), signed), updated(key, done));
    assert.equal((await folder(world)).length, 1);
  }
});

test('a cache takes only what is in use, and says so otherwise', async () => {
  const { trust, world } = await scene('cache');
  const a = createAccount();
  const key = a.getPublicKey();
  const jwt = await accountJwt(a, trust.signing);
  const skipped = updated(key, 'jwt update cache skipped');
  assert.deepEqual(await answerTo(world, updateOf(key), jwt), skipped);
  assert.deepEqual(await answerTo(world, '$SYS.REQ.CLAIMS.UPDATE', jwt), skipped);
  assert.deepEqual(await folder(world), []);
  world.known.add(key);
  assert.deepEqual(await answerTo(world, updateOf(key), jwt), updated(key, 'jwt updated cache'));
  assert.deepEqual(world.told, [`update ${key} ${jwt}`]);
  assert.deepEqual(
    await answerTo(world, updateOf(key), 'xx'),
    refused(key, 'jwt update cache resulted in error - expected 3 chunks'),
  );
  assert.deepEqual(world.log[0], '[INF] Managing some jwt in exclusive directory /jwt');
  assert.deepEqual(await world.ask(lookupOf(key)), []);
});

test('without a folder an update reaches accounts in use and nothing else is answered', async () => {
  const { trust, world } = await scene('memory');
  const a = createAccount();
  const key = a.getPublicKey();
  const jwt = await accountJwt(a, trust.signing);
  assert.deepEqual(await answerTo(world, updateOf(key), jwt), updated(key, 'jwt update skipped'));
  world.known.add(key);
  assert.deepEqual(await answerTo(world, updateOf(key), jwt), updated(key, 'jwt updated'));
  assert.deepEqual(world.told, [`update ${key} ${jwt}`]);
  assert.deepEqual(
    await answerTo(world, updateOf(key)),
    refused(key, 'jwt update error - request body is empty'),
  );
  assert.deepEqual(
    await answerTo(world, updateOf(key), 'xx'),
    refused(key, 'jwt update resulted in error - expected 3 chunks'),
  );
  for (const name of ['UPDATE', 'DELETE', 'LIST', 'PACK']) {
    assert.deepEqual(await world.ask(`$SYS.REQ.CLAIMS.${name}`, jwt), [], name);
  }
  assert.deepEqual(await world.ask(lookupOf(key)), []);
});

test('LIST and LOOKUP tell what there is', async () => {
  const { trust, world } = await scene('full');
  const accounts = [createAccount(), createAccount()];
  const keys = accounts.map((one) => one.getPublicKey());
  assert.deepEqual(await answerTo(world, '$SYS.REQ.CLAIMS.LIST'), { data: [] });
  const jwts: string[] = [];
  for (const [i, one] of accounts.entries()) {
    jwts.push(await accountJwt(one, trust.signing));
    await world.ask(updateOf(keys[i]!), jwts[i]);
  }
  const [text] = await world.ask('$SYS.REQ.CLAIMS.LIST');
  assert.deepEqual(Object.keys(JSON.parse(text!)), ['data', 'server']);
  assert.deepEqual(JSON.parse(text!).data, [...keys].sort());
  assert.deepEqual(await world.ask(lookupOf(keys[0]!)), [jwts[0]]);
  assert.deepEqual(await world.ask(lookupOf(createAccount().getPublicKey())), ['']);
  assert.deepEqual(await world.ask(lookupOf('foo')), []);
  const invalid = '[ERR] DirResolver - Error looking up account "foo": invalid public key';
  assert.ok(world.log.includes(invalid));
});

test('DELETE is for the operator, for accounts, and never for the system account', async () => {
  const { trust, world } = await scene('full');
  const a = createAccount();
  const key = a.getPublicKey();
  world.known.add(key);
  await world.ask(updateOf(key), await accountJwt(a, trust.signing));
  world.told.length = 0;
  const remove = (jwt: string): Promise<unknown> => answerTo(world, '$SYS.REQ.CLAIMS.DELETE', jwt);
  const stranger = createOperator();
  const by = (who: { getPublicKey(): string }, why: string): object => ({
    error: {
      code: 500,
      description: `delete accounts request by ${who.getPublicKey()} failed - ${why}`,
    },
  });
  assert.deepEqual(await remove(await deleteJwt(stranger, [key])), by(stranger, 'not trusted'));
  const { operator, system } = trust;
  for (const accounts of ['x', ['x'], [key, 1], [''], undefined]) {
    const malformed = by(operator, 'malformed request');
    assert.deepEqual(await remove(await deleteJwt(operator, accounts)), malformed);
  }
  assert.deepEqual(
    await remove(await deleteJwt(operator, [key, system.getPublicKey()])),
    by(operator, 'not allowed to delete system account'),
  );
  assert.deepEqual(await remove('xx'), {
    error: { code: 500, description: 'delete accounts request by  failed - expected 3 chunks' },
  });
  const other = await accountJwt(a, operator);
  assert.deepEqual(await remove(other), by(a, 'not self signed'));
  assert.deepEqual(await folder(world), [`${key}.jwt`]);
  assert.deepEqual(world.told, []);
  const twice = await deleteJwt(trust.signing, [key, key]);
  assert.deepEqual(await remove(twice), { data: { code: 200, message: 'deleted 2 accounts' } });
  assert.deepEqual(await folder(world), [`${key}.jwt.deleted`]);
  assert.deepEqual(world.told, [`disable ${key}`]);
});

test('deletes are refused unless allowed, and leave nothing when hard', async () => {
  const without = await scene('full', { allowDelete: false });
  const a = createAccount();
  const key = a.getPublicKey();
  const jwt = await deleteJwt(without.trust.operator, [key]);
  assert.match(
    JSON.stringify(await answerTo(without.world, '$SYS.REQ.CLAIMS.DELETE', jwt)),
    /failed - delete must be enabled in server config/,
  );
  const hard = await scene('full', { hardDelete: true });
  await hard.world.ask(updateOf(key), await accountJwt(a, hard.trust.signing));
  await hard.world.ask('$SYS.REQ.CLAIMS.DELETE', await deleteJwt(hard.trust.operator, [key]));
  assert.deepEqual(await folder(hard.world), []);
});

test('a request without reply is served and answered to nobody', async () => {
  const { trust, world } = await scene('full');
  const a = createAccount();
  const jwt = await accountJwt(a, trust.signing);
  world.client.publish(updateOf(a.getPublicKey()), Buffer.from(jwt));
  world.client.publish('$SYS.REQ.CLAIMS.LIST', Buffer.alloc(0));
  world.client.publish('$SYS.REQ.CLAIMS.PACK', Buffer.alloc(32));
  await world.platform.time.run(1_000);
  assert.deepEqual(await folder(world), [`${a.getPublicKey()}.jwt`]);
  assert.deepEqual(
    world.log.filter((line) => line.includes('[ERR]')),
    [],
  );
});

// CVE-2022-28357
test('no request makes a file outside the folder or under a foreign name', async () => {
  const { trust, world } = await scene('full');
  await world.done(world.platform.disk.mkdir('/other'));
  const a = createAccount();
  const jwt = await accountJwt(a, trust.signing);
  for (const name of ['..', '../other/x', '/other/x', `x/${a.getPublicKey()}`, 'x']) {
    await world.ask(updateOf(name), jwt);
    await world.ask(lookupOf(name));
  }
  const signer = { sign: (data: Uint8Array) => Buffer.from(trust.signing.sign(data)) };
  for (const sub of ['../other/x', '..', trust.operator.getPublicKey(), '']) {
    const nats = { type: 'account', version: 2, limits: { subs: -1 } };
    const claims = { iss: trust.signing.getPublicKey(), sub, nats };
    const forged = signPayload(JSON.stringify(claims), signer);
    for (const subject of ['$SYS.REQ.CLAIMS.UPDATE', updateOf(sub === '' ? 'x' : sub)]) {
      const answers = await world.ask(subject, forged);
      assert.ok(answers.every((text) => text.includes('"code":500')));
    }
  }
  assert.deepEqual(await folder(world), []);
  assert.deepEqual(await world.done(world.platform.disk.readdir('/other')), []);
});

test('no answer and no log line holds a JWT', async () => {
  const { trust, world } = await scene('full');
  const a = createAccount();
  const jwt = await accountJwt(a, trust.signing);
  const answers = [
    ...(await world.ask(updateOf(a.getPublicKey()), jwt)),
    ...(await world.ask(updateOf('x'), jwt)),
    ...(await world.ask('$SYS.REQ.CLAIMS.DELETE', jwt)),
    ...(await world.ask('$SYS.REQ.CLAIMS.LIST', jwt)),
  ];
  for (const text of [...answers, ...world.log]) assert.ok(!text.includes('eyJ'), text);
});
