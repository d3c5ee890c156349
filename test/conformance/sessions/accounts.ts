/** Accounts: isolation, streams and services across them, limits, defaults, mappings. */
import type { Action, Session } from '../session.ts';
import { hpub, ping, pub, session } from './build.ts';

/** CONNECT of the user of an account, with headers and no responders; then a barrier. */
const as = (user: string, o: Record<string, unknown> = {}) =>
  `CONNECT ${JSON.stringify({ verbose: false, user, pass: 'p', headers: true, no_responders: true, ...o })}\r\n`;
const sub = (subject: string, sid: number | string, queue = '') =>
  `SUB ${subject} ${queue}${queue ? ' ' : ''}${sid}\r\n`;
/** A connection named after its user subscribes and waits until that is done. */
const listens = (user: string, ...subs: string[]): Action => [
  user,
  `${as(user)}${subs.join('')}${ping}`,
];
const says = (user: string, ...parts: string[]): Action => [user, `${parts.join('')}${ping}`];

const rest = { unordered: true } as const;
const onlyTraced = 'NATS/1.0\r\nNats-Trace-Dest: t\r\nNats-Trace-Only: true\r\n\r\n';

const isolation: Session[] = [
  session('accounts: two do not see each other', 'accounts', 'AC-03 AC-04', [
    listens('a', sub('>', 1)),
    listens('b', sub('>', 1)),
    says('a', pub('x', 'from a')),
    says('b', pub('x', 'from b'), pub('y', 'q', 'r')),
  ]),
  session('accounts: no responders beside subscribers elsewhere', 'accounts', 'AC-04 CP-38', [
    listens('a', sub('q', 1)),
    listens('b', sub('_INBOX.1', 1)),
    says('b', pub('q', '', '_INBOX.1')),
  ]),
  session('accounts: protocol 1 names the account', 'accounts', 'AC-03 CP-05', [
    ['a', as('a', { protocol: 1 }) + ping],
    ['b', as('b', { protocol: 1 }) + ping],
  ]),
  session('accounts: account and new_account in CONNECT', 'accounts', 'AC-25', [
    ['a', as('a', { account: 'B' }) + ping],
    ['b', as('a', { account: 'A' }) + ping],
    ['c', as('a', { account: 'NEW', new_account: true }) + ping],
    ['d', as('x', { account: 'A' }) + ping],
  ]),
  session('accounts: CONNECT without credentials', 'accounts', 'AC-03 AU-29', [
    ['a', `CONNECT {"verbose":false}\r\n${ping}`],
    ['b', sub('x', 1) + ping],
    ['c', `CONNECT {"account":"A"}\r\n${ping}`],
  ]),
  session('accounts: second CONNECT for another account', 'accounts', 'AC-03 CP-11', [
    listens('a', sub('x', 1)),
    ['a', as('b') + ping],
    listens('b', sub('x', 2)),
    says('b', pub('x', '1')),
    says('a', pub('x', '2')),
  ]),
  session('accounts: queue groups of one name in two accounts', 'accounts', 'AC-04', [
    listens('a', sub('w', 1, 'g')),
    listens('b', sub('w', 1, 'g')),
    says('a', pub('w', '1'), pub('w', '2'), pub('w', '3')),
  ]),
  session('accounts beside users: who is where', 'accountsAndUsers', 'AC-01 AC-03', [
    listens('u', sub('>', 1)),
    listens('a', sub('>', 1)),
    listens('v', sub('>', 1)),
    says('u', pub('v', '1')),
    says('v', pub('v', '2'), pub('w', '3')),
    says('a', pub('v', '4')),
    ['w', as('u', { protocol: 1 }) + ping],
  ]),
  session('accounts: only the system account: who may enter', 'accountOnlySystem', 'AC-01 AC-02', [
    ['a', `CONNECT {"verbose":false}\r\n${sub('x', 1)}${pub('x', '1')}${ping}`],
    ['b', as('sys', { protocol: 1 }) + ping],
    ['c', as('nobody') + ping],
    ['d', sub('x', 1) + ping],
  ]),
];

const streams: Session[] = [
  session('stream import: as it is', 'accountStreams', 'AC-05', [
    listens('b', sub('s.x', 1)),
    listens('a'),
    says('a', pub('s.x', '1'), pub('s.y', '2'), pub('x', '3'), pub('s.x', '4', 'reply')),
  ]),
  session('stream import: a wildcard inside', 'accountStreams', 'AC-05', [
    listens('b', sub('s.*', 1), sub('s.y.>', 2)),
    listens('a'),
    says('a', pub('s.x', '1'), pub('s.y.z', '2'), pub('s.y', '3')),
  ]),
  session('stream import: a wildcard around', 'accountStreams', 'AC-05', [
    listens('b', sub('>', 1)),
    listens('a'),
    says('a', pub('s.x', '1'), pub('lit', '2'), pub('other', '3'), pub('t.a.b', '4')),
  ]),
  session('stream import: another wildcard that overlaps', 'accountStreams', 'AC-05', [
    listens('b', sub('*.x', 1), sub('*', 2)),
    listens('a'),
    says('a', pub('s.x', '1'), pub('lit', '2'), pub('t.x', '3')),
  ]),
  session('stream import: headers', 'accountStreams', 'AC-05', [
    listens('b', sub('s.x', 1)),
    ['b2', `CONNECT {"verbose":false,"user":"b","pass":"p"}\r\n${sub('s.x', 1)}${ping}`],
    listens('a'),
    says('a', hpub('s.x', 'NATS/1.0\r\nA: b\r\n\r\n', 'x')),
  ]),
  session(
    'stream import: prefix',
    'accountStreams',
    'AC-05',
    [
      listens('c', sub('from.a.s.x', 1), sub('from.a.>', 2), sub('s.x', 3), sub('from.*.s.*', 4)),
      listens('a'),
      says('a', pub('s.x', '1')),
      says('a', pub('s.x.y', '2')),
    ],
    rest,
  ),
  session('stream import: a literal to another', 'accountStreams', 'AC-05', [
    listens('d', sub('dx', 1), sub('l.*.t', 2), sub('s.x', 3), sub('lit', 4)),
    listens('a'),
    says('a', pub('s.x', '1')),
    says('a', pub('lit', '2')),
    says('a', pub('dx', '3'), pub('l.i.t', '4')),
  ]),
  session(
    'stream import: a literal under a wildcard',
    'accountStreams',
    'AC-05',
    [
      listens('d', sub('>', 1), sub('*', 2)),
      listens('a'),
      says('a', pub('s.x', '1')),
      says('a', pub('lit', '2')),
    ],
    rest,
  ),
  session(
    'stream import: tokens swapped',
    'accountStreams',
    'AC-09',
    [
      listens('e', sub('e.y.x', 1), sub('e.*.x', 2), sub('e.>', 3), sub('e.x.y', 4)),
      listens('a'),
      says('a', pub('t.x.y', '1')),
      says('a', pub('t.a.b', '2')),
    ],
    rest,
  ),
  session('stream import: tokens swapped by functions', 'accountStreams', 'AC-09', [
    listens('i', sub('i.*.*', 1)),
    listens('a'),
    says('a', pub('t.x.y', '1')),
  ]),
  session(
    'stream import: a tail to a tail',
    'accountStreams',
    'AC-05 AC-09',
    [
      listens('f', sub('f.x', 1), sub('f.>', 2), sub('f.*.y', 3)),
      listens('a'),
      says('a', pub('s.x', '1')),
      says('a', pub('s.x.y', '2')),
    ],
    rest,
  ),
  session(
    'stream import: narrower than the export',
    'accountStreams',
    'AC-05 AC-09',
    [
      listens('g', sub('g.*', 1), sub('g.x', 2)),
      listens('h', sub('h.s.*.z', 1), sub('h.>', 2)),
      listens('a'),
      says('a', pub('t.x.y', '1')),
      says('a', pub('t.x.z', '2'), pub('s.y.y', '3')),
      says('a', pub('s.y.z', '4')),
    ],
    rest,
  ),
  session('stream import: private, allowed', 'accountStreams', 'AC-07', [
    listens('p', sub('p.x', 1), sub('p.y', 2)),
    listens('a'),
    says('a', pub('p.x', '1'), pub('p.y', '2')),
  ]),
  session('stream import: the importer publishes into it', 'accountStreams', 'AC-05', [
    listens('b', sub('s.x', 1)),
    listens('a', sub('s.x', 1)),
    says('b', pub('s.x', 'local')),
    says('a', pub('s.x', 'imported')),
  ]),
  session(
    'stream import: the importer publishes, nobody listens there',
    'accountStreams',
    'AC-05 CP-38',
    [
      listens('a', sub('s.x', 1)),
      listens('b', sub('_INBOX.1', 1)),
      says('b', pub('s.x', '', '_INBOX.1')),
    ],
  ),
  session('stream import: no responders for the exporter', 'accountStreams', 'AC-05 CP-38', [
    listens('a', sub('_INBOX.1', 1)),
    says('a', pub('s.x', '', '_INBOX.1')),
    listens('b', sub('s.x', 1)),
    says('a', pub('s.x', '', '_INBOX.1')),
    says('b', pub('_INBOX.1', 'answer')),
  ]),
  session('stream import: queue of the importer', 'accountStreams', 'AC-05', [
    listens('b', sub('s.x', 1, 'g')),
    ['b2', as('b') + sub('s.*', 2, 'h') + ping],
    listens('a'),
    says('a', pub('s.x', '1'), pub('s.x', '2')),
  ]),
  session('stream import: one queue group over both accounts', 'accountStreams', 'AC-05', [
    listens('b', sub('s.x', 1, 'g')),
    listens('a', sub('s.x', 1, 'h')),
    says('a', pub('s.x', '1'), pub('s.x', '2')),
  ]),
  session(
    'stream import: queue and plain',
    'accountStreams',
    'AC-05',
    [listens('b', sub('s.x', 1, 'g'), sub('s.x', 2)), listens('a'), says('a', pub('s.x', '1'))],
    rest,
  ),
  session('stream import: queue on a prefix', 'accountStreams', 'AC-05', [
    listens('c', sub('from.a.s.*', 1, 'g')),
    listens('a'),
    says('a', pub('s.x', '1'), pub('s.y', '2')),
  ]),
  session(
    'stream import: UNSUB',
    'accountStreams',
    'AC-05',
    [
      listens('b', sub('s.x', 1), sub('s.>', 2)),
      listens('a'),
      says('a', pub('s.x', '1')),
      says('b', 'UNSUB 1\r\n'),
      says('a', pub('s.x', '2')),
      says('b', 'UNSUB 2\r\n'),
      says('a', pub('s.x', '3', '')),
    ],
    rest,
  ),
  session('stream import: UNSUB with a maximum', 'accountStreams', 'AC-05 T13', [
    listens('b', sub('s.x', 1), 'UNSUB 1 2\r\n'),
    listens('a'),
    says('a', pub('s.x', '1'), pub('s.x', '2'), pub('s.x', '3')),
    says('b', pub('s.x', 'local')),
  ]),
  session('stream import: the maximum counts both kinds', 'accountStreams', 'AC-05 T13', [
    listens('b', sub('s.x', 1), 'UNSUB 1 2\r\n'),
    listens('a'),
    says('b', pub('s.x', 'local')),
    says('a', pub('s.x', '1')),
    says('a', pub('s.x', '2')),
    says('b', pub('s.x', 'local')),
  ]),
  session('stream import: the maximum on a wildcard', 'accountStreams', 'AC-05 T13', [
    listens('b', sub('>', 1), 'UNSUB 1 3\r\n'),
    listens('a'),
    says('a', pub('s.x', '1'), pub('lit', '2'), pub('s.y', '3'), pub('lit', '4')),
    says('b', pub('z', 'local')),
  ]),
  session('stream import: interest goes with the connection', 'accountStreams', 'AC-05 CP-38', [
    listens('b', sub('s.x', 1)),
    listens('a', sub('_INBOX.1', 1)),
    ['!close', 'b'],
    ['!wait', 60],
    says('a', pub('s.x', '', '_INBOX.1')),
  ]),
  session('stream import: the same SID twice', 'accountStreams', 'AC-05 T12', [
    listens('b', sub('s.x', 1), sub('s.y', 1)),
    listens('a'),
    says('a', pub('s.x', '1'), pub('s.y', '2')),
  ]),
  session(
    'stream import: two subscriptions of one subject',
    'accountStreams',
    'AC-05',
    [listens('b', sub('s.x', 1), sub('s.x', 2)), listens('a'), says('a', pub('s.x', '1'))],
    rest,
  ),
  session('stream import: many connections', 'accountStreams', 'AC-05', [
    listens('b', sub('s.x', 1)),
    ['b2', as('b') + sub('s.*', 2) + ping],
    listens('c', sub('from.a.s.x', 3)),
    listens('d', sub('dx', 4)),
    listens('f', sub('f.x', 5)),
    listens('a', sub('s.x', 6)),
    says('a', pub('s.x', '1')),
  ]),
  session('stream import: echo off does not matter across', 'accountStreams', 'AC-05', [
    ['a', as('a', { echo: false }) + sub('s.x', 1) + ping],
    ['b', as('b', { echo: false }) + sub('s.x', 1) + ping],
    says('a', pub('s.x', '1')),
    says('b', pub('s.x', '2')),
  ]),
  session('stream import: an odd publish subject', 'accountStreams', 'AC-05 T19', [
    listens('b', sub('s.*', 1)),
    listens('e', sub('e.*.*', 1)),
    listens('a'),
    says('a', pub('s.*', '1'), pub('s.>', '2')),
    says('a', pub('t.*.>', '3')),
  ]),
  session('stream import: verbose', 'accountStreams', 'AC-05 CP-20', [
    ['b', as('b', { verbose: true }) + sub('s.x', 1) + ping],
    ['a', as('a', { verbose: true }) + pub('s.x', '1') + ping],
    ['b', `UNSUB 1\r\n${ping}`],
  ]),
  session('overlapping imports of two accounts', 'accountOverlap', 'AC-05', [
    listens('b', sub('s.x', 1)),
    listens('a'),
    listens('z'),
    says('a', pub('s.x', 'a')),
    says('z', pub('s.x', 'z')),
    says('b', pub('s.x', 'b')),
  ]),
  session('overlapping imports of two accounts, queue', 'accountOverlap', 'AC-05', [
    listens('b', sub('s.*', 1, 'g')),
    listens('a'),
    listens('z'),
    says('a', pub('s.x', 'a')),
    says('z', pub('s.x', 'z')),
  ]),
  session('overlapping imports of two accounts, maximum', 'accountOverlap', 'AC-05 T13', [
    listens('b', sub('s.*', 1), 'UNSUB 1 2\r\n'),
    listens('a'),
    listens('z'),
    says('a', pub('s.x', 'a')),
    says('z', pub('s.x', 'z')),
    says('a', pub('s.x', 'a')),
    says('b', pub('s.x', 'b')),
  ]),
  session(
    'overlapping imports of one account: literal subscription',
    'accountOverlap',
    'AC-05',
    [
      listens('f', sub('s.x', 1)),
      listens('a'),
      says('a', pub('s.x', '1')),
      says('a', pub('s.y', '2')),
    ],
    rest,
  ),
  session(
    'overlapping imports of one account: wildcard subscription',
    'accountOverlap',
    'AC-05',
    [
      listens('f', sub('>', 1)),
      listens('a'),
      says('a', pub('s.x', '1')),
      says('a', pub('s.y', '2')),
      says('a', pub('s.y.z', '3')),
    ],
    rest,
  ),
  session(
    'two accounts to one subject',
    'accountOverlap',
    'AC-05',
    [
      listens('h', sub('one.x', 1), sub('one.>', 2)),
      listens('a'),
      listens('z'),
      says('a', pub('s.x', 'a')),
      says('z', pub('s.x', 'z')),
    ],
    rest,
  ),
  session(
    'one import under two names',
    'accountOverlap',
    'AC-05',
    [
      listens('j', sub('>', 1), sub('j.*', 2), sub('m.j.x', 3)),
      listens('a'),
      says('a', pub('s.x', '1')),
    ],
    rest,
  ),
  session(
    'stream import of an import',
    'accountStreamChain',
    'AC-05',
    [
      listens('c', sub('c.x', 1), sub('c.>', 2)),
      listens('b', sub('b.x', 1)),
      listens('a'),
      says('a', pub('s.x', '1')),
      says('b', pub('b.x', '2')),
      says('a', pub('s.x', '3', 'r')),
    ],
    rest,
  ),
  session('stream import: allowed and denied', 'accountStreamPermissions', 'AC-05 AZ-02 AZ-05', [
    listens('b', sub('s.yes', 1), sub('s.no.x', 2), sub('s.a.hidden', 3), sub('other', 4)),
    listens('a'),
    says('a', pub('s.yes', '1'), pub('s.no.x', '2'), pub('s.a.hidden', '3')),
  ]),
  session(
    'stream import: denied inside a wildcard',
    'accountStreamPermissions',
    'AC-05 AZ-05',
    [
      listens('b', sub('s.>', 1), sub('s.*.*', 2, 'g')),
      listens('a'),
      says('a', pub('s.yes', '1'), pub('s.no.x', '2')),
      says('a', pub('s.a.hidden', '3'), pub('s.a.b', '4')),
    ],
    rest,
  ),
  session(
    'stream import: denied by the importer’s own subject',
    'accountStreamPermissions',
    'AC-05 AZ-05',
    [
      listens('c', sub('from.a.>', 1), sub('from.a.s.no', 2), sub('from.*.s.*', 3)),
      listens('a'),
      says('a', pub('s.no', '1')),
      says('a', pub('s.yes', '2')),
    ],
    rest,
  ),
  session('stream import: queue permissions', 'accountStreamPermissions', 'AC-05 AZ-03', [
    listens(
      'd',
      sub('s.q', 1),
      sub('s.q', 2, 'workers'),
      sub('s.q', 3, 'others'),
      sub('s.plain', 4, 'x'),
    ),
    listens('a'),
    says('a', pub('s.q', '1')),
    says('a', pub('s.plain', '2')),
  ]),
];

/** A request on `subject` from user `from` that answers itself with what the responder says. */
const asks = (from: string, subject: string, payload = 'q', reply = '_INBOX.1') =>
  says(from, pub(subject, payload, reply));
const answers = (who: string, ...texts: string[]): Action =>
  says(who, ...texts.map((text) => pub('@REPLY@', text)));

/** Responder `a` on `subject`, requester `from`, one request, the given answers. */
const exchange = (
  name: string,
  config: string,
  rows: string,
  o: { from: string; ask: string; serve: string; next: Action[] },
): Session =>
  session(name, config, rows, [
    listens('a', sub(o.serve, 1)),
    listens(o.from, sub('_INBOX.>', 1)),
    asks(o.from, o.ask),
    ...o.next,
  ]);

const services: Session[] = [
  exchange('service: one answer', 'accountServices', 'AC-06 AC-12', {
    from: 'c',
    ask: 'q',
    serve: 'q',
    next: [answers('a', 'one')],
  }),
  exchange('service: a second answer to a singleton', 'accountServices', 'AC-06 AC-10', {
    from: 'c',
    ask: 'q',
    serve: 'q',
    next: [answers('a', 'one', 'two'), answers('a', 'three')],
  }),
  exchange('service: under another name', 'accountServices', 'AC-06', {
    from: 'b',
    ask: 'b.q',
    serve: 'q',
    next: [answers('a', 'one')],
  }),
  exchange('service: the exported name is not imported', 'accountServices', 'AC-06 CP-38', {
    from: 'b',
    ask: 'q',
    serve: 'q',
    next: [],
  }),
  exchange('service: wildcard', 'accountServices', 'AC-06', {
    from: 'b',
    ask: 'w.x.y',
    serve: 'w.>',
    next: [answers('a', 'one')],
  }),
  exchange('service: wildcard, literal responder', 'accountServices', 'AC-06', {
    from: 'b',
    ask: 'w.x',
    serve: 'w.x',
    next: [answers('a', 'one'), asks('b', 'w.y')],
  }),
  exchange('service: literal part of a wildcard', 'accountServices', 'AC-06', {
    from: 'c',
    ask: 'cx',
    serve: 'w.*',
    next: [answers('a', 'one'), asks('c', 'w.x')],
  }),
  exchange('service: a tail to a tail', 'accountServices', 'AC-06 AC-09', {
    from: 'd',
    ask: 'd.x.y',
    serve: 'w.>',
    next: [answers('a', 'one')],
  }),
  exchange('service: tokens swapped', 'accountServices', 'AC-09', {
    from: 'b',
    ask: 'b.t.x.y',
    serve: 't.*.*',
    next: [answers('a', 'one')],
  }),
  exchange('service: an odd request subject', 'accountServices', 'AC-06 T19', {
    from: 'b',
    ask: 'w.*',
    serve: 'w.>',
    next: [answers('a', 'one'), asks('b', 'w.>')],
  }),
  exchange('service: private, allowed', 'accountServices', 'AC-07', {
    from: 'p',
    ask: 'p',
    serve: 'p',
    next: [answers('a', 'one')],
  }),
  exchange('service: many answers', 'accountServices', 'AC-10', {
    from: 'b',
    ask: 'many',
    serve: 'many',
    next: [answers('a', 'one', 'two', 'three'), answers('a', 'four')],
  }),
  exchange('service: an empty answer ends a stream', 'accountServices', 'AC-10', {
    from: 'b',
    ask: 'many',
    serve: 'many',
    next: [answers('a', 'one', ''), answers('a', 'two')],
  }),
  exchange('service: parts', 'accountServices', 'AC-10', {
    from: 'b',
    ask: 'parts',
    serve: 'parts',
    next: [answers('a', 'one', 'two'), answers('a', ''), answers('a', 'three')],
  }),
  exchange('service: an answer with headers', 'accountServices', 'AC-06', {
    from: 'c',
    ask: 'q',
    serve: 'q',
    next: [says('a', hpub('@REPLY@', 'NATS/1.0\r\nA: b\r\n\r\n', 'x'))],
  }),
  exchange('service: an answer that asks back', 'accountServices', 'AC-12', {
    from: 'c',
    ask: 'q',
    serve: 'q',
    next: [
      says('a', sub('back', 2), pub('@REPLY@', 'x', 'back')),
      says('c', pub('@REPLY@', 'y')),
      says('c', pub('back', 'z')),
    ],
  }),
  exchange('service: many answers that ask back', 'accountServices', 'AC-12', {
    from: 'b',
    ask: 'many',
    serve: 'many',
    next: [
      says('a', sub('back.*', 2), pub('@REPLY@', 'x', 'back.1')),
      says('b', pub('@REPLY@', 'y')),
      says('a', pub('@REPLY@', 'z')),
    ],
  }),
  session(
    'service: late answer',
    'accountServices',
    'AC-11',
    [
      listens('a', sub('slow', 1)),
      listens('b', sub('_INBOX.>', 1)),
      asks('b', 'slow'),
      ['!wait', 600],
      answers('a', 'late'),
    ],
    { whole: true },
  ),
  session(
    'service: late further answer',
    'accountServices',
    'AC-11',
    [
      listens('a', sub('slow.many', 1)),
      listens('b', sub('_INBOX.>', 1)),
      asks('b', 'slow.many'),
      answers('a', 'in time'),
      ['!wait', 700],
      answers('a', 'late'),
    ],
    { whole: true },
  ),
  session(
    'service: answers keep the stream alive',
    'accountServices',
    'AC-11',
    [
      listens('a', sub('slow.many', 1)),
      listens('b', sub('_INBOX.>', 1)),
      asks('b', 'slow.many'),
      ['!wait', 100],
      answers('a', '1'),
      ['!wait', 100],
      answers('a', '2'),
      answers('a', '3'),
    ],
    { whole: true },
  ),
  session('service: nobody answers', 'accountServices', 'AC-06 CP-38', [
    listens('a'),
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'q'),
    asks('c', 'cx'),
    asks('c', 'q', 'again', '_INBOX.2'),
  ]),
  session('service: nobody answers, without no_responders', 'accountServices', 'AC-06 CP-38', [
    ['c', as('c', { no_responders: false }) + sub('_INBOX.>', 1) + ping],
    asks('c', 'q'),
    listens('a', sub('q', 1)),
    asks('c', 'q'),
  ]),
  session('service: nobody answers and nobody waits', 'accountServices', 'AC-06 CP-38', [
    listens('c'),
    asks('c', 'q'),
    listens('a', sub('q', 1)),
    asks('c', 'q'),
    answers('a', 'one'),
  ]),
  session('service: without a reply', 'accountServices', 'AC-06', [
    listens('a', sub('q', 1), sub('w.*', 2), sub('many', 3)),
    listens('b', sub('_INBOX.>', 1)),
    says(
      'b',
      pub('b.q', '1'),
      pub('w.x', '2'),
      pub('many', '3'),
      hpub('w.y', 'NATS/1.0\r\nA: b\r\n\r\n', '4'),
    ),
  ]),
  session('service: headers of a request', 'accountServices', 'AC-06', [
    listens('a', sub('q', 1)),
    ['a2', `CONNECT {"verbose":false,"user":"a","pass":"p"}\r\n${sub('q', 2)}${ping}`],
    listens('c', sub('_INBOX.>', 1)),
    says('c', hpub('q', 'NATS/1.0\r\nA: b\r\nC: d\r\n\r\n', 'x', '_INBOX.1')),
  ]),
  session(
    'service: the requester listens there itself',
    'accountServices',
    'AC-06',
    [
      listens('c', sub('q', 1), sub('_INBOX.>', 2)),
      listens('a', sub('q', 1)),
      asks('c', 'q'),
      says('c', pub('_INBOX.1', 'local')),
      answers('a', 'remote'),
    ],
    rest,
  ),
  session(
    'service: the requester’s own queue and the exporter’s',
    'accountServices',
    'AC-06',
    [
      listens('c', sub('q', 1, 'g'), sub('_INBOX.>', 2)),
      listens('a', sub('q', 1, 'g')),
      asks('c', 'q'),
      ['!close', 'a'],
      ['!wait', 60],
      asks('c', 'q'),
    ],
    rest,
  ),
  session(
    'service: only a local subscriber',
    'accountServices',
    'AC-06',
    [
      listens('c', sub('q', 1), sub('_INBOX.>', 2)),
      asks('c', 'q'),
      says('c', pub('_INBOX.1', 'local')),
    ],
    rest,
  ),
  session('service: two responders, a queue and a plain one', 'accountServices', 'AC-06', [
    listens('a', sub('q', 1, 'g')),
    ['a2', as('a') + sub('q', 2) + ping],
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'q'),
    answers('a', 'from the queue'),
    answers('a2', 'second'),
  ]),
  session('service: two responders to many', 'accountServices', 'AC-10', [
    listens('a', sub('many', 1)),
    ['a2', as('a') + sub('many', 2) + ping],
    listens('b', sub('_INBOX.>', 1)),
    asks('b', 'many'),
    answers('a', 'first'),
    answers('a2', 'second'),
    answers('a', 'third'),
  ]),
  session('service: a stranger answers', 'accountServices', 'AC-12', [
    listens('a', sub('q', 1)),
    listens('c', sub('_INBOX.>', 1)),
    listens('d'),
    asks('c', 'q'),
    says('d', pub('@REPLY(a)@', 'from d')),
    says('c', pub('@REPLY(a)@', 'from c')),
    says('d', pub('_INBOX.1', 'from d')),
    answers('a', 'right'),
  ]),
  session('service: another connection of the exporter answers', 'accountServices', 'AC-12', [
    listens('a', sub('q', 1)),
    ['a2', as('a') + ping],
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'q'),
    says('a2', pub('@REPLY(a)@', 'from a2')),
    answers('a', 'too late'),
  ]),
  session(
    'service: someone listens to the replies',
    'accountServices',
    'AC-12',
    [
      listens('a', sub('q', 1), sub('_R_.>', 2)),
      listens('c', sub('_INBOX.>', 1)),
      asks('c', 'q'),
      answers('a', 'one'),
      answers('a', 'two'),
    ],
    rest,
  ),
  session(
    'service: everything is listened to',
    'accountServices',
    'AC-12',
    [listens('a', sub('>', 1)), listens('c', sub('>', 1)), asks('c', 'q'), answers('a', 'one')],
    rest,
  ),
  session('service: a made-up reply', 'accountServices', 'AC-12', [
    listens('a', sub('q', 1)),
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'q'),
    says('a', pub('_R_.abcdef.ghijkl', 'x')),
    says('c', pub('_R_.abcdef.ghijkl', 'x', '_INBOX.2')),
    says('c', pub('q', 'x', '_R_.abcdef.ghijkl')),
    answers('a', 'y'),
  ]),
  session('service: the requester leaves before the answer', 'accountServices', 'AC-12', [
    listens('a', sub('q', 1), sub('_INBOX.>', 9)),
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'q'),
    ['!close', 'c'],
    ['!wait', 60],
    says('a', pub('@REPLY@', 'x', '_INBOX.9')),
  ]),
  session(
    'service: the requester’s subscription leaves before the answer',
    'accountServices',
    'AC-12',
    [
      listens('a', sub('q', 1), sub('_INBOX.>', 9)),
      listens('c', sub('_INBOX.>', 1)),
      asks('c', 'q'),
      says('c', 'UNSUB 1\r\n'),
      says('a', pub('@REPLY@', 'x', '_INBOX.9')),
    ],
  ),
  session('service: requests with a maximum', 'accountServices', 'AC-12 T13', [
    listens('a', sub('q', 1), sub('many', 2)),
    listens('b', sub('_INBOX.1', 1), 'UNSUB 1 1\r\n'),
    asks('b', 'many'),
    answers('a', 'one', 'two'),
  ]),
  session('service: responder with a maximum', 'accountServices', 'AC-06 T13', [
    listens('a', sub('q', 1), 'UNSUB 1 1\r\n'),
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'q'),
    asks('c', 'q', 'again', '_INBOX.2'),
    answers('a', 'one'),
  ]),
  session('service: the answer goes to several', 'accountServices', 'AC-12', [
    listens('a', sub('q', 1)),
    listens('c', sub('_INBOX.>', 1)),
    ['c2', as('c') + sub('_INBOX.*', 2) + ping],
    listens('d', sub('_INBOX.*', 2)),
    asks('c', 'q'),
    answers('a', 'one'),
  ]),
  session(
    'service: the reply is another service',
    'accountServices',
    'AC-12',
    [
      listens('a', sub('q', 1), sub('w.>', 2)),
      listens('b', sub('>', 1)),
      asks('b', 'b.q', 'q', 'w.x'),
      answers('a', 'one'),
    ],
    rest,
  ),
  session('service: two requests, answered crosswise', 'accountServices', 'AC-12', [
    listens('a', sub('q', 1), sub('w.x', 2)),
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'q', 'first', '_INBOX.1'),
    says('a', sub('k', 3)),
    asks('c', 'cx', 'second', '_INBOX.2'),
    answers('a', 'to the second'),
    answers('a', 'again'),
  ]),
  session('service: verbose', 'accountServices', 'AC-06 CP-20', [
    ['a', as('a', { verbose: true }) + sub('q', 1) + ping],
    ['c', as('c', { verbose: true }) + sub('_INBOX.>', 1) + ping],
    asks('c', 'q'),
    answers('a', 'one'),
    answers('a', 'two'),
  ]),
  session('service: chained', 'accountServiceChain', 'AC-06 AC-12', [
    listens('a', sub('q', 1)),
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'c.q'),
    answers('a', 'one'),
    answers('a', 'two'),
  ]),
  session('service: chained, many answers', 'accountServiceChain', 'AC-06 AC-10', [
    listens('a', sub('m', 1)),
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'c.m'),
    answers('a', 'one', 'two'),
    answers('a', 'three'),
  ]),
  session('service: chained, answered in the middle', 'accountServiceChain', 'AC-06', [
    listens('b', sub('b.q', 1)),
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'c.q'),
    answers('b', 'one'),
    listens('a', sub('q', 1)),
    asks('c', 'c.q', 'both', '_INBOX.2'),
  ]),
  session('service: chained, nobody answers', 'accountServiceChain', 'AC-06 CP-38', [
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'c.q'),
    listens('b', sub('x', 1), sub('_INBOX.>', 2)),
    asks('b', 'b.q'),
  ]),
  session('service: of two exporters', 'accountServiceOverlap', 'AC-06', [
    listens('a', sub('q', 1)),
    listens('z', sub('q', 1)),
    listens('b', sub('_INBOX.>', 1)),
    asks('b', 'q'),
    answers('a', 'from a'),
    answers('z', 'from z'),
  ]),
  session('service: of two exporters, one answers', 'accountServiceOverlap', 'AC-06', [
    listens('z', sub('q', 1)),
    listens('b', sub('_INBOX.>', 1)),
    asks('b', 'q'),
  ]),
  session(
    'service: imported twice',
    'accountServiceOverlap',
    'AC-06',
    [
      listens('a', sub('q.>', 1)),
      listens('c', sub('_INBOX.>', 1)),
      asks('c', 'q.x'),
      asks('c', 'q.y'),
      asks('c', 'q.z'),
    ],
    rest,
  ),
  session('service: allow_responses for the exporter', 'accountServicePermissions', 'AC-06 AZ-04', [
    listens('a', sub('q', 1)),
    listens('b', sub('_INBOX.>', 1)),
    asks('b', 'q'),
    answers('a', 'one'),
    answers('a', 'two'),
    answers('a', 'three'),
    says('a', pub('x', 'denied')),
  ]),
  session('service: the requester may publish it', 'accountServicePermissions', 'AC-06 AZ-01', [
    listens('a', sub('q', 1)),
    listens('b', sub('_INBOX.>', 1)),
    asks('b', 'q'),
    asks('b', 'x'),
    asks('b', 'q', 'q', 'denied'),
  ]),
  session(
    'service: the requester may not publish the exported name',
    'accountServicePermissions',
    'AC-06 AZ-01',
    [
      listens('a', sub('q', 1)),
      listens('c', sub('_INBOX.>', 1)),
      listens('d', sub('_INBOX.>', 1)),
      asks('c', 'c.q'),
      answers('a', 'one'),
      asks('d', 'q'),
    ],
  ),
];

const info = (value: string) => `NATS/1.0\r\n${value}\r\n\r\n`;
const forged = 'Nats-Request-Info: {"acc":"forged"}';
const share: Session[] = [
  ...Object.entries({
    'shared service': 'q',
    'service that is not shared': 'n',
    'shared service of many answers': 'st',
  }).map(([name, subject]) =>
    session(`${name}: who asks`, 'accountShare', 'AC-13 AC-14', [
      listens('a', sub(subject, 1)),
      ['b', as('b', { name: 'asker', lang: 'node', version: '1.2.3' }) + sub('_INBOX.>', 1) + ping],
      asks('b', subject),
      answers('a', 'one'),
      says('b', pub(subject, 'no reply')),
      says('b', hpub(subject, info('A: b'), 'x', '_INBOX.2')),
    ]),
  ),
  session('shared service: chained', 'accountShareChain', 'AC-13 AC-14', [
    listens('a', sub('q', 1)),
    ['c', as('c', { name: 'asker' }) + sub('_INBOX.>', 1) + ping],
    asks('c', 'q'),
    answers('a', 'one'),
  ]),
  session('shared service: to a responder without headers', 'accountShare', 'AC-13', [
    ['a', `CONNECT {"verbose":false,"user":"a","pass":"p"}\r\n${sub('q', 1)}${ping}`],
    listens('b', sub('_INBOX.>', 1)),
    asks('b', 'q', 'payload'),
  ]),
  session('shared service: from a client without headers', 'accountShare', 'AC-13', [
    listens('a', sub('q', 1)),
    ['b', `CONNECT {"verbose":false,"user":"b","pass":"p"}\r\n${sub('_INBOX.>', 1)}${ping}`],
    asks('b', 'q', 'payload'),
  ]),
  ...Object.entries({
    'as it is': forged,
    'in lower case': 'nats-request-info: {"acc":"forged"}',
    'in upper case': 'NATS-REQUEST-INFO: {"acc":"forged"}',
    'without a blank': 'Nats-Request-Info:{"acc":"forged"}',
    'blank before the colon': 'Nats-Request-Info : {"acc":"forged"}',
    'first of two': `${forged}\r\nA: b`,
    'last of two': `A: b\r\n${forged}`,
    twice: `${forged}\r\nA: b\r\n${forged}`,
    'twice, in two cases': `${forged}\r\nA: b\r\nnats-request-info: {"acc":"2"}`,
    'twice, the other first': `nats-request-info: {"acc":"2"}\r\n${forged}`,
    folded: 'Nats-Request-Info: {"acc":\r\n "forged"}',
    'a longer name': 'Nats-Request-Info-2: {"acc":"forged"}',
    'a name that ends so': 'X-Nats-Request-Info: {"acc":"forged"}',
    'in a value': 'A: Nats-Request-Info: {"acc":"forged"}',
    empty: 'Nats-Request-Info:',
  }).map(([name, value]) =>
    session(`forged request info: ${name}`, 'accountShare', 'AC-14', [
      listens('a', sub('q', 1), sub('n', 2)),
      listens('b', sub('_INBOX.>', 1), sub('local', 2)),
      says('b', hpub('q', info(value), 'shared', '_INBOX.1')),
      says('b', hpub('n', info(value), 'not shared', '_INBOX.1')),
      says('b', hpub('local', info(value), 'local')),
    ]),
  ),
  session('forged request info: through a stream import', 'accountStreams', 'AC-14', [
    listens('b', sub('s.x', 1)),
    listens('a', sub('s.x', 1)),
    says('a', hpub('s.x', info(forged), 'x')),
    says('a', hpub('s.x', info(`A: b\r\n${forged}\r\n${forged}`), 'x')),
  ]),
  session('forged request info: in an answer', 'accountShare', 'AC-14', [
    listens('a', sub('q', 1)),
    listens('b', sub('_INBOX.>', 1)),
    asks('b', 'q'),
    says('a', hpub('@REPLY@', info(`${forged}\r\nA: b`), 'x')),
  ]),
];

const position: Session[] = [
  session(
    'account token: stream',
    'accountTokenPosition',
    'AC-08',
    [
      listens('b', sub('s.B.x', 1), sub('s.B.>', 2)),
      listens('a'),
      says('a', pub('s.B.x', '1')),
      says('a', pub('s.A.x', '2')),
    ],
    rest,
  ),
  session('account token: service', 'accountTokenPosition', 'AC-08', [
    listens('a', sub('q.*', 1)),
    listens('b', sub('_INBOX.>', 1)),
    asks('b', 'q.B'),
    answers('a', 'one'),
    asks('b', 'q.A'),
  ]),
];

const traceHeaders: Record<string, string> = {
  none: 'A: b',
  'Uber-Trace-Id of 1': 'Uber-Trace-Id: 479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:1',
  'Uber-Trace-Id of 3': 'Uber-Trace-Id: 479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:3',
  'Uber-Trace-Id of 0': 'Uber-Trace-Id: 479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:0',
  'Uber-Trace-Id broken': 'Uber-Trace-Id: x',
  'X-B3-Sampled 1': 'X-B3-TraceId: 80f198ee56343ba864fe8b2a57d3eff7\r\nX-B3-Sampled: 1',
  'X-B3-Sampled 0': 'X-B3-TraceId: 80f198ee56343ba864fe8b2a57d3eff7\r\nX-B3-Sampled: 0',
  'X-B3-TraceId alone': 'X-B3-TraceId: 80f198ee56343ba864fe8b2a57d3eff7',
  'X-B3-ParentSpanId':
    'X-B3-ParentSpanId: 05e3ac9a4f6e3b90\r\nX-B3-SpanId: e457b5a2e4d86bd1\r\nX-B3-TraceId: 80f198ee56343ba864fe8b2a57d3eff7',
  'B3 0': 'B3: 0',
  'B3 1': 'B3: 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90',
  'B3 d': 'B3: 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-d',
  'B3 0 inside': 'B3: 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-0-05e3ac9a4f6e3b90',
  'B3 short': 'B3: 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1',
  'Traceparent 01': 'Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'Traceparent 00': 'Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00',
  'Traceparent with Tracestate':
    'Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nTracestate: a=b,c=d',
  'traceparent in lower case':
    'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
const latency: Session[] = [
  ...Object.entries({ b: 'not shared', c: 'shared' }).map(([from, what]) =>
    session(`latency: one answer, ${what}`, 'accountLatency', 'AC-15', [
      ['a', as('a', { name: 'responder', lang: 'go', version: '1' }) + sub('q', 1) + ping],
      ['watch', as('a') + sub('lat.>', 1) + ping],
      [from, as(from, { name: 'asker' }) + sub('_INBOX.>', 1) + ping],
      asks(from, 'q'),
      answers('a', 'one'),
      answers('a', 'two'),
    ]),
  ),
  session('latency: nobody answers', 'accountLatency', 'AC-15', [
    ['watch', as('a') + sub('lat.>', 1) + ping],
    listens('b', sub('_INBOX.>', 1)),
    listens('c', sub('_INBOX.>', 1)),
    asks('b', 'q'),
    asks('c', 'q'),
  ]),
  session('latency: without a reply', 'accountLatency', 'AC-15', [
    listens('a', sub('q', 1)),
    ['watch', as('a') + sub('lat.>', 1) + ping],
    listens('b'),
    says('b', pub('q', 'x')),
  ]),
  session('latency: of a request that is only traced', 'accountLatency', 'AC-15 MT-02', [
    listens('a', sub('q', 1)),
    ['watch', as('a') + sub('lat.>', 1) + ping],
    ['traces', as('c') + sub('t', 1) + ping],
    listens('c'),
    says('c', hpub('q', onlyTraced, 'x')),
  ]),
  session(
    'latency: the responder is too slow',
    'accountLatency',
    'AC-15 AC-11',
    [
      listens('a', sub('slow', 1)),
      ['watch', as('a') + sub('lat.>', 1) + ping],
      listens('b', sub('_INBOX.>', 1)),
      asks('b', 'slow'),
      ['!wait', 700],
      answers('a', 'late'),
    ],
    { whole: true },
  ),
  session(
    'latency: the requester leaves',
    'accountLatency',
    'AC-15',
    [
      listens('a', sub('q', 1)),
      ['watch', as('a') + sub('lat.>', 1) + ping],
      listens('c', sub('_INBOX.>', 1)),
      asks('c', 'q'),
      ['!close', 'c'],
      ['!wait', 100],
      answers('a', 'one'),
    ],
    { whole: true },
  ),
  ...Object.entries(traceHeaders).map(([name, header]) =>
    session(`latency by header: ${name}`, 'accountLatency', 'AC-16', [
      listens('a', sub('h', 1)),
      ['watch', as('a') + sub('lat.>', 1) + ping],
      listens('c', sub('_INBOX.>', 1)),
      says('c', hpub('h', info(header), 'x', '_INBOX.1')),
      answers('a', 'one'),
    ]),
  ),
];

const limits: Session[] = [
  session(
    'account limit: connections',
    'accountLimits',
    'AC-19',
    [
      listens('a'),
      ['a2', as('a') + ping],
      ['a3', as('a', { verbose: true, protocol: 1 }) + ping],
      ['!close', 'a'],
      ['!wait', 60],
      ['a4', as('a') + ping],
    ],
    { fresh: true },
  ),
  session('account limit: no connections', 'accountLimits', 'AC-19', [['d', as('d') + ping]]),
  session(
    'account limit: subscriptions',
    'accountLimits',
    'AC-19',
    [
      listens('b', sub('x', 1), sub('y', 2), sub('z', 3), pub('z', '1')),
      ['b2', as('b') + sub('x', 1) + ping],
      says('b', 'UNSUB 1\r\n'),
      says('b', sub('z', 4), pub('z', '2')),
    ],
    { fresh: true },
  ),
  session(
    'account limit: subscriptions, verbose',
    'accountLimits',
    'AC-19 CP-20',
    [
      [
        'b',
        as('b', { verbose: true }) + sub('x', 1) + sub('x', 1) + sub('y', 2) + sub('z', 3) + ping,
      ],
    ],
    { fresh: true },
  ),
  session(
    'account limit: subscriptions to an import',
    'accountLimits',
    'AC-19 AC-05',
    [
      listens('f', sub('s.x', 1), sub('s.y', 2), sub('s.z', 3)),
      ['b', as('b') + pub('s.x', '1') + pub('s.y', '2') + pub('s.z', '3') + ping],
    ],
    { fresh: true },
  ),
  session('account limit: payload', 'accountLimits', 'AC-19 T6', [
    ['c', as('c', { protocol: 1 }) + sub('x', 1) + ping],
    says('c', pub('x', '0123456789')),
    says('c', pub('x', '0123456789a')),
  ]),
  session('account limit: payload with a header', 'accountLimits', 'AC-19 T6', [
    listens('c', sub('x', 1)),
    says('c', hpub('x', 'NATS/1.0\r\n\r\n', '')),
  ]),
  session('account limit: zero', 'accountLimits', 'AC-19', [
    ['e', as('e', { protocol: 1 }) + sub('x', 1) + ping],
    says('e', pub('x', '')),
    says('e', pub('x', '1')),
  ]),
];

const defaults: Session[] = [
  session(
    'default permissions of an account',
    'accountDefaults',
    'AC-21',
    [
      listens('a', sub('a.x', 1), sub('x', 2), sub('a.no', 3), sub('a.>', 4)),
      says('a', pub('a.x', '1')),
      says('a', pub('x', '2')),
      says('a', pub('a.no', '3')),
    ],
    rest,
  ),
  session('own permissions in an account with default ones', 'accountDefaults', 'AC-21', [
    listens('b', sub('x', 1), sub('b.x', 2)),
    says('b', pub('b.x', '1'), pub('x', '2')),
  ]),
  session('an account without default permissions', 'accountDefaults', 'AC-21', [
    listens('c', sub('x', 1)),
    says('c', pub('x', '1')),
  ]),
];

const mappings: Session[] = [
  session(
    'mapping of an account',
    'accountMappings',
    'AC-03 SB-07',
    [
      listens('a', sub('>', 1), sub('n.x', 2)),
      listens('b', sub('>', 1)),
      says('a', pub('m.x', '1'), pub('x', '2')),
      says('b', pub('m.x', '3'), pub('x', '4')),
      says('a', pub('drop', '5', 'n.x')),
    ],
    rest,
  ),
  session('mapping of the requester to a service', 'accountMappings', 'AC-06 SB-07', [
    listens('d', sub('d.q', 1), sub('q', 2)),
    listens('c', sub('_INBOX.>', 1)),
    asks('c', 'c.q'),
    asks('c', 'q'),
  ]),
  session(
    'mapping of the exporter and a stream',
    'accountMappings',
    'AC-05 SB-07',
    [
      listens('e', sub('e.>', 1), sub('e.out', 2), sub('e.in', 3)),
      listens('d'),
      says('d', pub('s.in', '1')),
      says('d', pub('s.x', '2')),
      says('e', pub('e.x', '3')),
    ],
    rest,
  ),
];

const globals: Session[] = [
  session('no_auth_user of an account', 'accountNoAuthUser', 'AU-21 AC-03', [
    listens('a', sub('q', 1)),
    ['n', `${sub('_INBOX.>', 1)}${pub('q', 'x', '_INBOX.1')}${pub('x', '1')}${ping}`],
    answers('a', 'one'),
    ['m', `CONNECT {"protocol":1,"verbose":false}\r\n${ping}`],
    listens('b', sub('b', 1)),
    ['n', pub('b', '1') + ping],
  ]),
  session('no_auth_user: the account is the one of the user', 'accountGlobal', 'AU-21 AC-01', [
    ['n', `${sub('s.x', 1)}${ping}`],
    listens('a', sub('q', 1)),
    says('a', pub('s.x', '1')),
    says('n', pub('q', '2')),
  ]),
];

/** Without a barrier: the system answers when it comes to it. */
const requestOf = (user: string, subject: string, body = ''): Action => [
  user,
  pub(subject, body, '_INBOX.1'),
];
const connzOptions = [
  '',
  '{}',
  '{"subscriptions":true}',
  '{"auth":true}',
  '{"state":"closed"}',
  '{"limit":1}',
  '{"offset":1}',
  '{"acc":"B"}',
  '{"user":"a"}',
  '{"cid":999999}',
  '{"sort":"nonsense"}',
  'garbage',
  '[]',
  '{"limit":"x"}',
  '{"server_name":"one"}',
  '{"server_name":"other"}',
];
const system: Session[] = [
  ...['accountSystem', 'accountDefaultSystem'].flatMap((config) => [
    session(`user info: ${config}, user a`, config, 'AC-22 SY-17', [
      listens('a', sub('_INBOX.>', 1)),
      requestOf('a', '$SYS.REQ.USER.INFO'),
      requestOf('a', '$SYS.REQ.USER.INFO', '{"x":1}'),
      says('a', pub('$SYS.REQ.USER.INFO', '')),
    ]),
    session(`user info: ${config}, system user`, config, 'AC-22 SY-17', [
      listens('sys', sub('_INBOX.>', 1)),
      requestOf('sys', '$SYS.REQ.USER.INFO'),
    ]),
  ]),
  session('user info: without permissions', 'accountSystem', 'AC-22 SY-17', [
    listens('b', sub('_INBOX.>', 1)),
    requestOf('b', '$SYS.REQ.USER.INFO'),
  ]),
  session('user info: in $G', 'accountsAndUsers', 'AC-22 SY-17', [
    listens('v', sub('_INBOX.>', 1)),
    requestOf('v', '$SYS.REQ.USER.INFO'),
    listens('u', sub('_INBOX.>', 1)),
    requestOf('u', '$SYS.REQ.USER.INFO'),
  ]),
  session('user info: without users', 'plain', 'AC-22 SY-17', [
    [
      'u',
      `CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n${sub('_INBOX.>', 1)}${ping}`,
    ],
    requestOf('u', '$SYS.REQ.USER.INFO'),
  ]),
  session('user info: of a token', 'token', 'AC-22 SY-17', [
    ['u', `CONNECT {"verbose":false,"auth_token":"s3cret"}\r\n${sub('_INBOX.>', 1)}${ping}`],
    requestOf('u', '$SYS.REQ.USER.INFO'),
  ]),
  session(
    'account statz',
    'accountSystem',
    'AC-22 SY-15',
    [
      ['b', as('b', { name: 'bee' }) + sub('_INBOX.>', 1) + sub('x', 2) + ping],
      requestOf('b', '$SYS.REQ.ACCOUNT.PING.STATZ'),
      requestOf('b', '$SYS.REQ.ACCOUNT.PING.STATZ', '{"accounts":["A"]}'),
      requestOf('b', '$SYS.REQ.ACCOUNT.PING.STATZ', '{"include_unused":true}'),
      requestOf('b', '$SYS.REQ.ACCOUNT.PING.STATZ', 'garbage'),
    ],
    { fresh: true },
  ),
  session(
    'account connz',
    'accountSystem',
    'AC-22 SY-15',
    [
      [
        'b',
        as('b', { name: 'bee', lang: 'go', version: '1' }) +
          sub('_INBOX.>', 1) +
          sub('x', 2, 'q') +
          ping,
      ],
      listens('a'),
      ...connzOptions.map((body) => requestOf('b', '$SYS.REQ.ACCOUNT.PING.CONNZ', body)),
    ],
    { fresh: true },
  ),
  session(
    'server connz by an account',
    'accountSystem',
    'AC-22 SY-15',
    [
      listens('b', sub('_INBOX.>', 1)),
      listens('a'),
      requestOf('b', '$SYS.REQ.SERVER.PING.CONNZ'),
      requestOf('b', '$SYS.REQ.SERVER.PING.CONNZ', '{"acc":"A","auth":true}'),
      requestOf('b', '$SYS.REQ.SERVER.PING.STATZ'),
      requestOf('b', '$SYS.REQ.SERVER.PING'),
      requestOf('b', '$SYS.REQ.ACCOUNT.B.CONNZ'),
      requestOf('b', '$SYS.REQ.ACCOUNT.A.CONNZ'),
      requestOf('b', '$SYS.REQ.ACCOUNT.PING.INFO'),
      requestOf('b', '$SYS.REQ.ACCOUNT.PING'),
    ],
    { fresh: true },
  ),
  session('system subjects do not cross accounts', 'accountSystem', 'AC-02 AC-04', [
    listens('b', sub('$SYS.>', 1)),
    ['sys', as('sys') + sub('$SYS.REQ.USER.INFO', 1) + sub('x', 2) + ping],
    says('b', pub('$SYS.ACCOUNT.B.CONNECT', '{}'), pub('x', '1')),
    says('sys', pub('$SYS.x', '2')),
  ]),
  session('everything is listened to: no system messages', 'accountSystem', 'AC-02 AC-04', [
    ['b', as('b') + sub('>', 1) + ping],
    listens('a'),
    ['!close', 'a'],
    ['!wait', 80],
    requestOf('b', '$SYS.REQ.USER.INFO'),
  ]),
];

export const accounts: Session[] = [
  ...isolation,
  ...streams,
  ...services,
  ...share,
  ...position,
  ...latency,
  ...limits,
  ...defaults,
  ...mappings,
  ...globals,
  ...system,
];
