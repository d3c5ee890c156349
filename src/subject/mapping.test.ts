import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SubjectMappings } from './mapping.ts';

/** Draws 0, 1, … 99 in turn, so that a hundred matches show the exact shares. */
function everyDraw() {
  let next = 0;
  return { below: (n: number) => next++ % n, bytes: (n: number) => Buffer.alloc(n) };
}

function to(subject: string, weight = 100, cluster = '') {
  return { subject, weight, cluster };
}

function shares(mappings: SubjectMappings, subject: string, cluster = '') {
  const counts: Record<string, number> = {};
  for (let i = 0; i < 100; i++) {
    const mapped = mappings.match(subject, cluster) ?? 'dropped';
    counts[mapped] = (counts[mapped] ?? 0) + 1;
  }
  return counts;
}

function mappingsOf(source: string, ...destinations: ReturnType<typeof to>[]) {
  const mappings = new SubjectMappings(everyDraw());
  mappings.add(source, destinations);
  return mappings;
}

test('an unmapped subject stays as it is, a mapped one is not mapped twice', () => {
  const mappings = mappingsOf('loop.*', to('a.$1'));
  mappings.add('a.*', [to('b.$1')]);
  assert.equal(mappings.match('other'), 'other');
  assert.equal(mappings.match('loop.1'), 'a.1');
  assert.equal(mappings.match('a.*'), 'b.*');
  assert.equal(mappings.match('a.>'), 'a.>');
  assert.equal(mappings.has('a.x'), true);
  assert.equal(mappings.has('x'), false);
});

test('what the weights leave goes to the source', () => {
  const mappings = mappingsOf('w.*', to('w1.$1', 30), to('w2.$1', 30));
  assert.deepEqual(shares(mappings, 'w.z'), { 'w1.z': 30, 'w2.z': 30, 'w.z': 40 });
});

test('listing the source means loss', () => {
  const mappings = mappingsOf('w', to('w', 90), to('x', 5));
  assert.deepEqual(shares(mappings, 'w'), { w: 90, x: 5, dropped: 5 });
});

test('a cluster with destinations of its own uses only those', () => {
  const mappings = mappingsOf('c.*', to('east.$1', 80, 'east'), to('any.$1', 60));
  assert.deepEqual(shares(mappings, 'c.1', 'east'), { 'east.1': 80, 'c.1': 20 });
  assert.deepEqual(shares(mappings, 'c.1', 'west'), { 'any.1': 60, 'c.1': 40 });
  const only = mappingsOf('c.*', to('east.$1', 100, 'east'));
  assert.deepEqual(shares(only, 'c.1', 'west'), { 'c.1': 100 });
});

test('an empty destination drops', () => {
  assert.equal(mappingsOf('foo', to('')).match('foo'), undefined);
});

test('the first mapping that matches wins; replacing keeps its place, removing does not', () => {
  const mappings = mappingsOf('a.*', to('first'));
  mappings.add('*.b', [to('second')]);
  mappings.add('c', [to('third')]);
  mappings.add('a.*', [to('again')]);
  assert.equal(mappings.match('a.b'), 'again');
  assert.equal(mappings.remove('a.*'), true);
  assert.equal(mappings.remove('a.*'), false);
  assert.deepEqual(mappings.sources(), ['c', '*.b']);
  assert.equal(mappings.match('a.b'), 'second');
});

test('a literal mapping tried first partitions by nothing, as recorded from nats-server', () => {
  assert.equal(mappingsOf('lit', to('bar.{{partition(10)}}')).match('lit'), 'bar.1');
});

test('wrong mappings are refused in the words of nats-server', () => {
  const cases: [string, ReturnType<typeof to>[], string][] = [
    ['a..b', [to('x')], 'invalid subject'],
    ['a', [to('x', 101)], 'individual weights need to be <= 100'],
    ['a', [to('x', 60), to('y', 60)], 'total weight needs to be <= 100'],
    ['a', [to('x', 60), to('x', 10)], 'duplicate entry for "x"'],
    ['a', [to('x', 60), to('x', 10, 'east')], 'duplicate entry for "x"'],
    ['a', [to('b c')], 'invalid mapping destination: invalid transform'],
    ['a.*', [to('b.*')], 'invalid subject'],
    ['a', [to('b.$1')], 'invalid mapping destination: wildcard index out of range in $1'],
  ];
  for (const [source, destinations, message] of cases) {
    const mappings = new SubjectMappings(everyDraw());
    assert.throws(() => mappings.add(source, destinations), { message });
    assert.equal(mappings.size, 0);
  }
  const both = mappingsOf('a', to('x', 60), to('y', 60, 'east'));
  assert.equal(both.size, 1, 'weights add up per cluster');
});
