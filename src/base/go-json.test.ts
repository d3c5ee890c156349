import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { goJson, utf8FromLatin1 } from './go-json.ts';

test('escapes what Go escapes and nothing else', () => {
  assert.equal(
    goJson('<a>&\u2028\u2029"\\\n\u0001\u007fé'),
    '"\\u003ca\\u003e\\u0026\\u2028\\u2029\\"\\\\\\n\\u0001\u007fé"',
  );
  assert.equal(goJson('\\ud800 as text'), '"\\\\ud800 as text"');
});

test('prints 64-bit integers, leaves undefined out, sorts maps', () => {
  const map = new Map([
    ['b', 1],
    ['10', 2],
    ['9', 3],
    ['__proto__', 4],
  ]);
  const value = { big: 9223372036854775807n, none: undefined, list: [], empty: new Map(), map };
  assert.equal(
    goJson(value),
    '{"big":9223372036854775807,"list":[],"empty":{},"map":{"10":2,"9":3,"__proto__":4,"b":1}}',
  );
});

test('a text that looks like a marked number stays a text', () => {
  assert.equal(goJson({ name: '\u0000n:5' }), '{"name":"\\u0000n:5"}');
});

test('indents as JSON.stringify does', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2, 3), (value, indent) => {
      assert.deepEqual(JSON.parse(goJson(value, indent)), JSON.parse(JSON.stringify(value)));
    }),
  );
  const value = { a: [1, { b: [] }], c: {} };
  assert.equal(goJson(value, 2), JSON.stringify(value, null, 2));
});

test('bytes that are no UTF-8 print as one \\ufffd each, a real U+FFFD as itself', () => {
  assert.equal(goJson(utf8FromLatin1('a\xff\xc3\xa9\xe2\x82')), '"a\\ufffdé\\ufffd\\ufffd"');
  assert.equal(goJson(utf8FromLatin1('\xef\xbf\xbd')), '"\ufffd"');
  assert.equal(goJson(utf8FromLatin1('\xed\xa0\x80')), '"\\ufffd\\ufffd\\ufffd"');
});
