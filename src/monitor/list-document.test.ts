import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { goJson } from '../base/go-json.ts';
import { listBody } from './list-document.ts';

test('pieces together are the text of the whole document', () => {
  fc.assert(
    fc.property(
      fc.nat(400),
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.jsonValue(),
      (count, members, value) => {
        const { list: _, ...head } = members as Record<string, unknown>;
        const entries = Array.from({ length: count }, (_unused, i) => i);
        const build = (entry: number) => ({ entry, value, text: '\n<]}' });
        const body = listBody({ head, listKey: 'list', entries, build });
        const whole = goJson({ ...head, list: entries.map(build) }, 2);
        assert.equal(typeof body === 'string' ? body : [...body].join(''), whole);
        assert.equal(typeof body === 'string', count <= 128);
      },
    ),
    { numRuns: 40 },
  );
});

test('an entry is built when its piece is asked for', () => {
  let built = 0;
  const entries = new Array(1000).fill(0);
  const body = listBody({ head: {}, listKey: 'list', entries, build: () => ++built });
  assert.equal(built, 0);
  const pieces = (body as Iterable<string>)[Symbol.iterator]();
  pieces.next();
  pieces.next();
  assert.ok(built > 0 && built <= 128);
});
