import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamHandler } from '../../src/platform/network.ts';
import type { SimStream } from '../../src/platform/sim-stream.ts';
import { type SimServer, serverAddress, startSimServer } from './sim-server.ts';

/*
 * Nothing may grow because somebody is slow: publishers at full speed, many subscribers, one of
 * which does not read. In simulated time, so that the limits are exact and the course repeats.
 */

const area = { headroom: 16 * 1024, capacity: 64 * 1024 };
const message = `PUB load 1000\r\n${'x'.repeat(1000)}\r\n`;
const chunk = Buffer.from(message.repeat(60));

/** Counts what it reads; as a publisher it writes whenever its last write was taken. */
class Peer implements StreamHandler {
  readonly stream: SimStream;
  bytes = 0;
  text = '';
  closed = false;
  sent = 0;
  private readonly sendMax: number;

  constructor(server: SimServer, host: string, sendMax = 0) {
    this.sendMax = sendMax;
    this.stream = server.platform.network.dial(host, serverAddress);
    this.stream.handler = this;
    this.write('CONNECT {"verbose":false,"pedantic":false}\r\n');
  }

  write(text: string): void {
    this.stream.write(Buffer.from(text), 0, text.length);
  }

  publish(): void {
    while (this.sent < this.sendMax && !this.closed) {
      this.sent += chunk.length;
      if (!this.stream.write(chunk, 0, chunk.length)) return;
    }
  }

  onBytes(count: number): void {
    this.bytes += count;
  }

  onDrain(): void {
    this.publish();
  }

  onClose(): void {
    this.closed = true;
  }
}

async function start(
  change: { maxPending?: number; deadlineMs?: number } = {},
): Promise<SimServer> {
  const server = await startSimServer(5, area, (options) => {
    options.maxPending = change.maxPending ?? 2 * 1024 * 1024;
    options.maxPayload = 100_000;
    options.writeDeadlineNs = BigInt(change.deadlineMs ?? 10_000) * 1_000_000n;
  });
  server.platform.network.link = { ...server.platform.network.link, chunked: false };
  return server;
}

/** Bytes the server holds for its clients, the most there ever were. */
function watchPending(server: SimServer): () => number {
  let most = 0;
  server.platform.time.every(1, () => {
    let sum = 0;
    for (const connection of server.program.server.clients.values()) {
      sum += connection.outbound.pendingBytes;
    }
    most = Math.max(most, sum);
  });
  return () => most;
}

test('one stalled subscriber is closed alone, and memory stays bounded', async () => {
  const server = await start();
  const { time } = server.platform;
  const subscribers = Array.from({ length: 20 }, (_, i) => new Peer(server, `10.0.2.${i}`));
  for (const one of subscribers) one.write('SUB load 1\r\n');
  const stalled = subscribers[7]!;
  await time.run(50);
  const most = watchPending(server);
  stalled.stream.pause();
  const sendMax = 4_000_000;
  const publishers = [1, 2, 3, 4].map((i) => new Peer(server, `10.0.3.${i}`, sendMax));
  for (const one of publishers) one.publish();
  await time.run(20_000);
  assert.ok(
    publishers.every((one) => one.sent >= sendMax && !one.closed),
    'all was published',
  );
  const open = subscribers.filter((one) => !one.closed);
  assert.equal(server.program.server.counters.slowConsumers, 1);
  assert.equal(server.program.server.clients.size, 23);
  assert.equal(open.length, 20, 'a reader that does not read cannot see the end either');
  const sent = publishers.reduce((sum, one) => sum + one.sent / Buffer.byteLength(message), 0);
  for (const one of subscribers) {
    if (one !== stalled) assert.ok(one.bytes >= sent * 1000, 'the others got everything');
  }
  // The lines are slower than the publishers: every subscriber may have its limit pending.
  assert.ok(most() < 20 * 2 * 1024 * 1024, `${most()} bytes were held`);
  assert.ok(server.program.server.counters.stalledClients > 0, 'publishers were paused');
});

test('a reader that is slow but reads is waited for, beyond the write deadline', async () => {
  const server = await start({ deadlineMs: 500 });
  const { time } = server.platform;
  const slow = new Peer(server, '10.0.2.1');
  slow.write('SUB load 1\r\n');
  await time.run(50);
  // Bursts of 120 kB, each taken within the deadline, one behind the other for much longer.
  for (const end of server.platform.network.streams) {
    end.link = { ...end.link, bytesPerMs: 500, kernelBytes: 64 * 1024 };
  }
  const publisher = new Peer(server, '10.0.3.1');
  await time.run(10);
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 2; j++) publisher.stream.write(chunk, 0, chunk.length);
    await time.run(220);
  }
  await time.run(2000);
  assert.equal(slow.closed, false);
  assert.equal(server.program.server.counters.slowConsumers, 0);
  assert.ok(slow.bytes > 8 * 2 * 60 * 1000);
});

test('a reader that takes nothing for the write deadline is closed', async () => {
  const server = await start({ deadlineMs: 500, maxPending: 64 * 1024 * 1024 });
  const { time } = server.platform;
  const stalled = new Peer(server, '10.0.2.1');
  stalled.write('SUB load 1\r\n');
  await time.run(50);
  stalled.stream.pause();
  const publisher = new Peer(server, '10.0.3.1', 1_000_000);
  publisher.publish();
  await time.run(400);
  assert.equal(server.program.server.clients.size, 2);
  await time.run(300);
  assert.equal(server.program.server.clients.size, 1);
  assert.match(
    server.log.join('\n'),
    /WriteDeadline of 0?\.?5\d*m?s exceeded|WriteDeadline of 500ms/,
  );
});

test('a client that sends half a message holds its bytes and is dropped with them', async () => {
  const server = await start();
  const { time } = server.platform;
  const half = new Peer(server, '10.0.2.1');
  half.write(`PUB big 90000\r\n${'y'.repeat(50_000)}`);
  await time.run(100);
  const [client] = [...server.program.server.clientOf.values()];
  assert.ok(client!.heldBytes >= 90_000 && client!.heldBytes < 91_000);
  half.stream.cut();
  await time.run(100);
  assert.equal(server.program.server.clientOf.size, 0);
});

test('a reader that trickles does not hold up its publishers', async () => {
  const server = await start();
  const { time } = server.platform;
  const trickling = new Peer(server, '10.0.2.1');
  const quick = new Peer(server, '10.0.2.2');
  for (const one of [trickling, quick]) one.write('SUB load 1\r\n');
  await time.run(50);
  trickling.stream.pause();
  // It reads for a moment now and then.
  time.every(100, () => {
    trickling.stream.resume();
    time.after(1, () => trickling.stream.pause());
  });
  const publisher = new Peer(server, '10.0.3.1', 8_000_000);
  publisher.publish();
  await time.run(3000);
  assert.ok(publisher.sent >= 8_000_000, `${publisher.sent} bytes were published`);
  assert.ok(quick.bytes >= 8_000_000);
});
