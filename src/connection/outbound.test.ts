import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Scheduler } from '../platform/clock.ts';
import type { Stream, StreamHandler } from '../platform/network.ts';
import { FlushQueue } from './flush-queue.ts';
import { Outbound, type OutboundEvents } from './outbound.ts';

/*
 * The outbound buffer against a stream that takes everything, parts or nothing, now or later. The
 * stream keeps references to refused buffers without copying, as a socket does, so that a buffer
 * that is written or reused while the stream owns it shows as wrong bytes.
 */

class FakeStream implements Stream {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 1;
  readonly localAddress = '127.0.0.1';
  readonly localPort = 2;
  handler: StreamHandler = { onBytes() {}, onDrain() {}, onClose() {} };
  /** Bytes it takes before it says no. */
  room = 0;
  writes = 0;
  private taken: Buffer[] = [];
  private owned: { buffer: Buffer; start: number; end: number }[] = [];

  write(buffer: Buffer, start: number, end: number): boolean {
    assert.ok(end > start, 'no empty write');
    this.writes++;
    this.owned.push({ buffer, start, end });
    this.take();
    return this.owned.length === 0;
  }

  /** The peer reads `count` more bytes. True when that took all there was. */
  read(count: number): boolean {
    this.room += count;
    const waited = this.owned.length > 0;
    this.take();
    return waited && this.owned.length === 0;
  }

  private take(): void {
    while (this.owned.length > 0 && this.room > 0) {
      const first = this.owned[0]!;
      const count = Math.min(this.room, first.end - first.start);
      this.taken.push(Buffer.from(first.buffer.subarray(first.start, first.start + count)));
      first.start += count;
      this.room -= count;
      if (first.start === first.end) this.owned.shift();
    }
  }

  get bytes(): Buffer {
    return Buffer.concat(this.taken);
  }

  get pendingBytes(): number {
    return this.owned.reduce((sum, part) => sum + part.end - part.start, 0);
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
}

class ManualScheduler implements Scheduler {
  private due: (() => void)[] = [];

  endOfTurn(callback: () => void): void {
    this.due.push(callback);
  }

  yieldThen(callback: () => void): void {
    this.due.push(callback);
  }

  turn(): void {
    const due = this.due;
    this.due = [];
    for (const callback of due) callback();
  }
}

class Events implements OutboundEvents {
  exceeded: number[] = [];
  blocked = false;

  onPendingExceeded(pending: number): void {
    this.exceeded.push(pending);
  }

  onBlocked(): void {
    this.blocked = true;
  }

  onUnblocked(): void {
    this.blocked = false;
  }
}

function rig(maxPending = 64 * 1024 * 1024) {
  const scheduler = new ManualScheduler();
  const queue = new FlushQueue(scheduler);
  const events = new Events();
  const outbound = new Outbound(queue, events, maxPending);
  const stream = new FakeStream();
  outbound.attach(stream);
  return { scheduler, queue, events, outbound, stream };
}

type Step =
  | { kind: 'text' | 'bytes' | 'direct' | 'read'; size: number }
  | { kind: 'turn' }
  | { kind: 'flush' };

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 3, arbitrary: fc.integer({ min: 4000, max: 4200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 60_000, max: 70_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 140_000, max: 300_000 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('text', 'bytes', 'direct'), size }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('turn', 'flush') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), size }) },
) as fc.Arbitrary<Step>;

/** Bytes that differ from place to place, so that a misplaced run is seen. */
function pattern(from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = ((from + i) * 2654435761) >>> 24;
  return bytes;
}

function append(outbound: Outbound, kind: 'text' | 'bytes' | 'direct', bytes: Buffer): void {
  if (kind === 'text') outbound.appendText(bytes.latin1Slice());
  else if (kind === 'bytes') {
    outbound.appendBytes(Buffer.concat([Buffer.alloc(3), bytes]), 3, bytes.length + 3);
  } else {
    if (outbound.limit - outbound.pos < bytes.length) outbound.makeRoom(bytes.length);
    assert.ok(outbound.limit - outbound.pos >= bytes.length, 'makeRoom makes room');
    bytes.copy(outbound.buffer, outbound.pos);
    outbound.pos += bytes.length;
    outbound.markDirty();
  }
}

test('whatever the stream takes and when, it gets the appended bytes in order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, eager) => {
      const { scheduler, outbound, stream, events } = rig();
      if (eager) stream.room = 1e9;
      const sent: Buffer[] = [];
      let total = 0;
      for (const one of steps) {
        if (one.kind === 'turn') scheduler.turn();
        else if (one.kind === 'flush') outbound.flush();
        else if (one.kind === 'read') {
          if (stream.read(one.size)) outbound.onDrain();
        } else {
          const bytes = pattern(total, one.size);
          append(outbound, one.kind, bytes);
          sent.push(bytes);
          total += one.size;
        }
        assert.equal(outbound.blocked, events.blocked);
        assert.equal(outbound.pendingBytes, total - stream.bytes.length);
      }
      for (let i = 0; i < 5; i++) {
        scheduler.turn();
        if (stream.read(1e9)) outbound.onDrain();
      }
      assert.ok(stream.bytes.equals(Buffer.concat(sent)), 'the same bytes');
      assert.equal(outbound.pendingBytes, 0);
      assert.equal(outbound.limit, 0, 'an idle connection has no buffer');
    }),
    { numRuns: 150 },
  );
});

test('connections that share the pool never see each other in their bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), step), { maxLength: 80 }), (steps) => {
      const scheduler = new ManualScheduler();
      const queue = new FlushQueue(scheduler);
      const all = [0, 1, 2, 3].map((i) => {
        const outbound = new Outbound(queue, new Events(), 1e9);
        const stream = new FakeStream();
        if (i % 2 === 0) stream.room = 1e9;
        outbound.attach(stream);
        return { outbound, stream, sent: [] as Buffer[], from: i * 1000 };
      });
      for (const [which, one] of steps) {
        const { outbound, stream, sent } = all[which]!;
        if (one.kind === 'turn') scheduler.turn();
        else if (one.kind === 'flush') outbound.flush();
        else if (one.kind === 'read') {
          if (stream.read(one.size)) outbound.onDrain();
        } else {
          const bytes = pattern(all[which]!.from + sent.length, one.size);
          append(outbound, one.kind, bytes);
          sent.push(bytes);
        }
      }
      for (const { outbound, stream, sent } of all) {
        for (let i = 0; i < 5; i++) {
          scheduler.turn();
          if (stream.read(1e9)) outbound.onDrain();
        }
        assert.ok(stream.bytes.equals(Buffer.concat(sent)));
      }
    }),
    { numRuns: 60 },
  );
});

test('everything of a turn leaves in one write', () => {
  const { scheduler, outbound, stream } = rig();
  stream.room = 1e9;
  for (let i = 0; i < 100; i++) outbound.appendText(`PING ${i}\r\n`);
  assert.equal(stream.writes, 0);
  scheduler.turn();
  assert.equal(stream.writes, 1);
});

test('pending bytes above the maximum are told; at the maximum they are not', () => {
  const { scheduler, outbound, events } = rig(100_000);
  outbound.appendBytes(Buffer.alloc(100_000), 0, 100_000);
  scheduler.turn();
  assert.deepEqual(events.exceeded, []);
  assert.equal(outbound.stalled, true);
  outbound.appendText('x');
  scheduler.turn();
  assert.deepEqual(events.exceeded, [100_001]);
});

test('a stream that never takes anything is noticed before much more than the maximum is held', () => {
  const { outbound, events } = rig(1024 * 1024);
  const chunk = Buffer.alloc(1000);
  let appended = 0;
  while (events.exceeded.length === 0 && appended < 8 * 1024 * 1024) {
    outbound.appendBytes(chunk, 0, chunk.length);
    appended += chunk.length;
  }
  assert.ok(appended < 1024 * 1024 + 130 * 1024, String(appended));
});

test('the stall ends when the receiver is below the mark again, though it is still blocked', () => {
  const { scheduler, outbound, events, stream } = rig(400_000);
  outbound.appendBytes(Buffer.alloc(350_000), 0, 350_000);
  scheduler.turn();
  assert.equal(outbound.stalled, true);
  outbound.appendText('a few more bytes');
  scheduler.turn();
  assert.equal(stream.read(350_000), true);
  outbound.onDrain();
  assert.equal(outbound.blocked, true, 'what had gathered waits again');
  assert.equal(outbound.stalled, false);
  assert.equal(events.blocked, true);
});

test('nothing is appended, written or kept after close', () => {
  const { scheduler, outbound, stream } = rig();
  outbound.appendText('kept?');
  outbound.close();
  outbound.appendText('late');
  outbound.appendBytes(Buffer.from('late'), 0, 4);
  scheduler.turn();
  stream.read(1000);
  outbound.onDrain();
  assert.equal(stream.bytes.length, 0);
  assert.equal(outbound.pos, 0);
  assert.equal(outbound.limit, 0);
});

test('what waits behind a blocked stream goes with flushRest, and is delivered after close', () => {
  const { scheduler, outbound, stream } = rig();
  outbound.appendText('first');
  scheduler.turn();
  outbound.appendText('second');
  scheduler.turn();
  assert.equal(stream.writes, 1);
  outbound.flushRest();
  outbound.close();
  stream.read(100);
  assert.equal(stream.bytes.toString(), 'firstsecond');
});

test('more dirty connections than the queue gathers are all written in the turn', () => {
  const scheduler = new ManualScheduler();
  const queue = new FlushQueue(scheduler);
  const streams = Array.from({ length: 1200 }, (_, i) => {
    const outbound = new Outbound(queue, new Events(), 1e6);
    const stream = new FakeStream();
    stream.room = 1e6;
    outbound.attach(stream);
    outbound.appendText(`n${i}`);
    return stream;
  });
  scheduler.turn();
  for (const [i, stream] of streams.entries()) assert.equal(stream.bytes.toString(), `n${i}`);
});

test('buffers of a few MiB in all are written before the turn ends', () => {
  const scheduler = new ManualScheduler();
  const queue = new FlushQueue(scheduler);
  const streams = Array.from({ length: 40 }, () => {
    const outbound = new Outbound(queue, new Events(), 1e9);
    const stream = new FakeStream();
    stream.room = 1e9;
    outbound.attach(stream);
    outbound.appendText('x'.repeat(60 * 1024));
    outbound.appendText('y'.repeat(1024));
    return stream;
  });
  const written = streams.filter((stream) => stream.bytes.length > 0).length;
  assert.ok(written >= 20, `${written} of 40 streams were written before the end of the turn`);
  scheduler.turn();
  assert.ok(streams.every((stream) => stream.bytes.length === 61 * 1024));
});

test('a turn that read and wrote little asks to stay awake, one that wrote to many does not', () => {
  const scheduler = new ManualScheduler();
  let asked = 0;
  const queue = new FlushQueue(
    Object.assign(scheduler, {
      stayAwake: () => {
        asked++;
      },
    }),
  );
  queue.noteInput();
  queue.noteInput();
  scheduler.turn();
  assert.equal(asked, 1, 'after input alone');
  for (let i = 0; i < 3; i++) {
    const outbound = new Outbound(queue, new Events(), 1e6);
    const stream = new FakeStream();
    stream.room = 1e6;
    outbound.attach(stream);
    outbound.appendText('x');
  }
  scheduler.turn();
  assert.equal(asked, 1, 'three connections are many');
});
