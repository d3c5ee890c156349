/**
 * What TLS connections cost the program in memory. Measured on Linux with Node 20: see the numbers at
 * each test; the bounds leave room for other versions and a garbage collector that is late.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SpawnedServer, temporaryFolder } from '../conformance/spawned-server.ts';
import { pause } from './raw-client.ts';
import { TlsClient, tlsBlock } from './tls-peer.ts';

const count = 500;
/** Per connection. */
const kibMax = 250;
const onLinux = { skip: process.platform !== 'linux' };

async function startProgram(t: TestContext): Promise<{ port: number; kib(): number }> {
  const config = join(temporaryFolder(t), 'server.conf');
  const block = tlsBlock(', handshake_first: true, timeout: 60');
  writeFileSync(config, `listen: "127.0.0.1:-1"\n${block}`);
  const server = SpawnedServer.start(t, ['-c', config]);
  const port = await server.port();
  await server.ready();
  const kib = () => {
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    return Number(/VmRSS:\s*(\d+) kB/.exec(status)![1]);
  };
  return { port, kib };
}

/** KiB that each of `count` connections added. */
async function costOf(program: { kib(): number }, open: () => Promise<void>): Promise<number> {
  // The first ones pay for code and heap that all share.
  for (let i = 0; i < 20; i++) await open();
  await pause(100);
  const before = program.kib();
  for (let i = 0; i < count; i++) await open();
  await pause(300);
  return (program.kib() - before) / count;
}

/** 64 KiB with 500 connections. */
test('an idle TLS connection costs at most 250 KiB', onLinux, async (t) => {
  const program = await startProgram(t);
  const clients: TlsClient[] = [];
  t.after(() => {
    for (const client of clients) client.end();
  });
  const cost = await costOf(program, async () => {
    const client = await TlsClient.to(program.port).secured();
    clients.push(client);
    client.send('CONNECT {"verbose":false}\r\nPING\r\n');
    await client.until('PONG');
  });
  t.diagnostic(`${cost.toFixed(0)} KiB`);
  assert.ok(cost < kibMax, `${cost} KiB`);
});

/** 96 KiB with 500 of them, whose hello is far longer than any client’s. */
test('a handshake that is not finished costs at most 250 KiB', onLinux, async (t) => {
  const program = await startProgram(t);
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  // A ClientHello of 16 KiB, all but its last byte.
  const hello = Buffer.alloc(16 * 1024 + 4);
  hello.set([0x16, 3, 1, 0x40, 0, 1, 0, 0x40, 0, 3, 3]);
  const cost = await costOf(program, async () => {
    const socket = connect(program.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    await new Promise((done) => socket.once('connect', done));
    await new Promise((done) => socket.write(hello, done));
  });
  t.diagnostic(`${cost.toFixed(0)} KiB`);
  assert.ok(cost < kibMax, `${cost} KiB`);
});
