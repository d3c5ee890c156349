import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import {
  ConfigFileError,
  createServer,
  ListenError,
  type NatsServer,
  OptionsError,
  ReloadRefusedError,
  tnatsdVersion,
  UnsupportedOptionError,
} from '../../src/index.ts';

/* Making, listening, reloading and closing servers inside this process, over real sockets. */

/** A server that the test's end closes, however the test goes. */
async function serverFor(
  t: TestContext,
  options: Parameters<typeof createServer>[0] = {},
): Promise<NatsServer> {
  const server = await createServer(options);
  t.after(() => server.close());
  return server;
}

/** Receives one message that `from` publishes. */
async function exchange(from: NatsConnection, to: NatsConnection): Promise<string> {
  const sub = to.subscribe('a.b', { max: 1 });
  await to.flush();
  from.publish('a.b', 'hello');
  for await (const message of sub) return message.string();
  return '';
}

async function occupiedPort(t: TestContext): Promise<number> {
  const occupant: TcpServer = createTcpServer();
  occupant.listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  t.after(() => occupant.close());
  return (occupant.address() as { port: number }).port;
}

function configFile(t: TestContext, text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'tnatsd-embed-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'server.conf');
  writeFileSync(path, text);
  return path;
}

test('several servers in one process know nothing of each other', async (t) => {
  const [a, b] = [await serverFor(t), await serverFor(t, { serverName: 'second' })];
  assert.notEqual(a.url, b.url);
  assert.match(a.url, /^nats:\/\/127\.0\.0\.1:\d+$/);
  assert.notEqual(a.id, b.id);
  assert.equal(b.name, 'second');
  const [a1, a2] = [await connect({ servers: a.url }), await connect({ servers: a.url })];
  const b1 = await connect({ servers: b.url });
  let strayed = 0;
  b1.subscribe('>', { callback: () => void strayed++ });
  await b1.flush();
  assert.equal(await exchange(a1, a2), 'hello');
  await b1.flush();
  assert.equal(strayed, 0);
  assert.equal(a.connections, 2);
  assert.equal(b.connections, 1);
  await Promise.all([a1.close(), a2.close(), b1.close()]);
});

test('listen twice is listening once; close twice is closing once', async (t) => {
  const server = await serverFor(t, { autoListen: false });
  assert.equal(server.url, '');
  assert.equal(server.ports.nats, undefined);
  await Promise.all([server.listen(), server.listen()]);
  const { url } = server;
  await server.listen();
  assert.equal(server.url, url);
  let closes = 0;
  server.on('close', () => closes++);
  await Promise.all([server.close(), server.close()]);
  await server.close();
  assert.equal(closes, 1);
  assert.equal(server.url, '');
  assert.deepEqual(server.ports, { nats: undefined, monitoring: undefined, websocket: undefined });
  await assert.rejects(server.reload(), /the server is closed/);
});

test('a server that was closed before it listened never listens', async () => {
  const server = await createServer({ autoListen: false });
  await server.close();
  await assert.rejects(server.listen(), /the server is closed/);
});

test('a port in use is a ListenError with the code of Node, and leaves nothing open', async (t) => {
  const port = await occupiedPort(t);
  let monitoring = 0;
  const logger = {
    notice(line: string) {
      monitoring ||= Number(/http monitor on 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0);
    },
  };
  await assert.rejects(createServer({ host: '127.0.0.1', port, http: -1, logger }), (error) => {
    assert.ok(error instanceof ListenError);
    assert.equal(error.code, 'EADDRINUSE');
    assert.match(error.message, new RegExp(`127.0.0.1:${port}.*address already in use`));
    return true;
  });
  assert.ok(monitoring > 0);
  await assert.rejects(fetch(`http://127.0.0.1:${monitoring}/`));
});

test('a monitoring port in use is a ListenError too', async (t) => {
  const http = `127.0.0.1:${await occupiedPort(t)}`;
  await assert.rejects(createServer({ http }), (error) => {
    assert.ok(error instanceof ListenError);
    assert.equal(error.code, 'EADDRINUSE');
    return true;
  });
});

test('options that nats-server would refuse have typed errors', async () => {
  await assert.rejects(createServer({ prot: 1 } as object), (error) => {
    assert.ok(error instanceof ConfigFileError);
    assert.match(error.message, /^unknown field "prot".*"port"/);
    return true;
  });
  await assert.rejects(createServer({ pingInterval: 'soon', config: 'max_payload: 1' }), {
    name: 'ConfigFileError',
    message: 'error parsing ping_interval: time: invalid duration "soon"',
  });
  await assert.rejects(createServer({ config: 'a: 1\nprot: 1' }), /^:2:1: unknown/m);
  await assert.rejects(createServer({ maxPayload: '1mb', maxPending: '1kb' }), OptionsError);
  await assert.rejects(createServer({ http: -1, https: -1 }), OptionsError);
  await assert.rejects(
    createServer({ port: -1, config: 'jetstream { key: abc }' }),
    UnsupportedOptionError,
  );
  await assert.rejects(createServer({ configFile: '/does/not/exist.conf' }), ConfigFileError);
  await assert.rejects(createServer({ pidFile: (() => 1) as never }), TypeError);
});

test('monitoring answers on monitoringUrl and is gone after the close', async (t) => {
  const server = await serverFor(t, { http: -1 });
  const { monitoringUrl } = server;
  assert.match(monitoringUrl, /^http:\/\/127\.0\.0\.1:\d+$/);
  const varz = (await (await fetch(`${monitoringUrl}/varz`)).json()) as Record<string, unknown>;
  assert.equal(varz.server_id, server.id);
  assert.equal(varz.tnatsd_version, tnatsdVersion);
  await server.close();
  assert.equal(server.monitoringUrl, '');
  await assert.rejects(fetch(`${monitoringUrl}/varz`));
});

test('typed options win over text, and text over the file', async (t) => {
  const path = configFile(t, 'listen: "127.0.0.1:-1"\nserver_name: file\nmax_payload: 100\n');
  const server = await serverFor(t, {
    configFile: path,
    config: 'server_name: text, max_control_line: 512',
    serverName: 'typed',
  });
  assert.equal(server.name, 'typed');
  const nc = await connect({ servers: server.url });
  assert.equal(nc.info?.max_payload, 100);
  await nc.close();
});

test('reload applies the changed file, and refuses what needs a restart', async (t) => {
  const path = configFile(t, 'listen: "127.0.0.1:-1"\nmax_payload: 100\n');
  const server = await serverFor(t, { configFile: path });
  let reloads = 0;
  server.on('reload', () => reloads++);
  const { url } = server;
  writeFileSync(path, 'listen: "127.0.0.1:-1"\nmax_payload: 200\n');
  await server.reload();
  assert.equal(server.url, url);
  const nc = await connect({ servers: url });
  assert.equal(nc.info?.max_payload, 200);
  await nc.close();
  writeFileSync(path, 'listen: "127.0.0.1:-1"\nmax_payload: 300\nserver_name: other\n');
  await assert.rejects(server.reload(), ReloadRefusedError);
  writeFileSync(path, 'max_payloat: 300');
  await assert.rejects(server.reload(), ConfigFileError);
  const after = await connect({ servers: url });
  assert.equal(after.info?.max_payload, 200);
  await after.close();
  assert.equal(reloads, 1);
});

test('await using, or its method, closes a server', async () => {
  const server = await createServer();
  await server[Symbol.asyncDispose]();
  await assert.rejects(connect({ servers: server.url || 'nats://127.0.0.1:1', reconnect: false }));
  assert.equal(server.url, '');
});
