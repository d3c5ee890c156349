/** Permissions: the exact texts, queue forms, delivery filters, allow_responses. */
import type { Session } from '../session.ts';
import { named, ping, pub, session } from './build.ts';

const u = 'CONNECT {"verbose":false,"user":"u","pass":"p","headers":true,"no_responders":true}\r\n';
const verbose = 'CONNECT {"user":"u","pass":"p"}\r\n';
const admin = 'CONNECT {"verbose":false,"pedantic":false,"user":"admin","pass":"p"}\r\n';

/** Each line alone, quiet and verbose, in one configuration. */
function lines(config: string, rows: string, list: string[]): Session[] {
  return Object.entries(named(list)).flatMap(([name, line]) => [
    session(`${config}: ${name}`, config, rows, [
      ['a', u],
      ['a', `${line}PING\r\n`],
    ]),
    session(`${config}, verbose: ${name}`, config, `${rows} CP-20`, [
      ['a', verbose],
      ['a', `${line}PING\r\n`],
    ]),
  ]);
}

const common = [
  'SUB s.a 1\r\n',
  'SUB s.> 1\r\n',
  'SUB > 1\r\n',
  'SUB x 1\r\n',
  'SUB x q 1\r\n',
  'SUB s.no.x 1\r\n',
  'SUB s.no.* 1\r\n',
  'SUB s.no.> 1\r\n',
  'SUB s.* 1\r\n',
  'SUB t.* 1\r\n',
  'SUB t.x 1\r\n',
  'SUB *.x 1\r\n',
  'SUB _INBOX.x 1\r\n',
  'SUB a..b 1\r\n',
  pub('p.a', '1'),
  pub('q.a', '1'),
  pub('q.a.b', '1'),
  pub('x', '1'),
  pub('p.no.x', '1'),
  pub('p.a', '1', 'x'),
  pub('p.a', '1', 'p.b'),
  pub('x', '1', 'p.a'),
  pub('p.*', '1'),
  pub('*', '1'),
  pub('p.>', '1'),
];
const queues = [
  'a 1',
  'a q 1',
  'b 1',
  'b q1 1',
  'b q2 1',
  'c q.x 1',
  'c q.no 1',
  'c q.x.y 1',
  'c 1',
  'd any 1',
  'd any.thing 1',
  'd 1',
  'e 1',
  'e q 1',
  'e q.q 1',
  '> q1 1',
  '* q.x 1',
].map((s) => `SUB ${s}\r\n`);

const serve = (name: string, config: string, rows: string, answers: string, wait = 0): Session =>
  session(
    name,
    config,
    rows,
    [
      ['svc', `${u}SUB svc 1\r\nPING\r\n`],
      ['c', `${admin}SUB _R.> 1\r\n${pub('svc', 'q', '_R.1')}PING\r\n`],
      ...(wait > 0 ? ([['!wait', wait]] as ['!wait', number][]) : []),
      ['svc', `${answers}PING\r\n`],
      ['c', ping],
    ],
    wait > 0 ? { whole: true } : {},
  );

export const permissions = [
  ...lines('allow', 'AZ-01 AZ-02 AZ-06 AZ-08 T3 T5', common),
  ...lines('deny', 'AZ-01 AZ-02 AZ-08 T5', common),
  ...lines('allowDeny', 'AZ-01 AZ-02 AZ-06', common),
  ...lines('denyAll', 'AZ-01 AZ-02', [
    'SUB a 1\r\n',
    'SUB > 1\r\n',
    pub('a', '1'),
    pub('$SYS.x', '1'),
  ]),
  ...lines('emptyAllow', 'AZ-01 AZ-02', ['SUB a 1\r\n', 'SUB > 1\r\n', pub('a', '1')]),
  ...lines('queuePermissions', 'AZ-03 T5', queues),
  ...lines('defaultPermissions', 'AZ-01', [
    'SUB d.x 1\r\n',
    'SUB x 1\r\n',
    pub('d.x', '1'),
    pub('x', '1'),
  ]),
  ...lines('legacyPermissions', 'AZ-09', [
    'SUB _INBOX.x 1\r\n',
    'SUB x 1\r\n',
    'SUB y 1\r\n',
    pub('req.a', '1'),
    pub('req.a.b', '1'),
    pub('x', '1'),
  ]),
  session('deny inside an allowed wildcard', 'allowDeny', 'AZ-05 T26', [
    ['a', `${u}SUB s.> 1\r\nSUB s.*.* 2\r\nPING\r\n`],
    [
      'b',
      `${admin}${pub('s.no.x', 'hidden')}${pub('s.yes', 'seen')}${pub('s.no.x.y', 'seen too')}PING\r\n`,
    ],
    ['a', ping],
  ]),
  session(
    'deny inside an allowed full wildcard',
    'deny',
    'AZ-05 T26',
    [
      ['a', `${u}SUB > 1\r\nSUB t.* q 2\r\nPING\r\n`],
      [
        'b',
        `${admin}${pub('s.x', 'hidden')}${pub('t.x', 'hidden')}${pub('t.y', 'seen')}${pub('z', 'seen')}PING\r\n`,
      ],
      ['a', ping],
    ],
    { unordered: true },
  ),
  session('denied queue delivery goes to no one else of that connection', 'deny', 'AZ-05 CP-41', [
    ['a', `${u}SUB t.* q 2\r\nPING\r\n`],
    ['b', `${admin}${pub('t.x', 'hidden')}${pub('t.y', 'seen')}PING\r\n`],
    ['a', ping],
  ]),
  session('no responders when publishing is denied', 'allow', 'CP-38 AZ-01', [
    ['a', `${u}SUB _INBOX.x 1\r\n${pub('x', 'q', '_INBOX.x')}PING\r\n`],
  ]),
  session('no responders when the reply is denied', 'allow', 'CP-38 AZ-06', [
    ['a', `${u}SUB _INBOX.x 1\r\n${pub('p.a', 'q', '_INBOX.x')}PING\r\n`],
  ]),
  serve(
    'allow_responses: one answer',
    'responses',
    'AZ-04',
    `${pub('_R.1', '1')}${pub('_R.1', '2')}`,
  ),
  serve('allow_responses: another subject', 'responses', 'AZ-04', pub('_R.2', '1')),
  serve(
    'allow_responses: max 2',
    'responsesTwo',
    'AZ-04',
    `${pub('_R.1', '1')}${pub('_R.1', '2')}${pub('_R.1', '3')}`,
  ),
  serve(
    'allow_responses: without a publish permission',
    'responsesUnlimited',
    'AZ-04',
    `${pub('_R.1', '1')}${pub('_R.1', '2')}${pub('_R.2', '3')}`,
  ),
  serve('allow_responses: expired', 'responsesShort', 'AZ-04', pub('_R.1', '1'), 500),
  serve('allow_responses: in time', 'responsesShort', 'AZ-04', pub('_R.1', '1')),
  session('allow_responses: before any request', 'responses', 'AZ-04', [
    ['svc', `${u}${pub('_R.1', 'x')}PING\r\n`],
  ]),
  session('user without permissions beside one with', 'allow', 'AZ-01', [
    ['a', `${admin}SUB anything 1\r\n${pub('anything', 'x')}PING\r\n`],
  ]),
  session('own permissions replace the default ones', 'defaultPermissions', 'AZ-01', [
    ['a', `CONNECT {"verbose":false,"user":"w","pass":"p"}\r\nSUB x 1\r\n${pub('x', '1')}PING\r\n`],
  ]),
];
