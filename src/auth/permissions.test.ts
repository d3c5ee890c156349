import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isSubsetMatch, matchesSubject } from '../subject/match.ts';
import {
  clientMaySubscribe,
  InvalidPermission,
  PermissionSet,
  type PermissionsInput,
  parseSubjectQueue,
} from './permissions.ts';

interface Lists {
  allow?: string[] | undefined;
  deny?: string[] | undefined;
}

function build(parts: { publish?: Lists; subscribe?: Lists; response?: [number, bigint] }) {
  const lists = (l: Lists | undefined) => l && { allow: l.allow, deny: l.deny };
  const input: PermissionsInput = {
    publish: lists(parts.publish),
    subscribe: lists(parts.subscribe),
    response: parts.response && { maxMsgs: parts.response[0], expiresNs: parts.response[1] },
  };
  return new PermissionSet(input);
}

const subjectTokens = fc.constantFrom('a', 'b', 'c');
const literal = fc.array(subjectTokens, { minLength: 1, maxLength: 3 }).map((t) => t.join('.'));
const pattern = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', 'c', '*'), { minLength: 1, maxLength: 3 }),
    fc.boolean(),
  )
  .map(([tokens, full]) => (full ? [...tokens.slice(1), '>'] : tokens).join('.'));
const queue = fc.constantFrom('', 'q', 'q.1', 'q.2', 'v');
const entryQueue = fc.constantFrom('', '', '', 'q', 'q.*', 'q.1', '>', 'v');
const entry = fc.tuple(pattern, entryQueue).map(([p, q]) => (q === '' ? p : `${p} ${q}`));
const entries = fc.option(fc.array(entry, { maxLength: 4 }), { nil: undefined });

/** The rule in the words of the manual, for one literal subject. */
function listed(list: readonly string[], subject: string, queueName: string): boolean {
  return list.some((text) => {
    const [p = '', q = ''] = text.split(' ');
    const queueFits =
      q === '' || (queueName !== '' && (q === queueName || isSubsetMatch(queueName, q)));
    return queueFits && matchesSubject(p, subject);
  });
}

test('CVE-2022-29946, GHSA-wh7g-5m82-pmhr, GHSA-jx8g-9g95-6322: delivered is allow without deny', () => {
  let delivered = 0;
  let heldBack = 0;
  fc.assert(
    fc.property(
      entries,
      entries,
      pattern,
      queue,
      literal,
      (allow, deny, sub, queueName, subject) => {
        const permissions = build({ subscribe: { allow, deny } });
        fc.pre(permissions.canSubscribe(sub, queueName) && matchesSubject(sub, subject));
        const filter = permissions.denyFilterFor(sub, queueName);
        const denies = filter?.denies(subject) ?? false;
        const allowed = !allow?.length || listed(allow, subject, queueName);
        const denied = listed(deny ?? [], subject, queueName);
        assert.equal(!denies, allowed && !denied, `SUB ${sub} ${queueName} gets ${subject}`);
        if (denies) heldBack++;
        else delivered++;
      },
    ),
    { numRuns: 4000 },
  );
  assert.ok(delivered > 300 && heldBack > 30, `both sides were tried: ${delivered}, ${heldBack}`);
});

test('publishing follows the lists, by string and by bytes, first time and cached', () => {
  const patterns = fc.option(fc.array(pattern, { maxLength: 4 }), { nil: undefined });
  fc.assert(
    fc.property(
      patterns,
      patterns,
      fc.array(literal, { maxLength: 20 }),
      (allow, deny, subjects) => {
        const permissions = build({ publish: { allow, deny } });
        for (const subject of [...subjects, ...subjects]) {
          const allowed = !allow?.length || allow.some((p) => matchesSubject(p, subject));
          const expected = allowed && !(deny ?? []).some((p) => matchesSubject(p, subject));
          const buf = Buffer.from(`PUB ${subject} 0`);
          assert.equal(permissions.canPublish(subject), expected, subject);
          assert.equal(permissions.canPublishBytes(buf, 4, 4 + subject.length), expected, subject);
        }
      },
    ),
  );
});

test('subscribing is answered as nats-server answers', () => {
  const allowing = build({ subscribe: { allow: ['foo.* q.*', 'bar', 'bar v1', 'b.> g.>'] } });
  const denying = build({ subscribe: { deny: ['foo.*', 'x.> q*', 'y.a q.*'] } });
  const narrow = build({ subscribe: { allow: ['foo.*', 'r.*'] } });
  // Recorded from nats-server 2.15.2: set, subject, queue, accepted.
  const recorded: [PermissionSet, string, string, boolean][] = [
    [allowing, 'foo.a', '', false],
    [allowing, 'foo.a', 'q.1', true],
    [allowing, 'foo.a', 'q', false],
    [allowing, 'foo.*', 'q.*', true],
    [allowing, 'foo.>', 'q.>', false],
    [allowing, 'foo.>', 'q.*', true],
    [allowing, 'bar', '', true],
    [allowing, 'bar', 'v1', true],
    [allowing, 'bar', 'v2', false],
    [allowing, 'b.c', 'g.1', true],
    [allowing, 'b.c', 'g', false],
    [allowing, 'b.>', 'g.*.x', true],
    [allowing, 'b.c', 'h', false],
    [allowing, 'bar', '_sys_', false],
    [denying, 'foo.>', '', false],
    [denying, 'foo.*', '', false],
    [denying, 'foo.a', '', false],
    [denying, '>', '', true],
    [denying, 'x.*', 'q', true],
    [denying, 'x.*', 'q*', false],
    [denying, 'y.*', 'q.1', true],
    [denying, 'y.a', 'q.1', false],
    [denying, 'y.a', 'q.1.2', true],
    [narrow, 'foo.>', '', true],
    [narrow, 'foo.*.*', '', false],
    [narrow, '>', '', false],
    [narrow, '*', '', false],
    [narrow, 'foo.x', '', true],
  ];
  for (const [permissions, subject, queueName, accepted] of recorded) {
    const got = clientMaySubscribe(permissions, subject, queueName);
    assert.equal(got, accepted, `SUB ${subject} ${queueName}`);
  }
  assert.equal(clientMaySubscribe(undefined, 'foo', '_sys_'), false);
  assert.equal(clientMaySubscribe(undefined, 'foo', 'q'), true);
});

test('a wildcard subscription gets what is denied filtered out, per queue', () => {
  const denying = build({ subscribe: { deny: ['foo.*', 'x.> q*', 'y.a q.*'] } });
  const plain = denying.denyFilterFor('>');
  assert.deepEqual(
    ['foo.a.b', 'foo.a', 'y.a', 'x.y'].map((s) => plain?.denies(s)),
    [false, true, false, false],
  );
  assert.equal(denying.denyFilterFor('y.*', 'q.1')?.denies('y.a'), true);
  assert.equal(denying.denyFilterFor('y.*', 'other')?.denies('y.a'), undefined);
  assert.equal(denying.denyFilterFor('z.>'), undefined);
  assert.equal(denying.denyFilterFor('y.a'), undefined);
  assert.equal(denying.denyFilterFor('>'), plain, 'subscriptions share the filter');
});

test('a subscription wider than the allow list gets what is allowed only', () => {
  const narrow = build({ subscribe: { allow: ['foo.*'] } });
  const filter = narrow.denyFilterFor('foo.>');
  assert.equal(filter?.denies('foo.a'), false);
  assert.equal(filter?.denies('foo.a.b'), true);
  const buf = Buffer.from('foo.a.b');
  assert.equal(filter?.deniesBytes(buf, 0, 7), true);
  assert.equal(filter?.deniesBytes(buf, 0, 7), true);
  assert.equal(filter?.deniesBytes(buf, 0, 5), false);
  assert.equal(narrow.denyFilterFor('foo.*'), undefined);
});

test('filters are bounded although queue names are the client’s', () => {
  const denying = build({ subscribe: { deny: ['a.b'] } });
  const filters = new Set();
  for (let i = 0; i < 1000; i++) filters.add(denying.denyFilterFor('a.*', `q${i}`));
  assert.equal(filters.size, 1000);
  assert.equal(denying.denyFilterFor('a.*', 'q1'), denying.denyFilterFor('a.*', 'q1'));
  assert.notEqual(denying.denyFilterFor('a.*', 'q999'), denying.denyFilterFor('a.*', 'q999'));
});

test('an empty allow list is no list, except beside allow_responses', () => {
  assert.equal(build({ publish: { allow: [] } }).canPublish('a'), true);
  assert.equal(build({ subscribe: { allow: [] } }).canSubscribe('a'), true);
  assert.equal(build({ publish: { deny: [] } }).restrictsPublish, false);
  assert.equal(build({ response: [0, 0n] }).canPublish('a'), false);
  assert.equal(build({ publish: { allow: [] }, response: [0, 0n] }).canPublish('a'), false);
  assert.equal(build({ publish: { deny: ['x'] }, response: [0, 0n] }).canPublish('a'), false);
  assert.equal(build({ publish: { allow: ['a'] }, response: [0, 0n] }).canPublish('a'), true);
});

test('entries are subjects with an optional queue, in wire form', () => {
  assert.deepEqual(parseSubjectQueue('  foo.*\tq.> '), { subject: 'foo.*', queue: 'q.>' });
  assert.deepEqual(parseSubjectQueue('é'), { subject: '\xc3\xa9', queue: '' });
  for (const wrong of ['', ' ', 'a b c', 'a..b', 'a q..1', '>.a']) {
    assert.throws(() => parseSubjectQueue(wrong), InvalidPermission, wrong);
  }
  assert.equal(build({ publish: { deny: ['a q'] } }).canPublish('a'), false);
  assert.throws(() => build({ subscribe: { deny: ['a..b'] } }), InvalidPermission);
});

test('many subjects in a small cache never give a wrong verdict', () => {
  const permissions = build({ publish: { allow: ['even.*'] } });
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 5000; i++) {
      const subject = `${i % 2 ? 'odd' : 'even'}.${i}${'x'.repeat(i % 200)}`;
      const buf = Buffer.from(subject);
      assert.equal(permissions.canPublishBytes(buf, 0, buf.length), i % 2 === 0, subject);
    }
  }
});
