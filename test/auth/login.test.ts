import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { encodeAccount, encodeOperator, encodeUser } from '@nats-io/jwt';
import { createAccount, createOperator, createUser, type KeyPair } from '@nats-io/nkeys';
import { certsDir } from '../conformance/target.ts';
import { RawClient, withCore } from '../fault/raw-client.ts';
import { CalloutService, outcome } from './callout-service.ts';

const refused = 'Authorization Violation';

/** Connects, and signs the nonce of INFO with whatever keys are given. */
async function login(
  port: number,
  { by, proxy, ...options }: { by?: KeyPair; proxy?: KeyPair; [name: string]: unknown },
): Promise<{ client: RawClient; answer: string; nonce: string }> {
  const client = await RawClient.open(port);
  await client.until('\r\n');
  const info = JSON.parse(client.text.slice(5)) as { nonce?: string };
  const nonce = info.nonce ?? '';
  const sign = (pair: KeyPair | undefined) =>
    pair && Buffer.from(pair.sign(Buffer.from(nonce))).toString('base64url');
  const connect = { verbose: false, sig: sign(by), proxy_sig: sign(proxy), ...options };
  client.send(`CONNECT ${JSON.stringify(connect)}\r\nPING\r\n`);
  await client.until(/PONG|-ERR/);
  return { client, answer: /-ERR '([^']*)'/.exec(client.text)?.[1] ?? 'ok', nonce };
}

test('nkey users: each connection gets a nonce to sign', async () => {
  const [user, other] = [createUser(), createUser()];
  const nkey = user.getPublicKey();
  const config = `accounts { A { users [ { nkey: ${nkey} } ] } }`;
  await withCore(config, async ({ port, server, log }) => {
    const first = await login(port, { nkey, by: user });
    assert.equal(first.answer, 'ok');
    assert.match(first.nonce, /^[\w-]{15}$/);
    const [connection] = server.clients.values();
    assert.equal(connection?.account.name, 'A');
    assert.equal(connection?.rawUser, nkey);
    const second = await login(port, { nkey, by: other });
    assert.equal(second.answer, refused);
    assert.notEqual(second.nonce, first.nonce);
    assert.equal((await login(port, {})).answer, refused);
    assert.ok(log.some((line) => line.includes(`authentication error - Nkey "${nkey}"`)));
    first.client.end();
  });
  await withCore('', async ({ port }) => assert.equal((await login(port, {})).nonce, ''));
});

test('nkey users: a reload asks again, and takes away who is gone', async () => {
  const [user, gone] = [createUser(), createUser()];
  const config = (...users: KeyPair[]) =>
    `authorization { users [ ${users.map((one) => `{ nkey: ${one.getPublicKey()} }`).join(', ')} ] }`;
  await withCore(config(user, gone), async ({ port, reload }) => {
    const stays = await login(port, { nkey: user.getPublicKey(), by: user });
    const leaves = await login(port, { nkey: gone.getPublicKey(), by: gone });
    await reload(config(user));
    await leaves.client.untilClosed();
    await stays.client.flush();
    stays.client.end();
  });
});

test('proxies: who must come through one shows its signature', async () => {
  const [proxy, stranger] = [createUser(), createUser()];
  const config = (trusted: string) => `
    proxies { trusted [ ${trusted} ] }
    authorization { users [ { user: p, password: p, proxy_required: true }, { user: u, password: u } ] }`;
  const key = `{ key: ${proxy.getPublicKey()} }`;
  const other = `{ key: ${createUser().getPublicKey()} }`;
  await withCore(config(key), async ({ port, server, reload, log }) => {
    const p = { user: 'p', pass: 'p' };
    assert.equal((await login(port, p)).answer, refused);
    assert.equal((await login(port, { user: 'u', pass: 'u', proxy: stranger })).answer, refused);
    const reasons = server.closedConnections.all().map(({ reason }) => reason);
    assert.deepEqual(reasons.sort(), ['Proxy Not Trusted', 'Proxy Required']);
    const through = await login(port, { ...p, proxy });
    assert.equal(through.answer, 'ok');
    const [connection] = server.clients.values();
    assert.equal(connection?.proxyKey, proxy.getPublicKey());
    const plain = await login(port, { user: 'u', pass: 'u' });
    await reload(config(other));
    await through.client.until(refused);
    const gone = `proxies trusted keys ["${proxy.getPublicKey()}"] were removed`;
    assert.ok(log.some((line) => line.includes(gone)));
    await plain.client.flush();
    plain.client.end();
  });
});

test('proxies: no authorization service is asked about who lies about its proxy', async () => {
  const issuer = createAccount();
  const config = `
    accounts { AUTH { users [ { user: auth, password: auth } ] }, APP {} }
    proxies { trusted [ { key: ${createUser().getPublicKey()} } ] }
    authorization { auth_callout {
      issuer: ${issuer.getPublicKey()}, account: AUTH, auth_users: [auth] } }`;
  await withCore(config, async ({ port }) => {
    const service = await CalloutService.start({ port, user: 'auth', pass: 'auth' }, { issuer });
    assert.equal((await login(port, { user: 'proxied', proxy: createUser() })).answer, refused);
    assert.equal(service.requests.length, 0);
    await service.close();
  });
});

test('an authorization service judges also who says nothing', async () => {
  const issuer = createAccount();
  // Its users exist nowhere, so nothing else makes clients say who they are.
  const config = `
    accounts { AUTH {} }
    authorization { timeout: 1, auth_callout {
      issuer: ${issuer.getPublicKey()}, account: AUTH, auth_users: [auth] } }`;
  await withCore(config, async ({ port }) => {
    const client = await RawClient.open(port, 'PUB x 0\r\n\r\nPING\r\n');
    await client.untilClosed();
    assert.match(client.text, /-ERR 'Authorization Violation'/);
    assert.ok(!client.text.includes('PONG'));
  });
});

// CVE-2022-24450
test('no client chooses its account', async () => {
  const config = 'accounts { A { users [ { user: a, password: p } ] }, B {} }';
  await withCore(config, async ({ port }) => {
    const user = { user: 'a', pass: 'p' };
    assert.equal(await outcome(port, user), 'ok');
    assert.equal(await outcome(port, { ...user, account: 'B' }), refused);
    assert.equal(await outcome(port, { ...user, new_account: true }), refused);
  });
});

// CVE-2023-47090
test('a system account and an authorization block let nobody else in', async () => {
  const accounts = 'accounts { $SYS { users [ { user: sys, password: p } ] } }';
  const matrix: [string, string][] = [
    [accounts, 'ok'],
    [`${accounts}\nauthorization {}`, refused],
    [`${accounts}\nauthorization { timeout: 1 }`, refused],
    [`${accounts}\nauthorization { default_permissions { publish: x } }`, refused],
  ];
  for (const [config, expected] of matrix) {
    await withCore(config, async ({ port }) => {
      assert.equal(await outcome(port, {}), expected, config);
      assert.equal(await outcome(port, { user: 'sys', pass: 'p' }), 'ok', config);
      assert.equal(await outcome(port, { user: 'x', pass: 'p' }), refused, config);
    });
  }
});

// GHSA-hmmp-q8cx-v964
test('no_auth_user keeps to its connection types and its proxy, before CONNECT too', async () => {
  for (const more of ['allowed_connection_types: [WEBSOCKET]', 'proxy_required: true']) {
    const config = `
      authorization { users [ { user: g, password: g, ${more} } ] }
      no_auth_user: g`;
    await withCore(config, async ({ port }) => {
      assert.equal(await outcome(port, {}), refused, more);
      const client = await RawClient.open(port, 'PUB x 0\r\n\r\nPING\r\n');
      await client.untilClosed();
      assert.ok(!client.text.includes('PONG'), more);
    });
  }
});

test('max_connections of an account', async () => {
  const config =
    'accounts { A { users [ { user: a, password: p } ], limits { max_connections: 1 } } }';
  await withCore(config, async ({ port, server }) => {
    const user = { user: 'a', pass: 'p' };
    const first = await login(port, user);
    assert.equal(await outcome(port, user), 'maximum account active connections exceeded');
    const [closed] = server.closedConnections.all();
    assert.equal(closed?.reason, 'Maximum Account Connections Exceeded');
    first.client.end();
  });
});

test('default_sentinel is the JWT of who shows none', async () => {
  const [operator, account, system] = [createOperator(), createAccount(), createAccount()];
  const none = { conn: -1, leaf: -1, imports: -1, exports: -1, subs: -1, payload: -1, data: -1 };
  const limits = { ...none, wildcards: true };
  const jwts = await Promise.all(
    [account, system].map(async (one) => {
      const jwt = await encodeAccount('A', one, { limits }, { signer: operator });
      return `${one.getPublicKey()}: ${jwt}`;
    }),
  );
  const sentinel = await encodeUser('S', createUser(), account, { bearer_token: true });
  const config = `
    operator: ${await encodeOperator('O', operator, { system_account: system.getPublicKey() })}
    resolver: MEMORY
    resolver_preload { ${jwts.join('\n')} }
    default_sentinel: ${sentinel}`;
  await withCore(config, async ({ port, server }) => {
    const { client, answer } = await login(port, {});
    assert.equal(answer, 'ok');
    const [connection] = server.clients.values();
    assert.equal(connection?.account.name, account.getPublicKey());
    assert.equal(connection?.nameTag, 'S');
    client.end();
  });
});

test('a reload that leaves one user of several leaves nobody else', async () => {
  const user = (name: string) => `{ user: ${name}, password: p }`;
  const config = `authorization { users [ ${user('u')}, ${user('admin')} ] }`;
  await withCore(config, async ({ port, reload }) => {
    const stays = await login(port, { user: 'u', pass: 'p' });
    const leaves = await login(port, { user: 'admin', pass: 'p' });
    const silent = await RawClient.open(port);
    await reload('authorization { user: u, password: p }');
    await leaves.client.untilClosed();
    await silent.untilClosed();
    assert.match(silent.text, /-ERR 'Authorization Violation'/);
    await stays.client.flush();
    assert.equal(await outcome(port, { user: 'admin', pass: 'p' }), refused);
    stays.client.end();
  });
});

test('verify_and_map: the user is the one in the certificate', async () => {
  const file = (name: string) => join(certsDir, name);
  const config = `
    tls { cert_file: "${file('server.pem')}", key_file: "${file('server-key.pem')}",
      ca_file: "${file('ca.pem')}", verify_and_map: true, handshake_first: true }
    accounts { A { users [ { user: "derek@example.com", permissions { publish: ok } } ] } }`;
  await withCore(config, async ({ port, server, log }) => {
    assert.ok(!log.some((line) => line.includes('Plaintext passwords')));
    const open = async (name: string) => {
      const [ca, cert, key] = ['ca', name, `${name}-key`].map((one) =>
        readFileSync(file(`${one}.pem`)),
      );
      const socket = tlsConnect({ ca, cert, key, host: 'localhost', port });
      const client = new RawClient(socket);
      client.send('CONNECT {"verbose":false,"user":"somebody"}\r\nPUB no 0\r\n\r\nPING\r\n');
      await client.until(/PONG|Authorization Violation/);
      return client;
    };
    const client = await open('client');
    assert.match(client.text, /Permissions Violation for Publish to "no"/);
    const [connection] = server.clients.values();
    assert.deepEqual([connection?.rawUser, connection?.account.name], ['derek@example.com', 'A']);
    client.end();
    const other = await open('client-odd');
    assert.match(other.text, /Authorization Violation/);
    other.end();
  });
});
