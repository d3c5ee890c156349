/** Configurations of several accounts. In each, a user is named after its account, with the password p. */

/** One account with a user of its name in lower case. */
const account = (name: string, body = '', user = '') =>
  `${name} { users: [ {user: ${name.toLowerCase()}, password: p ${user}} ]\n    ${body} }`;
const accounts = (...list: string[]) => `accounts {\n  ${list.join('\n  ')}\n}`;
const stream = (from: string, subject: string, rest = '') =>
  `{stream: {account: ${from}, subject: "${subject}"} ${rest}}`;
const service = (from: string, subject: string, rest = '') =>
  `{service: {account: ${from}, subject: "${subject}"} ${rest}}`;
const imports = (...list: string[]) => `imports: [ ${list.join(', ')} ]`;
const exports = (...list: string[]) => `exports: [ ${list.join(', ')} ]`;

export const accountConfigs: Record<string, string> = {
  accounts: accounts(account('A'), account('B')),
  accountStreams: accounts(
    account(
      'A',
      exports(
        '{stream: "s.>"}',
        '{stream: "t.*.*"}',
        '{stream: "lit"}',
        '{stream: "p.>", accounts: [P]}',
        '{stream: "$X.y"}',
      ),
    ),
    account('B', imports(stream('A', 's.>'), stream('A', 'lit'))),
    account('C', imports(stream('A', 's.>', ', prefix: "from.a"'))),
    account('D', imports(stream('A', 's.x', ', to: "dx"'), stream('A', 'lit', ', to: "l.i.t"'))),
    account('E', imports(stream('A', 't.*.*', ', to: "e.$2.$1"'))),
    account('F', imports(stream('A', 's.>', ', to: "f.>"'))),
    account('G', imports(stream('A', 't.*.y', ', to: "g.$1"'))),
    account('H', imports(stream('A', 's.*.z', ', prefix: "h"'))),
    account('P', imports(stream('A', 'p.x'))),
    account('I', imports(stream('A', 't.*.*', ', to: "i.{{wildcard(2)}}.{{wildcard(1)}}"'))),
  ),
  accountOverlap: accounts(
    account('A', exports('{stream: "s.>"}')),
    account('Z', exports('{stream: "s.>"}')),
    account('B', imports(stream('A', 's.>'), stream('Z', 's.>'))),
    account(
      'F',
      imports(stream('A', 's.>'), stream('A', 's.x'), stream('A', 's.*', ', to: "k.*"')),
    ),
    account('H', imports(stream('A', 's.>', ', to: "one.>"'), stream('Z', 's.>', ', to: "one.>"'))),
    account('J', imports(stream('A', 's.*', ', to: "j.*"'), stream('A', 's.>', ', to: "m.j.>"'))),
  ),
  accountStreamChain: accounts(
    account('A', exports('{stream: "s.>"}')),
    account(
      'B',
      `${imports(stream('A', 's.>', ', to: "b.>"'))}\n    ${exports('{stream: "b.>"}')}`,
    ),
    account('C', imports(stream('B', 'b.>', ', to: "c.>"'))),
  ),
  accountStreamPermissions: accounts(
    account('A', exports('{stream: "s.>"}')),
    account(
      'B',
      imports(stream('A', 's.>')),
      ', permissions: {subscribe: {allow: ["s.>", "_INBOX.>"], deny: ["s.no.>", "s.*.hidden"]}}',
    ),
    account(
      'C',
      imports(stream('A', 's.>', ', prefix: "from.a"')),
      ', permissions: {subscribe: {deny: ["from.a.s.no", "s.yes"]}}',
    ),
    account(
      'D',
      imports(stream('A', 's.>')),
      ', permissions: {subscribe: ["s.q workers", "s.plain"]}',
    ),
  ),
  accountServices: accounts(
    account(
      'A',
      exports(
        '{service: "q"}',
        '{service: "w.>"}',
        '{service: "t.*.*"}',
        '{service: "many", response: stream}',
        '{service: "parts", response_type: chunked}',
        '{service: "slow", threshold: "250ms"}',
        '{service: "slow.many", response: stream, threshold: "250ms"}',
        '{service: "p", accounts: [P]}',
        '{service: "other"}',
      ),
    ),
    account(
      'B',
      imports(
        service('A', 'q', ', to: "b.q"'),
        service('A', 'w.>'),
        service('A', 't.*.*', ', to: "b.t.$2.$1"'),
        service('A', 'many'),
        service('A', 'parts'),
        service('A', 'slow'),
        service('A', 'slow.many'),
      ),
    ),
    account('C', imports(service('A', 'q'), service('A', 'w.x', ', to: "cx"'))),
    account('D', imports(service('A', 'w.>', ', to: "d.>"'))),
    account('P', imports(service('A', 'p'))),
  ),
  accountServicePermissions: accounts(
    account(
      'A',
      exports('{service: "q"}'),
      ', permissions: {subscribe: ["q", "_R.>"], publish: {deny: ">"}, allow_responses: {max: 2, expires: "1m"}}',
    ),
    account(
      'B',
      imports(service('A', 'q')),
      ', permissions: {publish: ["q"], subscribe: "_INBOX.>"}',
    ),
    account(
      'C',
      imports(service('A', 'q', ', to: "c.q"')),
      ', permissions: {publish: {deny: "q"}}',
    ),
    account('D', imports(service('A', 'q')), ', permissions: {publish: {deny: "q"}}'),
  ),
  accountServiceChain: accounts(
    account('A', exports('{service: "q"}', '{service: "m", response: stream}')),
    account(
      'B',
      `${imports(service('A', 'q', ', to: "b.q"'), service('A', 'm', ', to: "b.m"'))}\n    ${exports('{service: "b.q"}', '{service: "b.m", response: stream}')}`,
    ),
    account('C', imports(service('B', 'b.q', ', to: "c.q"'), service('B', 'b.m', ', to: "c.m"'))),
  ),
  accountServiceOverlap: accounts(
    account('A', exports('{service: "q"}', '{service: "q.>"}')),
    account('Z', exports('{service: "q"}')),
    account('B', imports(service('A', 'q'), service('Z', 'q'))),
    account('C', imports(service('A', 'q.>'), service('A', 'q.x', ', to: "q.y"'))),
  ),
  accountShare: accounts(
    account('A', exports('{service: "q"}', '{service: "n"}', '{service: "st", response: stream}')),
    account(
      'B',
      imports(
        service('A', 'q', ', share: true'),
        service('A', 'n'),
        service('A', 'st', ', share: true'),
      ),
    ),
  ),
  accountShareChain: accounts(
    account('A', exports('{service: "q"}')),
    account(
      'B',
      `${imports(service('A', 'q', ', share: true'))}\n    ${exports('{service: "q"}')}`,
    ),
    account('C', imports(service('B', 'q', ', share: true'))),
  ),
  accountTokenPosition: accounts(
    account(
      'A',
      exports(
        '{stream: "s.*.>", account_token_position: 2}',
        '{service: "q.*", account_token_position: 2}',
      ),
    ),
    account('B', imports(stream('A', 's.B.>'), service('A', 'q.B'))),
  ),
  accountLatency: accounts(
    account(
      'A',
      exports(
        '{service: "q", latency: {sampling: 100, subject: "lat.q"}}',
        '{service: "h", latency: {sampling: headers, subject: "lat.h"}}',
        '{service: "slow", threshold: "200ms", latency: "lat.slow"}',
      ),
    ),
    account('B', imports(service('A', 'q'), service('A', 'h'), service('A', 'slow'))),
    account('C', imports(service('A', 'q', ', share: true'), service('A', 'h', ', share: true'))),
  ),
  accountLimits: accounts(
    account('A', 'limits { max_connections: 1 }'),
    account('B', 'limits { max_subscriptions: 2 }'),
    account('C', 'limits { max_payload: 10 }'),
    account('D', 'limits { max_connections: 0 }'),
    account('E', 'limits { max_payload: 0, max_subscriptions: 0 }'),
    account('F', `limits { max_subscriptions: 2 }\n    ${imports(stream('B', 's.>'))}`).replace(
      'F',
      'F',
    ),
  ).replace('B { users', 'B { exports: [ {stream: "s.>"} ]\n    users'),
  accountDefaults: accounts(
    account('A', 'default_permissions { publish: "a.>", subscribe: {allow: "a.>", deny: "a.no"} }'),
    account('B', 'default_permissions { publish: "b.>" }', ', permissions: {subscribe: "x"}'),
    account('C'),
  ),
  accountMappings: accounts(
    account(
      'A',
      'mappings { "m.*": "n.$1", "x": [ {destination: "y", weight: 100%} ], "drop": [ {destination: "drop", weight: 0%} ], "q": "real.q" }',
    ),
    account('B', 'mappings { "m.*": "other.$1" }'),
    account('C', `mappings { "c.q": "q" }\n    ${imports(service('D', 'q'))}`),
    account(
      'D',
      `mappings { "q": "d.q", "s.in": "s.out" }\n    ${exports('{service: "q"}', '{stream: "s.>"}')}`,
    ),
    account('E', `${imports(stream('D', 's.>', ', to: "e.>"'))}\n    mappings { "e.x": "e.y" }`),
  ),
  accountGlobal: `${accounts(account('A', exports('{stream: "s.>"}', '{service: "q"}')))}\nno_auth_user: a`,
  accountNoAuthUser: `${accounts(
    account('A', exports('{service: "q"}')),
    account(
      'B',
      imports(service('A', 'q')),
      ', permissions: {publish: ["q", "b"], subscribe: [">"]}',
    ),
  )}\nno_auth_user: b`,
  accountSystem: `${accounts(
    account(
      'A',
      '',
      ', permissions: {publish: {allow: ["x", "$SYS.REQ.USER.INFO", "$SYS.REQ.ACCOUNT.PING.*"], deny: "no"}, subscribe: [">"], allow_responses: true}',
    ),
    account('B', 'limits { max_connections: 5, max_subscriptions: 50, max_payload: 1000 }'),
    'SYS { users: [ {user: sys, password: p} ] }',
  )}\nsystem_account: SYS\nserver_name: one`,
  accountDefaultSystem:
    'accounts { $SYS { users: [ {user: sys, password: p} ] }\n A { users: [ {user: a, password: p} ] } }\nserver_name: one',
  accountsAndUsers: `accounts { A { users: [ {user: a, password: p} ] } }
authorization { users: [ {user: u, password: p}, {user: v, password: p, permissions: {publish: "v"}} ] }`,
  accountOnlySystem: 'accounts { $SYS { users: [ {user: sys, password: p} ] } }',
};
