import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setBaselineOptions } from './baseline-options.ts';
import { defaultOptions } from './default-options.ts';
import { diffOptions, ReloadRefusedError } from './diff-options.ts';
import { memoryIo } from './memory-io.ts';
import { processConfigString } from './process-config.ts';
import type { Options } from './types.ts';

function optionsOf(text: string): Options {
  const options = defaultOptions();
  processConfigString(text, memoryIo({}), options);
  setBaselineOptions(options);
  return options;
}

function changes(before: string, after: string): string[] {
  return diffOptions(optionsOf(before), optionsOf(after)).map((change) => change.name);
}

test('what may be applied is listed in a fixed order', () => {
  assert.deepEqual(changes('', ''), []);
  assert.deepEqual(changes('', 'max_payload: 64KB\ndebug: true\nping_interval: "5s"'), [
    'Debug',
    'PingInterval',
    'MaxPayload',
  ]);
  assert.deepEqual(changes('authorization { user: a, password: b }', ''), ['Username', 'Password']);
  assert.deepEqual(changes('', 'log_format: json\njsonp: true\nmappings { a: b }'), [
    'LogFormat',
    'Mappings',
    'Jsonp',
  ]);
});

test('the order of users means nothing', () => {
  const users = (...names: string[]) =>
    `authorization { users: [ ${names.map((name) => `{ user: ${name}, password: x }`).join(', ')} ] }`;
  assert.deepEqual(changes(users('a', 'b'), users('b', 'a')), []);
  assert.deepEqual(changes(users('a'), users('a', 'b')), ['Users']);
});

test('a change that needs a restart is refused with the words of nats-server', () => {
  const cases: [before: string, after: string, message: string][] = [
    ['port: 4222', 'port: 4223', 'config reload not supported for Port: old=4222, new=4223'],
    ['host: a', 'host: b', 'config reload not supported for Host: old=a, new=b'],
    ['', 'server_name: x', 'config reload not supported for ServerName: old=, new=x'],
    ['', 'http_port: 8222', 'config reload not supported for HTTPPort: old=0, new=8222'],
    ['', 'max_sub_tokens: 5', 'config reload not supported for MaxSubTokens: old=0, new=5'],
    ['', 'max_subs: 5', 'config reload not supported for MaxSubs: old=0, new=5'],
    [
      '',
      'lame_duck_duration: "31s"',
      'config reload not supported for LameDuckDuration: old=2m0s, new=31s',
    ],
    [
      '',
      'no_header_support: true',
      'config reload not supported for NoHeaderSupport: old=false, new=true',
    ],
    ['', 'allow_non_tls: true', 'config reload not supported for AllowNonTLS: old=false, new=true'],
    [
      'cluster { port: 1 }',
      'cluster { port: 2 }',
      'config reload not supported for cluster port: old=1, new=2',
    ],
    ['', 'write_timeout: retry', 'config reload not supported for WriteTimeout: old=, new=retry'],
    ['', 'jetstream { domain: x }', 'config reload not supported for JetStreamDomain: old=, new=x'],
    [
      '',
      'leafnodes { listen: "127.0.0.1:7422" }',
      'config reload not supported for LeafNode: field "Host": old=, new=127.0.0.1',
    ],
    [
      '',
      'client_advertise: "a:b:c"',
      'invalid ClientAdvertise value of a:b:c, err=address a:b:c: too many colons in address',
    ],
    [
      '',
      'authorization { user: a, password: b, proxy_required: true }',
      'config reload not supported for ProxyRequired: old=false, new=true',
    ],
    ['', 'system_account: A', 'config reload not supported for SystemAccount: old=, new=A'],
  ];
  for (const [before, after, message] of cases) {
    assert.throws(
      () => changes(before, after),
      (error) => error instanceof ReloadRefusedError && error.message === message,
      `${before} → ${after}`,
    );
  }
});

test('no_auth_user may only be taken away together with its user', () => {
  const user = 'authorization { users: [ { user: a, password: x }, { user: b, password: y } ] }';
  const other = 'authorization { users: [ { user: b, password: y } ] }';
  assert.throws(() => changes(`${user}\nno_auth_user: a`, user), ReloadRefusedError);
  assert.throws(() => changes(user, `${user}\nno_auth_user: a`), ReloadRefusedError);
  assert.deepEqual(changes(`${user}\nno_auth_user: a`, other), ['Users', 'NoAuthUser']);
});

test('a refusal of a block shows no secrets', () => {
  const gateway = (name: string) =>
    `gateway { name: ${name}, port: -1, authorization { user: u, password: geheim } }`;
  assert.throws(
    () => changes(gateway('a'), gateway('b')),
    (error) => error instanceof Error && !error.message.includes('geheim'),
  );
});
