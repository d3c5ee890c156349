import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  type ClientOperations,
  ClientParser,
  parseSize,
  type ReadBuffer,
} from './client-parser.ts';
import type { InboundMsg } from './inbound-msg.ts';

/*
 * One property carries the parser: however a byte stream is cut, the operations and errors it
 * gives are the same. The reference is the stream in one piece. Headroom and control line are small
 * here, so that their borders are reached by short streams; big messages have examples of their own.
 */

const maxControlLine = 64;

/** Writes down what the parser tells. Positions inside the chunk are not part of the result. */
class Recorder implements ClientOperations {
  awaitingAuth = false;
  closed = false;
  suspended = false;
  maxControlLine = maxControlLine;
  maxPayload = -1;
  headers = true;
  traceIn = false;
  /** CONNECT waits for an answer, as with a slow password check. */
  suspends = false;
  readonly events: string[] = [];

  private close(event: string): void {
    assert.equal(this.closed, false, 'nothing is told after the close');
    this.events.push(event);
    this.closed = true;
  }

  private note(event: string): void {
    assert.equal(this.closed, false, `nothing is told after the close: ${event}`);
    assert.equal(this.suspended, false, `nothing is told while suspended: ${event}`);
    this.events.push(event);
  }

  onGate(): boolean {
    this.close('gate');
    return false;
  }

  onConnect(buffer: Buffer, start: number, end: number): void {
    this.note(`CONNECT ${buffer.latin1Slice(start, end)}`);
    this.awaitingAuth = false;
    this.suspended = this.suspends;
  }

  onInfo(buffer: Buffer, start: number, end: number): void {
    this.note(`INFO ${buffer.latin1Slice(start, end)}`);
  }

  onPing(): void {
    this.note('PING');
  }

  onPong(): void {
    this.note('PONG');
  }

  onSub(buffer: Buffer, start: number, end: number): void {
    this.note(`SUB ${buffer.latin1Slice(start, end)}`);
  }

  onUnsub(buffer: Buffer, start: number, end: number): void {
    this.note(`UNSUB ${buffer.latin1Slice(start, end)}`);
  }

  onMessageLine(msg: InboundMsg): boolean {
    if (this.maxPayload >= 0 && msg.size > this.maxPayload) {
      this.close('max payload');
      return false;
    }
    this.note(`line ${this.describe(msg)}`);
    return true;
  }

  onMessage(msg: InboundMsg): void {
    const { buffer, payloadStart, size, end, tailStart } = msg;
    assert.equal(end, payloadStart + size + 2);
    assert.equal(buffer.latin1Slice(end - 2, end), '\r\n');
    assert.ok(end <= buffer.length);
    if (tailStart >= 0) {
      const reply = msg.hasReply ? `${msg.reply()} ` : '';
      const sizes = buffer.latin1Slice(msg.sizesStart, msg.sizesEnd);
      const payload = buffer.latin1Slice(payloadStart, end);
      assert.equal(buffer.latin1Slice(tailStart, end), `${reply}${sizes}\r\n${payload}`);
    }
    const payload = buffer.latin1Slice(payloadStart, payloadStart + size);
    this.note(`message ${this.describe(msg)} ${tailStart >= 0} ${payload}`);
  }

  private describe(msg: InboundMsg): string {
    const sizes = msg.buffer.latin1Slice(msg.sizesStart, msg.sizesEnd);
    return `${msg.subject()} <${msg.reply()}> ${msg.headerSize} ${msg.size} [${sizes}]`;
  }

  onPeerError(text: string): void {
    this.note(`-ERR ${text}`);
  }

  onTrace(operation: string, buffer: Buffer, start: number, end: number): void {
    this.note(`trace ${operation} ${end < start ? '' : buffer.latin1Slice(start, end)}`);
  }

  onUnknownOperation(): void {
    this.close('unknown operation');
  }

  onControlLineExceeded(): void {
    this.close('control line exceeded');
  }

  onMalformed(operation: string, reason: string): void {
    this.close(`malformed ${operation} ${reason}`);
  }
}

interface Settings {
  headroom: number;
  awaitingAuth: boolean;
  suspends: boolean;
  headers: boolean;
  trace: boolean;
  maxPayload: number;
}

const plain: Settings = {
  headroom: 24,
  awaitingAuth: false,
  suspends: false,
  headers: true,
  trace: false,
  maxPayload: -1,
};

function readBuffer(headroom: number, capacity: number): ReadBuffer {
  // Rubbish everywhere: the parser may not rely on zeros around the chunk.
  const buffer = Buffer.alloc(headroom + capacity + 64, 'PUB x 1\r\n');
  return { buffer, view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length), headroom };
}

/** Feeds the stream in pieces of the given sizes (repeated) and returns what was told. */
function parse(stream: Buffer, settings: Settings, sizes: readonly number[]): string[] {
  const recorder = new Recorder();
  recorder.awaitingAuth = settings.awaitingAuth;
  recorder.suspends = settings.suspends;
  recorder.headers = settings.headers;
  recorder.traceIn = settings.trace;
  recorder.maxPayload = settings.maxPayload;
  const parser = new ClientParser(recorder);
  const area = readBuffer(settings.headroom, Math.max(...sizes, 1));
  let at = 0;
  for (let i = 0; at < stream.length && !recorder.closed; i++) {
    const end = Math.min(stream.length, at + sizes[i % sizes.length]!);
    area.buffer.fill(0xaa);
    stream.copy(area.buffer, area.headroom, at, end);
    parser.parse(area, end - at);
    at = end;
    // Half of the chunks find the connection still waiting.
    if (i % 2 === 1 || at === stream.length) resume(parser, recorder);
  }
  return recorder.events;
}

function resume(parser: ClientParser, recorder: Recorder): void {
  while (recorder.suspended && !recorder.closed) {
    recorder.suspended = false;
    parser.resume();
  }
}

function sameUnderAnyCut(stream: Buffer, settings: Settings, cuts: readonly number[][]): void {
  const whole = parse(stream, settings, [Math.max(1, stream.length)]);
  for (const sizes of [...cuts, [1], [2], [3, 1, 7]]) {
    assert.deepEqual(parse(stream, settings, sizes), whole, `cut into ${sizes}`);
  }
}

const blank = fc.constantFrom(' ', ' ', ' ', ' ', '  ', '\t', ' \t ');
const eol = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r\r\n');
const word = fc.constantFrom('a', 'foo', 'foo.bar', 'x\ry', '_INBOX.abc.1', 'ü', 'f\0o', '');
const long = fc
  .integer({ min: maxControlLine - 14, max: maxControlLine + 3 })
  .map((n) => 'l'.repeat(n));
const subject = fc.oneof({ weight: 8, arbitrary: word }, { weight: 1, arbitrary: long });
const payload = fc.oneof(
  fc.string({ maxLength: 12 }).map((s) => Buffer.from(s).toString('latin1')),
  fc.constantFrom('', 'PING\r\n', '\r\n', 'x'.repeat(40), 'y'.repeat(200)),
);
const anyCase = fc.boolean();

function pub(args: fc.Arbitrary<[string, string, string]>): fc.Arbitrary<string> {
  return fc
    .tuple(args, payload, eol, fc.constantFrom('', '', '', '', 'z', '00'), anyCase)
    .map(([[a, b, c], body, end, extra, lower]) => {
      const name = lower ? 'pub' : 'PUB';
      const size = `${extra === '00' ? '00' : ''}${body.length}`;
      return `${name}${a}${b}${c}${size}${end}${body}${extra === 'z' ? 'z' : ''}\r\n`;
    });
}

const pubPlain = pub(fc.tuple(blank, subject, blank));
const pubReply = pub(
  fc.tuple(
    blank,
    subject,
    fc.tuple(blank, word, blank).map((parts) => parts.join('')),
  ),
);
const hpub = fc
  .tuple(
    subject,
    word,
    fc.constantFrom('NATS/1.0\r\n\r\n', 'NATS/1.0\r\nA: b\r\n\r\n', ''),
    payload,
    blank,
  )
  .map(([to, reply, header, body, b]) => {
    const args = reply === '' ? to : `${to}${b}${reply}`;
    return `HPUB ${args} ${header.length}${b}${header.length + body.length}\r\n${header}${body}\r\n`;
  });
const line = (name: string, argument: fc.Arbitrary<string>) =>
  fc.tuple(blank, argument, eol).map(([b, text, end]) => `${name}${b}${text}${end}`);
const bare = fc
  .tuple(
    fc.constantFrom('PING', 'PONG', 'ping', 'PoNg', '+OK'),
    fc.constantFrom('', ' ', 'junk\r'),
    eol,
  )
  .map((parts) => parts.join(''));
const operation = fc.oneof(
  { weight: 4, arbitrary: pubPlain },
  { weight: 2, arbitrary: pubReply },
  { weight: 2, arbitrary: hpub },
  { weight: 2, arbitrary: bare },
  line(
    'SUB',
    fc.tuple(subject, word).map(([s, sid]) => `${s} ${sid}`),
  ),
  line('sub', subject),
  line('UNSUB', fc.constantFrom('1', '1 5', '')),
  line('CONNECT', fc.constantFrom('{}', '{"verbose":false}')),
  fc.constantFrom(
    'CONNECT{}\r\n',
    'INFO {}\r\n',
    "-ERR 'no'\r\n",
    'HMSG a 1 2 3\r\n\r\n',
    'PUB \n',
    'SUB \r\n',
  ),
);
const session = fc
  .array(operation, { minLength: 1, maxLength: 8 })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));
const mutated = fc
  .tuple(
    session,
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'dup')), {
      maxLength: 3,
    }),
  )
  .map(([stream, changes]) => {
    let bytes = [...stream];
    for (const [where, byte, how] of changes) {
      const at = where % Math.max(1, bytes.length);
      if (how === 'set') bytes[at] = byte;
      else if (how === 'cut') bytes.splice(at, 1);
      else bytes = [...bytes.slice(0, at), ...bytes.slice(Math.max(0, at - 5))];
    }
    return Buffer.from(bytes);
  });
const junk = fc
  .array(fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('PUBSN HMGIO+-\r\n\t 01'))), {
    maxLength: 60,
  })
  .map((bytes) => Buffer.from(bytes));

const settings: fc.Arbitrary<Settings> = fc.record({
  headroom: fc.constantFrom(0, 4, 24, 200),
  awaitingAuth: fc.boolean(),
  suspends: fc.boolean(),
  headers: fc.constantFrom(true, true, false),
  trace: fc.boolean(),
  maxPayload: fc.constantFrom(-1, -1, 30),
});
const cuts = fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 4,
});

for (const [name, stream] of [
  ['valid sessions', session],
  ['mutated sessions', mutated],
  ['junk', junk],
] as const) {
  test(`${name}: any cut gives the same operations and errors`, () => {
    fc.assert(fc.property(stream, settings, cuts, sameUnderAnyCut), { numRuns: 500 });
  });
}

test('a stream that is all good gives what was put in', () => {
  const stream = Buffer.from(
    'CONNECT {}\r\nPING\r\nSUB foo.* q 1\r\nPUB foo.a 5\r\nhello\r\nPUB foo.a re 0\r\n\r\n' +
      'HPUB h r 12 14\r\nNATS/1.0\r\n\r\nok\r\nUNSUB 1 4\r\nPONG\r\n',
    'latin1',
  );
  assert.deepEqual(parse(stream, plain, [7]), [
    'CONNECT {}',
    'PING',
    'SUB foo.* q 1',
    'line foo.a <> -1 5 [5]',
    'message foo.a <> -1 5 [5] true hello',
    'line foo.a <re> -1 0 [0]',
    'message foo.a <re> -1 0 [0] true ',
    'line h <r> 12 14 [12 14]',
    'message h <r> 12 14 [12 14] true NATS/1.0\r\n\r\nok',
    'UNSUB 1 4',
    'PONG',
  ]);
});

test('a control line may have exactly the maximum, wherever it is cut', () => {
  for (const [extra, accepted] of [
    [0, true],
    [1, false],
  ] as const) {
    for (const end of ['\r\n', '\n']) {
      const argument = 's'.repeat(maxControlLine - 2 + extra);
      const stream = Buffer.from(`SUB ${argument} 1${end}PING\r\n`);
      sameUnderAnyCut(stream, plain, []);
      const events = parse(stream, plain, [stream.length]);
      assert.deepEqual(
        events,
        accepted ? [`SUB ${argument} 1`, 'PING'] : ['control line exceeded'],
      );
    }
  }
});

test('messages around the sizes at which they are collected apart', () => {
  for (const around of [8192, 16 * 1024, 64 * 1024]) {
    for (const size of [around - 20, around - 12, around - 11, around - 10, around, around + 1]) {
      const body = Buffer.alloc(size, 'PUB a 1\r\nb\r\n');
      const stream = Buffer.concat([
        Buffer.from(`PING\r\nPUB s r ${size}\r\n`),
        body,
        Buffer.from('\r\nPUB n 2\r\nok\r\nPONG\r\n'),
      ]);
      const big = { ...plain, headroom: 16 * 1024 };
      const whole = parse(stream, big, [stream.length]);
      assert.equal(whole.length, 6);
      assert.equal(whole[5], 'PONG');
      for (const sizes of [
        [8191],
        [8192],
        [65536],
        [size],
        [size + 13],
        [size + 14],
        [size + 15],
        [5000, 1, 1, 60000],
      ]) {
        assert.deepEqual(parse(stream, big, sizes), whole, `size ${size} cut into ${sizes}`);
      }
    }
  }
});

test('a big message whose end is wrong fails at once, without waiting for the rest', () => {
  const head = Buffer.from('PUB s 20000\r\n');
  const recorder = new Recorder();
  const parser = new ClientParser(recorder);
  const area = readBuffer(64, 30_000);
  head.copy(area.buffer, area.headroom);
  parser.parse(area, head.length);
  area.buffer.fill('x', area.headroom, area.headroom + 20_001);
  parser.parse(area, 20_001);
  assert.deepEqual(recorder.events, ['line s <> -1 20000 [20000]', 'unknown operation']);
});

test('what is held between chunks is bounded for streams that never end', () => {
  const endless = [
    'PING',
    'PING ',
    'PONG junk',
    '+OK ',
    'PUB ',
    'SUB\t',
    'CONNECT ',
    'INFO ',
    'PUB a 5\r\n',
  ];
  for (const start of endless) {
    for (const filler of [' ', 'x', '\t', '\r']) {
      const recorder = new Recorder();
      const parser = new ClientParser(recorder);
      const area = readBuffer(64, 1000);
      area.buffer.latin1Write(start, area.headroom);
      parser.parse(area, start.length);
      for (let i = 0; i < 100 && !recorder.closed; i++) {
        area.buffer.fill(filler, area.headroom, area.headroom + 1000);
        parser.parse(area, 1000);
        if (!recorder.closed)
          assert.ok(
            parser.heldBytes <= maxControlLine + 10,
            `${start}${filler}: ${parser.heldBytes}`,
          );
      }
    }
  }
});

test('a message that is announced and never sent holds its size and no more', () => {
  const recorder = new Recorder();
  const parser = new ClientParser(recorder);
  const area = readBuffer(64, 70_000);
  const line = 'PUB big 1000000\r\n';
  area.buffer.latin1Write(line, area.headroom);
  parser.parse(area, line.length);
  for (let i = 0; i < 10; i++) parser.parse(area, 65_536);
  assert.ok(parser.heldBytes >= 655_360 && parser.heldBytes < 1_000_100);
});

test('sizes are one to nine digits', () => {
  const size = (text: string) => parseSize(Buffer.from(text, 'latin1'), 0, text.length);
  assert.equal(size('0'), 0);
  assert.equal(size('007'), 7);
  assert.equal(size('999999999'), 999_999_999);
  for (const bad of ['', '1234567890', '-1', '+1', '1a', ' 1', '1.', '\xff'])
    assert.equal(size(bad), -1, bad);
});

test('a subject that begins with a line feed reaches nobody: it would break the lines of listeners', () => {
  const settings = {
    awaitingAuth: false,
    suspends: false,
    headers: true,
    trace: false,
    maxPayload: -1,
    headroom: 64,
  } as Settings;
  const told = parse(Buffer.from('PUB \nX 1\r\nx\r\nPING\r\n'), settings, [64]).join('|');
  assert.doesNotMatch(told, /\nX/);
  assert.match(told, /PING/);
});
