/** What the options of operator mode do, seen from a client of a whole server. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createAccount, createUser, encodeUser } from '@nats-io/jwt';
import { connect, jwtAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { startTestServer, type TestServer } from '../../src/testing.ts';
import { accountJwt, type Keys, makeTrust, type Trust, userSigner } from './world.ts';

declare const __PROJECT_ROOT__: string;

const certs = join(__PROJECT_ROOT__, 'test/fixtures/tls');
const refused = /Authorization Violation/;

function newFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'tnatsd-resolver-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function start(
  t: TestContext,
  trust: Trust,
  config: string,
  trusted = `operator: ${trust.operatorJwt}`,
): Promise<TestServer> {
  const text = `${trusted}\nhttp: "127.0.0.1:-1"\n${config}`;
  const server = await startTestServer({ config: text });
  t.after(() => server.close());
  return server;
}

async function enter({ port }: TestServer, account: Keys): Promise<NatsConnection> {
  const user = createUser();
  const jwt = await encodeUser('u', user, account, {}, { signer: userSigner });
  const authenticator = jwtAuthenticator(jwt, user.getSeed());
  return connect({ servers: `127.0.0.1:${port}`, authenticator, reconnect: false });
}

const enterAndLeave = async (server: TestServer, account: Keys): Promise<void> =>
  (await enter(server, account)).close();

async function varz({ server }: TestServer): Promise<Record<string, unknown>> {
  const answer = await fetch(`http://127.0.0.1:${server.ports.monitoring}/varz`);
  return (await answer.json()) as Record<string, unknown>;
}

async function preload(trust: Trust, ...accounts: Keys[]): Promise<string> {
  const lines = [`${trust.system.getPublicKey()}: ${trust.systemJwt}`];
  for (const one of accounts) {
    lines.push(`${one.getPublicKey()}: ${await accountJwt(one, trust.signing)}`);
  }
  return `resolver_preload: { ${lines.join('\n')} }`;
}

test('operator, system_account and resolver_preload: users of those accounts get in', async (t) => {
  const trust = await makeTrust();
  const [known, unknown] = [createAccount(), createAccount()];
  const config = `system_account: ${trust.system.getPublicKey()}
    resolver: MEMORY
    ${await preload(trust, known)}`;
  const server = await start(t, trust, config);
  await enterAndLeave(server, known);
  const system = await enter(server, trust.system);
  const answer = await system.request('$SYS.REQ.SERVER.PING.IDZ');
  assert.match(answer.string(), /"name":/);
  await system.close();
  await assert.rejects(enter(server, unknown), refused);
  assert.ok(server.log.includes('[WRN] Account fetch failed: account missing'));
  assert.equal((await varz(server)).system_account, trust.system.getPublicKey());
});

test('trusted_keys: accounts that one of the keys signed are trusted', async (t) => {
  const trust = await makeTrust();
  const [signed, foreign] = [createAccount(), createAccount()];
  const jwt = await accountJwt(foreign, trust.operator);
  const config = `resolver: MEMORY
    resolver_preload {
      ${signed.getPublicKey()}: ${await accountJwt(signed, trust.signing)}
      ${foreign.getPublicKey()}: ${jwt}
    }`;
  const server = await start(t, trust, config, `trusted_keys: ${trust.signing.getPublicKey()}`);
  await enterAndLeave(server, signed);
  await assert.rejects(enter(server, foreign), refused);
});

test('resolver_pinned_accounts: users of other accounts are refused and counted', async (t) => {
  const trust = await makeTrust();
  const [pinned, other] = [createAccount(), createAccount()];
  const config = `resolver: MEMORY
    resolver_pinned_accounts: [${pinned.getPublicKey()}]
    ${await preload(trust, pinned, other)}`;
  const server = await start(t, trust, config);
  await enterAndLeave(server, pinned);
  await enterAndLeave(server, trust.system);
  assert.equal((await varz(server)).pinned_account_fails, undefined);
  await assert.rejects(enter(server, other), refused);
  await assert.rejects(enter(server, other), refused);
  assert.equal((await varz(server)).pinned_account_fails, 2);
});

test('an empty list of pinned accounts lets nobody in', async (t) => {
  const trust = await makeTrust();
  const account = createAccount();
  const config = `resolver: MEMORY
    resolver_pinned_accounts: []
    ${await preload(trust, account)}`;
  const server = await start(t, trust, config);
  for (const one of [account, trust.system]) await assert.rejects(enter(server, one), refused);
});

test('resolver and resolver_tls: accounts come from a URL', async (t) => {
  const trust = await makeTrust();
  const account = createAccount();
  const key = account.getPublicKey();
  const pages = new Map([
    ['/jwt/', ''],
    [`/jwt/${key}`, await accountJwt(account, trust.signing)],
    [`/jwt/${trust.system.getPublicKey()}`, trust.systemJwt],
  ]);
  const files = {
    cert: readFileSync(join(certs, 'server.pem')),
    key: readFileSync(join(certs, 'server-key.pem')),
  };
  const https = createHttpsServer(files, (request, response) => {
    const page = pages.get(request.url ?? '');
    response.writeHead(page === undefined ? 404 : 200);
    response.end(page);
  });
  await new Promise<void>((resolve) => {
    https.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    https.close();
    https.closeAllConnections();
  });
  const url = `https://localhost:${(https.address() as AddressInfo).port}/jwt/`;
  const trusting = (ca: string) =>
    `resolver: URL("${url}")\nresolver_tls { ca_file: "${join(certs, ca)}" }`;
  const server = await start(t, trust, trusting('ca.pem'));
  await enterAndLeave(server, account);
  await enterAndLeave(server, trust.system);
  await assert.rejects(enter(server, createAccount()), refused);
  assert.ok(server.log.some((line) => line.endsWith(': 404 Not Found')));
  await assert.rejects(start(t, trust, trusting('other-ca.pem')), /could not fetch <"https:/);
});

test('resolver full: what the system account pushes lets users in, and stays', async (t) => {
  const trust = await makeTrust();
  const dir = newFolder(t);
  const account = createAccount();
  const config = `resolver { type: full, dir: "${join(dir, 'jwt')}" }
    ${await preload(trust)}`;
  const server = await start(t, trust, config);
  await assert.rejects(enter(server, account), refused);
  const system = await enter(server, trust.system);
  const jwt = await accountJwt(account, trust.signing);
  const answer = await system.request('$SYS.REQ.CLAIMS.UPDATE', jwt);
  assert.match(answer.string(), /"code":200,"message":"jwt updated"/);
  await system.close();
  await enterAndLeave(server, account);
  await server.restart();
  await enterAndLeave(server, account);
  assert.equal(readdirSync(join(dir, 'jwt')).length, 2);
});

test('resolver: an update takes away from users what it does not give', async (t) => {
  const trust = await makeTrust();
  const account = createAccount();
  const config = `resolver { type: full, dir: "${newFolder(t)}" }
    ${await preload(trust, account)}`;
  const server = await start(t, trust, config);
  const [client, system] = [await enter(server, account), await enter(server, trust.system)];
  const closed = client.closed();
  await system.request('$SYS.REQ.CLAIMS.UPDATE', await accountJwt(account, trust.signing, 0));
  assert.match(String(await closed), /maximum account active connections exceeded/i);
  await assert.rejects(enter(server, account), /maximum account active connections exceeded/i);
  await system.close();
});

test('resolver: a reload takes in a JWT that was changed in the folder', async (t) => {
  const trust = await makeTrust();
  const dir = newFolder(t);
  const account = createAccount();
  const config = `resolver { type: full, dir: "${dir}" }\n${await preload(trust, account)}`;
  const server = await start(t, trust, config);
  const client = await enter(server, account);
  const closed = client.closed();
  const file = join(dir, `${account.getPublicKey()}.jwt`);
  assert.ok(existsSync(file));
  // Later than the one of the configuration, which would come back otherwise.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  writeFileSync(file, await accountJwt(account, trust.signing, 0));
  await server.server.reload();
  assert.match(String(await closed), /maximum account active connections exceeded/i);
});
