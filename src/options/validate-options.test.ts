import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setBaselineOptions } from './baseline-options.ts';
import { defaultOptions } from './default-options.ts';
import { memoryIo } from './memory-io.ts';
import { processConfigString } from './process-config.ts';
import type { Options } from './types.ts';
import { OptionsError, validateOptions } from './validate-options.ts';

function optionsOf(text: string): Options {
  const options = defaultOptions();
  processConfigString(text, memoryIo({}), options);
  setBaselineOptions(options);
  return options;
}

/** Files that parse and do not start, with what nats-server 2.15.2 says when it is started on them. */
const refused: [file: string, message: string][] = [
  [
    `lame_duck_duration: "30s"\nlame_duck_grace_period: "30s"`,
    `lame duck grace period (30s) should be strictly lower than lame duck duration (30s)`,
  ],
  [
    `max_payload: 2MB\nmax_pending: 1MB`,
    `max_payload (2097152) cannot be higher than max_pending (1048576)`,
  ],
  [`no_auth_user: x`, 'no_auth_user: "x" present, but users/nkeys are not defined'],
  [
    `no_auth_user: x\nauthorization { users: [ {user: a, password: b} ] }`,
    'no_auth_user: "x" not present as user or nkey in authorization block or account configuration',
  ],
  [`default_sentinel: abc`, `default sentinel requires operators and accounts`],
  ['gateway { name: "x" }', 'gateway "x" has no port specified (select -1 for random port)'],
  [`gateway { port: -1 }`, `gateway has no name`],
  [`gateway { name: x, port: -1, gateways: [ {name: y} ] }`, 'gateway "y" has no URL'],
  [
    `gateway { name: x, port: -1 }\ncluster { name: y, port: -1 }`,
    `cluster name conflicts between cluster and gateway definitions`,
  ],
  [`cluster { port: -1, compression: foo }`, 'unsupported compression mode "foo"'],
  [
    `cluster { port: -1, compression { mode: s2_auto, rtt_thresholds: [10ms, 5ms] } }`,
    `RTT threshold values [10ms 5ms] should be in ascending order`,
  ],
  [
    `cluster { port: -1, compression { mode: s2_auto, rtt_thresholds: [1ms, 2ms, 3ms, 4ms, 5ms] } }`,
    'compression mode "s2_auto" should have no more than 4 RTT thresholds: [1ms 2ms 3ms 4ms 5ms]',
  ],
  [
    `cluster { port: -1, compression { mode: auto, rtt_thresholds: [0s, 0s] } }`,
    'compression mode "auto" requires at least one RTT threshold',
  ],
  [
    `cluster { port: -1, pool_size: -1, accounts: [A] }`,
    `pool_size cannot be negative if pinned accounts are specified`,
  ],
  [
    `cluster { port: -1, accounts: [A, A] }`,
    'found duplicate account name "A" in pinned accounts list ["A" "A" "$SYS"]',
  ],
  [`mqtt { port: -1 }`, `mqtt requires JetStream to be enabled if running in standalone mode`],
  [`mqtt { port: -1 }\ncluster { port: -1 }`, `mqtt requires server name to be explicitly set`],
  [
    `server_name: m\nmqtt { port: -1, no_auth_user: x }`,
    'no_auth_user: "x" present, but users/nkeys are not defined',
  ],
  [`websocket { port: -1 }`, `websocket requires TLS configuration`],
  [
    'websocket { port: -1, no_tls: true, allowed_origins: ["foo"] }',
    'unable to parse allowed origin: parse "foo": invalid URI for request',
  ],
  [
    'websocket { port: -1, no_tls: true, allowed_origins: ["/foo"] }',
    'unable to parse allowed origin "/foo": allowed origins must be absolute URLs with http or https scheme',
  ],
  [
    'websocket { port: -1, no_tls: true, allowed_origins: ["http:///x"] }',
    'unable to parse allowed origin "http:///x": host is required',
  ],
  [
    'websocket { port: -1, no_tls: true, allowed_origins: ["http://a:b"] }',
    'unable to parse allowed origin: parse "http://a:b": invalid port ":b" after host',
  ],
  [
    `websocket { port: -1, no_tls: true, jwt_cookie: x }`,
    'trusted operators or trusted keys configuration is required for JWT authentication via cookie "x"',
  ],
  [
    `websocket { port: -1, no_tls: true, headers { Host: a } }`,
    'websocket: invalid header "Host" not allowed',
  ],
  [
    `websocket { port: -1, no_tls: true, headers { Sec-WebSocket-X: a } }`,
    'websocket: invalid header "Sec-WebSocket-X", "Sec-WebSocket-" prefix not allowed',
  ],
  [
    `websocket { port: -1, no_tls: true, no_auth_user: a }`,
    'no_auth_user: "a" present, but users/nkeys are not defined',
  ],
  [
    `websocket { port: -1, no_tls: true, authorization { username: a, password: b } }\nauthorization { users: [ {user: x, password: y} ] }`,
    `websocket authentication username not compatible with presence of users/nkeys`,
  ],
  [
    `leafnodes { port: -1, authorization { account: X } }`,
    'cannot find local account "X" specified in leafnode authorization',
  ],
  [
    'leafnodes { remotes: [ { url: "nats://localhost:1", account: X } ] }',
    'cannot find local account "X" specified in leafnode remote',
  ],
  [
    'leafnodes { remotes: [ { urls: ["nats://localhost:1", "ws://localhost:2"] } ] }',
    'remote leaf node configuration cannot have a mix of websocket and non-websocket urls: ["nats://localhost:1" "ws://localhost:2"]',
  ],
  [
    `leafnodes { port: -1 }\ngateway { name: x, port: -1 }`,
    `leaf nodes and gateways (both being defined) require a system account to also be configured`,
  ],
  [`leafnodes { port: -1, compression: bogus }`, 'unsupported compression mode "bogus"'],
  [
    `default_js_domain { X: y }`,
    'in non operator mode, `default_js_domain` references non existing account "X"',
  ],
  [
    `default_js_domain { "$SYS": y }\nsystem_account: "$SYS"\naccounts { "$SYS" {} }`,
    'system account "$SYS" can not be in default_js_domain',
  ],
  [
    'jetstream { domain: "a b" }',
    'invalid domain name: derived "$JS.a b.API.>" is not a valid subject',
  ],
  ['jetstream { domain: "a.b" }', `invalid domain name: may not contain ., * or >`],
  [
    `jetstream { store_dir: "/js", domain: "a" }\ncluster { port: -1, name: c }`,
    'jetstream cluster requires `server_name` to be set',
  ],
  [
    `jetstream { store_dir: "/js" }\ncluster { port: -1 }\nserver_name: a`,
    'jetstream cluster requires `cluster.name` to be set',
  ],
  ['system_account: FOO', 'error resolving system account: account missing'],
  ['system_account: "$SYS"', 'error resolving system account: account missing'],
];

test('options that contradict each other are refused with the words of nats-server', () => {
  for (const [text, message] of refused) {
    const options = optionsOf(text);
    assert.throws(() => validateOptions(options), new OptionsError(message), text);
  }
});

test('options that fit are accepted', () => {
  const files = [
    '',
    'no_auth_user: a\nauthorization { users: [ { user: a, password: b } ] }',
    'websocket { port: -1, no_tls: true, allowed_origins: ["http://a:80", "https://b"] }',
    'jetstream { domain: hub }\nmqtt { port: -1 }',
    'leafnodes { port: -1, min_version: "2.8.0" }',
    'lame_duck_duration: "31s"\nlame_duck_grace_period: "30s"',
  ];
  for (const text of files) assert.doesNotThrow(() => validateOptions(optionsOf(text)), text);
});

test('compression and cluster name are brought to one form', () => {
  const options = optionsOf(
    'cluster { port: -1, compression: Fast }\nleafnodes { port: -1, compression: on }\n' +
      'system_account: X\naccounts { X {} }\ngateway { name: G, port: -1 }',
  );
  validateOptions(options);
  assert.equal(options.cluster.compression.mode, 's2_fast');
  assert.equal(options.cluster.name, 'G');
  assert.equal(options.leafNode.compression.mode, 's2_auto');
  assert.deepEqual(options.leafNode.compression.rttThresholdsNs, [
    10_000_000n,
    50_000_000n,
    100_000_000n,
  ]);
});

test('options made by a program are judged like those of a file', () => {
  const withUser = (change: (options: Options) => void) => {
    const options = optionsOf('authorization { users: [ { user: a, password: b } ] }');
    change(options);
    return () => validateOptions(options);
  };
  assert.throws(
    withUser(({ users }) => {
      users[0]!.allowedConnectionTypes = ['PIGEON'];
    }),
    new OptionsError('unknown connection type "PIGEON"'),
  );
  assert.throws(
    withUser(({ users }) => {
      users[0]!.permissions = {
        publish: { allow: ['a..b'], deny: undefined },
        subscribe: undefined,
        response: undefined,
      };
    }),
    new OptionsError(
      'invalid permissions for user "a": publish allow: subject "a..b" is not a valid subject',
    ),
  );
  assert.throws(
    withUser((options) => {
      options.serverName = 'a b';
    }),
    new OptionsError('server name cannot contain spaces'),
  );
});
