/** Limits: what they count, what is said, and whether the connection stays. */
import { each, headers, named, ping, pub, quiet, session } from './build.ts';

const long = (n: number) => 'x'.repeat(n);
const controlLine = Object.fromEntries(
  [500, 508, 509, 510, 511, 512, 513, 600].flatMap((n) => [
    [`SUB argument of ${n}`, `SUB ${long(n - 2)} 1\r\n`],
    [`SUB argument of ${n} without a line end`, `SUB ${long(n - 2)} 1`],
    [`PUB argument of ${n}`, `PUB ${long(n - 2)} 0\r\n\r\n`],
    [`CONNECT of ${n}`, `CONNECT {"name":"${long(n - 11)}"}\r\n`],
  ]),
);

export const limits = [
  session(
    'maximum connections',
    'maxConnections',
    'CP-35 T2 T3',
    [
      ['a', `${quiet}PING\r\n`],
      ['b', `${quiet}PING\r\n`],
      ['c', ''],
      ['a', ping],
    ],
    { fresh: true },
  ),
  session(
    'a connection frees its place',
    'maxConnections',
    'CP-35',
    [
      ['a', `${quiet}PING\r\n`],
      ['b', `${quiet}PING\r\n`],
      ['!close', 'a'],
      ['!wait', 100],
      ['c', `${quiet}PING\r\n`],
    ],
    { fresh: true },
  ),
  session('maximum subscriptions', 'maxSubscriptions', 'CP-43 T3', [
    ['a', `SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nPING\r\n`],
    ['a', `UNSUB 1\r\nSUB c 3\r\n${pub('c', 'x')}PING\r\n`],
  ]),
  session('maximum subscriptions and a duplicate sid', 'maxSubscriptions', 'CP-43 T12', [
    ['a', `${quiet}SUB a 1\r\nSUB b 2\r\nSUB b 2\r\nSUB c 3\r\nPING\r\n`],
  ]),
  ...each(
    'subscription tokens',
    'maxSubTokens',
    'CP-44',
    named([
      'SUB a.b.c 1\r\n',
      'SUB a.b.c.d 1\r\n',
      'SUB a.b.c.d q 1\r\n',
      'SUB *.*.*.* 1\r\n',
      'SUB a.b.> 1\r\n',
      'SUB a.b.c.> 1\r\n',
    ]),
    {
      after: ping,
    },
  ),
  ...each('control line limit', 'maxControlLine', 'CP-27 T24', controlLine, {
    before: quiet,
    after: ping,
  }),
  ...each(
    'default control line limit',
    'plain',
    'CP-27 T24',
    {
      'SUB of 4096': `SUB ${long(4094)} 1\r\n`,
      'SUB of 4097': `SUB ${long(4095)} 1\r\n`,
      'SUB of 5000': `SUB ${long(5000)} 1\r\n`,
      'blanks count': `SUB${' '.repeat(4200)}a 1\r\n`,
      'PING of 5000': `PING ${long(5000)}\r\n`,
      'CONNECT of 5000': `CONNECT {"name":"${long(5000)}"}\r\n`,
      'garbage of 5000': `${long(5000)}\r\n`,
      'UNSUB of 5000': `UNSUB ${long(5000)}\r\n`,
      'INFO of 5000': `INFO ${long(5000)}\r\n`,
      'PONG of 5000': `PONG ${long(5000)}\r\n`,
    },
    { before: quiet, after: ping },
  ),
  ...each(
    'maximum payload',
    'maxPayload',
    'CP-28 T6',
    {
      exactly: pub('a', long(100)),
      'one more': pub('a', long(101)),
      'announced only': 'PUB a 101\r\n',
      'huge announced': 'PUB a 999999999\r\n',
      reply: pub('a', long(101), 'r'),
      'headers count': `HPUB a 12 101\r\nNATS/1.0\r\n\r\n${long(89)}\r\n`,
      'headers fit': `HPUB a 12 100\r\nNATS/1.0\r\n\r\n${long(88)}\r\n`,
      'headers alone too big': 'HPUB a 200 300\r\n',
    },
    { before: `${headers}SUB a 1\r\n`, after: ping },
  ),
  session('maximum payload before CONNECT', 'maxPayload', 'CP-28', [['a', 'PUB a 101\r\n']]),
  session('maximum payload verbose', 'maxPayload', 'CP-28 CP-20', [
    ['a', 'CONNECT {}\r\nPUB a 101\r\n'],
  ]),
  session('default maximum payload', 'plain', 'CP-28', [['a', `${quiet}PUB a 1048577\r\n`]]),
  session(
    'slow consumer is closed without a word',
    'maxPending',
    'CP-29 T20',
    [
      ['slow', `${quiet}SUB big 1\r\nPING\r\n`],
      ['!pause', 'slow'],
      ['a', quiet],
      ['a', pub('big', long(90_000)), 150],
      ['!wait', 2500],
      ['a', ping],
      ['!drain', 'slow'],
    ],
    { whole: true, fresh: true },
  ),
  session(
    'a reader that does not read misses the write deadline',
    'writeDeadline',
    'CP-30 CP-31 T20',
    [
      ['slow', `${quiet}SUB big 1\r\nPING\r\n`],
      ['!pause', 'slow'],
      ['a', quiet],
      ['a', pub('big', long(90_000)), 200],
      ['!wait', 2500],
      ['a', ping],
      ['!drain', 'slow'],
    ],
    { whole: true, fresh: true },
  ),
  session(
    'server PINGs and a stale connection',
    'fastPing',
    'CP-33 T25',
    [
      ['a', `${quiet}`],
      ['!wait', 2600],
    ],
    { whole: true, pings: true },
  ),
  session(
    'stale connection with one PING allowed',
    'fastPingOne',
    'CP-33 T25',
    [
      ['a', `${quiet}PING\r\n`],
      ['!wait', 2300],
    ],
    { whole: true, pings: true },
  ),
  session(
    'the first PING of the server',
    'plain',
    'CP-34 CP-19',
    [
      ['a', quiet],
      ['!wait', 3200],
      ['a', 'PONG\r\n'],
      ['a', ping],
    ],
    { whole: true, pings: true },
  ),
  session(
    'traffic does not answer outstanding PINGs',
    'fastPing',
    'CP-33 T25',
    [
      ['a', quiet],
      ['!wait', 450],
      ['a', pub('x', 'y')],
      ['!wait', 2400],
    ],
    { whole: true, pings: true },
  ),
  session('unsolicited PONGs are fine', 'plain', 'CP-19', [
    ['a', `PONG\r\nPONG\r\n${quiet}PONG\r\nPING\r\n`],
  ]),
];
