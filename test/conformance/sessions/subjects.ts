/** Subjects: tokens, wildcards, literal wildcards, pedantic mode, reserved prefixes, every byte. */
import type { Session } from '../session.ts';
import { each, named, pedantic, ping, pub, quiet, session } from './build.ts';

const odd = [
  'a',
  'a.b',
  'a.',
  '.a',
  'a..b',
  '.',
  '..',
  '*',
  '>',
  '*.*',
  'a.*',
  'a.>',
  '>.a',
  'a.>.b',
  'a>',
  'a*',
  '*a',
  'a.b*',
  'a.*b.c',
  'a.>b',
  '>>',
  '**',
  '*.>',
  '>.>',
  'a.*.>',
  '$SYS.x',
  '$SYS.>',
  '$JS.API.INFO',
  '_INBOX.a',
  '$G',
  '_GR_.a',
  '_R_.a',
  '$NRG.a',
  '$JS.ACK.a',
  '$GR.a',
  '$GNR.a',
  '$MQTT.a',
  '_SYS_.a',
  'A',
  '\u00e9',
  '\u00ff',
  'a,b',
  'a/b',
  'a{b}',
  '{{wildcard(1)}}',
  '"',
  "'",
  '\\',
  `${'a.'.repeat(40)}z`,
  'x'.repeat(300),
  '_',
  '$',
  '-ERR',
  '+OK',
];

const pairs: [string, string, string][] = [
  ['star matches one token', 'a.*', 'a.b'],
  ['star does not match two', 'a.*', 'a.b.c'],
  ['star does not match none', 'a.*', 'a'],
  ['tail matches one', 'a.>', 'a.b'],
  ['tail matches many', 'a.>', 'a.b.c.d'],
  ['tail does not match none', 'a.>', 'a'],
  ['full tail', '>', 'x.y'],
  ['stars', '*.*', 'x.y'],
  ['stars of another length', '*.*', 'x'],
  ['case', 'Foo', 'foo'],
  ['literal star', 'a*b', 'a*b'],
  ['literal star is no wildcard', 'a*b', 'axb'],
  ['literal tail', 'a.>b', 'a.>b'],
  ['publish to a wildcard', 'a.*', 'a.*'],
  ['publish to a tail', 'a.>', 'a.>'],
  ['publish wildcard to literal', 'a.b', 'a.*'],
  ['publish tail to a star', '*', '>'],
  ['middle star', 'a.*.c', 'a.b.c'],
  ['star then tail', 'a.*.>', 'a.b.c.d'],
  ['star then tail too short', 'a.*.>', 'a.b'],
  ['prefix is not a match', 'foo', 'foo.bar'],
  ['publish with an empty token', '>', 'a..b'],
  ['publish with a leading dot', '>', '.a'],
  ['publish with a trailing dot', '>', 'a.'],
  ['trailing dot and tail', 'a.>', 'a.'],
  ['trailing dot and star', 'a.*', 'a.'],
  ['wildcard and system', '>', '$SYS.foo'],
  ['star and system', '*.foo', '$SYS.foo'],
];

function everyByte(): Session[] {
  const all: Session[] = [];
  const blank = new Set([9, 10, 13, 32]);
  for (let from = 0; from < 256; from += 32) {
    const range = Array.from({ length: 32 }, (_, i) => from + i).filter((b) => !blank.has(b));
    const chars = range.map((b) => String.fromCharCode(b));
    const label = `bytes ${from} to ${from + 31}`;
    const forAll = (line: (char: string, i: number) => string) => chars.map(line).join('');
    all.push(
      session(
        `subject ${label}`,
        'plain',
        'SB-01',
        [
          [
            'a',
            `${quiet}${forAll((c, i) => `SUB s${c}x ${i}\r\n`)}${forAll((c) => pub(`s${c}x`, '1'))}PING\r\n`,
          ],
        ],
        { unordered: true },
      ),
      session(
        `subject in pedantic mode ${label}`,
        'plain',
        'SB-01 CP-22',
        [
          [
            'a',
            `${pedantic}${forAll((c, i) => `SUB s${c}x ${i}\r\n`)}${forAll((c) => pub(`s${c}x`, '1'))}PING\r\n`,
          ],
        ],
        { unordered: true },
      ),
      session(
        `sid ${label}`,
        'plain',
        'CP-15',
        [
          [
            'a',
            `${quiet}${forAll((c) => `SUB sid ${c}\r\n`)}${pub('sid', '1')}${forAll((c) => `UNSUB ${c}\r\n`)}${pub('sid', '2')}PING\r\n`,
          ],
        ],
        { unordered: true },
      ),
      session(
        `queue name ${label}`,
        'plain',
        'CP-15 CP-41',
        [['a', `${quiet}${forAll((c, i) => `SUB qn ${c} ${i}\r\n`)}${pub('qn', '1')}PING\r\n`]],
        { unordered: true },
      ),
      session(`reply ${label}`, 'plain', 'CP-42', [
        ['a', `${quiet}SUB rp 1\r\n${forAll((c) => pub('rp', '1', `r${c}x`))}PING\r\n`],
      ]),
      session(`payload ${label}`, 'plain', 'CP-13', [
        [
          'a',
          `${quiet}SUB pl 1\r\n${pub('pl', Array.from({ length: 32 }, (_, i) => String.fromCharCode(from + i)).join(''))}PING\r\n`,
        ],
      ]),
    );
  }
  return all;
}

export const subjects = [
  ...each(
    'subscribe to',
    'plain',
    'SB-01 SB-02 SB-03 SB-04 SB-23',
    named(odd.map((s) => `SUB ${s} 1\r\n`)),
    { before: quiet, after: ping },
  ),
  ...each(
    'subscribe with a queue to',
    'plain',
    'SB-01 CP-15',
    named(odd.map((s) => `SUB ${s} q 1\r\n`)),
    { after: ping },
  ),
  ...each(
    'queue named',
    'plain',
    'CP-15',
    named(
      ['a', 'a.b', 'a..b', '*', '>', 'a.*', '.', '_sys_', '$SYS', 'q,r', 'x'.repeat(200)].map(
        (q) => `SUB s ${q} 1\r\n`,
      ),
    ),
    {
      before: pedantic,
      after: `${pub('s', 'x')}${ping}`,
    },
  ),
  ...each('publish to', 'plain', 'SB-01 CP-46 T19', named(odd.map((s) => pub(s, 'x'))), {
    before: `${quiet}SUB > 1\r\n`,
    after: ping,
    flags: { unordered: true },
  }),
  ...each('pedantic publish to', 'plain', 'CP-22', named(odd.map((s) => pub(s, 'x'))), {
    before: `${pedantic}SUB > 1\r\n`,
    after: ping,
  }),
  ...each(
    'verbose pedantic publish to',
    'plain',
    'CP-22 CP-20',
    named(odd.slice(0, 26).map((s) => pub(s, 'x'))),
    { after: ping },
  ),
  ...each(
    'publish with the reply',
    'plain',
    'CP-46 AZ-06',
    named(odd.map((s) => pub('rr', 'x', s))),
    { before: `${quiet}SUB rr 1\r\n`, after: ping },
  ),
  ...each(
    'pedantic publish with the reply',
    'plain',
    'CP-22',
    named(odd.slice(0, 26).map((s) => pub('rr', 'x', s))),
    {
      before: `${pedantic}SUB rr 1\r\n`,
      after: ping,
    },
  ),
  ...pairs.map(([name, sub, to]) =>
    session(`match: ${name}`, 'plain', 'SB-02 SB-03 SB-04 SB-23', [
      ['a', `${quiet}SUB ${sub} 1\r\n${pub(to, 'x')}PING\r\n`],
    ]),
  ),
  ...everyByte(),
];
