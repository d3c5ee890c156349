import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { headers, type NatsConnection, wsconnect } from '@nats-io/transport-node';
import { createServer, type NatsServer } from '../../src/index.ts';

/* The official client and plain protocol over in-process connections, on a server without a port. */

const server = (): Promise<NatsServer> => createServer({ autoListen: false });
const client = (to: NatsServer): Promise<NatsConnection> =>
  wsconnect({ servers: 'ws://in-process', wsFactory: to.wsFactory, reconnect: false });

test('nats.js publishes, subscribes, requests and drains without TCP', async () => {
  const nats = await server();
  const a = await client(nats);
  const b = await client(nats);
  a.subscribe('echo.*', {
    callback: (_error, msg) => {
      msg.respond(`${msg.subject}: ${msg.string()}`);
    },
  });
  await a.flush();
  const reply = await b.request('echo.one', 'hello');
  assert.equal(reply.string(), 'echo.one: hello');
  const h = headers();
  h.set('key', 'value');
  const sub = b.subscribe('with.headers', { max: 1 });
  await b.flush();
  a.publish('with.headers', 'x', { headers: h });
  for await (const msg of sub) assert.equal(msg.headers?.get('key'), 'value');
  await assert.rejects(b.request('nobody', ''), /no responders/i);
  await a.drain();
  await b.close();
  await nats.close();
});

test('ten thousand messages and a big one arrive in order', async () => {
  const nats = await server();
  const [from, to] = [await client(nats), await client(nats)];
  const got: number[] = [];
  let big = 0;
  const sub = to.subscribe('n', {
    callback: (_error, msg) => {
      if (msg.data.length > 100) big = msg.data.length;
      else got.push(Number(msg.string()));
    },
  });
  await to.flush();
  for (let i = 0; i < 10_000; i++) from.publish('n', String(i));
  from.publish('n', new Uint8Array(900_000));
  await from.flush();
  await to.flush();
  assert.deepEqual(
    got,
    Array.from({ length: 10_000 }, (_, i) => i),
  );
  assert.equal(big, 900_000);
  sub.unsubscribe();
  await Promise.all([from.close(), to.close()]);
  await nats.close();
});

test('a Duplex speaks the protocol, and is ended when the server closes', async () => {
  const nats = await server();
  const socket = nats.connect();
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.write('CONNECT {"verbose":false}\r\nSUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\n');
  while (!text.includes('PONG')) await once(socket, 'data');
  assert.match(text, /^INFO \{.*\} \r\nMSG a 1 2\r\nhi\r\nPONG\r\n$/);
  assert.equal(nats.connections, 1);
  const closed = once(socket, 'close');
  await nats.close();
  await closed;
});

test('a connection above the limit reads the error before its end', async () => {
  const nats = await createServer({ autoListen: false, max_connections: 1 } as object);
  const first = nats.connect();
  const second = nats.connect();
  let text = '';
  for await (const chunk of second) text += String(chunk);
  assert.match(text, /-ERR 'maximum connections exceeded'/);
  first.destroy();
  await nats.close();
});
