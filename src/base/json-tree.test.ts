import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  JsonNumber,
  JsonObject,
  type JsonTree,
  JsonTreeError,
  parseJsonTree,
} from './json-tree.ts';

const parse = (text: string) => parseJsonTree(Buffer.from(text));

/** What JSON.parse makes of it; only for trees without duplicate names. */
function plain(tree: JsonTree): unknown {
  if (tree instanceof JsonNumber) return Number(tree.text);
  if (Array.isArray(tree)) return tree.map(plain);
  if (!(tree instanceof JsonObject)) return tree;
  return Object.fromEntries(tree.members.map(([name, value]) => [name, plain(value)]));
}

test('every JSON reads as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent);
      assert.deepEqual(plain(parse(spaced)), JSON.parse(spaced));
    }),
  );
});

test('numbers keep their text, names their duplicates and __proto__ its harmlessness', () => {
  const tree = parse('{"a":9223372036854775807,"a":1.50e3,"__proto__":{"x":true}}') as JsonObject;
  assert.deepEqual(
    tree.members.map(([name]) => name),
    ['a', 'a', '__proto__'],
  );
  const numbers = tree.members.slice(0, 2).map(([, value]) => (value as JsonNumber).text);
  assert.deepEqual(numbers, ['9223372036854775807', '1.50e3']);
  assert.equal(({} as { x?: boolean }).x, undefined);
});

test('strings: escapes, odd surrogates, bytes that are no UTF-8', () => {
  assert.equal(parse('"a\\"\\\\\\n\\u00e4\\ud83d\\ude00"'), 'a"\\\nä😀');
  assert.equal(parse('"\\ud800x"'), '\ufffdx');
  assert.equal(parseJsonTree(Buffer.from([0x22, 0xff, 0x22])), '\ufffd');
  assert.deepEqual(parse('["a,b]}","{",[]]'), ['a,b]}', '{', []]);
});

test('depth costs no stack and has a maximum', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.ok(Array.isArray(parse(nested(10_000))));
  assert.throws(() => parse(nested(10_001)), new JsonTreeError('exceeded max depth'));
});

test('what is no JSON has the words of Go', () => {
  assert.throws(
    () => parse('{"a" 1}'),
    new JsonTreeError("invalid character '1' after object key"),
  );
  assert.throws(() => parse(''), new JsonTreeError('unexpected end of JSON input'));
});

test('a long string full of escapes needs no stack', () => {
  assert.equal((parse(`"${'\\"'.repeat(500_000)}"`) as string).length, 500_000);
});
