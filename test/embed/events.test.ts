import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from '@nats-io/transport-node';
import { createServer } from '../../src/index.ts';
import { natsTest, startTestServer } from '../../src/testing.ts';

/* What a server tells the program around it: events, log lines, and nothing else. */

test(
  'connect and disconnect name the client',
  natsTest(
    async ({ server, url }) => {
      const connected = once(server, 'connect');
      const nc = await connect({ servers: url, name: 'orders', user: 'u', pass: 'p' });
      const [client] = await connected;
      assert.equal(client.id, nc.info?.client_id);
      assert.equal(client.name, 'orders');
      assert.equal(client.ip, '127.0.0.1');
      assert.equal(client.user, 'u');
      assert.ok(client.port > 0);
      const disconnected = once(server, 'disconnect');
      await nc.close();
      const [gone] = await disconnected;
      assert.deepEqual(gone, { ...client, reason: 'Client Closed' });
    },
    { authorization: { user: 'u', password: 'p' } },
  ),
);

test('a listener that throws does not harm the server', async () => {
  const { server, url, close } = await startTestServer();
  const thrown = new Promise<Error>((resolve) => {
    process.setUncaughtExceptionCaptureCallback(resolve);
  });
  try {
    server.once('connect', () => {
      throw new Error('of the listener');
    });
    const nc = await connect({ servers: url });
    assert.equal((await thrown).message, 'of the listener');
    await nc.flush();
    await nc.close();
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
    await close();
  }
});

test('lame duck: clients are told, then closed, then the server', async () => {
  const server = await createServer({ lameDuckDuration: '30s', lameDuckGracePeriod: '10ms' });
  const events: string[] = [];
  for (const name of ['lameDuck', 'disconnect', 'close'] as const) {
    server.on(name, () => events.push(name));
  }
  const nc = await connect({ servers: server.url, reconnect: false });
  const statuses: string[] = [];
  const watching = (async () => {
    for await (const status of nc.status()) statuses.push(status.type);
  })();
  await server.lameDuck();
  await nc.closed();
  await watching;
  assert.ok(statuses.includes('ldm'), `${statuses}`);
  assert.deepEqual(events, ['lameDuck', 'disconnect', 'close']);
});

test('lame duck of a server that does not listen closes it', async () => {
  const server = await createServer({ autoListen: false });
  const socket = server.connect();
  socket.resume();
  const ended = once(socket, 'close');
  await server.lameDuck();
  await ended;
});

test('log lines go to the logger only, at the levels asked for', async () => {
  const quiet = await startTestServer();
  const loud = await startTestServer({ debug: true, trace: true });
  for (const { url } of [quiet, loud]) await (await connect({ servers: url })).close();
  await quiet.close();
  await loud.close();
  const levels = (log: readonly string[]) => [...new Set(log.map((l) => l.slice(0, 5)))].sort();
  assert.deepEqual(levels(quiet.log), ['[INF]']);
  assert.deepEqual(levels(loud.log), ['[DBG]', '[INF]', '[TRC]']);
});

test('warnings about the configuration reach the logger', async () => {
  const { log, close } = await startTestServer({
    config: 'leafnodes { port: 7422 }',
  });
  await close();
  assert.ok(
    log.some((line) => /^\[WRN\] .*leafnodes.*not active yet/.test(line)),
    `${log}`,
  );
});

test('a test server starts again on its port', async () => {
  const one = await startTestServer();
  const first = one.server.id;
  const nc = await connect({ servers: one.url, reconnectTimeWait: 20 });
  const reconnected = (async () => {
    for await (const status of nc.status()) if (status.type === 'reconnect') return;
  })();
  await one.restart();
  await reconnected;
  assert.notEqual(one.server.id, first);
  assert.equal(`nats://127.0.0.1:${one.server.ports.nats}`, one.url);
  await nc.close();
  await one[Symbol.asyncDispose]();
});

test('the server of a test is closed when the test fails', async () => {
  let url = '';
  const failing = natsTest((server) => {
    url = server.url;
    throw new Error('as planned');
  });
  await assert.rejects(failing(), /as planned/);
  await assert.rejects(connect({ servers: url, reconnect: false, maxReconnectAttempts: 0 }));
});
