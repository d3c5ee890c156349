import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeGoStruct, GoDecodeError, type GoStruct } from './go-json-decode.ts';

const struct: GoStruct = {
  name: 'ConnzEventOptions',
  fields: [
    { key: 'limit', kind: 'int', within: 'ConnzOptions' },
    { key: 'cid', kind: 'uint64', within: 'ConnzOptions' },
    { key: 'auth', kind: 'bool', within: 'ConnzOptions' },
    { key: 'sort', kind: 'string', type: 'server.SortOpt', within: 'ConnzOptions' },
    { key: 'tags', kind: '[]string', within: 'EventFilterOptions' },
    { key: 'plain', kind: 'bool' },
  ],
};
const decode = (text: string) => decodeGoStruct(Buffer.from(text), struct);
const into = 'into Go struct field ConnzEventOptions.ConnzOptions';

test('takes what Go takes', () => {
  assert.equal(decode('{"limit":-1}').int('limit'), -1n);
  assert.equal(decode('{"limit":9007199254740993}').int('limit'), 9007199254740993n);
  assert.equal(decode('{"cid":18446744073709551615}').int('cid'), 18446744073709551615n);
  assert.equal(decode('{"LIMIT" : 3 , "x":{"limit":4}}').int('limit'), 3n);
  assert.equal(decode('{"li\\u006dit":4}').int('limit'), 4n);
  assert.equal(decode('{"limit":1,"limit":2}').int('limit'), 2n);
  assert.equal(decode('{"limit":7,"limit":null}').int('limit'), 7n);
  assert.equal(decode('{"\u017fort":"a\\"b,}"}').text('sort'), 'a"b,}');
  assert.deepEqual(decode('{"tags":["a,]", null ,"b"]}').list('tags'), ['a,]', '', 'b']);
  assert.deepEqual(decode('{"tags":[]}').list('tags'), []);
  assert.equal(decode(' {"auth":true,"plain":false} ').bool('auth'), true);
  assert.equal(decode('null').bool('auth'), false);
  assert.equal(decode('{"__proto__":{"auth":true}}').bool('auth'), false);
});

const refused: [string, string][] = [
  ['{"limit":"x"}', `json: cannot unmarshal string ${into}.limit of type int`],
  ['{"limit":1.5}', `json: cannot unmarshal number 1.5 ${into}.limit of type int`],
  ['{"limit":1e3}', `json: cannot unmarshal number 1e3 ${into}.limit of type int`],
  [
    '{"limit":9223372036854775808}',
    `json: cannot unmarshal number 9223372036854775808 ${into}.limit of type int`,
  ],
  ['{"limit":true}', `json: cannot unmarshal bool ${into}.limit of type int`],
  ['{"limit":{"a":1}}', `json: cannot unmarshal object ${into}.limit of type int`],
  ['{"limit":[1]}', `json: cannot unmarshal array ${into}.limit of type int`],
  ['{"cid":-1}', `json: cannot unmarshal number -1 ${into}.cid of type uint64`],
  ['{"auth":1}', `json: cannot unmarshal number ${into}.auth of type bool`],
  ['{"sort":5}', `json: cannot unmarshal number ${into}.sort of type server.SortOpt`],
  [
    '{"tags":"x"}',
    'json: cannot unmarshal string into Go struct field ConnzEventOptions.EventFilterOptions.tags of type []string',
  ],
  [
    '{"tags":[1]}',
    'json: cannot unmarshal number into Go struct field ConnzEventOptions.EventFilterOptions.tags of type string',
  ],
  [
    '{"plain":0}',
    'json: cannot unmarshal number into Go struct field ConnzEventOptions.plain of type bool',
  ],
  ['{"limit":"a","auth":1}', `json: cannot unmarshal string ${into}.limit of type int`],
  ['[]', 'json: cannot unmarshal array into Go value of type server.ConnzEventOptions'],
  ['5', 'json: cannot unmarshal number into Go value of type server.ConnzEventOptions'],
  ['{', 'unexpected end of JSON input'],
  ['', 'unexpected end of JSON input'],
  ['{"limit":NaN}', "invalid character 'N' looking for beginning of value"],
  ['{"limit":01}', "invalid character '1' after object key:value pair"],
  ['{"limit":1} x', "invalid character 'x' after top-level value"],
];

test('refuses what Go refuses, in its words', () => {
  for (const [text, message] of refused) assert.throws(() => decode(text), { message }, text);
});

test('every JSON value is taken or refused, and strings and integers survive', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      try {
        decode(text);
      } catch (error) {
        assert.ok(error instanceof GoDecodeError);
      }
    }),
  );
  fc.assert(
    fc.property(fc.string(), fc.bigInt(-(1n << 63n), (1n << 63n) - 1n), (sort, limit) => {
      const record = decode(`{"sort":${JSON.stringify(sort)},"limit":${limit}}`);
      assert.equal(record.text('sort'), Buffer.from(sort).toString());
      assert.equal(record.int('limit'), limit);
    }),
  );
});
