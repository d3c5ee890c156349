import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stream, StreamHandler } from '../../src/platform/network.ts';
import { type SimServer, startSimServer } from '../sim/sim-server.ts';

/* The write deadline, in simulated time, against a stream that takes exactly what the test says. */

const nobody: StreamHandler = { onBytes() {}, onDrain() {}, onClose() {} };

/** Blocks at once; `take` lets bytes go. */
class StickyStream implements Stream {
  readonly remoteAddress = '10.0.9.9';
  readonly remotePort = 1;
  readonly localAddress = '10.0.0.1';
  readonly localPort = 4222;
  handler: StreamHandler = nobody;
  pendingBytes = 0;
  destroyed = false;

  write(_buffer: Buffer, start: number, end: number): boolean {
    this.pendingBytes += end - start;
    return false;
  }

  take(count: number): void {
    this.pendingBytes = Math.max(0, this.pendingBytes - count);
    if (this.pendingBytes === 0) this.handler.onDrain();
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {
    this.destroyed = true;
  }
}

async function start(change: { retry?: boolean } = {}) {
  const area = { headroom: 16 * 1024, capacity: 64 * 1024 };
  const server = await startSimServer(3, area, (options) => {
    options.writeDeadlineNs = 500_000_000n;
    if (change.retry) options.writeTimeout = 'retry';
  });
  const stream = new StickyStream();
  const refuse = () => Promise.reject(new Error('no TLS'));
  const accepted = { stream, peek: refuse, upgrade: refuse };
  const connection = server.program.server.clientListener.accept(accepted)!;
  feed(server, stream, 'CONNECT {"verbose":false}\r\nSUB a 1\r\n');
  stream.take(1e9);
  return { server, stream, connection, time: server.platform.time };
}

/** Bytes that the client sends. */
function feed({ platform }: SimServer, stream: Stream, text: string): void {
  const { target } = platform.network;
  target.buffer.latin1Write(text, target.headroom);
  stream.handler.onBytes(text.length);
}

function publish(server: SimServer, size: number): void {
  const { deliverer, globalAccount } = server.program.server;
  deliverer.publish(globalAccount, 'a', '', Buffer.alloc(size));
}

test('a reader that always has a backlog but takes each write in time is kept', async () => {
  const { server, stream, connection, time } = await start();
  publish(server, 200_000);
  for (let i = 0; i < 40; i++) {
    await time.run(100);
    publish(server, 100_000);
    stream.take(100_000);
    assert.ok(stream.pendingBytes > 0, 'it never drained');
    assert.equal(connection.closed, false, `after ${(i + 1) * 100} ms`);
  }
  await time.run(1100);
  assert.equal(connection.closeReason, 'Slow Consumer (Write Deadline)');
  assert.ok(stream.destroyed);
});

test('a reader that takes too little in time is closed, or kept by the retry policy', async () => {
  for (const retry of [false, true]) {
    const { server, stream, connection, time } = await start({ retry });
    publish(server, 1_000_000);
    for (let i = 0; i < 20; i++) {
      await time.run(100);
      stream.take(1000);
    }
    assert.equal(connection.closed, !retry);
    const { slowConsumers } = server.program.server.counters;
    assert.ok(retry ? slowConsumers > 1 : slowConsumers === 1, `${slowConsumers}`);
    // One that takes nothing at all is not kept.
    await time.run(1100);
    assert.equal(connection.closeReason, 'Slow Consumer (Write Deadline)');
  }
});

test('a slow reader that recovers is told apart from one that is slow again', async () => {
  const { server, stream, connection, time } = await start({ retry: true });
  for (let i = 0; i < 2; i++) {
    publish(server, 1_000_000);
    await time.run(100);
    stream.take(1000);
    await time.run(500);
    stream.take(1e9);
  }
  const notices = server.log.filter((line) => line.includes('WriteDeadline'));
  assert.deepEqual(
    notices.map((line) => /Slow Consumer (\w+)/.exec(line)?.[1]),
    ['Detected', 'Detected'],
  );
  assert.equal(connection.closed, false);
});

test('who never said CONNECT is closed at the deadline and counted nowhere', async () => {
  const { server, stream, connection, time } = await start();
  connection.connectReceived = false;
  publish(server, 100_000);
  await time.run(600);
  assert.equal(connection.closeReason, 'Slow Consumer (Write Deadline)');
  assert.equal(server.program.server.counters.slowConsumers, 0);
  assert.ok(stream.destroyed);
});
