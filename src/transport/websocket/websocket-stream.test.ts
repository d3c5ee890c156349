import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { SimRandom } from '../../platform/sim-random.ts';
import { SimTime } from '../../platform/sim-time.ts';
import { SimTrace } from '../../platform/sim-trace.ts';
import type { WebSocketSettings } from './frame-sender.ts';
import { decodeFrames, encodeFrame, type TestFrame, TestStream } from './test-frames.ts';
import { type WebSocketOwner, WebSocketStream } from './websocket-stream.ts';

const headroom = 32;
const capacity = 4096;
const area = { buffer: Buffer.alloc(headroom + capacity + 64), headroom, capacity };

/** The end above: keeps what it reads and spoils the area, as it may. */
class Above {
  text = '';
  drains = 0;
  closes: (Error | undefined)[] = [];
  during: (() => void) | undefined;

  onBytes(count: number): void {
    assert.ok(count > 0 && count <= capacity);
    this.text += area.buffer.latin1Slice(headroom, headroom + count);
    area.buffer.fill(0xee);
    this.during?.();
  }

  onDrain(): void {
    this.drains++;
  }

  onClose(error: Error | undefined): void {
    this.closes.push(error);
  }
}

class Rig {
  readonly below = new TestStream();
  readonly above = new Above();
  readonly violations: string[] = [];
  readonly time = new SimTime(new SimRandom(1), new SimTrace());
  readonly stream: WebSocketStream;
  inflatedMax = 100_000;
  tooBig = 0;

  constructor(settings: Partial<WebSocketSettings> = {}) {
    const owner = {
      inflatedMax: 0,
      closing: () => ({ status: 1001, reason: 'Server Shutdown' }),
      onViolation: (text: string) => void this.violations.push(text),
      onMessageTooBig: () => {
        this.tooBig++;
        this.stream.end();
      },
    } satisfies WebSocketOwner;
    Object.defineProperty(owner, 'inflatedMax', { get: () => this.inflatedMax });
    const all = {
      masked: true,
      compression: false,
      browser: false,
      wholeCompressed: false,
      ...settings,
    };
    this.stream = new WebSocketStream(this.below, area, this.time, all, owner);
    this.stream.handler = this.above;
    this.stream.resume();
  }

  receive(...parts: Buffer[]): void {
    const bytes = Buffer.concat(parts);
    for (let at = 0; at < bytes.length; at += capacity) {
      const count = bytes.copy(area.buffer, headroom, at, Math.min(bytes.length, at + capacity));
      this.below.handler.onBytes(count);
    }
  }

  send(text: string): boolean {
    const bytes = Buffer.from(`--${text}--`, 'latin1');
    return this.stream.write(bytes, 2, bytes.length - 2);
  }

  get frames() {
    return decodeFrames(this.below.sent);
  }
}

const data = (text: string, more: Partial<TestFrame> = {}) =>
  encodeFrame({ opcode: 2, payload: Buffer.from(text, 'latin1'), mask: 0x11223344, ...more });
const control = (opcode: number, payload: Buffer | string = '') =>
  encodeFrame({ opcode, payload: Buffer.from(payload as string, 'latin1'), mask: 0x55667788 });
const deflate = (bytes: Buffer | string) =>
  deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
const packed = (text: string, more: Partial<TestFrame> = {}) =>
  encodeFrame({ opcode: 2, payload: deflate(text), compressed: true, mask: 9, ...more });
const status = (code: number, reason = '') => {
  const payload = Buffer.alloc(2 + reason.length);
  payload.writeUInt16BE(code);
  payload.write(reason, 2, 'latin1');
  return payload;
};

test('payloads arrive gapless, in one call per chunk, whatever the frames', () => {
  const rig = new Rig();
  let calls = 0;
  rig.above.during = () => {
    calls++;
  };
  rig.receive(
    data('PUB a 5\r\n'),
    control(10),
    data('he', { final: false }),
    data('', { opcode: 0, final: false }),
    data('llo', { opcode: 0 }),
    data('\r\n', { opcode: 1 }),
  );
  assert.equal(rig.above.text, 'PUB a 5\r\nhello\r\n');
  assert.equal(calls, 1);
});

for (const compression of [false, true]) {
  test(`any messages, cut anywhere, arrive as they were (compression ${compression})`, () => {
    const message = fc.record({
      text: fc.string({ maxLength: 300, unit: fc.constantFrom('a', 'b', '\r', '\n', 'é') }),
      pack: fc.boolean(),
      cuts: fc.array(fc.nat(60), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(50)), (messages, cuts) => {
        const rig = new Rig({ compression });
        const frames: Buffer[] = [];
        for (const { text, pack, cuts: parts } of messages) {
          const packing = pack && compression;
          const bytes = Buffer.from(text, 'latin1');
          let rest = packing ? deflate(bytes) : bytes;
          [...parts, Infinity].forEach((size, i, all) => {
            frames.push(
              encodeFrame({
                opcode: i === 0 ? 2 : 0,
                payload: rest.subarray(0, size),
                final: i === all.length - 1,
                compressed: packing && i === 0,
                mask: i * 77,
              }),
            );
            rest = rest.subarray(Math.min(size, rest.length));
          });
        }
        const bytes = Buffer.concat(frames);
        let at = 0;
        for (const cut of cuts) {
          rig.receive(bytes.subarray(at, at + cut));
          at += cut;
        }
        if (at < bytes.length) rig.receive(bytes.subarray(at));
        rig.time.runSync(10);
        assert.equal(rig.above.text, messages.map(({ text }) => text).join(''));
        assert.deepEqual(rig.violations, []);
      }),
      { numRuns: 150 },
    );
  });
}

test('a flush is one frame with the shortest header', () => {
  for (const [length, header] of [
    [1, 2],
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
    [200_000, 10],
  ] as const) {
    const rig = new Rig();
    assert.equal(rig.send('x'.repeat(length)), true);
    assert.equal(rig.below.sent.length, header + length);
    const [frame] = rig.frames;
    assert.deepEqual([frame?.opcode, frame?.final, frame?.compressed], [2, true, false]);
    assert.equal(frame?.payload.toString('latin1'), 'x'.repeat(length));
  }
});

test('a stream that is blocked keeps the buffer until it drained, and sends everything in order', () => {
  const rig = new Rig();
  rig.below.blocked = true;
  assert.equal(rig.send('first'), false);
  assert.equal(rig.send('second'), false);
  assert.ok(rig.stream.pendingBytes > 0);
  rig.below.drain();
  assert.equal(rig.above.drains, 1);
  assert.equal(rig.stream.pendingBytes, 0);
  assert.deepEqual(
    rig.frames.map(({ payload }) => payload.toString('latin1')),
    ['first', 'second'],
  );
  // The frame buffers that came back are used again without mixing.
  rig.send('third');
  assert.equal(rig.frames[2]?.payload.toString('latin1'), 'third');
});

test('browsers get frames of at most 4096 bytes', () => {
  const rig = new Rig({ browser: true });
  const text = Array.from({ length: 10_000 }, (_, i) => String(i % 10)).join('');
  rig.send(text);
  assert.deepEqual(
    rig.frames.map(({ payload, final }) => [payload.length, final]),
    [
      [4096, true],
      [4096, true],
      [1808, true],
    ],
  );
  assert.equal(rig.frames.map(({ payload }) => payload.toString('latin1')).join(''), text);
});

const noise = (length: number) => {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return String.fromCharCode(seed & 0xff);
  }).join('');
};

test('more than 64 bytes are compressed, in one frame, and in fragments for browsers but Safari', () => {
  const rig = new Rig({ compression: true });
  rig.send('x'.repeat(64));
  rig.send('y'.repeat(65));
  assert.deepEqual(
    rig.frames.map(({ compressed }) => compressed),
    [false, true],
  );
  for (const wholeCompressed of [false, true]) {
    const browser = new Rig({ compression: true, browser: true, wholeCompressed });
    browser.send(noise(9000));
    const { frames } = browser;
    assert.equal(frames.length, wholeCompressed ? 1 : 3);
    assert.deepEqual(
      frames.map(({ compressed, opcode, final }) => [compressed, opcode, final]),
      wholeCompressed
        ? [[true, 2, true]]
        : [
            [true, 2, false],
            [false, 0, false],
            [false, 0, true],
          ],
    );
    const message = Buffer.concat([
      ...frames.map(({ payload }) => payload),
      Buffer.from([0, 0, 0xff, 0xff]),
    ]);
    const inflated = inflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH });
    assert.equal(inflated.toString('latin1'), noise(9000));
  }
});

test('a ping is answered with its payload; while nothing is read only the latest is', () => {
  const rig = new Rig();
  rig.receive(control(9, 'one'), control(9, 'two'), data('PING'));
  assert.deepEqual(
    rig.frames.map(({ opcode, payload }) => `${opcode}:${payload}`),
    ['10:one', '10:two'],
  );
  rig.below.blocked = true;
  rig.send('blocked');
  for (let i = 0; i < 5000; i++) rig.receive(control(9, `n${i}`));
  assert.ok(rig.stream.pendingBytes < 100);
  rig.below.drain();
  assert.deepEqual(
    rig.frames.slice(2).map(({ opcode, payload }) => `${opcode}:${payload}`),
    ['2:blocked', '10:n4999'],
  );
});

test('a close frame is answered in kind and ends the stream behind what was read', () => {
  for (const [sent, answer] of [
    ['', ''],
    [status(1000, 'bye'), status(1000, 'bye')],
    [status(4000), status(4000)],
    [status(1000, '\xff'), status(1007, 'invalid utf8 body in close frame')],
  ] as const) {
    const rig = new Rig();
    rig.receive(data('PING'), control(8, sent as string), data('never'));
    assert.equal(rig.above.text, 'PING');
    assert.deepEqual(rig.above.closes, [undefined]);
    assert.deepEqual(rig.frames, [
      {
        opcode: 8,
        final: true,
        compressed: false,
        payload: Buffer.from(answer as string, 'latin1'),
      },
    ]);
    assert.equal(rig.below.ended, 'end');
  }
});

test('a bad close frame is a violation', () => {
  for (const [payload, problem] of [
    [Buffer.from('x'), 'close frame payload cannot be 1 byte'],
    [status(999), 'invalid close status code 999'],
    [status(1005), 'invalid close status code 1005'],
    [status(1016), 'invalid close status code 1016'],
    [status(5000), 'invalid close status code 5000'],
  ] as const) {
    const rig = new Rig();
    rig.receive(control(8, payload));
    assert.deepEqual(rig.violations, [problem]);
    assert.deepEqual(rig.frames[0]?.payload, status(1002, problem));
    assert.equal(rig.above.closes.length, 1);
    assert.ok(rig.above.closes[0] instanceof Error);
  }
});

test('a violation is told before the end, also when the end is hard', () => {
  const rig = new Rig();
  rig.above.onClose = () => rig.stream.destroy();
  rig.receive(data('PING'), encodeFrame({ opcode: 2, payload: Buffer.from('x') }));
  assert.equal(rig.above.text, 'PING');
  assert.deepEqual(rig.violations, ['mask bit missing']);
  assert.deepEqual(rig.frames[0]?.payload, status(1002, 'mask bit missing'));
  assert.equal(rig.below.ended, 'end');
});

test('this side closes with status and reason, once; a hard end says nothing', () => {
  const rig = new Rig();
  rig.send('last words');
  rig.stream.end();
  rig.stream.end();
  rig.stream.destroy();
  assert.deepEqual(
    rig.frames.map(({ opcode }) => opcode),
    [2, 8],
  );
  assert.deepEqual(rig.frames[1]?.payload, status(1001, 'Server Shutdown'));
  assert.equal(rig.send('nothing'), true);
  const other = new Rig();
  other.stream.destroy();
  assert.equal(other.below.sent.length, 0);
  assert.equal(other.below.ended, 'destroy');
});

test('closed by its reader, nothing more is read from the chunk', () => {
  for (const compression of [false, true]) {
    const rig = new Rig({ compression });
    rig.above.during = () => rig.stream.end();
    rig.receive(data('a'), ...(compression ? [packed('b'), data('c'), packed('d')] : []));
    rig.receive(data('e'));
    assert.equal(rig.above.text, compression ? 'a' : 'a');
    assert.deepEqual(rig.above.closes, []);
  }
});

test('a message that inflates to more than allowed is refused before it is inflated', () => {
  const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), {
    finishFlush: constants.Z_SYNC_FLUSH,
  }).subarray(0, -4);
  const rig = new Rig({ compression: true });
  const before = process.memoryUsage().rss;
  rig.receive(encodeFrame({ opcode: 2, payload: bomb, compressed: true, mask: 1 }));
  assert.ok(process.memoryUsage().rss - before < 16 * 1024 * 1024);
  assert.equal(rig.tooBig, 1);
  assert.equal(rig.above.text, '');
  // Exactly as much as allowed is fine.
  const fitting = new Rig({ compression: true });
  fitting.inflatedMax = 5000;
  fitting.receive(packed('x'.repeat(5000)));
  assert.equal(fitting.above.text.length, 5000);
  fitting.receive(packed('x'.repeat(5001)));
  assert.equal(fitting.tooBig, 1);
});

test('fragments of a compressed message are collected up to the limit only', () => {
  const rig = new Rig({ compression: true });
  rig.inflatedMax = 1000;
  rig.receive(
    encodeFrame({ opcode: 2, payload: Buffer.alloc(500), compressed: true, final: false, mask: 1 }),
  );
  for (let i = 0; i < 100 && rig.tooBig === 0; i++) {
    rig.receive(encodeFrame({ opcode: 0, payload: Buffer.alloc(50), final: false, mask: 1 }));
    assert.ok(i < 20);
  }
  assert.equal(rig.tooBig, 1);
});

test('what cannot be inflated is a violation', () => {
  const rig = new Rig({ compression: true });
  rig.receive(
    encodeFrame({ opcode: 2, payload: Buffer.from('ffffffff', 'hex'), compressed: true, mask: 1 }),
  );
  assert.deepEqual(rig.violations, ['flate: corrupt input']);
  assert.deepEqual(rig.frames[0]?.payload, status(1007, 'flate: corrupt input'));
});

test('paused, inflated messages wait, in order, also behind the close of the peer', () => {
  const rig = new Rig({ compression: true });
  rig.above.during = () => rig.stream.pause();
  rig.receive(packed('one '), packed('two '), data('three '));
  assert.equal(rig.above.text, 'one ');
  assert.equal(rig.below.paused, true);
  rig.receive(packed('four '));
  rig.below.handler.onClose(undefined);
  rig.time.runSync(10);
  assert.equal(rig.above.text, 'one ');
  assert.deepEqual(rig.above.closes, []);
  rig.above.during = undefined;
  rig.stream.resume();
  assert.equal(rig.above.text, 'one ', 'never from inside resume');
  rig.time.runSync(10);
  assert.equal(rig.above.text, 'one two three four ');
  assert.deepEqual(rig.above.closes, [undefined]);
});

test('much that is inflated lets others have their turn', () => {
  const rig = new Rig({ compression: true });
  rig.receive(...Array.from({ length: 20 }, () => packed('x'.repeat(100_000))));
  assert.ok(rig.above.text.length <= 1_200_000, `${rig.above.text.length} in one turn`);
  assert.equal(rig.below.paused, true);
  rig.time.runSync(10);
  assert.equal(rig.above.text.length, 2_000_000);
  assert.equal(rig.below.paused, false);
});
