/**
 * What a client may do, and a script that tries it. The subjects of a case begin with its name, so that
 * one user can also have the permissions of all cases together (`unionOf`).
 *
 * In a script `client` is the client under test, `peer` may do everything in the same account, and
 * `exporter` everything in the account that this one imports from.
 *
 * Not tried is what tnatsd does otherwise on purpose (DIFFERENCES.md): a subscription wider than what is
 * allowed, and wrong subjects in pedantic mode.
 */
export type Actor = 'client' | 'peer' | 'exporter';

/** Who sends what; `until` names an answer that comes from another part of the server, so later. */
export interface Step {
  who: Actor;
  bytes: string;
  until?: [who: Actor, text: RegExp];
}

export interface SubjectRules {
  allow?: string[];
  deny?: string[];
}

/** In the form of a user's JWT; `ttlSeconds` of 0 stands for nats-server's default. */
export interface Rules {
  pub?: SubjectRules;
  sub?: SubjectRules;
  responses?: { max: number; ttlSeconds: number };
}

export interface PermissionCase {
  name: string;
  rules?: Rules;
  steps: Step[];
  /** Needs the imports of `crossing`. */
  crossesAccounts?: true;
  /** Means nothing beside the rules of other cases. */
  alone?: true;
  /** What CONNECT says besides. */
  connect?: object;
}

const sub = (who: Actor, ...subjects: string[]): Step => ({
  who,
  bytes: subjects.map((subject, i) => `SUB ${subject} ${i + 1}\r\n`).join(''),
});
/** The payload is the subject, which says which message it is wherever it arrives. */
const pub = (who: Actor, ...subjects: string[]): Step => ({
  who,
  bytes: subjects
    .map((one) => `PUB ${one} ${(one.split(' ')[0] ?? '').length}\r\n${one.split(' ')[0]}\r\n`)
    .join(''),
});
const withHeader = (subject: string): string => `HPUB ${subject} 12 14\r\nNATS/1.0\r\n\r\nhi\r\n`;
const traced = (subject: string, destination: string): string => {
  const header = `NATS/1.0\r\nNats-Trace-Dest: ${destination}\r\n\r\n`;
  return `HPUB ${subject} ${header.length} ${header.length + 2}\r\n${header}hi\r\n`;
};

/** `tried` are subjects, of messages with and without a header; replies need no permission. */
function publishing(name: string, rules: SubjectRules, tried: string): PermissionCase {
  const subjects = tried.split(', ').map((one) => `${name}.${one}`);
  return {
    name,
    rules: { pub: named(name, rules) },
    steps: [
      sub('peer', `${name}.>`),
      pub('client', ...subjects),
      pub('client', `${name}.ok ${name}.no`, `${name}.tree.a ${name}.no`),
      { who: 'client', bytes: [`${name}.ok`, `${name}.no`].map(withHeader).join('') },
      sub('client', `${name}.ok`),
    ],
  };
}

/** `tried` are subjects, with or without a queue. */
function subscribing(name: string, rules: SubjectRules, tried: string): PermissionCase {
  const subscriptions = tried.split(', ').map((one) => `${name}.${one}`);
  const sent = ['ok', 'no', 'tree', 'tree.no', 'tree.a.b', 'one.a', 'one.no', 'work'];
  const published = pub('peer', ...sent.map((one) => `${name}.${one}`));
  return {
    name,
    rules: { sub: named(name, rules) },
    // One at a time: a message goes to the subscriptions of a client in no defined order.
    steps: subscriptions.flatMap((one) => [
      sub('client', one),
      published,
      { who: 'client', bytes: 'UNSUB 1\r\n' } as const,
    ]),
  };
}

function named(name: string, { allow, deny }: SubjectRules): SubjectRules {
  const full = (list: string[]) => list.map((one) => `${name}.${one}`);
  return { ...(allow ? { allow: full(allow) } : {}), ...(deny ? { deny: full(deny) } : {}) };
}

function answering(name: string, max: number, allowed?: SubjectRules): PermissionCase {
  const answer = pub('client', `${name}.inbox.1`);
  return {
    name,
    rules: {
      responses: { max, ttlSeconds: 60 },
      ...(allowed ? { pub: named(name, allowed) } : {}),
    },
    steps: [
      sub('peer', `${name}.inbox.*`),
      sub('client', `${name}.requests`),
      answer,
      pub('peer', `${name}.requests ${name}.inbox.1`),
      pub('client', `${name}.inbox.2`),
      answer,
      answer,
      answer,
    ],
  };
}

const tracing: PermissionCase = {
  name: 'trace',
  rules: { pub: { deny: ['trace.to.no'] } },
  steps: [
    sub('peer', 'trace.to.>'),
    sub('client', 'trace.ok'),
    {
      who: 'client',
      bytes: traced('trace.ok', 'trace.to.no') + traced('trace.ok', 'trace.to.ok'),
      // Events come in the order of their messages: one to `no` would stand before.
      until: ['peer', /^MSG trace\.to\.ok .*\r\n.*\}\]\}\r\n/m],
    },
  ],
};

/** What the account under test imports, in the language of configuration files. */
export const crossing = {
  exports: '{ service: "svc.>" }, { stream: "st.>" }',
  services: ['ok', 'no'].map((one) => [`svc.${one}`, `crossing.svc.${one}`] as const),
  streams: ['ok', 'no'].map((one) => [`st.${one}`, `crossing.st.${one}`] as const),
};

const crossingCase: PermissionCase = {
  name: 'crossing',
  crossesAccounts: true,
  rules: { pub: { deny: ['crossing.svc.no'] }, sub: { deny: ['crossing.st.no'] } },
  steps: [
    sub('exporter', 'svc.>'),
    sub('client', 'crossing.inbox'),
    pub('client', 'crossing.svc.ok crossing.inbox', 'crossing.svc.no crossing.inbox'),
    { who: 'exporter', bytes: 'PUB @REPLY@ 6\r\nanswer\r\n' },
    { who: 'client', bytes: 'UNSUB 1\r\n' },
    sub('client', 'crossing.st.*'),
    pub('exporter', 'st.ok', 'st.no'),
    { who: 'client', bytes: 'UNSUB 1\r\nSUB crossing.st.no 2\r\n' },
    pub('exporter', 'st.no'),
  ],
};

export const permissionCases: PermissionCase[] = [
  {
    name: 'unlimited',
    connect: { verbose: true, pedantic: true },
    steps: [
      sub('client', 'unlimited.a', 'unlimited.b.>'),
      sub('peer', 'unlimited.>'),
      pub('client', 'unlimited.a', 'unlimited.b.c'),
      pub('peer', 'unlimited.b.d'),
    ],
  },
  publishing(
    'publishAllow',
    { allow: ['ok', 'tree.>', 'one.*'] },
    'ok, no, tree, tree.a.b, one.a, one.a.b',
  ),
  publishing(
    'publishDeny',
    { deny: ['no', 'tree.>', 'one.*'] },
    'ok, no, tree, tree.a.b, one.a, one.a.b',
  ),
  publishing(
    'publishBoth',
    { allow: ['tree.>'], deny: ['tree.no'] },
    'ok, tree.a, tree.no, tree.no.a',
  ),
  subscribing(
    'subscribeAllow',
    { allow: ['ok', 'tree.>', 'one.*'] },
    'ok, no, tree.>, tree.*, one.*, ok w',
  ),
  subscribing(
    'subscribeDeny',
    { deny: ['no', 'tree.>', 'one.no'] },
    'ok, no, tree.>, tree, one.no w, one.no',
  ),
  subscribing(
    'subscribeBoth',
    { allow: ['tree.>', 'one.*'], deny: ['tree.no'] },
    'ok, tree.a, tree.no, one.a',
  ),
  subscribing(
    'queue',
    { allow: ['work w', 'ok', 'tree v.*'], deny: ['work x', 'one.a w'] },
    'work, work w, work x, work y, ok w, tree v.1, tree v, one.a w',
  ),
  subscribing(
    'wildcardDeny',
    { allow: ['>'], deny: ['no', 'tree.no', 'one.*'] },
    '>, *, tree.*, tree.> w, one.>, one.*',
  ),
  answering('answerOnce', 1),
  answering('answerTwice', 2),
  answering('answerAlways', -1),
  answering('answerBeside', 1, { allow: ['inbox.2'], deny: ['inbox.1'] }),
  tracing,
  crossingCase,
  {
    name: 'queuesOnly',
    alone: true,
    rules: { sub: { allow: ['> w'], deny: ['queuesOnly.no'] } },
    steps: [
      sub('client', 'queuesOnly.a', 'queuesOnly.b w', 'queuesOnly.no w'),
      pub('peer', 'queuesOnly.a', 'queuesOnly.b', 'queuesOnly.no'),
    ],
  },
  {
    name: 'emptyLists',
    alone: true,
    rules: { pub: { allow: [] }, sub: { allow: [], deny: [] } },
    steps: [sub('client', 'emptyLists.a', 'emptyLists.b w'), pub('client', 'emptyLists.a')],
  },
  {
    name: 'nothing',
    alone: true,
    rules: { pub: { deny: ['>'] }, sub: { deny: ['>'] } },
    steps: [sub('client', 'nothing.a', '*', 'nothing.b w'), pub('client', 'nothing.a', '_INBOX.x')],
  },
];

const together = (lists: (string[] | undefined)[]) => lists.flatMap((list) => list ?? []);

/** The rules of all cases in one user, for methods that know only one. */
export function unionOf(cases: PermissionCase[]): Rules {
  const merged = (side: 'pub' | 'sub'): SubjectRules => ({
    allow: together(
      cases.map(({ name, rules }) => {
        const all = side === 'pub' && rules?.responses ? [] : [`${name}.>`];
        return rules?.[side]?.allow ?? all;
      }),
    ),
    deny: together(cases.map(({ rules }) => rules?.[side]?.deny)),
  });
  return { pub: merged('pub'), sub: merged('sub'), responses: { max: 2, ttlSeconds: 60 } };
}
