import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createServer } from '../../src/index.ts';
import { certsDir } from '../conformance/target.ts';
import { type CoreServer, eventually, hello, startCore, withCore } from '../fault/raw-client.ts';
import { offerDeflate, RawWebSocket, upgradeRequest } from '../fault/raw-websocket.ts';

/* What the options of the websocket block do, seen from a client. */

const block = (more = '') => `websocket { listen: "127.0.0.1:-1", no_tls: true${more} }\n`;
const tls = `tls { cert_file: "${certsDir}/server.pem", key_file: "${certsDir}/server-key.pem" }`;
const portOf = ({ server }: CoreServer) => server.websocketListener.port!;
const info = (client: RawWebSocket) =>
  JSON.parse(/INFO (\{.*\})/.exec(client.text())?.[1] ?? '{}') as Record<string, unknown>;

test('websocket: a listener of its own, with its host and port in INFO', async () => {
  await withCore(block(), async (core) => {
    const port = portOf(core);
    assert.deepEqual(core.log.slice(-4, -1), [
      `[INF] Listening for websocket clients on ws://127.0.0.1:${port}`,
      '[WRN] Websocket not configured with TLS. DO NOT USE IN PRODUCTION!',
      `[INF] Listening for client connections on 127.0.0.1:${core.port}`,
    ]);
    const client = await RawWebSocket.open(port);
    const { host, port: shown, tls_required, tls_available, client_ip } = info(client);
    assert.deepEqual([host, shown, client_ip], ['127.0.0.1', port, '127.0.0.1']);
    assert.deepEqual([tls_required, tls_available], [undefined, undefined]);
    client.send(`${hello}SUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\n`);
    await client.until('PONG');
    assert.match(client.text(), /MSG a 1 2\r\nhi\r\nPONG\r\n$/);
    const [connection] = core.server.clients.values();
    assert.match(connection!.label, /^127\.0\.0\.1:\d+ - wid:\d+/);
    client.end();
  });
});

test('websocket: one flush is one frame, and INFO comes right behind the answer', async () => {
  await withCore(block(), async (core) => {
    const client = await RawWebSocket.open(portOf(core));
    client.send(`${hello}SUB a 1\r\n${'PUB a 2\r\nhi\r\n'.repeat(50)}PING\r\n`);
    await client.until('PONG');
    assert.equal(client.frames().length, 2);
    client.end();
  });
});

test('websocket: a port that is taken, in the words of nats-server', async () => {
  await withCore(block(), async (core) => {
    const port = portOf(core);
    const busy = `websocket { listen: "127.0.0.1:${port}", no_tls: true }\n`;
    await assert.rejects(startCore(busy), {
      message: `Unable to listen for websocket connections: listen tcp 127.0.0.1:${port}: bind: address already in use`,
      code: 'EADDRINUSE',
    });
    await assert.rejects(startCore('websocket { listen: "127.0.0.1:99999", no_tls: true }\n'), {
      message:
        'Unable to listen for websocket connections: listen tcp: address 99999: invalid port',
    });
    for (const [text, problem] of [
      ['a:b:c', 'address a:b:c: too many colons in address'],
      ['a:x', 'strconv.Atoi: parsing "x": invalid syntax'],
    ]) {
      await assert.rejects(startCore(block(`, advertise: "${text}"`)), {
        message: `Unable to get websocket connect URLs: ${problem}`,
      });
    }
  });
});

test('websocket: tls of its own, whatever the clients port has', async () => {
  await withCore(`websocket { listen: "127.0.0.1:-1", ${tls} }\n`, async (core) => {
    const port = portOf(core);
    assert.ok(
      core.log.includes(`[INF] Listening for websocket clients on wss://127.0.0.1:${port}`),
    );
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    const client = new RawWebSocket(socket);
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    socket.write(upgradeRequest());
    await eventually('INFO', () => client.frames().length > 0);
    const shown = info(client);
    assert.deepEqual([shown.tls_required, shown.tls_available], [true, true]);
    const [connection] = core.server.clients.values();
    assert.equal(connection!.tls?.version, '1.3');
    client.end();
    // Plain HTTP is told so, as Go does; other bytes are not.
    const plain = await RawWebSocket.dial(port);
    await eventually('an answer', () => plain.closed);
    assert.equal(
      plain.received().toString(),
      'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n',
    );
    const junk = await RawWebSocket.dial(port, '\x01\x02\x03\x04\x05');
    await eventually('the end', () => junk.closed);
    const errors = core.log.filter((line) => line.startsWith('[ERR]'));
    assert.match(
      errors[0] ?? '',
      /^\[ERR\] websocket: TLS handshake error from 127\.0\.0\.1:\d+: client sent an HTTP request to an HTTPS server$/,
    );
    assert.match(errors[1] ?? '', /TLS handshake error from .*: tls: first record does not look/);
  });
});

test('websocket: pinned_certs hold at the handshake', async () => {
  const config = (pin: string) =>
    `websocket { listen: "127.0.0.1:-1", tls { cert_file: "${certsDir}/server.pem", ` +
    `key_file: "${certsDir}/server-key.pem", ca_file: "${certsDir}/ca.pem", verify: true, ` +
    `pinned_certs: ["${pin}"] } }\n`;
  const certificate = readFileSync(join(certsDir, 'client.pem'));
  const spki = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  const pin = createHash('sha256').update(spki).digest('hex');
  for (const [pinned, welcome] of [
    [pin, true],
    ['0'.repeat(64), false],
  ] as const) {
    await withCore(config(pinned), async (core) => {
      const socket = connectTls({
        port: portOf(core),
        host: '127.0.0.1',
        rejectUnauthorized: false,
        cert: certificate,
        key: readFileSync(join(certsDir, 'client-key.pem')),
      });
      const client = new RawWebSocket(socket);
      await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
      client.write(Buffer.from(upgradeRequest()));
      await eventually('INFO or the end', () => client.closed || client.frames().length > 0);
      assert.equal(client.closed, !welcome);
      client.end();
    });
  }
});

test('websocket: a clients port with TLS asks nothing of the WebSocket port', async () => {
  await withCore(`${tls}\n${block()}`, async (core) => {
    const client = await RawWebSocket.open(portOf(core));
    assert.equal(info(client).tls_required, undefined);
    client.send(`${hello}PING\r\n`);
    await client.until('PONG');
    client.end();
  });
});

test('websocket: tls is read again at a reload, everything else refuses it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tnatsd-ws-'));
  const use = (name: string) => {
    copyFileSync(join(certsDir, `${name}.pem`), join(folder, 'c.pem'));
    copyFileSync(join(certsDir, `${name}-key.pem`), join(folder, 'k.pem'));
  };
  use('server');
  const config = (more = '') =>
    `websocket { listen: "127.0.0.1:-1", tls { cert_file: "${folder}/c.pem", key_file: "${folder}/k.pem" }${more} }\n`;
  await withCore(config(), async (core) => {
    const subject = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connectTls({
          port: portOf(core),
          host: '127.0.0.1',
          rejectUnauthorized: false,
        });
        socket.once('secureConnect', () => {
          resolve(socket.getPeerCertificate().fingerprint256);
          socket.destroy();
        });
        socket.once('error', reject);
      });
    const before = await subject();
    use('server-ecdsa');
    await core.reload(config());
    assert.notEqual(await subject(), before);
    await assert.rejects(core.reload(config(', compression: true')), {
      message: /^config reload not supported for Websocket: old=/,
    });
  });
  rmSync(folder, { recursive: true });
});

test('websocket: a user that a reload takes away is closed', async () => {
  const users = (names: string[]) =>
    `${block()}authorization { users: [ ${names.map((n) => `{ user: ${n}, password: p }`).join(', ')} ] }\n`;
  await withCore(users(['a', 'b']), async (core) => {
    const [a, b] = [await RawWebSocket.open(portOf(core)), await RawWebSocket.open(portOf(core))];
    a.send('CONNECT {"user":"a","pass":"p","verbose":false}\r\nPING\r\n');
    b.send('CONNECT {"user":"b","pass":"p","verbose":false}\r\nPING\r\n');
    await a.until('PONG');
    await b.until('PONG');
    await core.reload(users(['a', 'c']));
    assert.equal(await b.untilClosed(), '1000 Client Closed');
    assert.equal(a.closed, false);
    a.end();
  });
});

test('websocket: headers, X-Forwarded-For and compression', async () => {
  await withCore(block(', compression: true, headers { X-One: "1 2" }'), async (core) => {
    const client = await RawWebSocket.open(
      portOf(core),
      `${offerDeflate}X-Forwarded-For: 2001:db8::1\r\n`,
    );
    assert.match(client.answer, /\r\nX-One: 1 2$/);
    assert.match(
      client.answer,
      /\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n/,
    );
    assert.equal(client.frames()[0]?.compressed, true);
    const [connection] = core.server.clients.values();
    assert.match(connection!.label, /^\[2001:db8::1\]\/127\.0\.0\.1:\d+ - wid:\d+/);
    assert.equal(connection!.remoteHost, '127.0.0.1');
    client.end();
    const liar = await RawWebSocket.open(portOf(core), 'X-Forwarded-For: 1.2.3.4, 5.6.7.8\r\n');
    const [, other] = [...core.server.clients.values()];
    assert.doesNotMatch(other?.label ?? '', /1\.2\.3\.4/);
    liar.end();
  });
});

test('websocket: ping_interval and the timeout of its authorization', async () => {
  await withCore(block(', ping_interval: "100ms"'), async (core) => {
    const client = await RawWebSocket.open(portOf(core));
    await client.until('PING\r\n');
    client.end();
  });
  const own = block(', authorization { username: w, password: v, timeout: 0.2 }');
  await withCore(`${own}authorization { timeout: 30 }\n`, async (core) => {
    const client = await RawWebSocket.open(portOf(core));
    assert.equal(info(client).auth_required, true);
    assert.equal(await client.untilClosed(2000), '1008 Authentication Timeout');
    const plain = connect({ port: core.port, host: '127.0.0.1' });
    const line = await new Promise<string>((resolve) =>
      plain.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    );
    assert.doesNotMatch(line, /auth_required/);
    plain.destroy();
  });
});

test('websocket: nothing that a client sent is masked by a server that agreed not to', async () => {
  await withCore(block(), async (core) => {
    const client = await RawWebSocket.open(portOf(core), 'Nats-No-Masking: true\r\n');
    assert.match(client.answer, /\r\nNats-No-Masking: true$/);
    client.send('PING\r\n', { mask: undefined });
    await client.until('PONG');
    client.end();
  });
});

test('websocket: ports, monitoring and the embed API tell of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tnatsd-ws-'));
  const server = await createServer({
    websocket: { host: '127.0.0.1', port: -1, noTls: true, compression: true },
    portsFileDir: folder,
    http: '127.0.0.1:-1',
  });
  const port = server.ports.websocket!;
  assert.equal(server.websocketUrl, `ws://127.0.0.1:${port}`);
  const file = readFileSync(join(folder, `nats-server_${process.pid}.ports`), 'utf8');
  assert.deepEqual(JSON.parse(file).websocket, [`ws://127.0.0.1:${port}`]);
  const client = await RawWebSocket.open(port);
  const varz = (await (await fetch(`${server.monitoringUrl}/varz`)).json()) as {
    websocket: unknown;
  };
  assert.deepEqual(varz.websocket, { host: '127.0.0.1', port, no_tls: true, compression: true });
  const connz = (await (await fetch(`${server.monitoringUrl}/connz`)).json()) as {
    connections: { type: string; kind: string; ip: string }[];
  };
  const [shown] = connz.connections;
  assert.deepEqual([shown?.kind, shown?.type, shown?.ip], ['Client', 'websocket', '127.0.0.1']);
  client.end();
  await server.close();
  assert.equal(server.websocketUrl, '');
  rmSync(folder, { recursive: true });
});
