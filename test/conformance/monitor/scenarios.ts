/** The monitoring scenarios: configurations, clients and requests. */

import type { Action } from '../session.ts';
import { pub, quiet } from '../sessions/build.ts';
import type { Scenario } from './scenario.ts';

const http = 'http: "127.0.0.1:-1"\n';
const gets = (paths: string[]) => paths.map((path) => `GET ${path}`);

const clients: Action[] = [
  [
    'a',
    'CONNECT {"verbose":false,"pedantic":false,"name":"alpha","lang":"node","version":"9.8.7"}\r\nSUB foo 1\r\nSUB bar.* q 2\r\nPING\r\n',
  ],
  ['b', `${quiet}${pub('foo', 'hello')}${pub('bar.x', 'hi')}${pub('nowhere', 'x')}PING\r\n`],
  [
    'c',
    `${quiet}SUB foo 5\r\nSUB baz.> 6\r\nUNSUB 6 3\r\nSUB third 7\r\n${pub('z', 'zz')}PING\r\n`,
  ],
  ['b', `${pub('foo', 'again')}PING\r\n`],
  ['gone', `${quiet}SUB x 1\r\nPING\r\n`],
  ['!close', 'gone'],
  ['wrong', 'FOO\r\n'],
  ['a', `${pub('z', 'z')}${pub('z', '')}PING\r\n`],
];

const booleans = ['subs', 'auth'].flatMap((name) =>
  ['1', 'true', 'T', 'TRUE', '0', 'false', 'zz', '2', '', 'yes'].map((v) => `/connz?${name}=${v}`),
);
const integers = ['limit', 'offset', 'cid'].flatMap((name) =>
  ['1', '0', '-1', 'x', '1.5', '99999999999999999999', '', '%20', '+1', '0x1'].map(
    (v) => `/connz?${name}=${v}`,
  ),
);
const sorts = [
  'cid',
  'start',
  'subs',
  'pending',
  'msgs_to',
  'msgs_from',
  'bytes_to',
  'bytes_from',
  'last',
  'idle',
  'uptime',
  'stop',
  'reason',
  'rtt',
  'bogus',
  'CID',
  '',
];
const connz = [
  '/connz',
  '/connz/',
  '/connz?subs=detail',
  '/connz?subs=detail&cid=@CID:a@',
  '/connz?subs=1&cid=@CID:c@',
  '/connz?cid=@CID:gone@',
  '/connz?cid=@CID:gone@&state=closed',
  '/connz?cid=@CID:gone@&state=any',
  '/connz?cid=999999',
  '/connz?auth=1&subs=1',
  '/connz?limit=1&offset=1',
  '/connz?limit=2&offset=2',
  '/connz?offset=99',
  '/connz?limit=1&limit=2',
  '/connz?state=open',
  '/connz?state=closed',
  '/connz?state=any',
  '/connz?state=all',
  '/connz?state=bogus',
  '/connz?state=OPEN',
  '/connz?state=closed&sort=stop',
  '/connz?state=closed&sort=reason',
  '/connz?state=closed&subs=1',
  '/connz?state=closed&limit=1',
  '/connz?user=x',
  '/connz?acc=$G',
  '/connz?acc=NONE',
  '/connz?acc=%24G',
  '/connz?filter_subject=foo',
  '/connz?acc=$G&filter_subject=foo',
  '/connz?acc=$G&filter_subject=bar.%3E',
  '/connz?mqtt_client=x',
  '/connz?unknown=1',
  '/connz?callback=cb',
  '/connz?user=x&auth=1',
  '/connz?sort=subs&limit=1',
  '/connz?sort=msgs_from&limit=1',
  '/connz?sort=msgs_to&limit=1',
  '/connz?sort=bytes_to&limit=1',
  ...booleans,
  ...integers,
  ...sorts.map((s) => `/connz?sort=${s}`),
  ...['stop', 'reason'].map((s) => `/connz?state=any&sort=${s}`),
];
const subsz = [
  '/subsz',
  '/subscriptionsz',
  '/subsz?subs=1&acc=$G',
  '/subsz?subs=1&test=foo&acc=$G',
  '/subsz?subs=1&test=bar.x',
  '/subsz?subs=1&test=foo',
  '/subsz?subs=1&acc=$G&offset=99',
  '/subsz?subs=1&test=a..b',
  '/subsz?test=foo',
  '/subsz?subs=zz',
  '/subsz?limit=x',
  '/subsz?offset=x',
  '/subsz?subs=1&acc=NONE',
  '/subsz?limit=-1&acc=$G&subs=1',
  '/subsz?subs=1&test=*&acc=$G',
  '/subsz?subs=1&test=bar.*&acc=$G',
  '/subsz?subs=0',
  '/subsz?subs=detail',
];
const others = [
  '/',
  '',
  '/varz',
  '/varz/',
  '/varz?mode=1',
  '/VARZ',
  '/nosuch',
  '/favicon.ico',
  '/routez',
  '/routez?subs=1',
  '/routez?subs=detail',
  '/routez?subs=zz',
  '/gatewayz',
  '/gatewayz?accs=1',
  '/gatewayz?accs=zz',
  '/gatewayz?gw_name=x',
  '/leafz',
  '/leafz?subs=1',
  '/leafz?subs=zz',
  '/leafz?acc=x',
  '/healthz',
  '/healthz?js-enabled=true',
  '/healthz?js-enabled=1',
  '/healthz?js-enabled-only=true',
  '/healthz?js-server-only=true',
  '/healthz?js-meta-only=true',
  '/healthz?js-enabled=zz',
  '/healthz?js-server-only=zz',
  '/healthz?js-enabled-only=zz',
  '/healthz?details=true',
  '/healthz?details=zz',
  '/healthz?account=x',
  '/healthz?account=$G',
  '/healthz?stream=s',
  '/healthz?account=x&stream=s',
  '/healthz?consumer=c',
  '/healthz?account=x&consumer=c',
  '/healthz?account=$G&stream=s',
  '/healthz?account=$G&stream=s&consumer=c',
  '/healthz?js-enabled-only=true&details=true',
  '/accountz',
  '/accountz?acc=$G',
  '/accountz?acc=NONE',
  '/accstatz',
  '/accstatz?unused=1',
  '/accstatz?unused=zz',
  '/accstatz?accounts=$G',
  '/jsz',
  '/jsz?accounts=1',
  '/jsz?acc=$G',
  '/jsz?streams=1&consumers=1&config=1',
  '/jsz?accounts=zz',
  '/jsz?limit=x',
  '/jsz?offset=x',
  '/jsz?leader-only=1',
  '/jsz?raft=zz',
  '/jsz?config=zz',
  '/ipqueuesz',
  '/ipqueuesz?all=zz',
  '/raftz',
  '/raftz?acc=x',
  '/debug/pprof',
  '/metrics-none',
  '/connz%2F',
  '//connz',
  '/connz/../varz',
  '/connz?subs=%zz',
  '/connz?a;b',
  '/connz?subs=1#x',
];
const methods = [
  'POST /varz',
  'HEAD /varz',
  'PUT /connz',
  'DELETE /subsz',
  'OPTIONS /varz',
  'HEAD /',
  'HEAD /nosuch',
  'POST /healthz',
  'HEAD /healthz',
  'PATCH /nosuch',
];
const few = gets([
  '/varz',
  '/connz?subs=1',
  '/connz?auth=1',
  '/routez',
  '/healthz',
  '/accountz',
  '/subsz',
  '/leafz',
  '/gatewayz',
  '/',
  '/nosuch',
]);

/** Values that once broke pages of connections (GHSA-q59r-vq66-pxc2), and other odd ones. */
const oddValues = [
  '-1',
  '2147483648',
  '9007199254740992',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '18446744073709551616',
  '1.5',
  '1e3',
  'NaN',
  'Infinity',
  '0x10',
  '1_000',
  'one',
  '%00',
];
const numbers: [string, string[]][] = [
  ['/connz', ['limit', 'offset', 'cid']],
  ['/subsz', ['limit', 'offset']],
  ['/jsz', ['limit', 'offset']],
];
const flags: [string, string[]][] = [
  ['/connz', ['auth', 'subs']],
  ['/subsz', ['subs']],
  ['/routez', ['subs']],
  ['/gatewayz', ['subs', 'accs']],
  ['/leafz', ['subs']],
  ['/accstatz', ['unused']],
  ['/jsz', ['accounts', 'streams', 'consumers', 'direct-consumers', 'config', 'raft']],
  ['/healthz', ['js-enabled-only', 'js-server-only', 'js-meta-only', 'details']],
  ['/ipqueuesz', ['all']],
];
const odd = (options: [string, string[]][], values: string[]) =>
  options.flatMap(([path, keys]) =>
    keys.flatMap((key) => values.map((value) => `${path}?${key}=${value}`)),
  );

const accountsConfig = `accounts {
  SYS { users: [ {user: sys, password: p} ] }
  A {
    users: [ {user: a, password: p}, {nkey: UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4} ]
    mappings { x: y }
    exports: [
      {service: "svc.*", accounts: [B], latency: {sampling: 50%, subject: lat}}
      {service: "hdr", latency: {sampling: headers, subject: lat2}}
      {service: "many", response_type: stream, threshold: "3s"}
      {service: "chunks", response_type: chunked}
      {stream: "str.>"}
      {stream: "own", accounts: [B]}
    ]
  }
  B {
    users: [ {user: b, password: p} ]
    imports: [
      {service: {account: A, subject: "svc.x"}, to: "mysvc"}
      {service: {account: A, subject: "many"}, share: true}
      {stream: {account: A, subject: "str.>"}, prefix: pre}
      {stream: {account: A, subject: "own"}}
    ]
  }
}
system_account: SYS
`;

export const scenarios: Scenario[] = [
  {
    name: 'plain',
    config: { text: http },
    clients,
    requests: [...gets([...connz, ...subsz, ...others]), ...methods],
  },
  {
    name: 'idle',
    config: { text: http },
    clients: [],
    requests: gets([
      '/connz',
      '/connz?state=closed',
      '/connz?state=any',

      '/routez',
      '/varz',
      '/accstatz',
      '/accstatz?unused=1',
    ]),
  },
  {
    name: 'limits',
    config: {
      text: `${http}server_name: "limits"\nserver_tags: ["x:1", y]\nserver_metadata: {region: r1}\nmax_connections: 100\nmax_subscriptions: 10\nmax_control_line: 2048\nmax_payload: 64k\nmax_pending: 2MB
ping_interval: "30s"\nping_max: 5\nwrite_deadline: "3s"\nclient_advertise: "example.com:4222"\nlame_duck_duration: "2m"\n`,
    },
    clients: [['a', `${quiet}PING\r\n`]],
    requests: few,
  },
  {
    name: 'users',
    config: {
      text: `${http}authorization { timeout: 3, users: [ {user: u, password: p, permissions: {publish: "a.>", subscribe: {allow: ["b", "c q"], deny: "d"}}}, {user: w, password: p} ] }\n`,
    },
    clients: [
      ['a', 'CONNECT {"verbose":false,"user":"u","pass":"p","name":"one"}\r\nSUB b 1\r\nPING\r\n'],
      ['b', 'CONNECT {"verbose":false,"user":"w","pass":"p"}\r\nPING\r\n'],
      ['bad', 'CONNECT {"user":"w","pass":"x"}\r\n'],
    ],
    requests: [
      ...few,
      ...gets([
        '/connz?user=u&auth=1',
        '/connz?user=u',
        '/connz?user=none&auth=1',
        '/connz?state=closed&auth=1',
        '/connz?auth=1&sort=subs',
        '/accountz?acc=$G',
      ]),
    ],
  },
  {
    name: 'token',
    config: { text: `${http}authorization { token: "s3cret" }\n` },
    clients: [['a', 'CONNECT {"verbose":false,"auth_token":"s3cret"}\r\nPING\r\n']],
    requests: few,
  },
  {
    name: 'cluster',
    config: {
      text: `${http}server_name: n1\ncluster { name: C1, listen: "127.0.0.1:-1", authorization {user: r, password: p, timeout: 1.5}, advertise: "example.com:6222", pool_size: 2 }\n`,
    },
    clients: [['a', `${quiet}PING\r\n`]],
    requests: few,
  },
  {
    name: 'tls',
    config: {
      text: `${http}tls { cert_file: "@CERTS@/server-ecdsa.pem", key_file: "@CERTS@/server-ecdsa-key.pem", ca_file: "@CERTS@/ca.pem", verify: true, timeout: 3 }\n`,
    },
    clients: [
      ['!open', 'a'],
      ['!tlsCert', 'a'],
      ['a', `${quiet}PING\r\n`],
    ],
    requests: [...few, ...gets(['/connz?auth=1&subs=1'])],
  },
  {
    name: 'https',
    config: {
      text: 'https: "127.0.0.1:-1"\ntls { cert_file: "@CERTS@/server-ecdsa.pem", key_file: "@CERTS@/server-ecdsa-key.pem" }\nallow_non_tls: true\n',
    },
    clients: [['a', `${quiet}PING\r\n`]],
    requests: few,
  },
  {
    name: 'base-path',
    config: { text: `${http}http_base_path: "/nats/mon"\n` },
    clients: [],
    requests: gets([
      '/nats/mon',
      '/nats/mon/',
      '/nats/mon/varz',
      '/nats/mon/healthz',
      '/nats/mon/connz?subs=zz',
      '/varz',
      '/',
      '/nats',
      '/nats/mon/nosuch',
      '/nats/mon/nats/mon/varz',
    ]),
  },
  {
    name: 'mappings',
    config: {
      text: `${http}mappings { a: b, "c.*": "d.$1", e: [ {destination: f, weight: 50%}, {destination: g, weight: 20%} ] }\n`,
    },
    clients: [],
    requests: gets(['/accountz?acc=$G', '/varz', '/accountz']),
  },
  {
    name: 'closed-reasons',
    config: { text: `${http}max_payload: 100\nmax_control_line: 512\n` },
    clients: [
      ['parse', `${quiet}FOO\r\n`],
      ['payload', `${quiet}PUB a 101\r\n`],
      ['line', `${quiet}SUB ${'x'.repeat(600)} 1\r\n`],
      ['terminator', `${quiet}PUB a 1\r\nabc\r\n`],
      ['headers', `${quiet}HPUB a 1 1\r\n`],
      ['protocol', 'CONNECT {"protocol":9}\r\n'],
      ['json', 'CONNECT {\r\n'],
      ['responders', 'CONNECT {"no_responders":true}\r\n'],
      ['left', `${quiet}SUB a 1\r\nPING\r\n`],
      ['!close', 'left'],
      ['silent', ''],
      ['!close', 'silent'],
    ],
    requests: gets([
      '/connz?state=closed',
      '/connz?state=closed&sort=reason',
      '/connz?state=closed&sort=stop&limit=2',
      '/connz?state=any&sort=cid',
    ]),
  },
  {
    name: 'closed-unauthorized',
    config: { text: `${http}authorization { user: u, password: p, timeout: 0.3 }\n` },
    clients: [
      ['wrong', 'CONNECT {"user":"u","pass":"x","name":"w"}\r\n'],
      ['early', 'PING\r\n'],
      ['slow', ''],
      ['!wait', 600],
    ],
    requests: gets(['/connz?state=closed&auth=1', '/connz?state=closed', '/varz']),
  },
  {
    name: 'stale',
    config: { text: `${http}ping_interval: "200ms"\nping_max: 1\n` },
    clients: [
      ['stale', quiet],
      ['!wait', 2000],
    ],
    requests: gets(['/connz?state=closed', '/varz']),
  },
  {
    name: 'odd-values',
    config: { text: http },
    clients: [['a', `${quiet}SUB a 1\r\nPING\r\n`]],
    requests: gets([...odd(numbers, oddValues), ...odd(flags, ['-1', '1.5', 'NaN', 'yes', '2'])]),
  },
  {
    name: 'accounts',
    config: { text: `${http}${accountsConfig}` },
    clients: [
      [
        'a',
        'CONNECT {"verbose":false,"user":"a","pass":"p","name":"one"}\r\nSUB b q 1\r\nPING\r\n',
      ],
      ['b', 'CONNECT {"verbose":false,"user":"b","pass":"p"}\r\nSUB pre.str.> 1\r\nPING\r\n'],
      ['gone', 'CONNECT {"verbose":false,"user":"b","pass":"p"}\r\nSUB foo 1\r\nPING\r\n'],
      ['!close', 'gone'],
      ['bad', 'CONNECT {"user":"b","pass":"x"}\r\n'],
    ],
    requests: [
      ...few,
      ...gets([
        '/accountz?acc=A',
        '/accountz?acc=B',
        '/accountz?acc=SYS',
        '/accountz?acc=$G',
        '/accstatz',
        '/accstatz?unused=1',
        '/connz?auth=1&acc=A',
        '/connz?acc=B&subs=detail',
        '/connz?acc=B&state=closed&auth=1',
        '/connz?acc=B&state=any&subs=detail',
        '/connz?acc=NONE',
        '/connz?user=a&auth=1',
        '/connz?state=closed&auth=1&subs=detail',
        '/subsz?subs=1&acc=B&test=pre.str.x',
        '/subsz?subs=1&acc=A&test=str.x',
        '/leafz?acc=A',
      ]),
    ],
  },
];
