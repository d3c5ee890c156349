/** Message tracing: triggers, events, permissions, and what crosses accounts. */
import type { Action, Session } from '../session.ts';
import { hpub, ping, pub, session } from './build.ts';

const as = (user: string, o: Record<string, unknown> = {}) =>
  `CONNECT ${JSON.stringify({ verbose: false, user, pass: 'p', headers: true, no_responders: true, ...o })}\r\n`;
const listens = (name: string, user: string, ...subs: string[]): Action => [
  name,
  `${as(user, { name })}${subs.map((s, i) => `SUB ${s} ${i + 1}\r\n`).join('')}${ping}`,
];
const block = (...lines: string[]) => `NATS/1.0\r\n${lines.map((l) => `${l}\r\n`).join('')}\r\n`;
const dest = 'Nats-Trace-Dest: t';
const only = 'Nats-Trace-Only: true';
const traced = (subject: string, payload: string, ...lines: string[]) =>
  hpub(subject, block(...lines), payload);
const parent = (flags: string, name = 'traceparent') =>
  `${name}: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flags}`;

/** One subscriber of `x.>` under the user u, one of the traces, and a publisher; each sends its lines. */
function one(name: string, rows: string, lines: string[], subject = 'x.a'): Session {
  return session(`trace: ${name}`, 'traceUsers', rows, [
    listens('watch', 'u', 't', 't.>', '_INBOX.>'),
    listens('s', 'u', 'x.>'),
    listens('p', 'u', 'p'),
    ['p', hpub(subject, block(...lines), 'hi') + ping],
  ]);
}

const triggers: Session[] = [
  one('delivered', 'MT-01 MT-03', [dest]),
  one('trace only', 'MT-02', [dest, only]),
  ...['true', 'TRUE', '1', 'on', 'On', 'yes', '0', 'false', '2', ''].map((value) =>
    one(`trace only: ${JSON.stringify(value)}`, 'MT-02', [dest, `Nats-Trace-Only: ${value}`]),
  ),
  one('trace only without a destination', 'MT-02', [only]),
  one('trace only with an empty destination', 'MT-02', [only, 'Nats-Trace-Dest: ']),
  one('destination in lower case', 'MT-01', ['nats-trace-dest: t']),
  one('destination without a blank', 'MT-01', ['Nats-Trace-Dest:t']),
  one('destination with blanks around', 'MT-01', ['Nats-Trace-Dest:  \t t  ']),
  one('destination with a wildcard', 'MT-01', ['Nats-Trace-Dest: t.*']),
  one('destination with a wildcard, trace only', 'MT-01 MT-02', ['Nats-Trace-Dest: t.>', only]),
  one('destination broken', 'MT-01', ['Nats-Trace-Dest: t..x', only]),
  one('destination with a blank inside', 'MT-01', ['Nats-Trace-Dest: t x']),
  one('destination disabled', 'MT-01', ['Nats-Trace-Dest: trace disabled']),
  one('destination disabled, trace only', 'MT-02', ['Nats-Trace-Dest: trace disabled', only]),
  one('two destinations', 'MT-01', [dest, 'Nats-Trace-Dest: t.2']),
  one('origin account', 'MT-05', [dest, 'Nats-Trace-Origin-Account: A']),
  one('origin account, trace only', 'MT-05', [dest, only, 'Nats-Trace-Origin-Account: A']),
  one('hop of a client', 'MT-04', [dest, 'Nats-Trace-Hop: 1.2']),
  one('other headers stay as they are', 'MT-03', ['a: 1', 'A: 2', 'a: 3', 'Empty:', dest, 'Z: é']),
  one('nobody listens', 'MT-03', [dest], 'nobody'),
  one('nobody listens, trace only', 'MT-03 MT-02', [dest, only], 'nobody'),
  one('of the destination itself', 'MT-01', [dest], 't'),
  one('to a system subject', 'MT-01', ['Nats-Trace-Dest: $SYS.x']),
  one('to an inbox', 'MT-01', ['Nats-Trace-Dest: _INBOX.trace']),
  one('to a gateway reply', 'MT-01', ['Nats-Trace-Dest: _GR_.x.y.z']),
  one('compressed by gzip', 'MT-06', [dest, 'Accept-Encoding: gzip']),
  one('compressed by snappy', 'MT-06', [dest, 'Accept-Encoding: snappy']),
  one('compressed by s2', 'MT-06', [dest, 'Accept-Encoding: s2, gzip']),
  one('compressed by something else', 'MT-06', [dest, 'Accept-Encoding: br']),
  one('compression in lower case', 'MT-06', [dest, 'accept-encoding: gzip']),
  one('traceparent without an account destination', 'MT-01', [parent('01')]),
  one('traceparent and a destination', 'MT-01', [parent('00'), dest]),
  session('trace: with a reply, nobody listens', 'traceUsers', 'MT-03 CP-38', [
    listens('watch', 'u', 't'),
    listens('p', 'u', '_INBOX.>'),
    ['p', hpub('nobody', block(dest), 'hi', '_INBOX.1') + ping],
    ['p', hpub('nobody', block(dest, only), 'hi', '_INBOX.1') + ping],
  ]),
  session('trace: an odd subject', 'traceUsers', 'MT-03 T19', [
    listens('watch', 'u', 't'),
    listens('p', 'u', '_INBOX.>'),
    ['p', hpub('x.*', block(dest), 'hi') + ping],
    ['p', hpub('x..y', block(dest), 'hi') + ping],
  ]),
  session('trace: verbose', 'traceUsers', 'MT-02 CP-20', [
    listens('watch', 'u', 't'),
    [
      'p',
      as('u', { verbose: true }) + traced('x', '1', dest) + traced('x', '2', dest, only) + ping,
    ],
    ['p', traced('x', '3', only) + traced('x', '4', 'Nats-Trace-Dest: *', only) + ping],
  ]),
  session('trace: a header without its first line', 'traceUsers', 'MT-01 T17', [
    listens('watch', 'u', 't'),
    listens('p', 'u', 'x'),
    ['p', hpub('x', 'NATS/1.0 200\r\nNats-Trace-Dest: t\r\n\r\n', 'hi') + ping],
    ['p', hpub('x', 'NATS/2.0\r\nNats-Trace-Dest: t\r\n\r\n', 'hi') + ping],
  ]),
  session(
    'trace: too large a payload',
    'smallPayload',
    'MT-03 T6',
    [
      ['watch', 'CONNECT {"verbose":false,"headers":true}\r\nSUB t 1\r\nPING\r\n'],
      ['p', 'CONNECT {"verbose":false,"headers":true}\r\nPING\r\n'],
      ['p', hpub('x', block(dest), 'x'.repeat(1_100))],
    ],
    { whole: true },
  ),
];

const egress: Session[] = [
  session(
    'trace: several receivers',
    'traceUsers',
    'MT-03',
    [
      listens('watch', 'u', 't'),
      listens('s1', 'u', 'x.a', 'x.*'),
      listens('s2', 'u', 'x.>'),
      ['p', as('u') + traced('x.a', 'hi', dest) + ping],
    ],
    { unordered: true },
  ),
  session('trace: a queue group', 'traceUsers', 'MT-03', [
    listens('watch', 'u', 't'),
    listens('s', 'u', 'x.a g'),
    ['p', as('u') + traced('x.a', 'hi', dest) + traced('x.a', 'hi', dest, only) + ping],
  ]),
  session(
    'trace: two queue groups and a plain one',
    'traceUsers',
    'MT-03',
    [
      listens('watch', 'u', 't'),
      listens('s', 'u', 'x.a g'),
      listens('s2', 'u', 'x.* h'),
      listens('s3', 'u', 'x.a'),
      ['p', as('u') + traced('x.a', 'hi', dest) + ping],
    ],
    { unordered: true },
  ),
  session('trace: no echo', 'traceUsers', 'MT-03', [
    listens('watch', 'u', 't'),
    [
      'p',
      `${as('u', { echo: false, name: 'me' })}SUB x.a 1\r\n${traced('x.a', 'hi', dest)}${ping}`,
    ],
    ['p', traced('x.a', 'hi', dest, only) + ping],
  ]),
  session('trace: a receiver that may not read it', 'traceUsers', 'MT-03 AZ-05', [
    listens('watch', 'u', 't'),
    listens('s', 'denied', 'x.*'),
    ['p', as('u') + traced('x.hidden', 'hi', dest) + traced('x.hidden', 'hi', dest, only) + ping],
  ]),
  session('trace: a receiver without headers', 'traceUsers', 'MT-03', [
    listens('watch', 'u', 't'),
    ['s', 'CONNECT {"verbose":false,"user":"u","pass":"p"}\r\nSUB x.a 1\r\nPING\r\n'],
    ['p', as('u') + traced('x.a', 'hi', dest) + ping],
  ]),
  session('trace: UNSUB with a maximum', 'traceUsers', 'MT-03 T13', [
    listens('watch', 'u', 't'),
    ['s', `${as('u')}SUB x.a 1\r\nUNSUB 1 1\r\n${ping}`],
    ['p', as('u') + traced('x.a', 'hi', dest, only) + ping],
    ['p', traced('x.a', 'hi', dest) + ping],
    ['p', traced('x.a', 'hi', dest) + ping],
  ]),
  session('trace: mapping', 'traceMapped', 'MT-03 SB-07', [
    listens('watch', 'u', 't'),
    listens('s', 'u', '>'),
    ['p', as('u') + traced('m.a', 'hi', dest, only) + ping],
    ['p', traced('drop', 'hi', dest) + ping],
    ['p', traced('x', 'hi', 'Nats-Trace-Dest: m.t') + ping],
  ]),
  session('trace: the watcher gets it in its own name', 'traceUsers', 'MT-03', [
    ['p', `${as('u', { name: 'all' })}SUB t 1\r\nSUB x 2\r\n${traced('x', 'hi', dest)}`],
  ]),
];

const permissions: Session[] = [
  ...Object.entries({
    'denied destination': ['denied', 'x.a', 't.no'],
    'destination that is not denied': ['denied', 'x.a', 't.yes'],
    'allowed destination': ['allowed', 'x.a', 't.yes'],
    'destination that is not allowed': ['allowed', 'x.a', 't'],
    'denied subject': ['denied', 'no.x', 't.yes'],
    'denied subject and destination': ['denied', 'no.x', 't.no'],
  } as Record<string, [string, string, string]>).map(([name, [user, subject, to]]) =>
    session(`trace: ${name}`, 'traceUsers', 'MT-01 AZ-01', [
      listens('watch', 'u', 't', 't.*'),
      listens('s', 'u', 'x.>', 'no.>'),
      ['p', as(user) + traced(subject, '1', `Nats-Trace-Dest: ${to}`) + ping],
      ['p', traced(subject, '2', `Nats-Trace-Dest: ${to}`, only) + ping],
    ]),
  ),
  session('trace: to the subject of a response', 'traceUsers', 'MT-01 AZ-04', [
    listens('s', 'svc', 'x.a'),
    listens('p', 'u', '_INBOX.>'),
    ['p', pub('x.a', 'q', '_INBOX.1') + ping],
    ['s', traced('x.b', 'hi', 'Nats-Trace-Dest: _INBOX.1') + ping],
    ['s', pub('_INBOX.1', 'answer') + ping],
  ]),
];

const parents: Session[] = [
  ...Object.entries({
    '01': parent('01'),
    '00': parent('00'),
    '03': parent('03'),
    ff: parent('ff'),
    '7f': parent('7f'),
    'of one digit': parent('1'),
    'of three parts': 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-01',
    'of five parts': `${parent('01')}-x`,
    'in upper case': parent('01', 'TRACEPARENT'),
    'in mixed case': parent('01', 'TraceParent'),
    twice: `${parent('00')}\r\n${parent('01')}`,
    'with trace only': `${parent('01')}\r\n${only}`,
    'with a destination': `${parent('01')}\r\nNats-Trace-Dest: own`,
    'with a disabled destination': `${parent('01')}\r\nNats-Trace-Dest: trace disabled`,
    'with a tracestate': `${parent('01')}\r\ntracestate: a=b`,
  }).map(([name, lines]) =>
    session(`traceparent: ${name}`, 'traceParent', 'MT-01 MT-07 AC-23', [
      listens('watch', 'a', 'acc.trace', 'own'),
      listens('s', 'a', 'x'),
      ['p', as('a') + traced('x', 'hi', lines) + ping],
    ]),
  ),
  session('traceparent: the user may not publish there', 'traceParent', 'MT-01 AZ-01', [
    listens('watch', 'a', 'acc.trace'),
    listens('s', 'a', 'x'),
    ['p', as('d') + traced('x', 'hi', parent('01')) + ping],
  ]),
  session('traceparent: sampling of all', 'traceParent', 'MT-01 AC-23', [
    listens('watch', 'b', 'acc.trace'),
    ['p', as('b') + traced('x', 'hi', parent('01')) + ping],
  ]),
  session('traceparent: an account without a destination', 'traceParent', 'MT-01', [
    listens('watch', 'c', '>'),
    ['p', as('c') + traced('x', 'hi', parent('01')) + ping],
  ]),
];

const across: Session[] = [
  session(
    'trace: stream imports with and without allow_trace',
    'traceImports',
    'MT-05 AC-24',
    [
      listens('watch', 'a', 't'),
      listens('wb', 'b', 't'),
      listens('wc', 'c', 't'),
      listens('s', 'b', 'b.s.x'),
      ['p', as('a') + traced('s.x', 'hi', dest) + ping],
      listens('s2', 'c', 's.x'),
      ['p', traced('s.x', 'hi', dest) + ping],
      ['p', traced('s.x', 'hi', dest, only) + ping],
    ],
    { unordered: true },
  ),
  ...Object.entries({ 'b.q': 'with', n: 'without' }).map(([subject, what]) =>
    session(`trace: service import ${what} allow_trace`, 'traceImports', 'MT-05 AC-24', [
      listens('watch', 'a', 't'),
      listens('wb', 'b', 't'),
      listens('s', 'a', 'q', 'n'),
      listens('p', 'b', '_INBOX.>'),
      ['p', hpub(subject, block(dest), 'hi', '_INBOX.1') + ping],
      ['s', pub('@REPLY@', 'answer') + ping],
      ['p', hpub(subject, block(dest, only), 'hi', '_INBOX.1') + ping],
    ]),
  ),
  session('trace: service import, the answer is traced', 'traceImports', 'MT-05', [
    listens('watch', 'a', 't'),
    listens('wb', 'b', 't'),
    listens('s', 'a', 'q'),
    listens('p', 'b', '_INBOX.>'),
    ['p', pub('b.q', 'hi', '_INBOX.1') + ping],
    ['s', hpub('@REPLY@', block(dest), 'answer') + ping],
  ]),
  session('trace: service import, nobody answers', 'traceImports', 'MT-05 CP-38', [
    listens('wb', 'b', 't'),
    listens('p', 'b', '_INBOX.>'),
    ['p', hpub('b.q', block(dest), 'hi', '_INBOX.1') + ping],
    ['p', hpub('b.w.x', block(dest), 'hi', '_INBOX.1') + ping],
  ]),
  session('trace: service import of an import', 'traceImports', 'MT-05 AC-24', [
    listens('watch', 'c', 't'),
    listens('s', 'a', 'q'),
    listens('p', 'c', '_INBOX.>'),
    ['p', hpub('c.q', block(dest), 'hi', '_INBOX.1') + ping],
    ['s', hpub('@REPLY@', block(dest), 'answer') + ping],
    ['p', hpub('c.q', block(dest, only), 'hi', '_INBOX.1') + ping],
  ]),
  session('trace: to a service of another account', 'traceImports', 'MT-05', [
    listens('s', 'a', 'q'),
    listens('p', 'b', 'x'),
    ['p', traced('x', 'hi', 'Nats-Trace-Dest: b.q') + ping],
  ]),
  session(
    'trace: service import and local receivers',
    'traceImports',
    'MT-05',
    [
      listens('watch', 'b', 't'),
      listens('s', 'a', 'w.x'),
      listens('l', 'b', 'b.w.*'),
      ['p', as('b') + traced('b.w.x', 'hi', dest) + ping],
    ],
    { unordered: true },
  ),
];

export const traces: Session[] = [...triggers, ...egress, ...permissions, ...parents, ...across];
