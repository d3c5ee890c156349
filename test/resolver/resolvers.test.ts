import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount } from '@nats-io/jwt';
import type { Options } from '../../src/options/types.ts';
import type { HttpClient, HttpResponse } from '../../src/platform/http-client.ts';
import {
  accountJwt,
  makeTrust,
  openWorld,
  resolverOptions,
  type Trust,
  type World,
} from './world.ts';

const aSecondNs = 1_000_000_000n;

function withPreloads(options: Options, preloads: Record<string, string>): Options {
  options.resolverPreloads = preloads;
  return options;
}

/** An HTTP server in memory: bodies by URL, anything else is not found. */
class Pages implements HttpClient {
  readonly asked: string[] = [];
  readonly bodies: Map<string, string>;
  closed = false;

  constructor(bodies: Record<string, string>) {
    this.bodies = new Map(Object.entries(bodies));
  }

  get(url: string): Promise<HttpResponse> {
    this.asked.push(url);
    const body = this.bodies.get(url);
    const found = body !== undefined;
    const statusText = found ? '200 OK' : '404 Not Found';
    return Promise.resolve({
      status: found ? 200 : 404,
      statusText,
      body: Buffer.from(body ?? ''),
    });
  }

  close(): void {
    this.closed = true;
  }
}

const base = 'http://me:s3cret@jwt.example/accounts/';
const urlOptions = (trust: Trust): Options => resolverOptions(trust, 'url', { url: base });
const files = async ({ platform, done }: World, path = '/jwt'): Promise<string[]> =>
  (await done(platform.disk.readdir(path))).sort();

test('MEMORY has the JWTs of the configuration and no others', async () => {
  const trust = await makeTrust();
  const a = createAccount();
  const jwt = await accountJwt(a, trust.signing);
  const preloads = { [a.getPublicKey()]: jwt };
  const world = await openWorld(withPreloads(resolverOptions(trust, 'memory'), preloads));
  assert.equal(await world.done(world.resolvers.fetch(a.getPublicKey())), jwt);
  const unknown = world.resolvers.fetch(createAccount().getPublicKey());
  await assert.rejects(world.done(unknown), { message: 'account missing' });
});

test('only keys of accounts are ever fetched', async () => {
  const trust = await makeTrust();
  for (const kind of ['memory', 'full', 'cache', 'url']) {
    const pages = new Pages({ [base]: '' });
    const definition = kind === 'url' ? { url: base } : {};
    const world = await openWorld(resolverOptions(trust, kind, definition), { http: pages });
    const pagesBefore = pages.asked.length;
    for (const key of ['', '../x', 'x', trust.operator.getPublicKey(), '__proto__']) {
      await assert.rejects(world.done(world.resolvers.fetch(key)), {
        message: 'will only fetch valid account keys',
      });
    }
    assert.equal(pages.asked.length, pagesBefore);
  }
});

test('a URL is asked with the key of the account behind it', async () => {
  const trust = await makeTrust();
  const a = createAccount();
  const key = a.getPublicKey();
  const jwt = await accountJwt(a, trust.signing);
  const pages = new Pages({ [base]: 'here', [base + key]: jwt });
  const world = await openWorld(urlOptions(trust), { http: pages });
  assert.deepEqual(pages.asked, [base]);
  assert.equal(await world.done(world.resolvers.fetch(key)), jwt);
  assert.equal(pages.asked[1], base + key);
  const missing = createAccount().getPublicKey();
  const shown = base.replace('s3cret', 'xxxxx');
  await assert.rejects(world.done(world.resolvers.fetch(missing)), {
    message: `could not fetch <"${shown}${missing}">: 404 Not Found`,
  });
  await world.done(world.resolvers.close());
  assert.equal(pages.closed, true);
});

test('a server does not start when nobody is there at the URL', async () => {
  const trust = await makeTrust();
  await assert.rejects(openWorld(urlOptions(trust), { http: new Pages({}) }), {
    message: `could not fetch <"${base.replace('s3cret', 'xxxxx')}">: 404 Not Found`,
  });
});

test('preloads go into a folder unless a newer JWT is there, and not to a URL', async () => {
  const trust = await makeTrust();
  const a = createAccount();
  const key = a.getPublicKey();
  const old = await accountJwt(a, trust.signing, 1);
  const world = await openWorld(withPreloads(resolverOptions(trust, 'full'), { [key]: old }));
  assert.deepEqual(await files(world), [`${key}.jwt`]);
  // Issued in a later second: `iat` is what counts.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const newer = await accountJwt(a, trust.signing, 2);
  await world.ask('$SYS.REQ.CLAIMS.UPDATE', newer);
  const { platform } = world;
  await world.done(world.resolvers.close());
  const options = withPreloads(resolverOptions(trust, 'full'), { [key]: old, bad: old });
  const again = await openWorld(options, { platform });
  assert.equal(await again.done(again.resolvers.fetch(key)), newer);
  assert.ok(again.log.includes('[ERR] Preloaded account [bad] not stored: invalid public key'));
  const http = new Pages({ [base]: '' });
  await assert.rejects(openWorld(withPreloads(urlOptions(trust), { [key]: old }), { http }), {
    message: 'resolver preloads only available for writeable resolver types MEM/DIR/CACHE_DIR',
  });
});

test('what is wrong with preloaded JWTs is said at the start', async () => {
  const trust = await makeTrust();
  const [a, b] = [createAccount(), createAccount()];
  const exported = { exports: [{ name: 'x', subject: 'a b', type: 'stream' }] };
  const world = await openWorld(
    withPreloads(resolverOptions(trust, 'memory'), {
      [a.getPublicKey()]: await accountJwt(a, trust.signing),
      [b.getPublicKey()]: await accountJwt(b, trust.signing, 1, exported),
    }),
  );
  world.resolvers.warnOfPreloads();
  const warnings = world.log.filter((line) => line.startsWith('[WRN]'));
  assert.equal(warnings[0], `[WRN] Account [${b.getPublicKey()}] has validation issues:`);
  assert.match(warnings[1]!, /^\[WRN\] {3}- .*"a b"/);
});

test('a folder without an operator has nobody to obey, and the server does not start', async () => {
  const trust = await makeTrust();
  for (const kind of ['full', 'cache']) {
    const options = resolverOptions(trust, kind);
    options.operatorJwts = [];
    await assert.rejects(openWorld(options), {
      message: 'Could not start resolver: no operator key found',
    });
  }
});

test('a reload of MEMORY forgets what left the configuration', async () => {
  const trust = await makeTrust();
  const [a, b] = [createAccount(), createAccount()];
  const preload = async (account: typeof a): Promise<Record<string, string>> => ({
    [account.getPublicKey()]: await accountJwt(account, trust.signing),
  });
  const memory = resolverOptions(trust, 'memory');
  const world = await openWorld(withPreloads(memory, await preload(a)));
  const next = withPreloads(resolverOptions(trust, 'memory'), await preload(b));
  await world.done(world.resolvers.reload(next));
  await assert.rejects(world.done(world.resolvers.fetch(a.getPublicKey())));
  await world.done(world.resolvers.fetch(b.getPublicKey()));
});

test('a reload takes in what others changed in the folder, and goes on asking and answering', async () => {
  const trust = await makeTrust();
  const a = createAccount();
  const key = a.getPublicKey();
  const world = await openWorld(resolverOptions(trust, 'full', { intervalNs: aSecondNs }));
  await world.ask('$SYS.REQ.CLAIMS.UPDATE', await accountJwt(a, trust.signing, 1));
  world.known.add(key);
  const edited = await accountJwt(a, trust.signing, 2);
  await world.done(world.platform.disk.writeFile(`/jwt/${key}.jwt`, edited));
  const next = resolverOptions(trust, 'full', { intervalNs: aSecondNs });
  await world.done(world.resolvers.reload(next));
  assert.deepEqual(world.told, [`update ${key} ${edited}`]);
  const lists = await world.ask('$SYS.REQ.CLAIMS.LIST');
  assert.equal(lists.length, 1);
  const asked: string[] = [];
  world.client.subscribe('$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP', (_subject, reply) => {
    asked.push(reply);
    world.client.publish(reply, Buffer.alloc(0));
  });
  await assert.rejects(world.done(world.resolvers.fetch(createAccount().getPublicKey())));
  assert.equal(asked.length, 1);
});

test('a reload may change folder and kind; requests then work on the new one only', async () => {
  const trust = await makeTrust();
  const [a, b] = [createAccount(), createAccount()];
  const world = await openWorld(resolverOptions(trust, 'full', { intervalNs: aSecondNs }));
  await world.ask('$SYS.REQ.CLAIMS.UPDATE', await accountJwt(a, trust.signing));
  await world.done(world.resolvers.reload(resolverOptions(trust, 'full', { dir: '/new' })));
  const answers = await world.ask('$SYS.REQ.CLAIMS.UPDATE', await accountJwt(b, trust.signing));
  assert.equal(answers.length, 1);
  assert.deepEqual(await files(world), [`${a.getPublicKey()}.jwt`]);
  assert.deepEqual(await files(world, '/new'), [`${b.getPublicKey()}.jwt`]);
  await world.done(world.resolvers.reload(resolverOptions(trust, 'memory')));
  assert.deepEqual(await world.ask('$SYS.REQ.CLAIMS.LIST'), []);
  world.log.length = 0;
  await world.platform.time.run(3_000);
  assert.deepEqual(world.log, []);
});

test('a reload that cannot have its folder changes nothing', async () => {
  const trust = await makeTrust();
  const world = await openWorld(resolverOptions(trust, 'full'));
  world.platform.disk.fail('mkdir', 'EACCES');
  const next = resolverOptions(trust, 'full', { dir: '/new' });
  await assert.rejects(world.done(world.resolvers.reload(next)), { code: 'EACCES' });
  const a = createAccount();
  await world.ask('$SYS.REQ.CLAIMS.UPDATE', await accountJwt(a, trust.signing));
  assert.deepEqual(await files(world), [`${a.getPublicKey()}.jwt`]);
});

test('expired JWTs leave the folder by themselves, unused ones the cache', async () => {
  const trust = await makeTrust();
  const [a, b] = [createAccount(), createAccount()];
  const world = await openWorld(
    resolverOptions(trust, 'cache', { ttlNs: 10n * aSecondNs, dir: '/cache' }),
  );
  for (const account of [a, b]) {
    world.known.add(account.getPublicKey());
    await world.ask('$SYS.REQ.CLAIMS.UPDATE', await accountJwt(account, trust.signing));
  }
  await world.platform.time.run(6_000);
  await world.done(world.resolvers.fetch(a.getPublicKey()));
  await world.platform.time.run(8_000);
  assert.deepEqual(await files(world, '/cache'), [`${a.getPublicKey()}.jwt`]);
  await world.platform.time.run(20_000);
  assert.deepEqual(await files(world, '/cache'), []);
});

test('a system account that was not there is asked for until it is', async () => {
  const trust = await makeTrust();
  const key = trust.system.getPublicKey();
  const pages = new Pages({ [base]: '' });
  const world = await openWorld(urlOptions(trust), { http: pages });
  const used: string[] = [];
  world.resolvers.awaitSystemAccount(key, (jwt) => {
    used.push(jwt);
    return used.length === 1 ? Promise.reject(new Error('not valid')) : Promise.resolve();
  });
  await world.platform.time.run(3_500);
  assert.deepEqual(pages.asked.slice(1), Array(3).fill(base + key));
  pages.bodies.set(base + key, trust.systemJwt);
  await world.platform.time.run(5_000);
  assert.deepEqual(used, [trust.systemJwt, trust.systemJwt]);
  const notices = world.log.filter((line) => line.startsWith('[INF]'));
  assert.deepEqual(notices, [
    '[INF] Using bootstrapping system account',
    '[INF] System account fetched and updated',
  ]);
});
