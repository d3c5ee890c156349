import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { headerEntries, headerValue, withHeader } from './message-header.ts';

const block = (...lines: string[]): Buffer =>
  Buffer.from(`NATS/1.0\r\n${lines.join('\r\n')}\r\n\r\n`);
const key = 'Nats-Request-Info';

test('the first value counts, letter for letter', () => {
  const header = block('a: 1', `${key}:  x y `, `${key}: z`, 'nats-request-info: small');
  assert.equal(headerValue(header, key), 'x y ');
  assert.equal(headerValue(header, 'A'), undefined);
  assert.equal(headerValue(block('a: 1'), key), undefined);
});

test('CVE-2026-33246, CVE-2026-33223: a forged header is stripped in every disguise', () => {
  const forgeries = [
    `${key}: {"acc":"FORGED"}`,
    'nats-request-info: FORGED',
    'NATS-REQUEST-INFO:FORGED',
    `${key} : FORGED`,
    `\t${key}: FORGED`,
    `${key}: first\r\n FORGED folded\r\n\tFORGED again`,
    `other: x\n${key}: FORGED`,
    `other: x\r${key}: FORGED`,
  ];
  for (const forgery of forgeries) {
    const header = withHeader(block('before: 1', forgery, 'after: 2'), key, 'true');
    const text = header.toString('latin1');
    assert.doesNotMatch(text, /FORGED/, JSON.stringify(forgery));
    assert.match(text, /before: 1\r\n/);
    assert.match(text, /after: 2\r\n/);
    assert.ok(text.endsWith(`\r\n${key}: true\r\n\r\n`));
    assert.equal(headerValue(header, key), 'true');
  }
});

test('other headers stay as they are, whatever they hold', () => {
  const value = fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((n) => String.fromCharCode(n)),
    maxLength: 20,
  });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 6 }), (values) => {
      const lines = values.map((v, i) => `k${i}: ${v}`);
      const before = Buffer.from(
        `NATS/1.0\r\n${lines.map((l) => `${l}\r\n`).join('')}\r\n`,
        'latin1',
      );
      const after = withHeader(before, key, 'v').toString('latin1');
      assert.equal(after, `NATS/1.0\r\n${lines.map((l) => `${l}\r\n`).join('')}${key}: v\r\n\r\n`);
    }),
  );
});

test('a message without a header gets one; text beyond ASCII is UTF-8', () => {
  assert.equal(withHeader(undefined, 'A', 'ü').toString('utf8'), 'NATS/1.0\r\nA: ü\r\n\r\n');
});

test('a status line stays', () => {
  const header = Buffer.from('NATS/1.0 503 nobody\r\n\r\n');
  assert.equal(withHeader(header, 'A', 'b').toString(), 'NATS/1.0 503 nobody\r\nA: b\r\n\r\n');
});

test('names and values in order, folded lines joined', () => {
  const header = block('A: 1', 'b:2', 'A: 3', '  more');
  assert.deepEqual(headerEntries(header), [
    ['A', '1'],
    ['b', '2'],
    ['A', '3 more'],
  ]);
});
