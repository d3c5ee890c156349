/** INFO in each configuration, TLS, mappings, signals, reload, other ports. */

import { basicConfigs } from '../configs.ts';
import type { Session } from '../session.ts';
import { each, headers, hpub, named, ping, pub, quiet, session } from './build.ts';

const mapped = [
  'm.a',
  'm.w.x.y',
  'm.f.z',
  'm.p.a.b',
  'm.p.foo.bar',
  'm.s.a-b-c',
  'm.s.abc',
  'm.s.-a-',
  'm.sl.abcdef',
  'm.sl.ab',
  'm.sr.abcdef',
  'm.cl.abcde',
  'm.cr.abcde',
  'm.l.abcde',
  'm.r.abcde',
  'm.t.x.y.z',
  'm.drop',
  'm.rnd.x',
  'm.all',
  'm.other',
  'n.a',
  'm.w.x',
  'm.w.x.y.z',
  'm.cl.a',
  'm.l.a',
];

function infos(): Session[] {
  const skipped = /^(tlsFirst$|tlsFirstAuto|lameDuck|fastPing|mapped)/;
  return Object.keys(basicConfigs)
    .filter((name) => !skipped.test(name))
    .map((name) =>
      session(`INFO with ${name}`, name, 'CP-02 CP-03 CP-04 T21 T22 T68', [['!open', 'a']], {
        whole: true,
      }),
    );
}

const user = (name: string, o = '') =>
  `CONNECT {"verbose":false,"protocol":1,"user":"${name}","pass":"p${name}"${o}}\r\nPING\r\n`;
const reloadUsers = (list: string) => `authorization { users: [ ${list} ] }\n`;

export const environment = [
  ...infos(),
  session('INFO is the same for the second connection', 'plain', 'CP-51', [
    ['a', ping],
    ['b', ping],
  ]),
  session('no_header_support refuses headers', 'noHeaders', 'CP-53', [
    ['a', `${headers}PING\r\n`],
    ['a', `${hpub('a', 'NATS/1.0\r\n\r\n', 'x')}PING\r\n`],
  ]),
  session('no_header_support and no_responders', 'noHeaders', 'CP-53 T16', [
    ['a', 'CONNECT {"headers":true,"no_responders":true}\r\n'],
  ]),
  ...each(
    'mapping of',
    'mapped',
    'SB-07 SB-08 SB-10 SB-11 SB-12 SB-13 SB-14 SB-15 SB-16 SB-17 SB-19',
    named(mapped.map((s) => pub(s, 'x', 'r'))),
    {
      before: `${quiet}SUB n.> 1\r\nSUB m.> 2\r\n`,
      after: ping,
    },
  ),
  session('mapping keeps headers', 'mapped', 'SB-07', [
    ['a', `${headers}SUB n.> 1\r\n${hpub('m.a', 'NATS/1.0\r\nA: b\r\n\r\n', 'x')}PING\r\n`],
  ]),
  session('mapping and no responders', 'mapped', 'SB-07 CP-38', [
    [
      'a',
      `CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB r 1\r\n${pub('m.a', 'x', 'r')}PING\r\n`,
    ],
  ]),
  session('dropped by a mapping, verbose', 'mapped', 'SB-10 CP-20', [
    ['a', `SUB m.drop 1\r\n${pub('m.drop', 'x')}PING\r\n`],
  ]),
  session('dropped by a mapping, no responders', 'mapped', 'SB-10 CP-38', [
    ['a', `CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB r 1\r\n`],
    ['a', `${pub('m.drop', 'x', 'r')}PING\r\n`],
  ]),
  // TLS
  session('TLS', 'tls', 'TL-01', [
    ['!open', 'a'],
    ['!tls', 'a'],
    ['a', `${quiet}SUB a 1\r\n${pub('a', 'x')}PING\r\n`],
  ]),
  session('TLS, protocol 1', 'tls', 'TL-01 CP-05', [
    ['!open', 'a'],
    ['!tls', 'a'],
    ['a', 'CONNECT {"verbose":false,"protocol":1,"tls_required":true}\r\nPING\r\n'],
  ]),
  session('TLS required, plain client', 'tls', 'TL-23', [['a', `${quiet}PING\r\n`]], {
    whole: true,
  }),
  session('TLS required, garbage', 'tls', 'TL-23', [['a', 'FOO BAR BAZ\r\n']], { whole: true }),
  session(
    'TLS timeout',
    'tlsShort',
    'TL-07',
    [
      ['!open', 'a'],
      ['!wait', 900],
    ],
    { whole: true },
  ),
  session(
    'TLS verify without a certificate',
    'tlsVerify',
    'TL-02',
    [
      ['!open', 'a'],
      ['!tls', 'a'],
    ],
    { whole: true },
  ),
  session('TLS verify with a certificate', 'tlsVerify', 'TL-02', [
    ['!open', 'a'],
    ['!tlsCert', 'a'],
    ['a', `${quiet}PING\r\n`],
  ]),
  session('TLS allowed, plain client', 'tlsAllowPlain', 'TL-09', [['a', `${quiet}PING\r\n`]]),
  session('TLS allowed, TLS client', 'tlsAllowPlain', 'TL-09', [
    ['!open', 'a'],
    ['!tls', 'a'],
    ['a', `${quiet}PING\r\n`],
  ]),
  session('TLS first', 'tlsFirst', 'TL-08', [
    ['!openTls', 'a'],
    ['a', `${quiet}PING\r\n`],
  ]),
  session(
    'TLS first, plain client',
    'tlsFirst',
    'TL-08',
    [
      ['!open', 'a'],
      ['a', `${quiet}PING\r\n`],
    ],
    { whole: true },
  ),
  session(
    'TLS first or INFO after a while',
    'tlsFirstAuto',
    'TL-08',
    [
      ['!open', 'a'],
      ['!wait', 150],
      ['!tls', 'a'],
      ['a', `${quiet}PING\r\n`],
    ],
    { whole: true },
  ),
  session(
    'TLS first at once',
    'tlsFirstAuto',
    'TL-08',
    [
      ['!openTls', 'a'],
      ['a', `${quiet}PING\r\n`],
    ],
    { whole: true },
  ),
  session('TLS and a user', 'tlsUser', 'TL-01 AU-01', [
    ['!open', 'a'],
    ['!tls', 'a'],
    ['a', 'CONNECT {"user":"u","pass":"p"}\r\nPING\r\n'],
  ]),
  session('TLS and a wrong user', 'tlsUser', 'TL-01 AU-29', [
    ['!open', 'a'],
    ['!tls', 'a'],
    ['a', 'CONNECT {"user":"u","pass":"x"}\r\n'],
  ]),
  // Other ports
  session(
    'client protocol on the cluster port',
    'cluster',
    'CP-50',
    [
      ['!openCluster', 'r'],
      ['r', `${quiet}PING\r\n`],
    ],
    { whole: true },
  ),
  // Lame duck
  session(
    'lame duck',
    'lameDuck',
    'SG-05 SG-12 T23',
    [
      ['a', 'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n'],
      ['b', `${quiet}PING\r\n`],
      ['!signal', 'SIGUSR2'],
      ['a', ping],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'lame duck before the first PONG',
    'lameDuck',
    'SG-12 CP-06 T10',
    [
      ['a', 'CONNECT {"verbose":false,"protocol":1}\r\n'],
      ['!signal', 'SIGUSR2'],
      ['a', ping],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'lame duck in a cluster',
    'lameDuckCluster',
    'SG-12 T23',
    [
      ['a', 'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n'],
      ['!signal', 'SIGUSR2'],
      ['a', ping],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'interrupt closes without a word',
    'plain',
    'SG-01',
    [
      ['a', `${quiet}PING\r\n`],
      ['!signal', 'SIGINT'],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'terminate closes without a word',
    'plain',
    'SG-02',
    [
      ['a', `${quiet}PING\r\n`],
      ['!signal', 'SIGTERM'],
    ],
    { fresh: true, whole: true },
  ),
  // Reload
  session(
    'reload: changed password',
    'reload',
    'SG-03 SG-08',
    [
      ['a', user('a')],
      ['b', user('b')],
      [
        '!config',
        reloadUsers(
          '{user: a, password: other}, {user: b, password: pb, permissions: {subscribe: ["x", "y"]}}',
        ),
      ],
      ['!signal', 'SIGHUP'],
      ['b', ping],
      ['c', user('a')],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: removed user',
    'reload',
    'SG-08',
    [
      ['a', user('a')],
      ['b', user('b')],
      ['!config', reloadUsers('{user: b, password: pb, permissions: {subscribe: ["x", "y"]}}')],
      ['!signal', 'SIGHUP'],
      ['b', ping],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: lost permission',
    'reload',
    'AZ-10',
    [
      ['b', user('b')],
      ['b', 'SUB x 1\r\nSUB y 2\r\nSUB y q 3\r\nPING\r\n'],
      [
        '!config',
        reloadUsers(
          '{user: a, password: pa}, {user: b, password: pb, permissions: {subscribe: ["x"]}}',
        ),
      ],
      ['!signal', 'SIGHUP'],
      ['a', `${user('a')}`],
      ['a', `${pub('x', '1')}${pub('y', '2')}PING\r\n`],
      ['b', ping],
    ],
    { fresh: true, whole: true, unordered: true },
  ),
  session(
    'reload: new publish permission',
    'reload',
    'SG-03',
    [
      ['b', user('b')],
      ['!config', reloadUsers('{user: b, password: pb, permissions: {publish: {deny: "z"}}}')],
      ['!signal', 'SIGHUP'],
      ['b', `${pub('z', '1')}SUB anything 1\r\nPING\r\n`],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: authentication switched on',
    'plain',
    'SG-08',
    [
      ['a', `${quiet}PING\r\n`],
      ['!config', 'authorization { user: u, password: p }\n'],
      ['!signal', 'SIGHUP'],
      ['!open', 'b'],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: authentication switched off',
    'user',
    'SG-08',
    [
      ['a', 'CONNECT {"verbose":false,"user":"u","pass":"p"}\r\nPING\r\n'],
      ['!config', '\n'],
      ['!signal', 'SIGHUP'],
      ['a', ping],
      ['b', ping],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: token changed',
    'token',
    'SG-08',
    [
      ['a', 'CONNECT {"verbose":false,"auth_token":"s3cret"}\r\nPING\r\n'],
      ['!config', 'authorization { token: "new" }\n'],
      ['!signal', 'SIGHUP'],
      ['b', 'CONNECT {"auth_token":"new"}\r\nPING\r\n'],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: smaller payload',
    'plain',
    'SG-06',
    [
      ['a', 'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n'],
      ['!config', 'max_payload: 10\n'],
      ['!signal', 'SIGHUP'],
      ['a', `${pub('a', '12345678901')}`],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: smaller control line',
    'plain',
    'SG-06',
    [
      ['a', `${quiet}PING\r\n`],
      ['!config', 'max_control_line: 100\n'],
      ['!signal', 'SIGHUP'],
      ['a', `SUB ${'x'.repeat(200)} 1\r\nPING\r\n`],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: fewer connections',
    'plain',
    'SG-09',
    [
      ['a', `${quiet}PING\r\n`],
      ['!config', 'max_connections: 1\n'],
      ['!signal', 'SIGHUP'],
      ['b', ''],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: refused change keeps everything',
    'plain',
    'SG-07',
    [
      ['a', `${quiet}PING\r\n`],
      ['!config', 'server_name: other\nmax_payload: 10\n'],
      ['!signal', 'SIGHUP'],
      ['a', `SUB a 1\r\n${pub('a', '12345678901')}PING\r\n`],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: broken file keeps everything',
    'user',
    'SG-07',
    [
      ['a', 'CONNECT {"verbose":false,"user":"u","pass":"p"}\r\nPING\r\n'],
      ['!config', 'authorization { user: u\n'],
      ['!signal', 'SIGHUP'],
      ['a', ping],
      ['b', 'CONNECT {"user":"u","pass":"p"}\r\nPING\r\n'],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'reload: new mapping',
    'plain',
    'SG-06 SB-07',
    [
      ['a', `${quiet}SUB to 1\r\n${pub('from', '1')}PING\r\n`],
      ['!config', 'mappings { from: to }\n'],
      ['!signal', 'SIGHUP'],
      ['a', `${pub('from', '2')}PING\r\n`],
    ],
    { fresh: true, whole: true },
  ),
];
