import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FrameReader, found } from './frame-reader.ts';
import { encodeFrame, type TestFrame } from './test-frames.ts';
import { unmaskInto } from './unmask.ts';

interface Outcome {
  /** Payload of all data messages. */
  data: string;
  /** `opcode:payload` */
  controls: string[];
  problem: string;
}

function read(chunks: readonly Buffer[], masked = true, compression = false): Outcome {
  const reader = new FrameReader(masked, compression);
  const outcome: Outcome = { data: '', controls: [], problem: '' };
  for (const chunk of chunks) {
    reader.feed(chunk, 0, chunk.length);
    for (let what = reader.next(); what !== found.nothing; what = reader.next()) {
      if (what === found.problem) {
        outcome.problem = reader.problem;
        return outcome;
      }
      if (what === found.control) {
        const payload = reader.control.subarray(0, reader.controlLength).toString('latin1');
        outcome.controls.push(`${reader.controlCode}:${payload}`);
        continue;
      }
      const run = Buffer.alloc(reader.runLength);
      unmaskInto(run, 0, chunk, reader.runStart, reader.runLength, reader.runKey);
      outcome.data += run.toString('latin1');
    }
  }
  return outcome;
}

/** What the frames say, without looking at bytes. */
function expected(frames: readonly TestFrame[]): Outcome {
  const texts = frames.map(({ payload }) => payload.toString('latin1'));
  return {
    data: texts.filter((_, i) => frames[i]!.opcode < 8).join(''),
    controls: texts.flatMap((text, i) =>
      frames[i]!.opcode < 8 ? [] : [`${frames[i]!.opcode}:${text}`],
    ),
    problem: '',
  };
}

const text = (value: string) => Buffer.from(value, 'latin1');

const sample: TestFrame[] = [
  { opcode: 2, payload: text('PUB a 5\r\nhello\r\n'), mask: 0x01020304 },
  { opcode: 1, payload: text('PING'), final: false, mask: 0xfffefdfc },
  { opcode: 9, payload: text('are you there'), mask: 0x0a0b0c0d },
  { opcode: 0, payload: text(''), final: false, mask: 5 },
  { opcode: 0, payload: text('\r\n'), mask: 6 },
  { opcode: 10, payload: text(''), mask: 7 },
  { opcode: 2, payload: text('x'.repeat(300)), mask: 0xdeadbeef },
  { opcode: 2, payload: text('y'.repeat(70)), longLength: 126, mask: 1 },
  { opcode: 2, payload: text('z'.repeat(30)), longLength: 127, mask: 2 },
];

test('frames read the same wherever the stream is cut', () => {
  const bytes = Buffer.concat(sample.map(encodeFrame));
  assert.deepEqual(read([bytes]), expected(sample));
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(read([bytes.subarray(0, cut), bytes.subarray(cut)]), expected(sample));
  }
  assert.deepEqual(
    read(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))),
    expected(sample),
    'byte by byte',
  );
});

const message = fc
  .array(fc.record({ payload: fc.uint8Array({ maxLength: 200 }), mask: fc.integer() }), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((parts) =>
    fc.constantFrom(1, 2).map((opcode): TestFrame[] =>
      parts.map(({ payload, mask }, i) => ({
        opcode: i === 0 ? opcode : 0,
        final: i === parts.length - 1,
        payload: Buffer.from(payload),
        mask,
      })),
    ),
  );
const control = fc
  .record({
    opcode: fc.constantFrom(9, 10),
    payload: fc.uint8Array({ maxLength: 125 }),
    mask: fc.integer(),
  })
  .map((frame): TestFrame[] => [{ ...frame, payload: Buffer.from(frame.payload) }]);

test('any frames, cut anywhere, say what they say', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(message, control), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
      (groups, cuts) => {
        const frames = groups.flat();
        const bytes = Buffer.concat(frames.map(encodeFrame));
        const chunks: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = cuts[i % cuts.length]!;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(read(chunks), expected(frames));
      },
    ),
    { numRuns: 300 },
  );
});

test('without masking frames are taken as they are', () => {
  const frames: TestFrame[] = [
    { opcode: 2, payload: text('PING\r\n') },
    { opcode: 9, payload: text('p') },
  ];
  assert.deepEqual(read(frames.map(encodeFrame), false), expected(frames));
});

const empty = text('');
const violations: [string, TestFrame[]][] = [
  ['RSV2 and RSV3 must be clear', [{ opcode: 2, payload: empty, reserved: 1, mask: 1 }]],
  ['RSV2 and RSV3 must be clear', [{ opcode: 2, payload: empty, reserved: 2, mask: 1 }]],
  [
    'compressed frame received without negotiated permessage-deflate',
    [{ opcode: 2, payload: empty, compressed: true, mask: 1 }],
  ],
  ['mask bit missing', [{ opcode: 2, payload: text('PING\r\n') }]],
  ['unknown opcode 3', [{ opcode: 3, payload: empty, mask: 1 }]],
  ['unknown opcode 11', [{ opcode: 11, payload: empty, mask: 1 }]],
  [
    'control frame length bigger than maximum allowed of 125 bytes',
    [{ opcode: 9, payload: Buffer.alloc(126), mask: 1 }],
  ],
  [
    'control frame does not have final bit set',
    [{ opcode: 9, payload: empty, final: false, mask: 1 }],
  ],
  [
    'new message started before final frame for previous message was received',
    [
      { opcode: 2, payload: empty, final: false, mask: 1 },
      { opcode: 2, payload: empty, mask: 1 },
    ],
  ],
  ['invalid continuation frame', [{ opcode: 0, payload: empty, mask: 1 }]],
  [
    'invalid continuation frame',
    [
      { opcode: 2, payload: empty, mask: 1 },
      { opcode: 0, payload: empty, mask: 1 },
    ],
  ],
];

for (const [problem, frames] of violations) {
  test(`violation: ${problem} (${frames.map((f) => f.opcode).join()}, ${frames[0]?.reserved ?? 0})`, () => {
    const bytes = Buffer.concat(frames.map(encodeFrame));
    assert.equal(read([bytes]).problem, problem);
    assert.equal(read(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))).problem, problem);
  });
}

test('violations that only compression makes possible', () => {
  const ping = encodeFrame({ opcode: 9, payload: empty, compressed: true, mask: 1 });
  assert.equal(read([ping], true, true).problem, 'control frame must not be compressed');
  const frames: TestFrame[] = [
    { opcode: 2, payload: empty, compressed: true, final: false, mask: 1 },
    { opcode: 0, payload: empty, compressed: true, mask: 1 },
  ];
  assert.equal(read(frames.map(encodeFrame), true, true).problem, 'invalid continuation frame');
});

test('a length of 64 bits with its highest bit set is refused, a huge one waits for its bytes', () => {
  const head = Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  assert.equal(read([head]).problem, 'invalid 64-bit payload length');
  head[2] = 0x7f;
  assert.deepEqual(read([head, text('PING')]), { data: 'PING', controls: [], problem: '' });
});
