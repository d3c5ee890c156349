/** What subscribers receive: fan-out, queue groups, requests, headers, auto-unsubscribe. */
import { each, headers, hpub, named, ping, pub, quiet, responders, session } from './build.ts';

const block = 'NATS/1.0\r\nA: b\r\n\r\n';
const odd = named([
  'NATS/1.0\r\n\r\n',
  block,
  'NATS/1.0 503\r\n\r\n',
  'NATS/1.0 100 Idle Heartbeat\r\n\r\n',
  'NATS/1.0\r\nA:b\r\n\r\n',
  'NATS/1.0\r\nA: 1\r\nA: 2\r\n\r\n',
  'NATS/1.0\r\n: x\r\n\r\n',
  'NATS/1.0\r\nA\r\n\r\n',
  'NATS/1.1\r\n\r\n',
  'HTTP/1.1\r\n\r\n',
  'nats/1.0\r\n\r\n',
  'garbage',
  'NATS/1.0\n\n',
  'x',
  'NATS/1.0\r\nKey:  two spaces \r\n\r\n',
  'NATS/1.0\r\nkey: \u00e9\u00ff\r\n\r\n',
  '\r\n\r\n',
  'NATS/1.0',
  'NATS/1.0\r\nNats-Msg-Id: 1\r\n\r\n',
  'NATS/1.0\r\nNats-Trace-Dest: t\r\n\r\n',
]);
const noBlock = ([, b]: [string, string]): [string, string] => [
  `${JSON.stringify(b)}`,
  hpub('h', b, 'pay'),
];

/** UNSUB with max, before, between and after the messages. */
const maxOrders: Record<string, string> = {
  'max before any': `SUB m 1\r\nUNSUB 1 2\r\n${pub('m', '1')}${pub('m', '2')}${pub('m', '3')}`,
  'max already reached': `SUB m 1\r\n${pub('m', '1')}${pub('m', '2')}UNSUB 1 2\r\n${pub('m', '3')}`,
  'max already passed': `SUB m 1\r\n${pub('m', '1')}${pub('m', '2')}${pub('m', '3')}UNSUB 1 2\r\n${pub('m', '4')}`,
  'max counts from SUB': `SUB m 1\r\n${pub('m', '1')}UNSUB 1 2\r\n${pub('m', '2')}${pub('m', '3')}`,
  'raised max': `SUB m 1\r\nUNSUB 1 1\r\nUNSUB 1 3\r\n${pub('m', '1')}${pub('m', '2')}${pub('m', '3')}${pub('m', '4')}`,
  'lowered max': `SUB m 1\r\nUNSUB 1 3\r\n${pub('m', '1')}UNSUB 1 1\r\n${pub('m', '2')}`,
  'max zero': `SUB m 1\r\nUNSUB 1 0\r\n${pub('m', '1')}`,
  'max then plain': `SUB m 1\r\nUNSUB 1 5\r\n${pub('m', '1')}UNSUB 1\r\n${pub('m', '2')}`,
  'max one of a queue': `SUB m q 1\r\nUNSUB 1 1\r\n${pub('m', '1')}${pub('m', '2')}`,
  'sid again after max': `SUB m 1\r\nUNSUB 1 1\r\n${pub('m', '1')}SUB m 1\r\n${pub('m', '2')}${pub('m', '3')}`,
  'sid again before max is reached': `SUB m 1\r\nUNSUB 1 2\r\n${pub('m', '1')}SUB m 1\r\n${pub('m', '2')}${pub('m', '3')}`,
  'negative max': `SUB m 1\r\nUNSUB 1 -2\r\n${pub('m', '1')}${pub('m', '2')}`,
};

const sids: Record<string, string> = {
  'duplicate keeps the first subject': `SUB d1 1\r\nSUB d2 1\r\n${pub('d1', 'x')}${pub('d2', 'y')}`,
  'duplicate with a queue': `SUB d1 1\r\nSUB d1 q 1\r\n${pub('d1', 'x')}`,
  'duplicate after UNSUB': `SUB d1 1\r\nUNSUB 1\r\nSUB d2 1\r\n${pub('d1', 'x')}${pub('d2', 'y')}`,
  'duplicate with a bad subject': `SUB d1 1\r\nSUB a..b 1\r\n${pub('d1', 'x')}`,
  'case matters': `SUB d1 A\r\nUNSUB a\r\n${pub('d1', 'x')}`,
  'leading zeros matter': `SUB d1 01\r\nUNSUB 1\r\n${pub('d1', 'x')}`,
};

export const messages = [
  ...each('unsub max', 'plain', 'CP-16 T13', maxOrders, { before: quiet, after: ping }),
  ...each('unsub max verbose', 'plain', 'CP-16 CP-20 T13', maxOrders, { after: ping }),
  ...each('sid', 'plain', 'CP-45 T12', sids, { before: quiet, after: ping }),
  ...each('sid verbose', 'plain', 'CP-45 CP-20 T12', sids, { after: ping }),
  ...each(
    'header block',
    'plain',
    'CP-18 CP-49 T17',
    Object.fromEntries(Object.entries(odd).map(noBlock)),
    {
      before: `${headers}SUB h 1\r\n`,
      after: ping,
    },
  ),
  session('receiver without headers gets the payload only', 'plain', 'CP-37 T17', [
    ['a', `${quiet}SUB hd 1\r\nPING\r\n`],
    ['b', `${headers}SUB hd 1\r\nPING\r\n`],
    [
      'c',
      `${headers}${hpub('hd', block, 'body')}${hpub('hd', block, '', 'r')}${pub('hd', 'plain')}PING\r\n`,
    ],
  ]),
  session('queue receiver without headers', 'plain', 'CP-37', [
    ['a', `${quiet}SUB hd q 1\r\nPING\r\n`],
    ['c', `${headers}${hpub('hd', block, 'body', 'rep')}PING\r\n`],
  ]),
  session('request and reply', 'plain', 'CP-42', [
    ['svc', `${quiet}SUB help 1\r\nPING\r\n`],
    ['a', `${quiet}SUB _INBOX.x 9\r\n${pub('help', 'q', '_INBOX.x')}PING\r\n`],
    ['svc', `${pub('_INBOX.x', 'answer')}PING\r\n`],
    ['a', ping],
  ]),
  session('no responders', 'plain', 'CP-38 T15', [
    ['a', `${responders}SUB _INBOX.x 9\r\n${pub('nobody', 'q', '_INBOX.x')}PING\r\n`],
  ]),
  session('no responders with a long subject', 'plain', 'CP-38', [
    [
      'a',
      `${responders}SUB _INBOX.* 9\r\n${pub(`${'nobody.'.repeat(20)}x`, 'q', '_INBOX.y')}PING\r\n`,
    ],
  ]),
  session('no responders to HPUB', 'plain', 'CP-38', [
    ['a', `${responders}SUB _INBOX.x 9\r\n${hpub('nobody', block, 'q', '_INBOX.x')}PING\r\n`],
  ]),
  session('no responders with a wildcard and a queue inbox', 'plain', 'CP-38', [
    ['a', `${responders}SUB _INBOX.> q 9\r\n${pub('nobody', '', '_INBOX.x.y')}PING\r\n`],
  ]),
  session('no responders only to the own connection', 'plain', 'T15', [
    ['b', `${responders}SUB _INBOX.x 9\r\nPING\r\n`],
    ['a', `${responders}${pub('nobody', 'q', '_INBOX.x')}PING\r\n`],
    ['b', ping],
  ]),
  session('no responders not asked for', 'plain', 'CP-38', [
    ['a', `${headers}SUB _INBOX.x 9\r\n${pub('nobody', 'q', '_INBOX.x')}PING\r\n`],
  ]),
  session('no responders without a reply', 'plain', 'CP-38', [
    ['a', `${responders}${pub('nobody', 'q')}PING\r\n`],
  ]),
  session('no responders in verbose mode', 'plain', 'CP-38 CP-20', [
    [
      'a',
      `CONNECT {"headers":true,"no_responders":true}\r\nSUB _INBOX.x 9\r\n${pub('nobody', 'q', '_INBOX.x')}PING\r\n`,
    ],
  ]),
  session('no responders counts for UNSUB max', 'plain', 'CP-38 CP-16', [
    [
      'a',
      `${responders}SUB _INBOX.x 9\r\nUNSUB 9 1\r\n${pub('nobody', '', '_INBOX.x')}${pub('nobody', '', '_INBOX.x')}PING\r\n`,
    ],
  ]),
  session(
    'no responders when the only interest is the own one without echo',
    'plain',
    'CP-38 CP-39',
    [
      [
        'a',
        `CONNECT {"verbose":false,"echo":false,"headers":true,"no_responders":true}\r\nSUB _INBOX.x 9\r\nSUB own 1\r\n${pub('own', 'q', '_INBOX.x')}PING\r\n`,
      ],
    ],
  ),
  session('queue groups: one copy per group', 'plain', 'CP-41', [
    ['a', `${quiet}SUB qq g1 1\r\nPING\r\n`],
    ['b', `${quiet}SUB qq g2 1\r\nPING\r\n`],
    ['c', `${quiet}SUB qq 1\r\nPING\r\n`],
    ['d', `${quiet}${pub('qq', 'x')}${pub('qq', 'y')}PING\r\n`],
  ]),
  session('queue: no echo leaves the other member', 'plain', 'CP-41 CP-39', [
    ['a', `CONNECT {"verbose":false,"echo":false}\r\nSUB qe g 1\r\nPING\r\n`],
    ['b', `${quiet}SUB qe g 1\r\nPING\r\n`],
    ['a', `${pub('qe', '1')}${pub('qe', '2')}${pub('qe', '3')}PING\r\n`],
  ]),
  session('queue: gone member', 'plain', 'CP-41', [
    ['a', `${quiet}SUB qg g 1\r\nPING\r\n`],
    ['b', `${quiet}SUB qg g 1\r\nUNSUB 1\r\nPING\r\n`],
    ['c', `${quiet}${pub('qg', '1')}${pub('qg', '2')}PING\r\n`],
  ]),
  session('reserved queue name', 'plain', 'T67', [['a', 'SUB a _sys_ 1\r\nPING\r\n']]),
  session('fan-out keeps the order of a publisher', 'plain', 'CP-40', [
    ['a', `${quiet}SUB fo 1\r\nPING\r\n`],
    ['b', `${quiet}SUB fo.* 1\r\nSUB fo x\r\nPING\r\n`],
    ['c', `${quiet}${pub('fo', '1')}${pub('fo.a', '2')}${pub('fo', '3')}PING\r\n`],
  ]),
  session(
    'one connection with overlapping subscriptions',
    'plain',
    'CP-40',
    [
      ['a', `${quiet}SUB o.> 1\r\nSUB o.* 2\r\nSUB o.a 3\r\nSUB > 4\r\nPING\r\n`],
      ['b', `${quiet}${pub('o.a', 'x', 'r')}PING\r\n`],
      ['a', ping],
    ],
    { unordered: true },
  ),
  session('max reached between two publishers', 'plain', 'T13', [
    ['a', `${quiet}SUB mb 1\r\nUNSUB 1 2\r\nPING\r\n`],
    ['b', `${quiet}${pub('mb', '1')}PING\r\n`],
    ['c', `${quiet}${pub('mb', '2')}${pub('mb', '3')}PING\r\n`],
    ['a', ping],
  ]),
  session('large payload', 'plain', 'CP-13', [
    ['a', `${quiet}SUB lp 1\r\n${pub('lp', 'x'.repeat(40_000))}PING\r\n`],
  ]),
];
