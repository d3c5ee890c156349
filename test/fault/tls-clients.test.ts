import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { configure } from '../../src/cli/configure.ts';
import { defaultOptions } from '../../src/options/default-options.ts';
import { processConfigString } from '../../src/options/process-config.ts';
import type { Options } from '../../src/options/types.ts';
import { nodeConfigFiles } from '../../src/platform/node-config-files.ts';
import { selectCiphers, selectCurves } from '../../src/transport/cipher-suites.ts';
import { eventually, hello, pause, RawClient, withCore } from './raw-client.ts';
import { credentials, folder, TlsClient, tlsBlock } from './tls-peer.ts';

/* What the certificates of clients decide, and what they cost before they have decided anything. */

const derekPin = '0dfc84f8cbebfd848f0ab18ab9785c5d5e5d957b4c2440e5c97d096c14f7c7ba';
const oddPin = '0d8bffca3facca68a4b6c58ff41efd5550be6c1be2a92baf4be67f116ab3df90';
const other = 'a'.repeat(64);

/** Behind INFO in the clear. */
async function secure(port: number, options = {}): Promise<TlsClient> {
  const raw = await RawClient.open(port);
  await raw.until('INFO');
  const client = TlsClient.over(raw, options);
  client.send(`${hello}PING\r\n`);
  return client;
}

test('pinned_certs: only who has one of the keys is let in', async () => {
  const pins = `, verify: true, pinned_certs: ["${other}", "${derekPin.toUpperCase()}"]`;
  await withCore(tlsBlock(pins), async ({ port, log, server }) => {
    const derek = await secure(port, credentials('client'));
    assert.equal(await derek.until('PONG'), 'PONG\r\n');
    const odd = await secure(port, credentials('client-odd'));
    assert.equal(await odd.untilClosed(), '');
    assert.ok(log.some((line) => line.endsWith(`Failed pinned cert test for key id: ${oddPin}`)));
    assert.ok(
      log.some((line) => /^\[ERR\].*- TLS handshake error: certificate not pinned$/.test(line)),
    );
    assert.equal(server.clients.size, 1);
    derek.end();
  });
});

test('pinned_certs without verify lets nobody in: no certificate is asked for', async () => {
  await withCore(tlsBlock(`, pinned_certs: ["${derekPin}"]`), async ({ port, log }) => {
    const derek = await secure(port, credentials('client'));
    assert.equal(await derek.untilClosed(), '');
    const line = 'Failed pinned cert test as client did not provide a certificate';
    assert.ok(log.some((one) => one.endsWith(line)));
  });
});

test('a reload turns away who is not pinned any more, and only them', async () => {
  const config = (...pins: string[]) =>
    tlsBlock(`, verify: true, pinned_certs: ${JSON.stringify(pins)}`);
  await withCore(config(derekPin, oddPin), async ({ port, log, reload, server }) => {
    const derek = await secure(port, credentials('client'));
    const odd = await secure(port, credentials('client-odd'));
    await derek.until('PONG');
    await odd.until('PONG');
    await reload(config(oddPin, derekPin));
    assert.ok(!log.some((line) => line.includes('pinned')));
    await reload(config(oddPin));
    await derek.untilClosed();
    assert.ok(log.includes('[INF] Reloaded: 1 pinned_certs'));
    assert.ok(log.includes('[INF] Disconnect 1 clients due to pinned certs reload'));
    odd.text = '';
    odd.send('PING\r\n');
    await odd.until('PONG');
    assert.equal(server.clients.size, 1);
    odd.end();
  });
});

test('verify_and_map: the certificate is the user, and no other can be claimed', async () => {
  const users = `authorization { users: [
    { user: "derek@example.com", permissions: { publish: "derek.>" } }
    { user: "other", password: "x" }
  ] }\n`;
  const block = tlsBlock(', verify_and_map: true');
  await withCore(users + block, async ({ port, server }) => {
    const derek = await secure(port, credentials('client'));
    await derek.until('PONG');
    assert.equal([...server.clients.values()][0]?.userName, 'derek@example.com');
    derek.send('PUB secret 1\r\nx\r\n');
    await derek.until('Permissions Violation');
    const odd = await secure(port, credentials('client-odd'));
    assert.match(await odd.untilClosed(), /-ERR 'Authorization Violation'/);
    derek.end();
  });
});

/** Copies of certificates that a test may exchange. */
function certificateFiles(t: TestContext, name: string) {
  const dir = mkdtempSync(join(tmpdir(), 'tnatsd-tls-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const use = (which: string): void => {
    copyFileSync(join(folder, `${which}.pem`), join(dir, 'cert.pem'));
    copyFileSync(join(folder, `${which}-key.pem`), join(dir, 'key.pem'));
  };
  use(name);
  return { config: `tls { cert_file: "${dir}/cert.pem", key_file: "${dir}/key.pem" }`, use };
}

test('renewed certificates count for new connections; a bad file changes nothing', async (t) => {
  const { config, use } = certificateFiles(t, 'server');
  await withCore(config, async ({ port, reload, log }) => {
    const shown = (client: TlsClient) => client.socket.getPeerX509Certificate()?.subject;
    const old = await (await secure(port)).secured();
    await old.until('PONG');
    assert.match(shown(old)!, /CN=localhost$/);
    use('server-example');
    await reload(config);
    assert.ok(log.includes('[INF] Reloaded: tls = enabled'));
    const renewed = await (await secure(port)).secured();
    assert.match(shown(renewed)!, /CN=example\.com$/);
    await assert.rejects(reload(config.replace('key.pem', 'cert.pem')), /private key/);
    const again = await (await secure(port)).secured();
    assert.match(shown(again)!, /CN=example\.com$/);
    old.text = '';
    old.send('PING\r\n');
    await old.until('PONG');
    for (const client of [old, renewed, again]) client.end();
  });
});

test('CVE-2025-68121: a session of one listener is not resumed at another', async () => {
  const websocket = `websocket { port: -1, host: 127.0.0.1, ${tlsBlock(', verify: true')} }\n`;
  await withCore(`${tlsBlock(', handshake_first: true')}${websocket}`, async ({ port, server }) => {
    const first = TlsClient.to(port);
    const [session] = (await once(first.socket, 'session')) as [Buffer];
    const again = await TlsClient.to(port, { session }).secured();
    assert.equal(again.socket.isSessionReused(), true);
    // Its own listener takes it, the other one does not and wants a certificate.
    const place = server.options.websocket.port;
    const elsewhere = await TlsClient.to(place, { session, maxVersion: 'TLSv1.3' }).secured();
    assert.equal(elsewhere.socket.isSessionReused(), false);
    await elsewhere.untilClosed();
    const proper = await TlsClient.to(place, { session, ...credentials('client') }).secured();
    assert.equal(proper.socket.isSessionReused(), false);
    for (const client of [first, again, proper]) client.end();
  });
});

test('a session from before a reload is not resumed behind it', async () => {
  const config = tlsBlock(', handshake_first: true');
  await withCore(config, async ({ port, reload }) => {
    const first = TlsClient.to(port);
    const [session] = (await once(first.socket, 'session')) as [Buffer];
    await reload(config);
    const again = await TlsClient.to(port, { session }).secured();
    assert.equal(again.socket.isSessionReused(), false);
    first.end();
    again.end();
  });
});

test('a client cannot renegotiate', async () => {
  await withCore(tlsBlock(', handshake_first: true'), async ({ port, server }) => {
    const client = await TlsClient.to(port, { maxVersion: 'TLSv1.2' }).secured();
    await client.until('INFO');
    let renegotiated = false;
    client.socket.renegotiate({ rejectUnauthorized: false }, (error) => {
      renegotiated = error === null;
    });
    await pause(200);
    assert.equal(renegotiated, false);
    client.end();
    await eventually('it is gone', () => server.clients.size === 0);
  });
});

test('HTTPS monitoring: versions, suites and several certificates are those of the block', async () => {
  const pair = (name: string) =>
    `{ cert_file: "${folder}/${name}.pem", key_file: "${folder}/${name}-key.pem" }`;
  const block = (names: string[], more = '') =>
    `https: "127.0.0.1:-1"\ntls { certs: [${names.map(pair).join(', ')}] ${more} }`;
  const both = ['server', 'server-example'];
  await withCore(block(both, ', min_version: "1.3"'), async ({ program, reload }) => {
    const { port } = program.listeners().monitoring!;
    const ask = async (options: object) => {
      const client = await TlsClient.to(port, options).secured();
      const subject = client.socket.getPeerX509Certificate()?.subject.split('\n').at(-1);
      client.end();
      return subject ?? client.error;
    };
    assert.equal(await ask({ servername: 'example.com' }), 'CN=example.com');
    assert.equal(await ask({ servername: 'localhost' }), 'CN=localhost');
    assert.match((await ask({ maxVersion: 'TLSv1.2' }))!, /PROTOCOL_VERSION/);
    await reload(block(['server']));
    assert.equal(await ask({ servername: 'example.com' }), 'CN=localhost');
    assert.equal(await ask({ maxVersion: 'TLSv1.2', servername: 'a.net' }), 'CN=localhost');
    await reload(block(both.reverse()));
    assert.equal(await ask({ servername: 'localhost' }), 'CN=localhost');
    assert.equal(await ask({ servername: 'other.net' }), 'CN=example.com');
  });
});

test('CVE-2021-32026: TLS from flags follows the policy of TLS from a file', () => {
  const [cert, key] = [join(folder, 'server.pem'), join(folder, 'server-key.pem')];
  const parts = {
    program: 'nats-server',
    io: nodeConfigFiles,
    emptyOptions: defaultOptions,
    readConfigFile: () => '',
    jsonSchema: () => '',
  } as const;
  const outcome = configure(['--tls', '--tlscert', cert, '--tlskey', key], parts);
  assert.ok(outcome.kind === 'run');
  const fromFile = defaultOptions();
  const block = `tls { cert_file: "${cert}", key_file: "${key}" }`;
  processConfigString(block, nodeConfigFiles, fromFile);
  const policy = ({ tls }: Options) => {
    const { cipherSuites, curvePreferences, minVersion, allowInsecureCiphers, ...rest } = tls!;
    return {
      suites: selectCiphers(cipherSuites),
      curves: selectCurves(curvePreferences),
      minVersion,
      allowInsecureCiphers,
      verify: rest.verify,
      insecure: rest.insecure,
    };
  };
  assert.deepEqual(policy(outcome.options), policy(fromFile));
});

test('of too many handshakes at once the oldest must go; who is secured does not count', async () => {
  await withCore(`${tlsBlock(', timeout: 5')}`, async ({ port, server, log }) => {
    const done = await Promise.all([1, 2, 3, 4].map(() => secure(port, {})));
    for (const client of done) await client.until('PONG');
    server.clientListener.negotiations.max = 3;
    const waiting: RawClient[] = [];
    for (const first of ['', '\x16', '\x16\x03\x01', '']) {
      waiting.push(await RawClient.open(port, first));
      await pause(10);
    }
    await waiting[0]!.untilClosed();
    assert.deepEqual(
      waiting.map(({ closed }) => closed),
      [true, false, false, false],
    );
    assert.ok(log.some((line) => line.endsWith('Too many connections are being secured')));
    const late = await secure(port);
    assert.equal(await late.until('PONG'), 'PONG\r\n');
    await waiting[1]!.untilClosed();
    assert.equal(server.clients.size, 4 + 2 + 1);
    for (const client of [...done, late]) client.end();
    for (const client of waiting) client.end();
  });
});
