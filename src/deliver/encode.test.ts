import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FlushQueue } from '../connection/flush-queue.ts';
import { Outbound } from '../connection/outbound.ts';
import { Members } from '../subject/route.ts';
import { Subscription } from '../subject/subscription.ts';
import { ClientParser } from '../wire/client-parser.ts';
import type { InboundMsg } from '../wire/inbound-msg.ts';
import { buildMsg } from './build-msg.ts';
import { copyShort, shortCopyMax } from './copy.ts';
import { appendCanonical, appendGeneral } from './encode.ts';

/*
 * The canonical fast path, the general encoder and the obvious string must be the same bytes. The
 * messages come out of the real parser, so that their offsets are those of production.
 */

interface Published {
  subject: string;
  reply: string;
  header: string | undefined;
  payload: string;
  /** Blanks between the arguments; only single ones are canonical. */
  blank: string;
  zeros: string;
}

/** Parses the message and hands it to `use` while it lives. */
function withMessage(published: Published, use: (msg: InboundMsg) => void): void {
  const { subject, reply, header, payload, blank, zeros } = published;
  const body = (header ?? '') + payload;
  const sizes =
    header === undefined
      ? [`${zeros}${body.length}`]
      : [`${header.length}`, `${zeros}${body.length}`];
  const parts = [subject, ...(reply === '' ? [] : [reply]), ...sizes];
  const line = `${header === undefined ? 'PUB' : 'HPUB'} ${parts.join(blank)}\r\n${body}\r\n`;
  const buffer = Buffer.alloc(32 + line.length + 64, 0xee);
  buffer.latin1Write(line, 32);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let seen = 0;
  const nothing = () => assert.fail('not an operation of this stream');
  const parser = new ClientParser({
    awaitingAuth: false,
    closed: false,
    suspended: false,
    maxControlLine: 4096,
    maxPayload: -1,
    headers: true,
    traceIn: false,
    onGate: () => true,
    onConnect: nothing,
    onInfo: nothing,
    onPing: nothing,
    onPong: nothing,
    onSub: nothing,
    onUnsub: nothing,
    onPeerError: nothing,
    onTrace: nothing,
    onUnknownOperation: nothing,
    onControlLineExceeded: nothing,
    onMalformed: nothing,
    onMessageLine: () => true,
    onMessage(msg) {
      seen++;
      use(msg);
    },
  });
  parser.parse({ buffer, view, headroom: 32 }, line.length);
  assert.equal(seen, 1);
}

function outbound(before: number): { out: Outbound; bytes: () => string } {
  const queue = new FlushQueue({ endOfTurn() {}, yieldThen() {} });
  const out = new Outbound(
    queue,
    { onPendingExceeded() {}, onBlocked() {}, onUnblocked() {} },
    1e9,
  );
  if (before > 0) out.appendText('b'.repeat(before));
  return { out, bytes: () => out.buffer.latin1Slice(before, out.pos) };
}

function expected(published: Published, sid: string, withHeader: boolean): string {
  const { subject, reply, header, payload, zeros } = published;
  const shown = withHeader ? header : undefined;
  const body = (shown ?? '') + payload;
  // Sizes go on with the digits as they came, unless the header is taken off.
  const total = header !== undefined && !withHeader ? `${body.length}` : `${zeros}${body.length}`;
  const sizes = shown === undefined ? total : `${shown.length} ${total}`;
  const verb = shown === undefined ? 'MSG' : 'HMSG';
  return `${verb} ${subject} ${sid} ${reply === '' ? '' : `${reply} `}${sizes}\r\n${body}\r\n`;
}

const anyByte = fc.integer({ min: 0x21, max: 0xff }).map((b) => String.fromCharCode(b));
const token = fc.string({ unit: anyByte, minLength: 1, maxLength: 30 });
const text = fc.oneof(
  fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((b) => String.fromCharCode(b)),
    maxLength: 20,
  }),
  fc.integer({ min: shortCopyMax - 40, max: shortCopyMax + 10 }).map((n) => 'p'.repeat(n)),
  fc.integer({ min: 3900, max: 4200 }).map((n) => 'p'.repeat(n)),
);
const published: fc.Arbitrary<Published> = fc.record({
  subject: token,
  reply: fc.oneof(fc.constant(''), token),
  header: fc.constantFrom(undefined, undefined, 'NATS/1.0\r\n\r\n', 'NATS/1.0 503\r\nA: b\r\n\r\n'),
  payload: text,
  blank: fc.constantFrom(' ', ' ', ' ', '  ', '\t'),
  zeros: fc.constantFrom('', '', '0', '00'),
});
const sids = fc.array(fc.string({ unit: anyByte, minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 5,
});

test('the fast path and the general encoder give the bytes of the obvious one', () => {
  fc.assert(
    fc.property(published, sids, fc.nat(4090), (message, list, before) => {
      const members = new Members();
      for (const sid of list) members.add(new Subscription({}, message.subject, '', sid));
      members.rebuild(Buffer.from(message.subject, 'latin1'));
      withMessage(message, (msg) => {
        assert.equal(msg.tailStart >= 0, message.blank === ' ', 'canonical means single blanks');
        list.forEach((sid, at) => {
          const want = expected(message, sid, true);
          const general = outbound(before);
          appendGeneral(general.out, new Subscription({}, message.subject, '', sid), msg, true);
          assert.equal(general.bytes(), want);
          if (msg.tailStart < 0) return;
          const fast = outbound(before);
          appendCanonical(fast.out, members, at, msg);
          assert.equal(fast.bytes(), want);
        });
      });
    }),
    { numRuns: 300 },
  );
});

test('a receiver without headers gets the payload alone', () => {
  fc.assert(
    fc.property(published, (message) => {
      withMessage(message, (msg) => {
        const { out, bytes } = outbound(0);
        appendGeneral(out, new Subscription({}, message.subject, '', '7'), msg, false);
        assert.equal(bytes(), expected(message, '7', false));
      });
    }),
  );
});

test('many messages in one buffer stand behind each other', () => {
  const members = new Members();
  for (const sid of ['1', '22', '333']) members.add(new Subscription({}, 's', '', sid));
  members.rebuild(Buffer.from('s'));
  const message: Published = {
    subject: 's',
    reply: 'r',
    header: undefined,
    payload: 'abc',
    blank: ' ',
    zeros: '',
  };
  const { out, bytes } = outbound(0);
  let want = '';
  withMessage(message, (msg) => {
    for (let i = 0; i < 300; i++) {
      appendCanonical(out, members, i % 3, msg);
      want += expected(message, ['1', '22', '333'][i % 3]!, true);
    }
  });
  assert.equal(bytes(), want);
});

test('a message that the server builds is canonical', () => {
  for (const reply of ['', 're.ply']) {
    for (const header of [undefined, Buffer.from('NATS/1.0 503\r\n\r\n')]) {
      const msg = buildMsg('sub.ject', reply, Buffer.from('payload'), header);
      assert.equal(msg.subject(), 'sub.ject');
      assert.equal(msg.reply(), reply);
      const members = new Members();
      members.add(new Subscription({}, 'sub.ject', '', '9'));
      members.rebuild(Buffer.from('sub.ject'));
      const fast = outbound(0);
      appendCanonical(fast.out, members, 0, msg);
      const general = outbound(0);
      appendGeneral(general.out, members.subs[0]!, msg, true);
      const published: Published = {
        subject: 'sub.ject',
        reply,
        header: header?.toString('latin1'),
        payload: 'payload',
        blank: ' ',
        zeros: '',
      };
      assert.equal(fast.bytes(), expected(published, '9', true));
      assert.equal(general.bytes(), fast.bytes());
    }
  }
});

test('short copies move any bytes between any offsets and harm nothing before the place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(9), fc.nat(9), (bytes, fromAt, toAt) => {
      const from = new DataView(new ArrayBuffer(fromAt + bytes.length + 3));
      new Uint8Array(from.buffer).set(bytes, fromAt);
      const to = new DataView(new ArrayBuffer(toAt + bytes.length + 3));
      new Uint8Array(to.buffer).fill(0x55);
      copyShort(to, toAt, from, fromAt, bytes.length);
      const copied = new Uint8Array(to.buffer);
      assert.deepEqual(copied.slice(toAt, toAt + bytes.length), bytes);
      assert.ok(copied.subarray(0, toAt).every((b) => b === 0x55));
    }),
  );
});
