/** Headers as nats-server judges them (test/fixtures/proxy/make_fixture.mjs recorded it). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ProxyHeader, ProxyHeaderReader, ProxyProtocolError } from './proxy-protocol.ts';

interface Recorded {
  readonly about: string;
  /** Base64. */
  readonly bytes: string;
  /** The peer finished sending. */
  readonly ends: boolean;
  readonly source?: { address: string; port: number } | null;
  readonly error?: string;
}

const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(join(__PROJECT_ROOT__, 'test/fixtures/proxy/proxy-headers.json'), 'utf8'),
);
const protocol = Buffer.from('CONNECT {}\r\nPING\r\n');

/** Feeds pieces until the verdict; pieces behind it are not the header's. */
function read(pieces: readonly Buffer[]): ProxyHeader | undefined {
  const reader = new ProxyHeaderReader();
  for (const [index, piece] of pieces.entries()) {
    const header = reader.feed(piece);
    if (header === undefined) continue;
    return { ...header, rest: Buffer.concat([header.rest, ...pieces.slice(index + 1)]) };
  }
  return undefined;
}

function verdict(pieces: readonly Buffer[]) {
  try {
    const header = read(pieces);
    return header && { source: header.source ?? null, rest: header.rest.toString('latin1') };
  } catch (error) {
    assert.ok(error instanceof ProxyProtocolError);
    return { error: error.message };
  }
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...new Set(at)].sort((a, b) => a - b).filter((end) => end < bytes.length);
  return [0, ...ends].map((from, index) => bytes.subarray(from, ends[index]));
}

test('headers are judged as nats-server judges them, wherever they are cut', () => {
  for (const { about, bytes, ends, source, error } of recorded) {
    if (ends) continue;
    const header = Buffer.from(bytes, 'base64');
    const all = Buffer.concat([header, protocol]);
    const found = verdict([all]);
    if (error !== undefined) assert.deepEqual(found, { error }, about);
    else {
      const plain = read([all])?.found === false;
      const rest = (plain ? all : protocol).toString('latin1');
      assert.deepEqual(found, { source, rest }, about);
    }
    for (let at = 1; at < Math.min(all.length, 300); at++) {
      assert.deepEqual(verdict(cut(all, [at])), found, `${about} cut at ${at}`);
    }
    assert.deepEqual(verdict([...all].map((byte) => Buffer.from([byte]))), found, about);
  }
});

test('who ends in the middle is told where, as nats-server tells it', () => {
  for (const { about, bytes, ends, error } of recorded) {
    if (!ends) continue;
    for (const pieces of [[Buffer.from(bytes, 'base64')], [...Buffer.from(bytes, 'base64')]]) {
      const reader = new ProxyHeaderReader();
      for (const piece of pieces) {
        const chunk = typeof piece === 'number' ? Buffer.from([piece]) : piece;
        assert.equal(reader.feed(chunk), undefined, about);
      }
      assert.equal(reader.failure('EOF').message, error, about);
    }
  }
});

test('a verdict does not depend on how bytes come, and none of them is lost', () => {
  const start = fc.constantFrom(
    'PROXY ',
    '\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c',
    '\r\n\r\n\0\r\nQUIT\n',
    '',
  );
  const tail = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(start, tail, fc.array(fc.nat(320), { maxLength: 8 }), (first, more, cuts) => {
      const bytes = Buffer.concat([Buffer.from(first, 'latin1'), more]);
      const whole = verdict([bytes]);
      assert.deepEqual(verdict(cut(bytes, cuts)), whole);
      if (whole && 'rest' in whole) {
        assert.ok(bytes.toString('latin1').endsWith(whole.rest));
      }
    }),
    { numRuns: 500 },
  );
});

test('a header is never kept in full when it is long', () => {
  const reader = new ProxyHeaderReader();
  const start = Buffer.from('\r\n\r\n\0\r\nQUIT\n!\x11\xff\xff', 'latin1');
  reader.feed(start);
  for (let sent = 0; sent < 65_000; sent += 1000) reader.feed(Buffer.alloc(1000, 1));
  const { kept } = reader as unknown as { kept: Buffer };
  assert.ok(kept.length <= 12);
  const line = new ProxyHeaderReader();
  assert.throws(() => {
    for (let sent = 0; ; sent++) {
      line.feed(Buffer.from(sent < 6 ? 'PROXY '.charAt(sent) : 'x'));
      assert.ok(sent < 107);
    }
  }, /v1 line too long/);
});
