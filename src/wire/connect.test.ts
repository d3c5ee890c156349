import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectError, decodeConnect, defaultConnectOptions } from './connect.ts';

function refusal(text: string): string {
  try {
    decodeConnect(text, defaultConnectOptions());
  } catch (error) {
    assert.ok(error instanceof ConnectError);
    return error.message;
  }
  return '';
}

test('broken JSON is refused in the words of Go, which quote no secret', () => {
  const cases: [string, string][] = [
    ['{"pass":"s3cret"', 'unexpected end of JSON input'],
    ['{"a', 'unexpected end of JSON input'],
    ['{"pass":"s3cret"x}', "invalid character 'x' after object key:value pair"],
    ['{"pass":s3cret}', "invalid character 's' looking for beginning of value"],
    ['', 'unexpected end of JSON input'],
  ];
  for (const [text, words] of cases) assert.equal(refusal(text), words);
});

test('members of a wrong type are refused, the others taken', () => {
  const options = defaultConnectOptions();
  assert.throws(() => decodeConnect('{"user":1,"name":"n"}', options), /ClientOpts\.user/);
  assert.equal(options.name, 'n');
  assert.match(refusal('[]'), /cannot unmarshal array into Go value/);
  assert.equal(refusal('null'), '');
});
