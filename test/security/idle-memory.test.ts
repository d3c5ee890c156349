/**
 * What connections cost that say nothing: resident memory of the program per connection, for every
 * listener. The bounds leave room for a garbage collector that is late; TLS handshakes that are never
 * finished are measured in test/fault/tls-memory.test.ts.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { SpawnedServer, temporaryFolder } from '../conformance/spawned-server.ts';
import { pause } from '../fault/raw-client.ts';
import { upgradeRequest } from '../fault/raw-websocket.ts';
import { tlsBlock } from '../fault/tls-peer.ts';

const count = 300;

interface Cost {
  readonly kibMax: number;
  readonly config: string;
  /** What the listener's line in the log ends with, in front of the port. */
  readonly listener: RegExp;
  readonly secured?: boolean;
  readonly first?: string;
}

const clients = /client connections on \S*:(\d+)/;
const websockets = /websocket clients on \S*:(\d+)/;
const login = 'authorization { user: u, password: p, timeout: 60 }\n';
const websocket = (more: string) => `${login}websocket { listen: "127.0.0.1:-1", ${more} }\n`;

const costs: Record<string, Cost> = {
  TCP: { kibMax: 100, config: login, listener: clients },
  'TCP, a CONNECT without end': {
    kibMax: 100,
    config: login,
    listener: clients,
    first: `CONNECT {"user":"${'x'.repeat(4000)}`,
  },
  'PROXY, half a header': {
    kibMax: 100,
    config: `${login}proxy_protocol: true\n`,
    listener: clients,
    first: 'PROXY TCP4 192.0.2.1',
  },
  TLS: {
    kibMax: 250,
    config: `${login}${tlsBlock(', handshake_first: true, timeout: 60')}`,
    listener: clients,
    secured: true,
  },
  'WebSocket, half an upgrade': {
    kibMax: 250,
    config: websocket('no_tls: true, handshake_timeout: "60s"'),
    listener: websockets,
    first: upgradeRequest().slice(0, -2),
  },
  WebSocket: {
    kibMax: 250,
    config: websocket('no_tls: true, compression: true'),
    listener: websockets,
    first: upgradeRequest('Sec-WebSocket-Extensions: permessage-deflate\r\n'),
  },
  'secure WebSocket': {
    kibMax: 300,
    config: websocket(tlsBlock()),
    listener: websockets,
    secured: true,
    first: upgradeRequest(),
  },
};

async function start(t: TestContext, config: string): Promise<SpawnedServer> {
  const file = join(temporaryFolder(t), 'server.conf');
  writeFileSync(file, `listen: "127.0.0.1:-1"\n${config}`);
  const server = SpawnedServer.start(t, ['-c', file]);
  await server.ready();
  return server;
}

function residentKib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s*(\d+) kB/.exec(status)![1]);
}

async function open(port: number, { secured, first }: Cost): Promise<Socket> {
  const place = { port, host: '127.0.0.1', rejectUnauthorized: false };
  const socket = secured ? connectTls(place) : connect(place);
  socket.on('error', () => {}).resume();
  await new Promise((done) => socket.once(secured ? 'secureConnect' : 'connect', done));
  if (first !== undefined) await new Promise((done) => socket.write(first, done));
  return socket;
}

for (const [name, cost] of Object.entries(costs)) {
  const skip = process.platform !== 'linux';
  test(`who says nothing costs little memory: ${name}`, { skip }, async (t) => {
    const server = await start(t, cost.config);
    const port = Number(cost.listener.exec(server.stderr)![1]);
    const sockets: Socket[] = [];
    t.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    const more = async (howMany: number) => {
      for (let i = 0; i < howMany; i++) sockets.push(await open(port, cost));
      await pause(200);
    };
    // The first ones pay for code and heap that all share.
    await more(50);
    const before = residentKib(server.pid);
    await more(count);
    const each = (residentKib(server.pid) - before) / count;
    t.diagnostic(`${each.toFixed(0)} KiB`);
    assert.ok(
      sockets.every(({ destroyed }) => !destroyed),
      'all of them are still connected',
    );
    assert.ok(each < cost.kibMax, `${each.toFixed(0)} KiB for each`);
  });
}
