import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeReasons } from '../../src/connection/close-reason.ts';
import { eventually, hello, pause, RawClient, withCore } from './raw-client.ts';

/*
 * Slow receivers on real sockets (test/sim has them in simulated time): memory stays bounded, only
 * who does not read is closed, and publishers that wait are never forgotten.
 */

const connections = (server: { clients: Map<number, { id: number }> }) => [
  ...server.clients.values(),
];

test('4 publishers, 100 subscribers, one stalled: bounded, and only that one is closed', async () => {
  await withCore('max_pending: 2MB', async ({ port, server, log }) => {
    const subscribers = await Promise.all(
      Array.from({ length: 100 }, () => RawClient.open(port, `${hello}SUB load 1\r\nPING\r\n`)),
    );
    await Promise.all(subscribers.map((one) => one.until('PONG')));
    // Counted, not kept: a hundred copies of everything would be the test's own memory.
    const bytes = new Map<RawClient, number>();
    for (const one of subscribers) {
      one.socket.removeAllListeners('data').on('data', (chunk) => {
        bytes.set(one, (bytes.get(one) ?? 0) + chunk.length);
      });
    }
    const stalled = subscribers[42]!;
    stalled.stall();
    const before = process.memoryUsage().rss;
    const size = 1000;
    const count = 800;
    const publishers = await Promise.all([1, 2, 3, 4].map(() => RawClient.open(port, hello)));
    for (const one of publishers) {
      one.send(`PUB load ${size}\r\n${'x'.repeat(size)}\r\n`.repeat(count));
    }
    let most = 0;
    const watch = setInterval(() => {
      let sum = 0;
      for (const one of server.clients.values()) sum += one.outbound.pendingBytes;
      most = Math.max(most, sum);
    }, 10);
    // Until the kernel's buffers of the stalled one are full too.
    for (let round = 0; server.counters.slowConsumers === 0 && round < 20; round++) {
      for (const one of publishers) {
        one.send(`PUB load ${size}\r\n${'x'.repeat(size)}\r\n`.repeat(count));
      }
      await Promise.all(publishers.map((one) => one.flush(20_000)));
    }
    clearInterval(watch);
    await eventually('the stalled one is closed', () => server.clients.size === 103);
    assert.equal(server.counters.slowConsumers, 1);
    const line = `MSG load 1 ${size}\r\n${'x'.repeat(size)}\r\n`.length;
    const sent = publishers.reduce((sum, one) => sum + one.socket.bytesWritten, 0);
    const messages = Math.floor(sent / (line - 2));
    for (const one of subscribers) {
      if (one === stalled) continue;
      await eventually('all arrived', () => (bytes.get(one) ?? 0) >= messages * line, 20_000);
    }
    assert.match(log.join('\n'), /Slow Consumer Detected: MaxPending of 2097152 Exceeded/);
    assert.ok(most < 100 * 2 * 1024 * 1024, `${most} bytes were pending`);
    assert.ok(process.memoryUsage().rss - before < 300e6, 'memory grew');
    for (const one of [...subscribers, ...publishers]) one.end();
  });
});

test('a small max_pending still takes what fits and refuses what does not', async () => {
  await withCore('max_pending: 4096, max_payload: 4096', async ({ port, server }) => {
    const reader = await RawClient.open(port, `${hello}SUB a 1\r\nPING\r\n`);
    await reader.until('PONG');
    const publisher = await RawClient.open(port, hello);
    const text = `PUB a 1000\r\n${'x'.repeat(1000)}\r\n`;
    publisher.send(text.repeat(3));
    await publisher.flush();
    // A socket that takes all at once leaves nothing pending, however small the limit.
    publisher.send(text.repeat(100));
    await publisher.flush();
    await reader.flush();
    assert.equal(reader.text.match(/MSG a 1 1000/g)?.length, 103);
    reader.stall();
    for (let i = 0; i < 300 && server.counters.slowConsumers === 0; i++) {
      publisher.send(text.repeat(100));
      await publisher.flush();
    }
    assert.equal(server.counters.slowConsumers, 1);
    await eventually('closed', () => server.clients.size === 1);
    for (const one of [reader, publisher]) one.end();
  });
});

/** A reader with a full backlog above the stall mark, and what is published to it. */
async function backlog(port: number, server: Parameters<typeof connections>[0]) {
  const slow = await RawClient.open(port, `${hello}SUB big 1\r\nPING\r\n`);
  await slow.until('PONG');
  slow.stall();
  const publisher = await RawClient.open(port, hello);
  const message = `PUB big 100000\r\n${'x'.repeat(100_000)}\r\n`;
  const receiver = connections(server)[0] as unknown as {
    outbound: { stalled: boolean };
    waitingCount: number;
  };
  for (let i = 0; i < 2000 && !receiver.outbound.stalled; i++) {
    publisher.send(message);
    if (i % 10 === 9) await publisher.flush();
  }
  assert.ok(receiver.outbound.stalled, 'the receiver is above the mark');
  return { slow, publisher, receiver, message };
}

test('a publisher that leaves while it waits is forgotten by the receiver', async () => {
  await withCore('max_pending: 16MB', async ({ port, server }) => {
    const { slow, publisher, receiver, message } = await backlog(port, server);
    let waited = 0;
    for (let i = 0; i < 8; i++) {
      const one = await RawClient.open(port, hello + message);
      await eventually('it published', () => server.counters.stalledClients > waited, 1000);
      waited = server.counters.stalledClients;
      one.end();
    }
    await eventually('they are gone', () => server.clients.size === 2);
    await pause(30);
    assert.equal(receiver.waitingCount, 0);
    for (const one of [slow, publisher]) one.end();
  });
});

test('publishers go on when the receiver reads again, and when it goes', async () => {
  for (const end of ['reads', 'goes'] as const) {
    await withCore('max_pending: 16MB', async ({ port, server }) => {
      const { slow, publisher, receiver, message } = await backlog(port, server);
      publisher.send(message.repeat(3));
      await pause(2);
      if (end === 'reads') slow.socket.resume();
      else slow.end();
      await publisher.flush();
      await eventually('no stall', () => !receiver.outbound.stalled);
      assert.equal(receiver.waitingCount, 0);
      const stalls = server.counters.stalledClients;
      publisher.send(message);
      await publisher.flush();
      assert.equal(server.counters.stalledClients, stalls);
      assert.equal(server.counters.slowConsumers, 0);
      for (const one of [slow, publisher]) one.end();
    });
  }
});

test('a stop while publishers wait ends them all', async () => {
  await withCore('max_pending: 16MB', async ({ port, server, close }) => {
    const { slow, publisher, message } = await backlog(port, server);
    publisher.send(message.repeat(3));
    await pause(1);
    server.options.writeDeadlineNs = 200_000_000n;
    const start = Date.now();
    await close();
    const ms = Date.now() - start;
    assert.ok(ms < 5000, `the stop took ${ms} ms`);
    await publisher.untilClosed();
    slow.end();
  });
});

test('a stop gives a slow reader what was routed, up to the write deadline', async () => {
  await withCore('write_deadline: "3s"', async ({ port, server, close }) => {
    const reader = await RawClient.open(port, `${hello}SUB big 1\r\nSUB last 2\r\nPING\r\n`);
    await reader.until('PONG');
    reader.stall();
    const publisher = await RawClient.open(port, hello);
    publisher.send(`PUB big 1000000\r\n${'x'.repeat(1_000_000)}\r\n`.repeat(12));
    await publisher.flush();
    // So little that it waits behind the others.
    publisher.send('PUB last 4\r\nrest\r\n');
    await publisher.flush();
    let stopped = false;
    const stopping = close().then(() => {
      stopped = true;
    });
    await pause(100);
    assert.equal(server.clients.size, 0);
    assert.equal(stopped, false, 'the stop waits for the reader');
    reader.socket.resume();
    await stopping;
    await reader.untilClosed();
    assert.equal(reader.text.match(/MSG big/g)?.length, 12);
    assert.ok(reader.text.endsWith('MSG last 2 4\r\nrest\r\n'), 'to the last byte');
    publisher.end();
  });
});

test('write_deadline: who takes nothing is closed, also with the retry policy', async () => {
  for (const policy of ['', 'write_timeout: retry']) {
    const config = `write_deadline: "300ms"\n${policy}`;
    await withCore(config, async ({ port, server, log }) => {
      const slow = await RawClient.open(port, `${hello}SUB big 1\r\nPING\r\n`);
      await slow.until('PONG');
      slow.stall();
      const publisher = await RawClient.open(port, hello);
      publisher.send(`PUB big 1000000\r\n${'x'.repeat(1_000_000)}\r\n`.repeat(12));
      await publisher.flush();
      await eventually('closed', () => server.clients.size === 1, 2000);
      assert.equal(server.counters.slowConsumers, 1);
      assert.match(log.join('\n'), /Slow Consumer Detected: WriteDeadline of 300ms exceeded with/);
      for (const one of [slow, publisher]) one.end();
    });
  }
});

test('write_timeout retry keeps who takes a little', async () => {
  const config = 'write_deadline: "500ms"\nwrite_timeout: retry';
  await withCore(config, async ({ port, server, log }) => {
    const slow = await RawClient.open(port, `${hello}SUB big 1\r\nPING\r\n`);
    await slow.until('PONG');
    slow.stall();
    const publisher = await RawClient.open(port, hello);
    publisher.send(`PUB big 1000000\r\n${'x'.repeat(1_000_000)}\r\n`.repeat(20));
    await publisher.flush();
    // In gulps, never the whole batch within a deadline.
    let seen = 0;
    slow.socket.on('data', (chunk: string) => {
      seen += chunk.length;
      if (seen > 100_000) {
        seen = 0;
        slow.stall();
      }
    });
    const gulps = setInterval(() => slow.socket.resume(), 20);
    // The socket's batch is not finished; its handle knows that some of it has left.
    await eventually('it was late', () => log.some((line) => line.includes('Slow Consumer')));
    await pause(50);
    assert.equal(server.clients.size, 2);
    clearInterval(gulps);
    for (const one of [slow, publisher]) one.end();
  });
});

test('no_fast_producer_stall: messages for a receiver above the mark are dropped, others arrive', async () => {
  await withCore('max_pending: 16MB, no_fast_producer_stall: true', async ({ port, server }) => {
    const quick = await RawClient.open(port, `${hello}SUB small 1\r\n`);
    await quick.flush();
    const slow = await RawClient.open(port, `${hello}SUB big 1\r\nSUB small 2\r\nPING\r\n`);
    await slow.until('PONG');
    slow.stall();
    const publisher = await RawClient.open(port, hello);
    publisher.send(`PUB big 100000\r\n${'x'.repeat(100_000)}\r\n`.repeat(400));
    await publisher.flush();
    publisher.send('PUB small 2\r\nhi\r\n'.repeat(20));
    await publisher.flush();
    await quick.flush();
    assert.equal(quick.text.match(/MSG small/g)?.length, 20);
    assert.equal(server.counters.stalledClients, 0);
    assert.equal(server.counters.slowConsumers, 0, 'what is dropped does not add to the backlog');
    assert.equal(server.clients.size, 3);
    for (const one of [quick, slow, publisher]) one.end();
  });
});

test('nothing keeps the process when the last connections were closed with a backlog', async () => {
  await withCore('max_pending: 16MB', async ({ port, server }) => {
    const { slow, publisher } = await backlog(port, server);
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    for (const one of server.clients.values()) one.close(closeReasons.kicked);
    slow.end();
    publisher.end();
    await eventually('no timer is left but this one', () => timers().length <= 1, 2000);
  });
});
