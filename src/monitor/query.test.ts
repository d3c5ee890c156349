import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { BadArgumentError, Query } from './query.ts';

const refused = (run: () => unknown, message: string): void => {
  assert.throws(run, (error) => error instanceof BadArgumentError && error.message === message);
};

test('booleans are those of strconv.ParseBool', () => {
  for (const text of ['1', 't', 'T', 'TRUE', 'true', 'True']) {
    assert.equal(new Query(`a=${text}`).bool('a'), true, text);
  }
  for (const text of ['', '0', 'f', 'F', 'FALSE', 'false', 'False']) {
    assert.equal(new Query(`a=${text}`).bool('a'), false, text);
  }
  refused(
    () => new Query('a=yes').bool('a'),
    `Error decoding boolean for 'a': strconv.ParseBool: parsing "yes": invalid syntax`,
  );
});

test('integers keep 64 bits and refuse the rest with the texts of strconv', () => {
  assert.equal(new Query('n=9223372036854775807').int('n'), 9223372036854775807n);
  assert.equal(new Query('n=-9223372036854775808').int('n'), -9223372036854775808n);
  assert.equal(new Query('n=%2B5').int('n'), 5n);
  assert.equal(new Query(`n=${'0'.repeat(40)}7`).int('n'), 7n);
  assert.equal(new Query('n=18446744073709551615').uint('n'), 18446744073709551615n);
  const text = (kind: string, fn: string, value: string, problem: string) =>
    `Error decoding ${kind} for 'n': strconv.${fn}: parsing "${value}": ${problem}`;
  for (const value of ['1.5', 'NaN', '1e3', '0x1', '1_000', '-', 'abc', ' 1']) {
    const query = new Query(`n=${encodeURIComponent(value)}`);
    refused(() => query.int('n'), text('int', 'Atoi', value, 'invalid syntax'));
    refused(() => query.uint('n'), text('uint64', 'ParseUint', value, 'invalid syntax'));
  }
  for (const value of ['9223372036854775808', '-9223372036854775809', '9'.repeat(5000)]) {
    const query = new Query(`n=${value}`);
    refused(() => query.int('n'), text('int', 'Atoi', value, 'value out of range'));
  }
  refused(() => new Query('n=-1').uint('n'), text('uint64', 'ParseUint', '-1', 'invalid syntax'));
});

test('pairs are read as net/url reads them', () => {
  assert.equal(new Query('a=1&a=2').text('a'), '1');
  assert.equal(new Query('a=%zz').text('a'), '');
  assert.equal(new Query('a=1;b=2').text('a'), '');
  assert.equal(new Query('a=x+y%20z').text('a'), 'x y z');
  assert.equal(new Query('a=%C3%A9').text('a'), 'é');
  assert.equal(new Query('a=%C3%A9').latin1('a'), '\xc3\xa9');
  assert.equal(new Query('a').text('a'), '');
  assert.equal(new Query('__proto__=1&constructor=2').text('__proto__'), '1');
  assert.equal(new Query('').text('constructor'), '');
});

test('bytes that are no UTF-8 are kept for the refusal', () => {
  refused(
    () => new Query('n=%FF%C3%A9').int('n'),
    `Error decoding int for 'n': strconv.Atoi: parsing "\\xff\u00e9": invalid syntax`,
  );
  assert.equal(new Query('a=%FF').latin1('a'), '\xff');
});

test('any query either answers or is refused', () => {
  fc.assert(
    fc.property(fc.string(), (raw) => {
      const query = new Query(raw);
      for (const read of [() => query.int('a'), () => query.state(), () => query.subs()]) {
        try {
          read();
        } catch (error) {
          assert.ok(error instanceof BadArgumentError);
        }
      }
    }),
  );
});

test('state and subs', () => {
  assert.equal(new Query('state=ANY').state(), 'all');
  assert.equal(new Query('').state(), 'open');
  refused(() => new Query('state=x').state(), 'Error decoding state for x');
  assert.deepEqual(new Query('subs=Detail').subs(), { subs: false, detail: true });
  assert.deepEqual(new Query('subs=1').subs(), { subs: true, detail: false });
});
