/** The scenarios of the system account: configurations, clients and what they ask. */
import type { Scenario, Step } from './scenario.ts';

const accounts = `server_name: one
server_tags: [x, "y:1"]
server_metadata: {region: r1}
accounts {
  SYS { users: [ {user: sys, password: p} ] }
  A {
    users: [
      {user: a, password: p, permissions: {
        publish: ["a.>", "$SYS.>"], subscribe: {allow: ["_INBOX.>", "b q", "a.>"], deny: "c.>"}
        allow_responses: true } }
      {user: plain, password: p}
    ]
    mappings { x: y }
    exports: [
      {service: "svc.*", accounts: [B], latency: {sampling: 50%, subject: lat}}
      {service: "many", response_type: stream}
      {stream: "str.>"}
    ]
  }
  B {
    users: [ {user: b, password: p} ]
    imports: [
      {service: {account: A, subject: "svc.x"}, to: "mysvc"}
      {stream: {account: A, subject: "str.>"}, prefix: pre}
    ]
  }
}
system_account: SYS
`;

const login = (as: string, user: string, more: object = {}): Step => ({
  do: 'connect',
  as,
  options: { user, pass: 'p', name: `the ${as}`, lang: 'raw', version: '1.2', ...more },
});
const ask = (as: string, subject: string, payload = ''): Step => ({
  do: 'request',
  as,
  subject,
  payload,
});
/** Nobody answers. */
const askInVain = (as: string, subject: string, payload = ''): Step => ({
  do: 'request',
  as,
  subject,
  payload,
  silent: true,
});
const watch = (as: string, subject: string): Step => ({ do: 'watch', as, subject });

const endpoints = [
  'IDZ',
  'STATSZ',
  'VARZ',
  'SUBSZ',
  'CONNZ',
  'ROUTEZ',
  'GATEWAYZ',
  'LEAFZ',
  'ACCOUNTZ',
  'JSZ',
  'HEALTHZ',
  'PROFILEZ',
  'EXPVARZ',
  'RAFTZ',
];
const server = (name: string, payload = ''): Step =>
  ask('s', `$SYS.REQ.SERVER.@ID@.${name}`, payload);

/** Values that once broke pages of connections (GHSA-q59r-vq66-pxc2), and other odd ones. */
const oddIntegers = [
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
  '-0',
  'NaN',
  '01',
  '0x1',
  '"1"',
  'null',
  'true',
  '[1]',
  '{"a":1}',
];
const integerOptions: [string, string[]][] = [
  ['CONNZ', ['limit', 'offset', 'cid', 'state']],
  ['SUBSZ', ['limit', 'offset']],
  ['JSZ', ['limit', 'offset']],
];
const otherOptions: [string, string[]][] = [
  [
    'CONNZ',
    ['auth', 'subscriptions', 'subscriptions_detail', 'sort', 'user', 'acc', 'mqtt_client'],
  ],
  ['SUBSZ', ['subscriptions', 'account', 'test']],
  ['ROUTEZ', ['subscriptions', 'subscriptions_detail']],
  ['GATEWAYZ', ['name', 'accounts', 'account_name', 'subscriptions']],
  ['LEAFZ', ['subscriptions', 'account']],
  ['ACCOUNTZ', ['account']],
  ['JSZ', ['account', 'accounts', 'streams', 'consumer', 'config', 'raft', 'stream_leader_only']],
  ['HEALTHZ', ['js-enabled', 'js-enabled-only', 'account', 'stream', 'consumer', 'details']],
  ['IPQUEUESZ', ['all', 'filter']],
  ['RAFTZ', ['account', 'group']],
  ['PROFILEZ', ['name', 'debug', 'duration']],
  ['VARZ', ['server_name', 'cluster', 'host', 'exact_match', 'tags', 'domain']],
  ['EXPVARZ', ['tags']],
  ['STATSZ', ['tags', 'exact_match']],
];
const oddTexts = [
  '[]',
  '"x"',
  '5',
  'null',
  '{',
  ' ',
  '{"limit":1} x',
  '{"LIMIT":1}',
  '{"li\\u006dit":1}',
  '{"limit":1,"limit":"b","offset":"c"}',
  '{"unknown":{"limit":"x"}}',
  '{"__proto__":{"auth":true}}',
  '{"limit":9223372036854775807,"offset":9223372036854775807}',
  '{"tags":[1]}',
  '{"tags":"x"}',
  '{"state":7}',
  '{"state":1}',
  '{"sort":"bogus"}',
  '{"sort":"stop"}',
  '{"filter_subject":"a"}',
];

const operator = `server_name: one
operator: "@JWT(operator-main)@"
resolver: MEMORY
resolver_preload: {
${['sys', 'a', 'b', 'star'].map((name) => `  @KEY(account-${name})@: "@JWT(account-${name})@"`).join('\n')}
}
`;
const loginJwt = (as: string, name: string): Step => ({
  do: 'connect',
  as,
  options: { jwt: `@JWT(user-${name})@`, sig: `@SIG(user-${name})@`, name: `the ${as}` },
});

export const scenarios: Scenario[] = [
  {
    name: 'endpoints',
    config: { text: accounts },
    steps: [
      login('s', 'sys'),
      login('p', 'plain'),
      { do: 'subscribe', as: 'p', subject: 'foo.*' },
      ...endpoints.map((name) => server(name)),
      ...endpoints
        .filter((name) => name !== 'PROFILEZ')
        .map((name) => ask('s', `$SYS.REQ.SERVER.PING.${name}`)),
      ask('s', '$SYS.REQ.SERVER.PING'),
      server('CONNZ', '{"auth":true,"subscriptions":true,"acc":"A"}'),
      server(
        'CONNZ',
        '{"auth":true,"subscriptions_detail":true,"acc":"A","filter_subject":"foo.x"}',
      ),
      server('CONNZ', '{"acc":"A","filter_subject":"bar"}'),
      server('CONNZ', '{"user":"plain"}'),
      server('CONNZ', '{"cid":@CID:p@}'),
      server('CONNZ', '{"acc":"NONE"}'),
      server('CONNZ', '{"state":2,"limit":1}'),
      server('SUBSZ', '{"subscriptions":true,"account":"A","test":"foo.x"}'),
      server('SUBSZ', '{"test":"foo.*"}'),
      server('ACCOUNTZ', '{"account":"A"}'),
      server('ACCOUNTZ', '{"account":"B"}'),
      server('ACCOUNTZ', '{"account":"SYS"}'),
      server('ACCOUNTZ', '{"account":"NONE"}'),
      server('HEALTHZ', '{"stream":"s"}'),
      server('HEALTHZ', '{"details":true,"stream":"s"}'),
      server('PROFILEZ', '{"name":"nosuch"}'),
      server('PROFILEZ', '{"name":"cpu","duration":99000000000}'),
      askInVain('s', '$SYS.REQ.SERVER.@ID@.JSZ', '{"leader_only":true}'),
      ask('p', '$SYS.REQ.SERVER.PING.CONNZ', '{"auth":true}'),
    ],
  },
  {
    name: 'options',
    config: { text: accounts },
    steps: [
      login('s', 'sys'),
      ...integerOptions.flatMap(([name, keys]) =>
        keys.flatMap((key) => oddIntegers.map((value) => server(name, `{"${key}":${value}}`))),
      ),
      ...otherOptions.flatMap(([name, keys]) =>
        keys.flatMap((key) => [server(name, `{"${key}":{}}`), server(name, `{"${key}":1.5}`)]),
      ),
      ...oddTexts.map((text) => server('CONNZ', text)),
    ],
  },
  {
    name: 'filters',
    config: { text: accounts },
    steps: [
      login('s', 'sys'),
      ...[
        '{"server_name":"on"}',
        '{"server_name":"one","exact_match":true}',
        '{"host":"127"}',
        '{"tags":["x","y:1"]}',
        '{"tags":[" X "]}',
        '{"unknown":"x"}',
      ].map((filter) => server('HEALTHZ', filter)),
      ...[
        '{"server_name":"two"}',
        '{"server_name":"on","exact_match":true}',
        '{"host":"other"}',
        '{"cluster":"c"}',
        '{"domain":"d"}',
        '{"tags":["x","z"]}',
      ].flatMap((filter) => [
        askInVain('s', '$SYS.REQ.SERVER.PING.HEALTHZ', filter),
        askInVain('s', '$SYS.REQ.SERVER.PING', filter),
      ]),
      ...['gzip', 's2', 'snappy', 'br', 'gzip, s2', 'GZIP', ''].map(
        (encoding): Step => ({
          do: 'request',
          as: 's',
          subject: '$SYS.REQ.SERVER.PING.HEALTHZ',
          header: `Accept-Encoding: ${encoding}`,
        }),
      ),
      {
        do: 'request',
        as: 's',
        subject: '$SYS.REQ.SERVER.PING.HEALTHZ',
        payload: '{"tags":1}',
        header: 'Accept-Encoding: gzip',
      },
      {
        do: 'request',
        as: 's',
        subject: '$SYS.REQ.SERVER.PING.IDZ',
        header: 'Accept-Encoding: gzip',
      },
    ],
  },
  {
    name: 'accounts',
    config: { text: accounts },
    steps: [
      login('s', 'sys'),
      login('a', 'a'),
      login('b', 'b'),
      { do: 'subscribe', as: 'a', subject: 'b q' },
      { do: 'subscribe', as: 'b', subject: 'pre.str.>' },
      ...['SUBSZ', 'CONNZ', 'LEAFZ', 'JSZ', 'INFO', 'STATZ', 'CONNS'].map((name) =>
        ask('s', `$SYS.REQ.ACCOUNT.A.${name}`),
      ),
      ask('s', '$SYS.REQ.ACCOUNT.B.INFO'),
      ask('s', '$SYS.REQ.ACCOUNT.PING.STATZ'),
      ask('s', '$SYS.REQ.ACCOUNT.PING.STATZ', '{"accounts":["A"]}'),
      ask('s', '$SYS.REQ.ACCOUNT.PING.STATZ', '{"accounts":["$G"],"include_unused":true}'),
      askInVain('s', '$SYS.REQ.ACCOUNT.PING.STATZ', '{"accounts":["NONE"]}'),
      ask('s', '$SYS.REQ.ACCOUNT.A.CONNZ', '{"auth":true,"acc":"B"}'),
      ask('s', '$SYS.REQ.ACCOUNT.NONE.CONNZ'),
      askInVain('s', '$SYS.REQ.ACCOUNT.NONE.STATZ'),
      askInVain('s', '$SYS.REQ.ACCOUNT.NONE.CONNS'),
      ask('s', '$SYS.REQ.ACCOUNT.NONE.INFO'),
      askInVain('s', '$SYS.REQ.ACCOUNT.A.CONNS', '{"acc":"B"}'),
      ask('s', '$SYS.REQ.ACCOUNT.A.STATZ', '{"include_unused":"x"}'),
      ask('s', '$SYS.REQ.ACCOUNT.A.INFO', '{"tags":1}'),
      ...['a', 'b', 's'].flatMap((who) => [
        ask(who, '$SYS.REQ.USER.INFO'),
        ask(who, '$SYS.REQ.ACCOUNT.PING.STATZ'),
      ]),
      ask('a', '$SYS.REQ.ACCOUNT.PING.CONNZ'),
      ask('a', '$SYS.REQ.ACCOUNT.PING.CONNZ', '{"acc":"B"}'),
      ask('b', '$SYS.REQ.SERVER.PING.CONNZ'),
      ask('s', '$SYS.REQ.USER.A.INFO'),
      ...[
        '$SYS.REQ.ACCOUNT.A.CONNZ',
        '$SYS.REQ.SERVER.PING',
        '$SYS.REQ.SERVER.PING.IDZ',
        '$SYS.REQ.SERVER.@ID@.RELOAD',
        '$SYS.REQ.ACCOUNT.A.INFO',
        '$SYS.DEBUG.SUBSCRIBERS',
      ].map((subject) => askInVain('b', subject)),
      ask('s', '$SYS.DEBUG.SUBSCRIBERS', '$SYS.SERVER.>'),
      ask('s', '$SYS.DEBUG.SUBSCRIBERS', ''),
      ask('s', '$SYS.REQ.ACCOUNT.NSUBS', '{"acc":"A","subject":"b"}'),
      ask('s', '$SYS.REQ.ACCOUNT.NSUBS', '{"acc":"A","subject":"b","queue":"cQ=="}'),
      ask('s', '$SYS.REQ.ACCOUNT.NSUBS', '{"acc":"A","subject":"b","queue":"eA=="}'),
      askInVain('s', '$SYS.REQ.ACCOUNT.NSUBS', '{"acc":"NONE","subject":">"}'),
    ],
  },
  {
    name: 'events',
    config: { text: accounts },
    steps: [
      login('s', 'sys'),
      login('g', 'plain'),
      watch('s', '$SYS.ACCOUNT.>'),
      watch('s', '$SYS.SERVER.ACCOUNT.>'),
      watch('s', '$SYS.SERVER.*.CLIENT.AUTH.ERR'),
      watch('g', '$SYS.ACCOUNT.CLIENT.AUTH.ERR'),
      login('a', 'a'),
      { do: 'publish', as: 'a', subject: 'a.x', payload: 'hello' },
      { do: 'close', as: 'a' },
      login('b', 'b'),
      { do: 'connect', as: 'wrong', options: { user: 'a', pass: 'x', name: 'w', lang: 'l' } },
      { do: 'connect', as: 'nobody', options: { user: 'none', pass: 'x' } },
      { do: 'connect', as: 'empty', options: {} },
      ask('s', '$SYS.REQ.SERVER.@ID@.LDM', '{"cid":@CID:b@}'),
      ask('s', '$SYS.REQ.SERVER.@ID@.LDM', '{"cid":999}'),
      ask('s', '$SYS.REQ.SERVER.@ID@.KICK', '{"cid":@CID:b@}'),
      ask('s', '$SYS.REQ.SERVER.@ID@.KICK', '{"cid":999}'),
      ask('s', '$SYS.REQ.SERVER.@ID@.KICK', '{"cid":18446744073709551615}'),
      ask('s', '$SYS.REQ.SERVER.@ID@.KICK', '{"cid":1,"tags":1}'),
      ...['', '{"cid":"x"}', '{"cid":-1}', '{"cid":1e2}'].map((body) =>
        askInVain('s', '$SYS.REQ.SERVER.@ID@.KICK', body),
      ),
      ask('s', '$SYS.REQ.SERVER.@ID@.RELOAD', '{"tags":1}'),
    ],
  },
  {
    name: 'global',
    config: {
      text: 'server_name: one\naccounts { $SYS { users: [ {user: sys, password: p} ] } }\n',
    },
    steps: [
      login('s', 'sys'),
      watch('s', '$SYS.ACCOUNT.>'),
      watch('s', '$SYS.SERVER.ACCOUNT.>'),
      { do: 'connect', as: 'g', options: { name: 'guest' } },
      ask('g', '$SYS.REQ.USER.INFO'),
      ask('g', '$SYS.REQ.ACCOUNT.PING.CONNZ'),
      ask('g', '$SYS.REQ.ACCOUNT.PING.STATZ'),
      { do: 'close', as: 'g' },
    ],
  },
  {
    name: 'end',
    config: { text: `${accounts}lame_duck_duration: "30s"\nlame_duck_grace_period: "10s"\n` },
    steps: [
      login('s', 'sys'),
      login('a', 'a'),
      watch('s', '$SYS.SERVER.*.LAMEDUCK'),
      watch('s', '$SYS.SERVER.*.SHUTDOWN'),
      watch('s', '$SYS.ACCOUNT.>'),
      { do: 'signal', name: 'SIGTERM' },
    ],
  },
  {
    name: 'lame-duck',
    config: { text: `${accounts}lame_duck_duration: "30s"\nlame_duck_grace_period: "10s"\n` },
    steps: [
      login('s', 'sys'),
      watch('s', '$SYS.SERVER.*.LAMEDUCK'),
      watch('s', '$SYS.SERVER.*.SHUTDOWN'),
      { do: 'signal', name: 'SIGUSR2' },
    ],
  },
  {
    name: 'operator',
    config: { text: operator },
    steps: [
      loginJwt('s', 'sys'),
      watch('s', '$SYS.ACCOUNT.>'),
      watch('s', '$SYS.SERVER.ACCOUNT.>'),
      watch('s', '$SYS.SERVER.*.CLIENT.AUTH.ERR'),
      loginJwt('a', 'good'),
      loginJwt('b', 'b'),
      { do: 'connect', as: 'bearer', options: { jwt: '@JWT(user-bearer)@' } },
      loginJwt('expired', 'expired'),
      { do: 'connect', as: 'unsigned', options: { jwt: '@JWT(user-good)@' } },
      ...['a', 'b', 'bearer', 's'].map((who) => ask(who, '$SYS.REQ.USER.INFO')),
      ask('b', '$SYS.REQ.ACCOUNT.PING.STATZ'),
      server('VARZ'),
      server('ACCOUNTZ', '{"account":"@KEY(account-a)@"}'),
      server('ACCOUNTZ', '{"account":"@KEY(account-b)@"}'),
      server('ACCOUNTZ', '{"account":"@KEY(account-sys)@"}'),
      server('CONNZ', '{"auth":true}'),
      server('CONNZ', '{"auth":true,"acc":"@KEY(account-a)@","subscriptions_detail":true}'),
      server('CONNZ', '{"state":1,"auth":true}'),
      server('CONNZ', '{"user":"@KEY(user-b)@"}'),
      ask('s', '$SYS.REQ.ACCOUNT.@KEY(account-b)@.INFO'),
      ask('s', '$SYS.REQ.ACCOUNT.@KEY(account-b)@.SUBSZ'),
      { do: 'close', as: 'a' },
      { do: 'close', as: 'bearer' },
    ],
  },
];
