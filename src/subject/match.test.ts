import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isSubsetMatch, matchesSubject, subjectsCollide } from './match.ts';

const pattern = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([tokens, full]) => [...tokens.slice(full ? 1 : 0), ...(full ? ['>'] : [])].join('.'));

/** Every literal of up to four tokens over a, b and a third token that no pattern names. */
const literals: string[] = [];
for (let length = 1; length <= 4; length++) {
  for (let n = 0; n < 3 ** length; n++) {
    const digits = n.toString(3).padStart(length, '0');
    literals.push([...digits].map((d) => 'abz'[Number(d)]).join('.'));
  }
}

test('matching knows wildcards as whole tokens', () => {
  const cases: [string, string, boolean][] = [
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.>', 'a', false],
    ['a.>', 'a.b.c', true],
    ['>', 'a', true],
    ['*', 'a.b', false],
    ['a.*b', 'a.xb', false],
    ['a.*b', 'a.*b', true],
    ['a.*', 'a.*', true],
    ['a.*', 'a.>', true],
    ['a.>', 'a.*.b', true],
    ['a.b', 'a.*', false],
    ['a.>', 'a..b', false],
    ['a.>', 'a.b.', false],
    ['*', '', false],
  ];
  for (const [wanted, literal, expected] of cases) {
    assert.equal(matchesSubject(wanted, literal), expected, `${wanted} ${literal}`);
  }
});

test('a subset matches nothing that its superset does not', () => {
  fc.assert(
    fc.property(pattern, pattern, (a, b) => {
      const obvious = literals.every((l) => !matchesSubject(a, l) || matchesSubject(b, l));
      assert.equal(isSubsetMatch(a, b), obvious, `${a} ⊆ ${b}`);
    }),
    { numRuns: 400 },
  );
});

test('two patterns collide exactly when a literal matches both', () => {
  fc.assert(
    fc.property(pattern, pattern, (a, b) => {
      const obvious = literals.some((l) => matchesSubject(a, l) && matchesSubject(b, l));
      assert.equal(subjectsCollide(a, b), obvious, `${a} and ${b}`);
      assert.equal(subjectsCollide(b, a), obvious, `${b} and ${a}`);
    }),
    { numRuns: 400 },
  );
});
