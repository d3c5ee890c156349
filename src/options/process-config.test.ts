import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultOptions } from './default-options.ts';
import { second } from './duration.ts';
import { memoryIo } from './memory-io.ts';
import { ConfigFileError, processConfigFile, processConfigString } from './process-config.ts';
import type { Options } from './types.ts';

function read(text: string, env = {}): Options {
  const options = defaultOptions();
  processConfigFile('/etc/nats.conf', memoryIo({ '/etc/nats.conf': text }, env), options);
  return options;
}

function refusal(text: string): ConfigFileError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ConfigFileError) return error;
    throw error;
  }
  return assert.fail(`accepted: ${text}`);
}

test('an unknown key is refused with its place and the nearest known key', () => {
  const error = refusal('port: 4222\nmax_paylod: 5\n');
  const line = '/etc/nats.conf:2:1: unknown field "max_paylod"';
  assert.equal(error.message, `${line} (did you mean "max_payload"?)\n`);
  assert.deepEqual(error.errors[0]?.place, { file: '/etc/nats.conf', line: 2, column: 1 });
});

test('suggestions inside a block are keys of that block', () => {
  const error = refusal('authorization {\n  passwort: x\n}');
  assert.match(error.message, /unknown field "passwort" \(did you mean "password"\?\)/);
});

test('all errors of a file are reported together, after its warnings', () => {
  const error = refusal('port: x\nping_interval: 5\nfoo: 1\nauthorization { user: 7 }');
  const lines = error.message.trimEnd().split('\n');
  assert.deepEqual(lines.slice(0, 4), [
    '/etc/nats.conf:2:1: invalid use of field "ping_interval": ping_interval should be converted to a duration',
    '/etc/nats.conf:1:0: interface conversion: interface {} is string, not int64',
    '/etc/nats.conf:3:1: unknown field "foo"',
    '/etc/nats.conf:4:17: interface conversion: interface {} is int64, not string',
  ]);
  assert.equal(error.warnings.length, 1);
});

test('warnings alone do not refuse a file', () => {
  const options = defaultOptions();
  const result = processConfigString('ping_interval: 5', memoryIo({}), options);
  assert.equal(options.pingIntervalNs, 5n * second);
  assert.equal(result.warnings.length, 1);
  assert.match(result.warningText, /^:1:0: invalid use of field "ping_interval"/);
});

test('an empty file is accepted with a warning', () => {
  const options = defaultOptions();
  const io = memoryIo({ 'a.conf': '# nothing\n' });
  const { warningText } = processConfigFile('a.conf', io, options);
  assert.equal(warningText, 'a.conf: config has no values or is empty\n');
});

test('a file that is not there is refused with the words of Go', () => {
  const run = () => processConfigFile('/no.conf', memoryIo({}), defaultOptions());
  assert.throws(run, /open \/no\.conf: no such file or directory/);
});

test('keys are read in any case, and a variable is no unknown key', () => {
  const options = read('secret: $SECRET\nPORT: 4333\nAuthorization { Token: $secret }', {
    SECRET: 's3cr3t',
  });
  assert.equal(options.port, 4333);
  assert.equal(options.authorization, 's3cr3t');
});

test('the sample file of gnatsd 0.8 is read unchanged', () => {
  const options = read(`
    listen: localhost:4242 # host/port to listen for client connections
    http: localhost:8222 # HTTP monitoring port
    authorization {
      user:     derek
      # ./util/mkpassword -p T0pS3cr3t
      password: $2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG
      timeout:  1
    }
    cluster {
      listen: localhost:4244
      authorization {
        user: route_user
        password: $2a$11$xH8dkGrty1cBNtZjhPeWJewu/YPbSU.rXJWmS6SFilOBXzmZoMk9m
        timeout: 0.5
      }
      routes = [
        nats-route://user1:pass1@127.0.0.1:4245
        nats-route://user2:pass2@127.0.0.1:4246
      ]
    }
    debug:   false
    trace:   true
    logtime: false
    log_file: "/tmp/nats-server.log"
    pid_file: "/tmp/nats-server.pid"
    max_connections: 100
    max_control_line: 512
    max_payload: 65536
    max_pending_size: 10000000
  `);
  assert.equal(options.host, 'localhost');
  assert.equal(options.port, 4242);
  assert.equal(options.httpPort, 8222);
  assert.equal(options.username, 'derek');
  assert.match(options.password, /^\$2a\$11\$W2zko/);
  assert.equal(options.authTimeoutSeconds, 1);
  assert.equal(options.cluster.port, 4244);
  assert.equal(options.cluster.authTimeoutSeconds, 0.5);
  assert.deepEqual(
    options.routes.map((route) => [route.user, route.host]),
    [
      ['user1', '127.0.0.1:4245'],
      ['user2', '127.0.0.1:4246'],
    ],
  );
  assert.equal(options.trace, true);
  assert.equal(options.logtime, false);
  assert.equal(options.maxConn, 100);
  assert.equal(options.maxControlLine, 512);
  assert.equal(options.maxPayload, 65536);
  assert.equal(options.maxPending, 10_000_000);
});

test('our own keys: log_format and jsonp', () => {
  const options = read('log_format: json\njsonp: true');
  assert.equal(options.logFormat, 'json');
  assert.equal(options.jsonp, true);
  assert.match(refusal('log_format: xml').message, /:1:0: log_format must be 'text' or 'json'/);
});

test('users keep their permissions in every form', () => {
  const { users } = read(`authorization {
    default_permissions { publish: "public.>" }
    users: [
      { user: a, permissions { publish: [x, y], subscribe { allow: "q workers", deny: z } } }
      { user: b, permissions { allow_responses { max: 5, expires: "1m" } } }
      { user: c, clients: [websocket, STANDARD] }
    ]
  }`);
  assert.deepEqual(users[0]?.permissions, {
    publish: { allow: ['x', 'y'], deny: undefined },
    subscribe: { allow: ['q workers'], deny: ['z'] },
    response: undefined,
  });
  assert.deepEqual(users[1]?.permissions, {
    publish: { allow: [], deny: undefined },
    subscribe: undefined,
    response: { maxMsgs: 5, expiresNs: 60n * second },
  });
  assert.deepEqual(users[2]?.permissions?.publish?.allow, ['public.>']);
  assert.deepEqual(users[2]?.allowedConnectionTypes, ['WEBSOCKET', 'STANDARD']);
});

test('accounts keep users, exports, imports, limits and mappings', () => {
  const options = read(`
    mappings { "orders.*": "o.$1" }
    accounts {
      A {
        users: [ { user: a, password: x } ]
        exports: [ { service: q, accounts: [B], response: stream }, { stream: "s.>" } ]
        limits { max_conn: 10 }
        jetstream { max_mem: 1GB }
        msg_trace { dest: t, sampling: "30%" }
      }
      B { imports: [ { service { account: A, subject: q }, to: r }, { stream { account: A, subject: "s.x" }, prefix: p } ] }
    }`);
  const [a, b] = options.accounts;
  assert.deepEqual(options.mappings, [
    { source: 'orders.*', destinations: [{ subject: 'o.$1', weight: 100, cluster: '' }] },
  ]);
  assert.equal(options.users[0]?.account, 'A');
  assert.equal(a?.serviceExports[0]?.responseType, 'stream');
  assert.deepEqual(a?.serviceExports[0]?.accounts, ['B']);
  assert.equal(a?.limits.maxConnections, 10);
  assert.equal(a?.jetstream?.maxMemory, 1n << 30n);
  assert.deepEqual([a?.traceDest, a?.traceSampling], ['t', 30]);
  assert.deepEqual(b?.serviceImports, [{ account: 'A', subject: 'q', to: 'r', share: false }]);
  assert.equal(b?.streamImports[0]?.prefix, 'p');
});

test('names from outside never reach a prototype', () => {
  const options = read('server_metadata { __proto__: x }\ndefault_js_domain { __proto__: y }');
  assert.deepEqual(Object.keys(options.metadata), ['__proto__']);
  assert.equal(Object.getPrototypeOf(options.metadata), Object.prototype);
  assert.equal(({} as { x?: string }).x, undefined);
});
