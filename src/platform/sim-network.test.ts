import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamHandler } from './network.ts';
import { SimNetwork } from './sim-network.ts';
import { SimRandom } from './sim-random.ts';
import type { SimStream } from './sim-stream.ts';
import { SimTime } from './sim-time.ts';
import { SimTrace } from './sim-trace.ts';

const target = { buffer: Buffer.alloc(70_000), headroom: 64, capacity: 65_536 };
const server = { address: '10.0.0.1', port: 4222 };

function world(seed = 1) {
  const random = new SimRandom(seed);
  const time = new SimTime(random, new SimTrace());
  return { time, network: new SimNetwork(time, random, target) };
}

class Notes implements StreamHandler {
  sizes: number[] = [];
  bytes = 0;
  lastMs = 0;
  errors: (string | undefined)[] = [];
  private readonly time: SimTime;

  constructor(time: SimTime) {
    this.time = time;
  }

  onBytes(count: number): void {
    this.sizes.push(count);
    this.bytes += count;
    this.lastMs = this.time.monotonicMs();
  }

  onDrain(): void {}

  onClose(error: Error | undefined): void {
    this.errors.push((error as NodeJS.ErrnoException | undefined)?.code ?? 'end');
  }
}

function connected(seed = 1) {
  const { time, network } = world(seed);
  const accepted: SimStream[] = [];
  network.listen(server.address, server.port, (stream) => {
    stream.handler = new Notes(time);
    stream.resume();
    accepted.push(stream);
  });
  const client = network.dial('10.0.0.2', server);
  const atClient = new Notes(time);
  client.handler = atClient;
  time.runSync(5);
  const atServer = accepted[0]!.handler as Notes;
  return { time, network, client, accepted: accepted[0]!, atClient, atServer };
}

test('nobody listening is a refused connection, a port taken twice an error', () => {
  const { time, network } = world();
  const notes = new Notes(time);
  network.dial('10.0.0.2', server).handler = notes;
  time.runSync(10);
  assert.deepEqual(notes.errors, ['ECONNREFUSED']);
  const listener = network.listen(server.address, 0, () => {});
  assert.ok(listener.port > 0);
  assert.throws(() => network.listen(server.address, listener.port, () => {}), {
    code: 'EADDRINUSE',
  });
  listener.close();
  network.listen(server.address, listener.port, () => {});
});

test('latency and bandwidth take their time, and packets do not wait for each other', () => {
  const { time, client, atServer } = connected();
  client.link = { ...client.link, latencyMs: 100, jitterMs: 0, bytesPerMs: 1000, kernelBytes: 1e6 };
  const start = time.monotonicMs();
  const bytes = Buffer.alloc(50_000);
  client.write(bytes, 0, bytes.length);
  time.runSync(1000);
  assert.equal(atServer.bytes, 50_000);
  const took = atServer.lastMs - start;
  assert.ok(took >= 150 && took < 151, String(took));
});

test('reads come in random pieces, single bytes among them; the seed decides', () => {
  const sizes = (seed: number): number[] => {
    const { time, client, atServer } = connected(seed);
    const bytes = Buffer.alloc(100_000);
    client.write(bytes, 0, bytes.length);
    time.runSync(100);
    return atServer.sizes;
  };
  assert.deepEqual(sizes(4), sizes(4));
  assert.notDeepEqual(sizes(4), sizes(5));
  assert.ok([1, 2, 3, 4, 5, 6].some((seed) => sizes(seed).includes(1)));
});

test('a cut connection is reset at both ends; what was under way is lost', () => {
  const { time, client, accepted, atClient, atServer } = connected();
  client.write(Buffer.alloc(10), 0, 10);
  client.cut();
  time.runSync(100);
  assert.equal(atServer.bytes, 0);
  assert.deepEqual(atServer.errors, ['ECONNRESET']);
  assert.deepEqual(atClient.errors, ['ECONNRESET']);
  assert.equal(accepted.isClosed, true);
});

test('a partition holds everything back, and healing it brings everything', () => {
  const { time, network, client, atClient, atServer } = connected();
  network.partition('10.0.0.1', '10.0.0.2');
  client.write(Buffer.alloc(10), 0, 10);
  const late = new Notes(time);
  network.dial('10.0.0.2', server).handler = late;
  time.runSync(5000);
  assert.equal(atServer.bytes, 0);
  network.heal('10.0.0.1', '10.0.0.2');
  time.runSync(5000);
  assert.equal(atServer.bytes, 10);
  assert.deepEqual([atClient.errors, late.errors], [[], []]);
});

test('writing to an end that is gone is answered with a reset, behind what it had sent', () => {
  const { time, client, accepted, atClient } = connected();
  accepted.write(Buffer.alloc(5), 0, 5);
  client.pause();
  accepted.end();
  time.runSync(10);
  client.resume();
  client.write(Buffer.alloc(1), 0, 1);
  time.runSync(10);
  assert.equal(atClient.bytes, 5);
  assert.equal(atClient.errors.length, 1);
});

test('a host that is killed takes its listeners and connections with it', () => {
  const { time, network, atClient } = connected();
  network.kill('10.0.0.1');
  const refused = new Notes(time);
  network.dial('10.0.0.2', server).handler = refused;
  time.runSync(10);
  assert.deepEqual([atClient.errors, refused.errors], [['ECONNRESET'], ['ECONNREFUSED']]);
  assert.equal(network.streams.length, 0);
});
