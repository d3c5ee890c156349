import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { matchesSubject, subjectsCollide } from './match.ts';
import type { Route } from './route.ts';
import { InvalidSubjectError, Sublist } from './sublist.ts';
import { Subscription } from './subscription.ts';

/*
 * The sublist against the obvious matcher. Small alphabets make collisions of subjects likely; a
 * second alphabet holds every byte value. Each match is asked three times, so that the uncached
 * answer, the one that admits a route and the cached one are all compared.
 */

const token = fc.constantFrom('a', 'b', 'c', '*a', '>b', '');
const wildToken = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', '*a', '>b') },
  { weight: 2, arbitrary: fc.constant('*') },
);
const pattern = fc
  .tuple(fc.array(wildToken, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([tokens, full]) => (full ? [...tokens.slice(1), '>'] : tokens).join('.'));
const literal = fc
  .array(fc.oneof(token, fc.constantFrom('a', 'b', 'c'), fc.constantFrom('*', '>')), {
    minLength: 1,
    maxLength: 5,
  })
  .map((tokens) => tokens.join('.'));
const queue = fc.constantFrom('', '', '', 'q', 'r');

/** Any byte but the dot, so that a token is never split. */
const byteToken = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 4 })
  .map((bytes) => Buffer.from(bytes.map((b) => (b === 0x2e ? 0x2f : b))).toString('latin1'));

type Step =
  | { kind: 'insert'; subject: string; queue: string }
  | { kind: 'remove'; pick: number }
  | { kind: 'match'; pick: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), subject: pattern, queue }),
  fc.record({ kind: fc.constant('remove' as const), pick: fc.nat(1000) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('match' as const), pick: fc.nat(1000) }) },
);

/** What a route says, without its order: plain sids, and the sids of each group. */
function answer(route: Route): Record<string, string[]> {
  const result: Record<string, string[]> = { '': route.plain.subs.map((s) => s.sid).sort() };
  for (const group of route.groups) {
    assert.equal(result[group.name], undefined, 'a group is listed once');
    assert.ok(group.members.subs.length > 0, 'no group of a route is empty');
    result[group.name] = group.members.subs.map((s) => s.sid).sort();
  }
  return result;
}

function expected(subs: Iterable<Subscription>, subject: string): Record<string, string[]> {
  const result: Record<string, string[]> = { '': [] };
  for (const sub of subs) {
    if (matchesSubject(sub.subject, subject)) (result[sub.queue] ??= []).push(sub.sid);
  }
  for (const sids of Object.values(result)) sids.sort();
  return result;
}

/** The encoded runs must be those of the listed subscriptions. */
function checkRuns(route: Route, subject: string): void {
  for (const members of [route.plain, ...route.groups.map((g) => g.members)]) {
    if (members.stale) members.rebuild(Buffer.from(subject, 'latin1'));
    assert.equal(members.offsets.length, members.subs.length + 1);
    members.subs.forEach((sub, i) => {
      const run = members.runs.latin1Slice(members.offsets[i], members.offsets[i + 1]);
      assert.equal(run, `${subject} ${sub.sid} `);
    });
  }
}

function checkMatch(list: Sublist, subs: Iterable<Subscription>, subject: string): void {
  const want = expected(subs, subject);
  const bytes = Buffer.from(`xx${subject}yy`, 'latin1');
  for (let round = 0; round < 3; round++) {
    const route = list.match(bytes, 2, 2 + subject.length);
    assert.deepEqual(answer(route), want, `match of ${JSON.stringify(subject)}, round ${round}`);
    checkRuns(route, subject);
  }
  assert.deepEqual(answer(list.matchString(subject)), want);
}

interface Setup {
  seed: number;
  cache: boolean;
  routesMax: number;
}

function run(setup: Setup, steps: readonly Step[], probes: readonly string[]): void {
  const list = new Sublist(setup.seed, setup.cache, setup.routesMax);
  const subs: Subscription[] = [];
  let next = 0;
  for (const one of steps) {
    if (one.kind === 'insert') {
      const sub = new Subscription({}, one.subject, one.queue, String(++next));
      list.insert(sub);
      subs.push(sub);
    } else if (one.kind === 'remove' && subs.length > 0) {
      const [sub] = subs.splice(one.pick % subs.length, 1);
      assert.equal(list.remove(sub!), true);
      assert.equal(list.remove(sub!), false, 'a second remove finds nothing');
    } else if (one.kind === 'match') {
      checkMatch(list, subs, probes[one.pick % probes.length]!);
    }
    assert.equal(list.count, subs.length);
    assert.ok(list.stats().cache <= setup.routesMax);
  }
  for (const subject of probes) checkMatch(list, subs, subject);
  const all = list.all().map((s) => s.sid);
  assert.deepEqual(all.sort(), subs.map((s) => s.sid).sort());
}

const setup: fc.Arbitrary<Setup> = fc.record({
  seed: fc.integer(),
  cache: fc.boolean(),
  routesMax: fc.constantFrom(4, 8, 8192),
});

test('any insert, remove and match gives the answers of the obvious matcher', () => {
  fc.assert(
    fc.property(
      setup,
      fc.array(step, { maxLength: 60 }),
      fc.array(literal, { minLength: 1, maxLength: 8 }),
      run,
    ),
    { numRuns: 400 },
  );
});

test('every byte value may stand in a token', () => {
  const bytePattern = fc
    .array(fc.oneof(byteToken, fc.constant('*')), { minLength: 1, maxLength: 3 })
    .filter((tokens) => !tokens.slice(0, -1).includes('>'))
    .map((tokens) => tokens.join('.'));
  fc.assert(
    fc.property(
      setup,
      fc.array(fc.tuple(bytePattern, queue), { minLength: 1, maxLength: 20 }),
      (with_, list) => {
        const steps: Step[] = list.map(([subject, q]) => ({ kind: 'insert', subject, queue: q }));
        run(
          with_,
          steps,
          list.map(([subject]) => subject),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('each single byte but the dot is a token of its own', () => {
  const list = new Sublist(7);
  const subs: Subscription[] = [];
  for (let byte = 0; byte < 256; byte++) {
    if (byte === 0x2e) continue;
    const sub = new Subscription({}, String.fromCharCode(byte), '', String(byte));
    list.insert(sub);
    subs.push(sub);
  }
  for (const sub of subs) checkMatch(list, subs, sub.subject);
});

test('a subject with an empty token has no receivers, also when interest comes later', () => {
  const list = new Sublist(2);
  const subjects = ['a..b', 'a.', '.a', '', '.', 'a.b.'];
  for (const subject of subjects) checkMatch(list, [], subject);
  const subs = ['>', 'a.>', '*.>', 'a.*'].map((s, i) => new Subscription({}, s, '', String(i)));
  for (const sub of subs) list.insert(sub);
  for (const subject of subjects) checkMatch(list, subs, subject);
});

test('reverse match finds the subscriptions that could share a message with the pattern', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(pattern, queue), { maxLength: 20 }), pattern, (list, asked) => {
      const sublist = new Sublist(1);
      const subs = list.map(([subject, q], i) => new Subscription({}, subject, q, String(i)));
      for (const sub of subs) sublist.insert(sub);
      const found = sublist.reverseMatch(asked).map((s) => s.sid);
      const want = subs.filter((s) => subjectsCollide(asked, s.subject)).map((s) => s.sid);
      assert.deepEqual(found.sort(), want.sort());
    }),
    { numRuns: 500 },
  );
});

test('subjects that are not insertable are refused and leave nothing behind', () => {
  const list = new Sublist(1);
  for (const subject of ['', '.', 'a.', '.a', 'a..b', '>.a', 'a.>.b']) {
    const sub = new Subscription({}, subject, '', '1');
    assert.throws(() => list.insert(sub), InvalidSubjectError, subject);
  }
  assert.equal(list.count, 0);
  assert.deepEqual(list.all(), []);
});

test('a cached route lives on over changes of interest and dies when it is evicted', () => {
  const list = new Sublist(3, true, 4);
  list.matchString('a.b');
  const route = list.matchString('a.b');
  assert.equal(route.dead, false);
  const sub = new Subscription({}, 'a.*', '', '1');
  list.insert(sub);
  assert.equal(list.matchString('a.b'), route);
  assert.deepEqual(route.plain.subs, [sub]);
  for (let i = 0; i < 40; i++) {
    list.matchString(`other.${i}`);
    list.matchString(`other.${i}`);
  }
  assert.equal(route.dead, true);
  assert.ok(list.stats().cache <= 4);
});

test('subjects seen once do not push out those that repeat', () => {
  const list = new Sublist(5, true, 16);
  list.matchString('hot');
  const route = list.matchString('hot');
  for (let i = 0; i < 2000; i++) assert.equal(list.matchString(`_INBOX.${i}`).dead, true);
  assert.equal(route.dead, false);
  assert.equal(list.matchString('hot'), route);
});

test('a subject of two thousand tokens is matched without trouble', () => {
  const list = new Sublist(9);
  const subject = new Array(2000).fill('t').join('.');
  const stars = new Array(2000).fill('*').join('.');
  const subs = [subject, stars, 't.>', '>'].map((s, i) => new Subscription({}, s, '', String(i)));
  for (const sub of subs) list.insert(sub);
  checkMatch(list, subs, subject);
  for (const sub of subs) list.remove(sub);
  checkMatch(list, [], subject);
});

test('a queue group of 200,000 members is matched', () => {
  const list = new Sublist(9);
  for (const subject of ['x', '*']) {
    for (let i = 0; i < 200_000; i++) list.insert(new Subscription({}, subject, 'q', `${i}`));
  }
  assert.equal(list.matchString('x').groups[0]?.members.subs.length, 400_000);
  assert.equal(list.all().length, 400_000);
});

test('a queue group of 200,000 members is left by all of them in no time', () => {
  const list = new Sublist(9);
  const subs = Array.from({ length: 200_000 }, (_, i) => new Subscription({}, 'a', 'q', `${i}`));
  for (const sub of subs) list.insert(sub);
  const start = performance.now();
  for (const sub of subs) assert.equal(list.remove(sub), true);
  assert.ok(performance.now() - start < 1500, 'each removal searched the group');
  assert.equal(list.count, 0);
});

function cached(list: Sublist, count: number): Route[] {
  const routes: Route[] = [];
  for (let i = 0; i < count; i++) {
    list.matchString(`a.${i}`);
    routes.push(list.matchString(`a.${i}`));
  }
  return routes;
}

test('a dead route holds no other route', () => {
  const list = new Sublist(3, true, 64);
  const routes = cached(list, 200);
  const dead = routes.filter((route) => route.dead);
  assert.ok(dead.length > 100);
  for (const route of dead) {
    assert.deepEqual(
      [route.nextInBucket, route.nextInToken, route.prevInToken],
      [null, null, null],
    );
  }
});

test('wildcards that change faster than messages flow empty the cache instead of walking it', () => {
  for (const pattern of ['>', '*.1', 'a.*']) {
    const list = new Sublist(3);
    const routes = cached(list, 8000);
    assert.equal(list.stats().cache, 8000);
    const sub = new Subscription({}, pattern, '', '1');
    // Messages in between pay for the walks.
    for (let i = 0; i < 20; i++) {
      list.insert(sub);
      for (let j = 0; j < 600; j++) list.matchString('a.7');
      list.remove(sub);
      for (let j = 0; j < 600; j++) list.matchString('a.7');
    }
    assert.equal(list.stats().cache, 8000, pattern);
    for (let i = 0; i < 20; i++) {
      list.insert(sub);
      list.remove(sub);
    }
    assert.equal(list.stats().cache, 0, pattern);
    assert.ok(routes.every((route) => route.dead));
    list.insert(sub);
    assert.deepEqual(answer(list.matchString('a.1')), { '': ['1'] });
    assert.deepEqual(answer(cached(list, 2)[1]!), { '': ['1'] });
  }
});
