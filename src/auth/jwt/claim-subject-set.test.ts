import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isContainedIn } from './claim-subject.ts';
import { ClaimSubjectSet } from './claim-subject-set.ts';

const token = fc.constantFrom('a', 'b', '*', '>', '');
const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));

test('the set finds what comparing each with each finds', () => {
  fc.assert(
    fc.property(fc.array(subject), subject, (subjects, one) => {
      const set = new ClaimSubjectSet();
      for (const other of subjects) set.add(other);
      const others = [...new Set(subjects)].filter((other) => other !== one).sort();
      const containing = others.filter((other) => isContainedIn(one, other));
      const within = others.filter((other) => isContainedIn(other, one));
      assert.deepEqual(set.containing(one).sort(), containing);
      assert.deepEqual(set.within(one).sort(), within);
    }),
    { numRuns: 1000 },
  );
});
