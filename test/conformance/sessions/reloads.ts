/** Authorization, and what a reload of it does to those who are connected. Each has its own server. */
import { reloadTexts } from '../configs/reloads.ts';
import type { Action, Session } from '../session.ts';
import { ping, pub, session } from './build.ts';

const as = (user: string, o: Record<string, unknown> = {}) =>
  `CONNECT ${JSON.stringify({ verbose: false, protocol: 1, user, pass: 'p', headers: true, no_responders: true, ...o })}\r\n`;
const jwt = (name: string) =>
  `CONNECT ${JSON.stringify({ verbose: false, protocol: 1, jwt: `@JWT(user-${name})@`, sig: `@SIG(user-${name})@`, headers: true, no_responders: true })}\r\n`;
const sub = (subject: string, sid: number | string, queue = '') =>
  `SUB ${subject} ${queue}${queue ? ' ' : ''}${sid}\r\n`;
const listens = (name: string, ...subs: string[]): Action => [
  name,
  `${as(name)}${subs.join('')}${ping}`,
];
const says = (name: string, ...parts: string[]): Action => [name, `${parts.join('')}${ping}`];

type Text = keyof typeof reloadTexts;
const reload = (name: Text): Action => ['!reload', reloadTexts[name]];

function from(
  start: Text,
  name: string,
  rows: string,
  actions: Action[],
  unordered = false,
): Session {
  const order = unordered ? { unordered: true as const } : {};
  return session(`after a reload: ${name}`, `reload ${start}`, rows, actions, {
    fresh: true,
    whole: true,
    ...order,
  });
}

const permissions: Session[] = [
  from(
    'someSubjects',
    'fewer subjects',
    'AZ-10 SG-03',
    [
      listens('u', sub('x', 1), sub('y', 2), sub('w.>', 3), sub('w.a', 4, 'g')),
      listens('admin', sub('y', 1)),
      reload('fewerSubjects'),
      says('admin', pub('x', '1'), pub('y', '2'), pub('w.a', '3')),
      says('u', pub('x', '4'), pub('y', '5'), sub('y', 6)),
    ],
    true,
  ),
  from('someSubjects', 'fewer subjects, verbose', 'AZ-10 CP-20', [
    ['u', as('u', { verbose: true }) + sub('x', 1) + sub('y', 2) + ping],
    reload('fewerSubjects'),
    says('u', pub('y', '5'), sub('y', 6)),
  ]),
  from('someSubjects', 'more subjects', 'AZ-10', [
    listens('u', sub('x', 1), sub('z', 2)),
    reload('free'),
    says('u', sub('z', 3), pub('z', '1')),
  ]),
  from(
    'free',
    'permissions for the first time',
    'AZ-10',
    [
      listens('u', sub('x', 1), sub('>', 2), sub('z', 3, 'g'), sub('x', 4, 'g')),
      listens('admin'),
      reload('someSubjects'),
      says('admin', pub('x', '1'), pub('z', '2')),
      says('u', pub('z', '1'), pub('x', '2')),
    ],
    true,
  ),
  from(
    'free',
    'a subject denied inside a wildcard',
    'AZ-10 AZ-05',
    [
      listens('u', sub('w.*', 1), sub('w.no', 2), sub('y', 3), sub('>', 4)),
      listens('admin'),
      reload('deniedInside'),
      says('admin', pub('w.yes', '1'), pub('w.no', '2'), pub('y', '3')),
      reload('free'),
      says('admin', pub('w.no', '4'), pub('y', '5')),
    ],
    true,
  ),
  from(
    'queues',
    'other queues',
    'AZ-10 AZ-03',
    [
      listens('u', sub('x', 1, 'q1'), sub('y', 2, 'any'), sub('x', 3, 'q2')),
      listens('admin'),
      reload('fewerQueues'),
      says('u', sub('x', 4, 'q1'), sub('x', 5, 'q2'), sub('y', 6)),
      says('admin', pub('x', '1'), pub('y', '2')),
    ],
    true,
  ),
  from('responses', 'allow_responses taken away', 'AZ-10 AZ-04', [
    listens('u', sub('svc', 1)),
    listens('admin', sub('_INBOX.>', 1)),
    says('admin', pub('svc', 'q', '_INBOX.1')),
    says('u', pub('_INBOX.1', '1')),
    reload('noResponses'),
    says('u', pub('_INBOX.1', '2')),
    says('admin', pub('svc', 'q', '_INBOX.2')),
    says('u', pub('_INBOX.2', '3')),
  ]),
  from('responses', 'allow_responses stays', 'AZ-10 AZ-04', [
    listens('u', sub('svc', 1)),
    listens('admin', sub('_INBOX.>', 1)),
    says('admin', pub('svc', 'q', '_INBOX.1')),
    reload('responses'),
    says('u', pub('_INBOX.1', '2')),
  ]),
  from('free', 'default permissions', 'AZ-10 AC-21', [
    listens('u', sub('x', 1), sub('y', 2)),
    reload('defaults'),
    says('u', sub('z', 3), pub('x', '1')),
  ]),
  from('free', 'the same again', 'SG-03', [
    listens('u', sub('x', 1)),
    reload('free'),
    says('u', pub('x', '1')),
    reload('free'),
    says('u', pub('x', '2')),
  ]),
];

const people: Session[] = [
  ...(
    [
      ['gone', 'the user is gone'],
      ['otherPassword', 'another password'],
      ['onlyWebsocket', 'another connection type'],
      ['oneUser', 'one user instead of several'],
      ['token', 'a token instead of users'],
      ['nkey', 'an nkey instead of the user'],
      ['nothing', 'no authentication'],
      ['two', 'accounts instead of users'],
      ['noAuthUser', 'a user for those without'],
    ] as [Text, string][]
  ).map(([text, name]) =>
    from('free', name, 'SG-08 SG-03', [
      listens('u', sub('x', 1)),
      listens('admin', sub('x', 1)),
      reload(text),
      says('admin', pub('x', '1')),
      says('u', pub('x', '2')),
      ['new', as('u') + ping],
    ]),
  ),
  from('noAuthUser', 'another user for those without', 'SG-08 AU-21', [
    ['n', `CONNECT {"verbose":false,"protocol":1}\r\n${ping}`],
    reload('noAuthUserAdmin'),
    says('n', pub('x', '1')),
    ['m', `CONNECT {"verbose":false,"protocol":1}\r\n${ping}`],
    reload('free'),
    says('m', pub('x', '1')),
    ['o', `CONNECT {"verbose":false,"protocol":1}\r\n${ping}`],
  ]),
  from('nkey', 'another nkey', 'SG-08 AU-06', [
    [
      'k',
      `CONNECT {"verbose":false,"protocol":1,"nkey":"@KEY(user-one)@","sig":"@SIG(user-one)@"}\r\n${ping}`,
    ],
    listens('admin'),
    reload('nkey'),
    says('k', pub('x', '1')),
    reload('otherNkey'),
    says('admin'),
    says('k', pub('x', '1')),
  ]),
  from('nkey', 'no nkeys any more', 'SG-08 AU-07', [
    [
      'k',
      `CONNECT {"verbose":false,"protocol":1,"nkey":"@KEY(user-one)@","sig":"@SIG(user-one)@"}\r\n${ping}`,
    ],
    listens('admin'),
    reload('gone'),
    says('admin'),
    ['!open', 'new'],
  ]),
  from('free', 'not yet connected', 'SG-08', [
    ['!open', 'a'],
    reload('gone'),
    ['a', as('u') + ping],
  ]),
  from('free', 'smaller payload', 'SG-03 T6', [
    listens('u', sub('x', 1)),
    reload('smallPayload'),
    says('u', pub('x', '12345')),
    ['u', pub('x', '123456')],
  ]),
  from('free', 'fewer subscriptions', 'SG-03', [
    listens('u', sub('x', 1), sub('y', 2)),
    reload('fewSubscriptions'),
    says('u', pub('y', '1'), sub('z', 3)),
  ]),
  from('free', 'fewer connections', 'SG-03', [
    listens('u', sub('x', 1)),
    listens('admin', sub('x', 1)),
    reload('fewConnections'),
    says('u'),
    says('admin'),
    ['new', as('u') + ping],
  ]),
  from('free', 'mappings', 'SG-03 SB-07', [
    listens('u', sub('x', 1), sub('y', 2)),
    reload('mapped'),
    says('u', pub('x', '1')),
    reload('free'),
    says('u', pub('x', '2')),
  ]),
  ...(
    ['sameName', 'noAuthUserMissing', 'cycle', 'unknownAccount', 'importWithoutExport'] as Text[]
  ).map((text) =>
    from('free', `refused, ${text}`, 'SG-04 AC-18', [
      listens('u', sub('x', 1)),
      reload(text),
      says('u', pub('x', '1')),
    ]),
  ),
];

const asks = (name: string, subject: string): Action => says(name, pub(subject, 'q', '_INBOX.1'));
const both: Action[] = [
  listens('a', sub('q', 1), sub('m', 2)),
  listens('b', sub('s.x', 1), sub('from.x', 2), sub('_INBOX.>', 3)),
];
const tries: Action[] = [says('a', pub('s.x', 'stream')), asks('b', 'q'), asks('b', 'b.q')];

const borders: Session[] = [
  ...(
    [
      ['two', 'noImports', 'imports taken away'],
      ['noImports', 'two', 'imports added'],
      ['two', 'onlyService', 'the stream import taken away'],
      ['two', 'onlyStream', 'the service import taken away'],
      ['onlyService', 'two', 'the stream import added'],
      ['two', 'renamedStream', 'the stream import renamed'],
      ['two', 'renamedService', 'the service import renamed'],
      ['two', 'sharedService', 'the service import shared'],
      ['two', 'noExports', 'exports taken away with their imports'],
      ['two', 'importWithoutExport', 'only the export taken away'],
      ['two', 'privateExport', 'the export made private'],
      ['two', 'withoutA', 'the exporter gone'],
      ['two', 'withoutB', 'the importer gone'],
      ['two', 'three', 'a further account'],
      ['three', 'two', 'one account fewer'],
      ['two', 'moved', 'a user in another account'],
      ['two', 'limited', 'limits of an account'],
      ['two', 'defaultPermissions', 'default permissions of an account'],
      ['two', 'accountMapped', 'mappings of an account'],
      ['two', 'accountTraced', 'traces of an account'],
      ['two', 'cycle', 'a cycle'],
      ['two', 'unknownAccount', 'an unknown account'],
      ['two', 'free', 'users instead of accounts'],
      ['two', 'nothing', 'no accounts'],
      ['two', 'systemA', 'the system account is an old one'],
      ['two', 'withSystem', 'the system account is a new one'],
      ['withSystem', 'two', 'no system account of its own'],
      ['two', 'two', 'the same accounts'],
    ] as [Text, Text, string][]
  ).map(([start, text, name]) =>
    from(start, name, 'SG-03 AC-03 AC-05 AC-06', [...both, reload(text), ...tries]),
  ),
  from('two', 'an answer on its way', 'AC-12 SG-03', [
    ...both,
    asks('b', 'q'),
    reload('two'),
    says('a', pub('@REPLY@', 'answer')),
  ]),
  from('two', 'an answer on its way, the import is gone', 'AC-12 SG-03', [
    ...both,
    asks('b', 'q'),
    reload('noImports'),
    says('a', pub('@REPLY@', 'answer')),
  ]),
  from('two', 'imports there and back', 'AC-05 SG-03', [
    ...both,
    reload('noImports'),
    reload('two'),
    ...tries,
    says('b', 'UNSUB 1\r\n'),
    says('a', pub('s.x', 'again')),
  ]),
  from('two', 'limits of an account in use', 'AC-19 SG-03', [
    listens('b', sub('x', 1), sub('y', 2)),
    ['b2', as('b') + sub('x', 1) + ping],
    reload('limited'),
    says('b', sub('z', 3)),
    ['b3', as('b') + ping],
    ['b', pub('x', '123456')],
    ['b2', ping],
  ]),
  from('limited', 'wider limits of an account', 'AC-19 SG-03', [
    listens('b', sub('x', 1), sub('y', 2)),
    reload('two'),
    says('b', sub('z', 3), pub('z', '123456')),
    ['b2', as('b') + ping],
  ]),
];

const operators: Session[] = (
  [
    ['operator', 'the same claims'],
    ['operatorRevoking', 'a revoked user'],
    ['operatorRevokingAll', 'all users revoked'],
    ['operatorLimited', 'lower limits'],
    ['operatorClosed', 'exports taken away'],
    ['operatorBClosed', 'imports taken away'],
    ['operatorExpired', 'an expired account'],
    ['operatorWithoutA', 'the account is gone'],
    ['two', 'accounts of the file instead'],
  ] as [Text, string][]
).map(([text, name]) =>
  from('operator', `operator, ${name}`, 'AU-14 AC-26 AC-28 SG-03', [
    ['a', jwt('good') + sub('q', 1) + sub('x', 2) + ping],
    ['s', jwt('signing') + sub('q', 1, 'g') + ping],
    ['b', jwt('b') + sub('from.a.>', 1) + sub('_INBOX.>', 2) + ping],
    reload(text),
    says('s', pub('s.x', '1')),
    says('b', pub('b.q', 'q', '_INBOX.1')),
    ['new', jwt('good') + ping],
  ]),
);

export const reloads: Session[] = [...permissions, ...people, ...borders, ...operators];
