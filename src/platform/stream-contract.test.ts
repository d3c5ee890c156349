import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Stream, StreamHandler } from './network.ts';
import { createPipe } from './pipe.ts';
import { SimNetwork } from './sim-network.ts';
import { SimRandom } from './sim-random.ts';
import type { SimStream } from './sim-stream.ts';
import { SimTime } from './sim-time.ts';
import { SimTrace } from './sim-trace.ts';

/* What network.ts promises of every Stream, asked of the in-process pipe and the simulated network. */

const target = { buffer: Buffer.alloc(64 + 1000 + 64), headroom: 64, capacity: 1000 };

/** Collects what arrives and checks that the callbacks keep the rules. */
class Collector implements StreamHandler {
  readonly chunks: Buffer[] = [];
  drains = 0;
  closes: (Error | undefined)[] = [];
  /** Runs inside onBytes, to provoke re-entrance. */
  during: (() => void) | undefined;
  private inside = false;

  onBytes(count: number): void {
    assert.equal(this.inside, false, 'no callback inside a callback');
    assert.equal(this.closes.length, 0, 'no bytes after the close');
    assert.ok(count > 0 && count <= target.capacity);
    this.chunks.push(Buffer.from(target.buffer.subarray(64, 64 + count)));
    // The area belongs to the reader during the call, headroom included.
    target.buffer.fill(0xee);
    this.inside = true;
    this.during?.();
    this.inside = false;
  }

  onDrain(): void {
    assert.equal(this.inside, false, 'no callback inside a callback');
    this.drains++;
  }

  onClose(error: Error | undefined): void {
    assert.equal(this.inside, false, 'no callback inside a callback');
    this.closes.push(error);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }
}

interface Rig {
  time: SimTime;
  a: Stream;
  b: Stream;
  atA: Collector;
  atB: Collector;
  bufferBytes: number;
}

function rig(kind: 'pipe' | 'network', seed = 1): Rig {
  const random = new SimRandom(seed);
  const time = new SimTime(random, new SimTrace());
  const atA = new Collector();
  const atB = new Collector();
  if (kind === 'pipe') {
    const bufferBytes = 4096;
    const [a, b] = createPipe(time, target, { bufferBytes });
    a.handler = atA;
    b.handler = atB;
    return { time, a, b, atA, atB, bufferBytes };
  }
  const network = new SimNetwork(time, random, target);
  network.link = { ...network.link, kernelBytes: 4096 };
  let accepted: SimStream | undefined;
  network.listen('10.0.0.1', 4222, (stream) => {
    accepted = stream;
  });
  const a = network.dial('10.0.0.2', { address: '10.0.0.1', port: 4222 });
  a.handler = atA;
  time.runSync(10);
  accepted!.handler = atB;
  return { time, a, b: accepted!, atA, atB, bufferBytes: 4096 };
}

function write(stream: Stream, text: string): boolean {
  const bytes = Buffer.from(text, 'latin1');
  const taken = stream.write(bytes, 0, bytes.length);
  // Taken bytes may be reused at once.
  if (taken) bytes.fill(0);
  return taken;
}

for (const kind of ['pipe', 'network'] as const) {
  test(`${kind}: bytes arrive in order, asynchronously, and not before resume`, () => {
    const { time, a, b, atB } = rig(kind);
    assert.equal(write(a, 'hello '), true);
    assert.equal(write(a, 'world'), true);
    time.runSync(10);
    assert.equal(atB.text, '', 'an accepted stream is paused');
    b.resume();
    assert.equal(atB.text, '', 'never from inside resume');
    time.runSync(10);
    assert.equal(atB.text, 'hello world');
  });

  test(`${kind}: a write inside onBytes is delivered later`, () => {
    const { time, a, b, atA, atB } = rig(kind);
    b.resume();
    atB.during = () => write(b, 'pong');
    atA.during = () => assert.ok(true);
    write(a, 'p');
    time.runSync(10);
    assert.equal(atA.text, 'pong');
  });

  test(`${kind}: a paused reader makes the writer keep its buffer, and drain tells when it is free`, () => {
    const { time, a, b, atA, atB, bufferBytes } = rig(kind);
    const big = Buffer.alloc(3 * bufferBytes, 'x');
    assert.equal(a.write(big, 0, big.length), false);
    time.runSync(50);
    assert.equal(a.pendingBytes, 2 * bufferBytes);
    assert.equal(atA.drains, 0);
    b.resume();
    time.runSync(100);
    assert.equal(atA.drains, 1);
    assert.equal(a.pendingBytes, 0);
    assert.equal(atB.text, big.toString('latin1'));
  });

  test(`${kind}: pause inside the callback stops reading behind it`, () => {
    const { time, a, b, atB } = rig(kind);
    b.resume();
    atB.during = () => b.pause();
    write(a, 'x'.repeat(2500));
    time.runSync(50);
    assert.equal(atB.chunks.length, 1);
    atB.during = undefined;
    b.resume();
    time.runSync(50);
    assert.equal(atB.text.length, 2500);
  });

  test(`${kind}: end delivers everything, also what waits for room, then both hear the close`, () => {
    const { time, a, b, atA, atB, bufferBytes } = rig(kind);
    const text = 'y'.repeat(2 * bufferBytes);
    assert.equal(write(a, text), false);
    a.end();
    assert.equal(write(a, 'too late'), true);
    time.runSync(20);
    assert.deepEqual(atA.closes, []);
    b.resume();
    time.runSync(100);
    assert.equal(atB.text, text);
    assert.deepEqual(atB.closes, [undefined]);
    assert.deepEqual(atA.closes, [undefined]);
    time.runSync(1000);
    assert.equal(atA.closes.length + atB.closes.length, 2, 'once');
  });

  test(`${kind}: a closed stream gives its buffers back once, and not before it is done with them`, () => {
    const { time, a, b, bufferBytes } = rig(kind);
    const released: string[] = [];
    a.onReleased = () => released.push('a');
    b.onReleased = () => released.push('b');
    write(a, 'y'.repeat(2 * bufferBytes));
    a.end();
    time.runSync(50);
    assert.deepEqual(released, []);
    b.resume();
    time.runSync(200);
    assert.deepEqual(released.sort(), ['a', 'b']);
  });

  test(`${kind}: destroy drops what was not taken; the peer reads the rest and hears the close`, () => {
    const { time, a, b, atA, atB, bufferBytes } = rig(kind);
    write(a, 'z'.repeat(2 * bufferBytes));
    a.destroy();
    a.destroy();
    assert.equal(a.pendingBytes, 0);
    b.resume();
    time.runSync(100);
    assert.equal(atB.text.length, bufferBytes);
    assert.deepEqual(atB.closes, [undefined]);
    assert.deepEqual(atA.closes, [undefined]);
    assert.equal(write(b, 'nobody'), true);
    time.runSync(100);
    assert.equal(atA.text, '');
  });

  test(`${kind}: an end that is closed takes no bytes any more`, () => {
    const { time, a, b, atA, atB } = rig(kind);
    b.resume();
    write(b, 'greeting');
    a.end();
    time.runSync(100);
    assert.equal(atA.text, '');
    assert.equal(atA.closes.length, 1);
    assert.equal(atB.closes.length, 1);
  });

  test(`${kind}: whatever is written, read and paused, the bytes are the same`, () => {
    const step = fc.oneof(
      fc.record({
        what: fc.constant('write' as const),
        size: fc.integer({ min: 1, max: 6000 }),
        end: fc.boolean(),
      }),
      fc.record({
        what: fc.constantFrom('pause' as const, 'resume' as const),
        size: fc.constant(0),
        end: fc.boolean(),
      }),
      fc.record({
        what: fc.constant('wait' as const),
        size: fc.integer({ min: 0, max: 5 }),
        end: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, seed) => {
        const r = rig(kind, seed);
        const sent = ['', ''];
        for (const one of steps) {
          const end = one.end ? r.a : r.b;
          if (one.what === 'wait') r.time.runSync(one.size);
          else if (one.what !== 'write') end[one.what]();
          else {
            const text = String.fromCharCode(33 + (one.size % 90)).repeat(one.size);
            write(end, text);
            sent[one.end ? 0 : 1] += text;
          }
        }
        r.a.resume();
        r.b.resume();
        r.time.runSync(1000);
        assert.equal(r.atB.text, sent[0]);
        assert.equal(r.atA.text, sent[1]);
        assert.equal(r.a.pendingBytes + r.b.pendingBytes, 0);
        r.a.end();
        r.time.runSync(100);
        assert.deepEqual([r.atA.closes, r.atB.closes], [[undefined], [undefined]]);
      }),
      { numRuns: 100 },
    );
  });
}
