/** Permissions where they meet accounts, queues and answers. */
import type { Action, Session } from '../session.ts';
import { ping, pub, session } from './build.ts';

const as = (user: string) =>
  `CONNECT ${JSON.stringify({ verbose: false, user, pass: 'p', headers: true, no_responders: true })}\r\n`;
const sub = (subject: string, sid: number, queue = '') =>
  `SUB ${subject} ${queue}${queue ? ' ' : ''}${sid}\r\n`;
const listens = (user: string, ...subs: string[]): Action => [
  user,
  `${as(user)}${subs.join('')}${ping}`,
];
const says = (user: string, ...parts: string[]): Action => [user, `${parts.join('')}${ping}`];
const rest = { unordered: true } as const;

/** Subscriptions of `u`, with its permissions, and what `admin` publishes. */
const reads = (name: string, config: string, subs: string[], subjects: string[]): Session =>
  session(
    `authorization: ${name}`,
    config,
    'AZ-02 AZ-03 AZ-05',
    [listens('u', ...subs), listens('admin'), ...subjects.map((s) => says('admin', pub(s, s)))],
    rest,
  );

const queues = ['s.x', 's.no', 's.secret', 's.a.b', 'plain'];
const subscriptions = {
  'queue that is allowed': [sub('s.x', 1, 'q.a'), sub('s.x', 2, 'other'), sub('s.x', 3)],
  'queue that is denied': [sub('s.no', 1, 'q.a'), sub('s.no', 2, 'w'), sub('s.no', 3)],
  'wildcard over a denied subject': [sub('s.*', 1), sub('s.*', 2, 'q.a'), sub('s.>', 3, 'w')],
  'full wildcard': [sub('>', 1), sub('>', 2, 'q.a'), sub('>', 3, 'w')],
  'overlap that is no subset': [sub('*.no', 1), sub('*.secret', 2, 'q.a'), sub('*.*', 3, 'w')],
  literal: [sub('plain', 1), sub('plain', 2, 'q.a'), sub('plain', 3, 'w')],
};
const reading = ['queueDenies', 'plainDenies', 'queueAllows', 'importDenies'].flatMap((config) =>
  Object.entries(subscriptions).map(([name, subs]) =>
    reads(`${name}, ${config}`, config, subs, config === 'importDenies' ? [] : queues),
  ),
);
const imported = Object.entries(subscriptions).map(([name, subs]) =>
  session(
    `authorization: ${name}, imported`,
    'importDenies',
    'AZ-02 AZ-03 AZ-05 AC-05',
    [listens('u', ...subs), listens('exporter'), ...queues.map((s) => says('exporter', pub(s, s)))],
    rest,
  ),
);

const asks = (n: number): Action => says('admin', pub('svc', 'q', `_INBOX.${n}`));
const answers = (...list: number[]): Action =>
  says('u', ...list.map((n) => pub(`_INBOX.${n}`, 'answer')));
const responses: Session[] = [
  session('authorization: responses to several requests', 'replies', 'AZ-04', [
    listens('u', sub('svc', 1)),
    listens('admin', sub('_INBOX.>', 1)),
    asks(1),
    asks(2),
    answers(2, 1, 2, 1),
    answers(2, 1),
  ]),
  session('authorization: a second request to the same reply', 'replies', 'AZ-04', [
    listens('u', sub('svc', 1)),
    listens('admin', sub('_INBOX.>', 1)),
    asks(1),
    answers(1, 1, 1),
    asks(1),
    answers(1, 1, 1),
  ]),
  session('authorization: a response with a reply', 'replies', 'AZ-04 AZ-06', [
    listens('u', sub('svc', 1), sub('back', 2)),
    listens('admin', sub('_INBOX.>', 1)),
    asks(1),
    says('u', pub('_INBOX.1', 'x', 'back')),
    says('admin', pub('back', 'y', '_INBOX.2')),
    answers(2, 2, 2),
  ]),
  session('authorization: responses by another connection', 'replies', 'AZ-04', [
    listens('u', sub('svc', 1)),
    ['u2', as('u') + ping],
    listens('admin', sub('_INBOX.>', 1)),
    asks(1),
    ['u2', pub('_INBOX.1', 'x') + ping],
    answers(1),
  ]),
  session('authorization: responses in a queue', 'replies', 'AZ-04', [
    listens('u', sub('svc', 1, 'g')),
    listens('admin', sub('_INBOX.>', 1)),
    asks(1),
    answers(1, 1, 1),
  ]),
  session(
    'authorization: late responses',
    'replies',
    'AZ-04',
    [
      listens('u', sub('svc', 1)),
      listens('admin', sub('_INBOX.>', 1)),
      asks(1),
      answers(1),
      ['!wait', 1_700],
      answers(1),
    ],
    { whole: true },
  ),
  session('authorization: a denied subject stays denied in a response', 'replies', 'AZ-04 AZ-01', [
    listens('u', sub('svc', 1)),
    listens('admin', sub('no.>', 1)),
    says('admin', pub('svc', 'q', 'no.1')),
    says('u', pub('no.1', 'x')),
    says('u', pub('no.2', 'x')),
  ]),
];

export const authorization: Session[] = [
  ...reading.filter(({ config }) => config !== 'importDenies'),
  ...imported,
  ...responses,
];
