import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  partitionOf,
  SubjectTransform,
  tokenizeTransform,
  untokenizeTransform,
  validateMapping,
} from './transform.ts';

const random = { below: () => 0, bytes: (n: number) => Buffer.alloc(n) };

// Recorded from nats-server 2.15.2.
/** source, destination, subject, then `=result`, or the error of making (E:) or of matching (M:). */
const recorded: readonly (readonly string[])[] = [
  ['foo', 'bar', 'foo', '=bar'],
  ['foo.*', 'bar.$1', 'foo.x', '=bar.x'],
  ['foo.*.*', 'bar.$2.$1', 'foo.a.b', '=bar.b.a'],
  ['foo.*.*', 'bar.{{wildcard(2)}}.{{ Wildcard( 1 ) }}', 'foo.a.b', '=bar.b.a'],
  [
    'foo.*',
    'bar.{{WILDCARD(1)}}',
    'foo.a',
    'E:invalid mapping destination: unknown function in {{WILDCARD(1)}}',
  ],
  ['*', '$0', 'x', '=x'],
  ['a.*.c.>', 'z.$1.>', 'a.b.c.d.e', '=z.b.d.e'],
  ['>', 'p.>', 'a.b', '=p.a.b'],
  ['>', '>', 'a..b', '=a..b'],
  ['', 'q.>', 'a', '=q.a'],
  ['p.>', '>', 'p.a.b', '=a.b'],
  ['foo.*.*', '{{partition(10,1,2)}}', 'foo.a.b', '=6'],
  ['*', 'part.{{partition(5,1)}}', 'baz', '=part.0'],
  ['*.*', '{{partition(3)}}.$1', 'a.b', '=1.a'],
  ['foo', '{{partition(7)}}', 'foo', '=2'],
  ['*', '{{partition(0,1)}}', 'a', '=0'],
  ['*', '{{partition(-5,1)}}', 'a', '=3826002220'],
  [
    '*',
    '{{partition(2147483648,1)}}',
    'a',
    'E:invalid mapping destination: function argument is invalid or in the wrong format in {{partition(2147483648,1)}}',
  ],
  ['*', '{{split(1,-)}}', 'ab-cd-ef', '=ab.cd.ef'],
  ['*', '{{split(1,-)}}', '-ab--cd-', '=ab.cd'],
  ['*', '{{split(1,-)}}', '--', '='],
  ['*', '{{split(1,)}}', 'abc', '=a.b.c'],
  ['*', '{{split(1,b)}}', 'abc', '=a.c'],
  ['*', '{{split(1, )}}', 'abc', '=a.b.c'],
  [
    '*',
    '{{split(1,a b)}}',
    'abc',
    'E:invalid mapping destination: function argument is invalid or in the wrong format in {{split(1,a b)}}',
  ],
  [
    '*',
    '{{split(1)}}',
    'abc',
    'E:invalid mapping destination: not enough arguments passed to the function in {{split(1)}}',
  ],
  [
    '*',
    '{{split(1,a,b)}}',
    'abc',
    'E:invalid mapping destination: too many arguments passed to the function in {{split(1,a,b)}}',
  ],
  ['*', '{{splitFromLeft(1,3)}}', '12345', '=123.45'],
  ['*', '{{SplitFromRight(1,3)}}', '12345', '=12.345'],
  ['*', '{{splitFromLeft(1,5)}}', '12345', '=12345'],
  ['*', '{{splitFromLeft(1,0)}}', '12345', '=12345'],
  ['*', '{{splitfromright(1,3)}}', '12345', '=12.345'],
  ['*', '{{sliceFromLeft(1,3)}}', '1234567890', '=123.456.789.0'],
  ['*', '{{SliceFromRight(1,3)}}', '1234567890', '=1.234.567.890'],
  ['*', '{{sliceFromLeft(1,5)}}', '1234567890', '=12345.67890'],
  ['*', '{{sliceFromRight(1,2)}}', '1234567890', '=12.34.56.78.90'],
  ['*', '{{sliceFromLeft(1,10)}}', '1234567890', '=1234567890'],
  ['*', '{{left(1,2)}}', 'abc', '=ab'],
  ['*', '{{Right(1,2)}}', 'abc', '=bc'],
  ['*', '{{left(1,9)}}', 'abc', '=abc'],
  ['*', '{{right(1,-1)}}', 'abc', '=abc'],
  [
    '*',
    '{{left(1)}}',
    'abc',
    'E:invalid mapping destination: not enough arguments passed to the function in {{left(1)}}',
  ],
  [
    '*',
    '{{left(x,1)}}',
    'abc',
    'E:invalid mapping destination: function argument is invalid or in the wrong format in {{left(x,1)}}',
  ],
  [
    '*',
    '{{left(1,2147483648)}}',
    'abc',
    'E:invalid mapping destination: function argument is invalid or in the wrong format in {{left(1,2147483648)}}',
  ],
  [
    '*',
    '{{left(1,1,1)}}',
    'abc',
    'E:invalid mapping destination: too many arguments passed to the function in {{left(1,1,1)}}',
  ],
  [
    '*',
    '{{wildcard()}}',
    'a',
    'E:invalid mapping destination: not enough arguments passed to the function in {{wildcard()}}',
  ],
  [
    '*',
    '{{wildcard(1,2)}}',
    'a',
    'E:invalid mapping destination: too many arguments passed to the function in {{wildcard(1,2)}}',
  ],
  [
    '*',
    '{{wildcard(x)}}',
    'a',
    'E:invalid mapping destination: function argument is invalid or in the wrong format in {{wildcard(x)}}',
  ],
  [
    '*',
    '{{wildcard(2)}}',
    'a',
    'E:invalid mapping destination: wildcard index out of range in {{wildcard(2)}}: [2]',
  ],
  ['*', '$2', 'a', 'E:invalid mapping destination: wildcard index out of range in $2: [2]'],
  ['*', '$JS.a', 'a', '=$JS.a'],
  ['*', '{{unknown(1)}}', 'a', 'E:invalid mapping destination: unknown function in {{unknown(1)}}'],
  ['*', '{{}}.b', 'a', '={{}}.b'],
  ['*', '{{ab}}', 'a', 'E:invalid mapping destination: unknown function in {{ab}}'],
  ['*', 'x{{wildcard(1)}}', 'a', '=x{{wildcard(1)}}'],
  [
    '*',
    '{{random()}}',
    'a',
    'E:invalid mapping destination: function argument is invalid or in the wrong format in {{random()}}',
  ],
  [
    '*',
    '{{random(1,2)}}',
    'a',
    'E:invalid mapping destination: not enough arguments passed to the function in {{random(1,2)}}',
  ],
  ['*', '{{random(1)}}', 'a', '=0'],
  ['*', '{{random(0)}}', 'a', '=0'],
  ['foo', 'bar.$1', 'foo', 'E:invalid mapping destination: wildcard index out of range in $1'],
  [
    'foo',
    '{{wildcard(1)}}',
    'foo',
    'E:invalid mapping destination: wildcard index out of range in {{wildcard(1)}}',
  ],
  ['foo.*', 'bar.*', 'foo.a', 'E:invalid subject'],
  ['foo.>', 'bar', 'foo.a', 'E:invalid subject'],
  ['foo', 'bar.>', 'foo', 'E:invalid subject'],
  ['foo..a', 'bar', 'x', 'E:invalid subject'],
  ['foo', 'bar..a', 'x', 'E:invalid subject'],
  ['foo.>.a', 'x', 'y', 'E:invalid subject'],
  ['foo', '', 'foo', 'nil'],
  ['foo.*', 'bar.$1', 'bar.x', 'M:no matching transforms available'],
  ['foo.*', 'bar.$1', 'foo.*', 'M:invalid subject'],
  ['foo.*', 'bar.$1', 'foo.', 'M:invalid subject'],
  ['foo.*', 'bar', 'foo.a', '=bar'],
  ['*', '{{left(1,1)}}', 'h\xc3\xa9', '=h'],
  ['*', '{{split(1,)}}', 'h\xc3\xa9', '=h.\xc3\xa9'],
];

const recordedStrict: readonly (readonly string[])[] = [
  ['foo.*.*', 'bar.$2.$1', 'foo.a.b', '=bar.b.a'],
  [
    'foo.*.*',
    'bar.$1',
    'foo.a.b',
    'E:invalid mapping destination: not using all of the token wildcard(s) in bar.$1',
  ],
  [
    'foo.*',
    'bar.{{partition(3,1)}}',
    'foo.a',
    'E:invalid mapping destination: the only mapping function allowed for import transforms is {{Wildcard()}} in {{partition(3,1)}}',
  ],
  [
    'foo.*',
    'bar.{{random(3)}}',
    'foo.a',
    'E:invalid mapping destination: the only mapping function allowed for import transforms is {{Wildcard()}} in {{random(3)}}',
  ],
  ['foo.*', 'bar.{{wildcard(1)}}.$1', 'foo.a', '=bar.a.a'],
  ['foo.>', 'bar.>', 'foo.a', '=bar.a'],
  [
    'foo.*',
    'bar',
    'foo.a',
    'E:invalid mapping destination: not using all of the token wildcard(s) in bar',
  ],
  ['foo', 'bar', 'foo', '=bar'],
  ['foo', '{{random(1)}}', 'foo', '=0'],
];

/** source, destination, error text of the mapping check. */
const recordedValidation: readonly (readonly string[])[] = [
  ['foo', 'a..b', 'invalid mapping destination: invalid transform'],
  ['foo', 'a.>.c', 'invalid mapping destination: invalid transform in c'],
  ['foo', 'b c', 'invalid mapping destination: invalid transform'],
  ['foo.*', 'b.{{nope(1)}}', 'invalid mapping destination: unknown function in {{nope(1)}}'],
  ['foo.*', '{{left (1, 2)}}', ''],
  ['foo', '>', 'invalid subject'],
  ['foo.*', 'b.$2', 'invalid mapping destination: wildcard index out of range in $2: [2]'],
  ['foo', '', ''],
  ['foo', 'b.$1', 'invalid mapping destination: wildcard index out of range in $1'],
  ['foo', 'bar', ''],
];

function outcome(source: string, dest: string, subject: string, strict: boolean): string {
  let transform: SubjectTransform | undefined;
  try {
    transform = SubjectTransform.create(source, dest, { strict, random });
  } catch (error) {
    return `E:${(error as Error).message}`;
  }
  if (!transform) return 'nil';
  try {
    return `=${transform.match(subject)}`;
  } catch (error) {
    return `M:${(error as Error).message}`;
  }
}

test('transforms give the recorded subjects and errors', () => {
  for (const [source, dest, subject, want] of recorded as [string, string, string, string][]) {
    assert.equal(outcome(source, dest, subject, false), want, `${source} -> ${dest} of ${subject}`);
  }
});

test('strict transforms give the recorded subjects and errors', () => {
  for (const [source, dest, subject, want] of recordedStrict as [
    string,
    string,
    string,
    string,
  ][]) {
    assert.equal(outcome(source, dest, subject, true), want, `${source} -> ${dest} of ${subject}`);
  }
});

test('the mapping check gives the recorded errors', () => {
  for (const [source, dest, want] of recordedValidation as [string, string, string][]) {
    let got = '';
    try {
      validateMapping(source, dest, random);
    } catch (error) {
      got = (error as Error).message;
    }
    assert.equal(got, want, `${source} -> ${dest}`);
  }
});

test('random draws below its argument, also below a negative one', () => {
  const asked: number[] = [];
  const counting = { ...random, below: (n: number) => asked.push(n) - 1 };
  for (const n of ['7', '-7', '0']) {
    const transform = SubjectTransform.create('*', `r.{{random(${n})}}`, { random: counting });
    assert.match(transform?.match('a') ?? '', /^r\.[0-9]$/);
  }
  assert.deepEqual(asked, [7, 7]);
});

test('a partition is FNV-1a over bytes', () => {
  // Known answers of FNV-1a 32.
  assert.equal(partitionOf('', 2 ** 31 - 1), 0x811c9dc5 % (2 ** 31 - 1));
  assert.equal(partitionOf('foobar', 2 ** 31 - 1), 0xbf9cf968 % (2 ** 31 - 1));
});

test('a strict transform reverses', () => {
  const token = fc.constantFrom('a', 'b', 'x1');
  const shape = fc.array(fc.constantFrom('*', 'foo', 'bar'), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(shape, fc.infiniteStream(token), fc.boolean(), (shapeTokens, stream, full) => {
      const source = [...shapeTokens, ...(full ? ['>'] : [])].join('.');
      const wildcards = shapeTokens.filter((t) => t === '*').length;
      const places = Array.from({ length: wildcards }, (_, i) => `$${wildcards - i}`);
      const dest = ['to', ...places, ...(full ? ['>'] : [])].join('.');
      const forward = SubjectTransform.create(source, dest, { strict: true, random });
      const subject = shapeTokens.map((t) => (t === '*' ? stream.next().value : t)).join('.');
      const literal = full ? `${subject}.rest.of.it` : subject;
      const there = forward?.match(literal) as string;
      assert.equal(forward?.reverse()?.match(there), literal, `${source} -> ${dest}`);
    }),
  );
});

test('placeholders and wildcards convert', () => {
  assert.equal(tokenizeTransform('a.*.b.*.>'), 'a.$1.b.$2.>');
  assert.deepEqual(untokenizeTransform('a.$2.{{wildcard(1)}}.$JS.>'), {
    subject: 'a.*.*.$JS.>',
    placeholders: ['$2', '{{wildcard(1)}}'],
  });
});
