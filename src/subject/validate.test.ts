import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as tokens from './tokens.ts';
import * as validate from './validate.ts';

const subjectLike = fc.string({
  unit: fc.constantFrom('a', 'b', '.', '*', '>', ' ', '\t', '\f', '\0', '\v', '\n', 'é'),
  maxLength: 8,
});

/** subject: [insertable, valid, literal, publish], as the Go functions answer. */
const table: Record<string, [boolean, boolean, boolean, boolean]> = {
  '': [false, false, false, false],
  a: [true, true, true, true],
  'a.b': [true, true, true, true],
  '*': [true, true, false, false],
  '>': [true, true, false, false],
  'a.>': [true, true, false, false],
  'a.*.b': [true, true, false, false],
  'a.>.b': [false, false, false, false],
  '>.a': [false, false, false, false],
  '.a': [false, false, false, false],
  'a.': [false, false, false, false],
  'a..b': [false, false, false, false],
  '.': [false, false, false, false],
  'a*': [true, true, true, true],
  'a.*b.c>': [true, true, true, true],
  '>>': [true, true, true, true],
  'a b': [true, false, true, false],
  ' ': [true, false, true, false],
  'a.\t': [true, false, true, false],
  'a\f': [true, false, true, false],
  'a\v': [true, true, true, true],
  'a\0b': [true, true, true, true],
};

test('each rule answers as nats-server does', () => {
  for (const [subject, [insertable, valid, literal, publish]] of Object.entries(table)) {
    const name = JSON.stringify(subject);
    assert.equal(validate.isInsertableSubject(subject), insertable, `insertable ${name}`);
    assert.equal(validate.isValidSubject(subject), valid, `valid ${name}`);
    assert.equal(validate.isValidLiteralSubject(subject), literal, `literal ${name}`);
    assert.equal(validate.isValidPublishSubject(subject), publish, `publish ${name}`);
  }
});

test('the byte range forms agree with the string forms at any offset', () => {
  fc.assert(
    fc.property(subjectLike, subjectLike, subjectLike, (before, subject, after) => {
      const buf = Buffer.from(before + subject + after, 'latin1');
      const start = before.length;
      const end = start + subject.length;
      const pairs: [(s: string) => unknown, (b: Uint8Array, s: number, e: number) => unknown][] = [
        [validate.isInsertableSubject, validate.isInsertableSubjectBytes],
        [validate.isValidSubject, validate.isValidSubjectBytes],
        [validate.isValidLiteralSubject, validate.isValidLiteralSubjectBytes],
        [validate.isValidPublishSubject, validate.isValidPublishSubjectBytes],
        [tokens.isLiteral, tokens.isLiteralBytes],
        [tokens.hasWildcard, tokens.hasWildcardBytes],
        [tokens.tokenCount, tokens.tokenCountBytes],
      ];
      for (const [onString, onBytes] of pairs) {
        assert.equal(onBytes(buf, start, end), onString(subject), onString.name);
      }
    }),
  );
});

test('validity follows from the tokens', () => {
  fc.assert(
    fc.property(subjectLike, (subject) => {
      const list = tokens.splitTokens(subject);
      const full = list.indexOf('>');
      const obvious = !list.includes('') && (full < 0 || full === list.length - 1);
      assert.equal(validate.isInsertableSubject(subject), obvious);
      assert.equal(validate.isValidSubject(subject), obvious && !/[ \t\n\f\r]/.test(subject));
      assert.equal(tokens.hasWildcard(subject), list.some(tokens.isWildcardToken));
      list.forEach((token, i) => {
        assert.equal(tokens.tokenAt(subject, i + 1), token);
      });
      assert.equal(tokens.tokenAt(subject, list.length + 1), '');
      assert.equal(tokens.tokenAt(subject, 0), '');
    }),
  );
});
