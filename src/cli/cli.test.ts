import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tnatsdVersion } from '../base/version.ts';
import { defaultOptions } from '../options/default-options.ts';
import { flagRows } from '../options/flags.ts';
import { processConfigFile } from '../options/process-config.ts';
import { nodeConfigFiles } from '../platform/node-config-files.ts';
import { type ConfigureParts, configure } from './configure.ts';
import { parseGoFlags, parseGoInt64 } from './go-flags.ts';
import { redactArgs } from './redact.ts';
import { programName, versionLine } from './version.ts';

const parts: ConfigureParts = {
  program: 'nats-server',
  io: nodeConfigFiles,
  emptyOptions: defaultOptions,
  readConfigFile: (path, options) => processConfigFile(path, nodeConfigFiles, options).warningText,
  jsonSchema: () => '{"schema":true}',
};

function exitOf(...args: string[]) {
  const outcome = configure(args, parts);
  assert.equal(outcome.kind, 'exit', JSON.stringify(args));
  return outcome as Extract<typeof outcome, { kind: 'exit' }>;
}

function optionsOf(...args: string[]) {
  const outcome = configure(args, parts);
  if (outcome.kind !== 'run') assert.fail(JSON.stringify(outcome));
  return outcome.options;
}

function configFile(t: { after(fn: () => void): void }, text: string): string {
  const dir = fs.mkdtempSync(join(tmpdir(), 'tnatsd-cli-'));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'n.conf');
  fs.writeFileSync(path, text);
  return path;
}

/** Arguments and what nats-server 2.15.2 writes to standard error before the usage text. */
const badSyntax: [string[], string][] = [
  [['-zzz'], 'flag provided but not defined: -zzz'],
  [['--zzz=3'], 'flag provided but not defined: -zzz'],
  [['-p'], 'flag needs an argument: -p'],
  [['--user'], 'flag needs an argument: -user'],
  [['-p', 'abc'], 'invalid value "abc" for flag -p: parse error'],
  [['-p='], 'invalid value "" for flag -p: parse error'],
  [['-p', '1.5'], 'invalid value "1.5" for flag -p: parse error'],
  [
    ['-p', '99999999999999999999'],
    'invalid value "99999999999999999999" for flag -p: value out of range',
  ],
  [['-log_size_limit', '1e3'], 'invalid value "1e3" for flag -log_size_limit: parse error'],
  [['-D=maybe'], 'invalid boolean value "maybe" for -D: parse error'],
  [['-D=', '-v'], 'invalid boolean value "" for -D: parse error'],
  [['---x'], 'bad flag syntax: ---x'],
  [['-='], 'bad flag syntax: -='],
  [['--=x'], 'bad flag syntax: --=x'],
];

test('a command line that Go refuses gives its text, the usage on stdout, and exit code 0', () => {
  for (const [args, message] of badSyntax) {
    const outcome = exitOf(...args);
    assert.equal(outcome.stderr, `${message}\n`);
    assert.match(outcome.stdout, /^\nUsage: nats-server \[options\]\n\nServer Options:\n/);
    assert.equal(outcome.code, 0);
  }
});

/** Arguments and what nats-server 2.15.2 writes to standard error with exit code 1. */
const refusals: [string[], string][] = [
  [['foo'], 'unrecognized command: "foo"'],
  [['--', 'foo'], 'unrecognized command: "foo"'],
  [['-'], 'unrecognized command: "-"'],
  [['-D', 'false'], 'unrecognized command: "false"'],
  [['-t'], 'must specify [-c, --config] option to check configuration file syntax'],
  [['-t', '-c', '/nonexist'], 'open /nonexist: no such file or directory'],
  [['-c', '/tmp'], 'read /tmp: is a directory'],
  [['--routes', 'nats://a:1'], 'solicited routes require cluster capabilities, e.g. --cluster'],
  [['-cluster', 'nats://foo'], 'address foo: missing port in address'],
  [['-cluster', 'nats://u@h:1'], 'expected cluster password to be set'],
  [['-cluster', 'nats://h:'], 'EOF'],
  [['-cluster', 'h:1'], 'missing port in address'],
  [['-cluster', 'nats://::1:4'], 'address ::1:4: too many colons in address'],
  [['-cluster', 'nats://u:p@h'], 'address h: missing port in address'],
  [['-cluster', 'nats://[::1:4'], `parse "nats://[::1:4": missing ']' in host`],
  [['-cluster', 'nats://a b:1'], 'parse "nats://a b:1": invalid character " " in host name'],
  [['-cluster', 'nats://h:9x'], 'parse "nats://h:9x": invalid port ":9x" after host'],
  [['-cluster', 'nats://a%zz:1'], 'parse "nats://a%zz:1": invalid URL escape "%zz"'],
  [['-tls'], 'TLS Server certificate must be present and valid'],
  [['-tlsverify'], 'TLS Server certificate must be present and valid'],
  [['-tls', '-tlscert', '/x'], 'TLS Server private key must be present and valid'],
  [
    ['-tls', '-tlscert', '/x', '-tlskey', '/y'],
    'error parsing X509 certificate/key pair: open /x: no such file or directory',
  ],
];

test('an impossible command line gives the text of nats-server and exit code 1', () => {
  for (const [args, message] of refusals) {
    const outcome = exitOf(...args);
    assert.deepEqual([outcome.stderr, outcome.stdout], [`nats-server: ${message}\n`, '']);
    assert.equal(outcome.code, 1);
  }
});

test('version, help and schema go to standard output', () => {
  for (const args of [['-v'], ['--version'], ['version'], ['VERSION'], ['-p', '1', '-v', '-h']]) {
    assert.equal(exitOf(...args).stdout, 'nats-server: v2.15.2\n');
  }
  for (const args of [['-h'], ['--help'], ['help'], ['-p', '1', 'help']]) {
    assert.match(exitOf(...args).stdout, /Usage: nats-server/);
  }
  assert.match(exitOf('--help_tls').stdout, /TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n/);
  assert.equal(exitOf('--json-schema').stdout, '{"schema":true}\n');
});

test('the program answers under the name it was started as', () => {
  assert.equal(programName('/usr/bin/nats-server'), 'nats-server');
  assert.equal(programName('/x/bin/nats-server.cjs'), 'nats-server');
  assert.equal(programName('/x/bin/tnatsd.cjs'), 'tnatsd');
  assert.equal(programName('/usr/bin/gnatsd'), 'nats-server');
  assert.equal(versionLine('tnatsd'), `tnatsd: v${tnatsdVersion} (nats-server v2.15.2)`);
  const manifest = JSON.parse(fs.readFileSync(join(__PROJECT_ROOT__, 'package.json'), 'utf8'));
  assert.equal(tnatsdVersion, manifest.version);
});

test('the usage text names every flag', () => {
  const text = exitOf('-h').stdout;
  for (const row of flagRows) {
    for (const name of row.names) assert.match(text, new RegExp(`--?${name}\\b`), name);
  }
});

test('every spelling of a flag sets the same option', () => {
  for (const args of [['-p', '7'], ['--p', '7'], ['-p=7'], ['--port=7'], ['-port', '0x7']]) {
    assert.equal(optionsOf(...args).port, 7);
  }
  assert.equal(optionsOf('-p', '1', '--port', '2').port, 2);
  assert.equal(optionsOf('-a', 'h').host, 'h');
  assert.equal(optionsOf('-net=h').host, 'h');
  assert.equal(optionsOf('--user', '-D').username, '-D');
  assert.equal(optionsOf('-n', 'x').serverName, 'x');
  assert.equal(optionsOf('-js', '-sd=/d').storeDir, '/d');
  assert.equal(optionsOf('-ms', '1').httpsPort, 1);
  assert.equal(optionsOf('-m', '-1').httpPort, -1);
  assert.equal(optionsOf('-T=false').logtime, false);
  assert.equal(optionsOf().logtime, true);
});

test('debug and trace flags combine as in nats-server', () => {
  const levels = (...args: string[]) => {
    const { debug, trace, traceVerbose } = optionsOf(...args);
    return [debug, trace, traceVerbose];
  };
  assert.deepEqual(levels('-D'), [true, false, false]);
  assert.deepEqual(levels('-V'), [false, true, false]);
  assert.deepEqual(levels('-DV'), [true, true, false]);
  assert.deepEqual(levels('-VV'), [false, true, true]);
  assert.deepEqual(levels('-DVV'), [true, true, true]);
  // The combined flags are applied last, in whatever order they stand.
  assert.deepEqual(levels('-DV', '-D=false'), [true, true, false]);
  assert.deepEqual(levels('-DV=false', '-D'), [false, false, false]);
});

test('flags win over the file, whatever the order, and a reload reads the file again', (t) => {
  const path = configFile(t, 'port: 1111\nhttp_port: 2222\ndebug: true\nserver_name: a');
  const outcome = configure(['-p', '3', '-c', path, '-D=false'], parts);
  if (outcome.kind !== 'run') assert.fail(JSON.stringify(outcome));
  const { options } = outcome;
  assert.deepEqual([options.port, options.httpPort, options.debug], [3, 2222, false]);
  assert.equal(options.inCmdLine.Debug, false);
  fs.writeFileSync(path, 'port: 1111\nserver_name: b');
  const again = outcome.reread();
  assert.deepEqual([again.port, again.httpPort, again.serverName], [3, 0, 'b']);
  fs.writeFileSync(path, 'nonsense: 1');
  assert.throws(() => outcome.reread(), /unknown field "nonsense"/);
});

test('-t judges the file and prints its digest', (t) => {
  const good = configFile(t, 'port: -1\n');
  // The digest is the one that nats-server 2.15.2 prints for these bytes.
  const digest = 'sha256:7ea4cc5c6864139d814ce940a40ee6546b7ac5285eec3c390a4ce11e34dc1102';
  const outcome = exitOf('-t', '-c', good);
  assert.equal(outcome.stderr, `nats-server: configuration file ${good} is valid (${digest})\n`);
  assert.equal(outcome.code, 0);
  const bad = configFile(t, 'foo: bar\n');
  const refused = exitOf('-t', '-c', bad);
  assert.match(refused.stderr, /^nats-server: .*n\.conf:1:0: unknown field "foo"/);
  assert.equal(refused.code, 1);
  assert.equal(exitOf('-c', bad).code, 1);
});

test('--cluster replaces what the file says, an empty one switches it off', (t) => {
  const path = configFile(
    t,
    'cluster { name: c, listen: "127.0.0.1:1", authorization { user: u, password: p } }',
  );
  const plain = optionsOf('-c', path, '--cluster', 'nats://10.0.0.1:99').cluster;
  assert.deepEqual(
    [plain.host, plain.port, plain.username, plain.password],
    ['10.0.0.1', 99, '', ''],
  );
  assert.equal(plain.name, 'c');
  const secured = optionsOf('-c', path, '--cluster_listen=nats://a:b@h:-1').cluster;
  assert.deepEqual([secured.port, secured.username, secured.password], [-1, 'a', 'b']);
  assert.equal(optionsOf('-c', path, '--cluster', '').cluster.port, 0);
  const routes = optionsOf('-c', path, '--routes', 'nats://a:1, nats://b:2').routes;
  assert.deepEqual(
    routes.map((url) => url.host),
    ['a:1', 'b:2'],
  );
  assert.deepEqual(optionsOf('-c', path, '--routes=').routes, []);
});

test('-tls=false removes the tls block of the file', (t) => {
  const certs = join(__PROJECT_ROOT__, 'test/fixtures/tls');
  const [cert, key] = ['server.pem', 'server-key.pem'];
  const path = configFile(t, `tls { cert_file: "${certs}/${cert}", key_file: "${certs}/${key}" }`);
  assert.ok(optionsOf('-c', path).tls !== undefined);
  assert.equal(optionsOf('-c', path, '-tls=false').tls, undefined);
  const flags = ['--tls', '--tlscert', join(certs, cert), '--tlskey', join(certs, key)];
  assert.equal(optionsOf(...flags, '--tlsverify').tls?.verify, true);
});

test('--signal is handed on as it stands', () => {
  assert.deepEqual(configure(['-sl', 'ldm=1'], parts), { kind: 'signal', signal: 'ldm=1' });
  assert.deepEqual(configure(['--signal=stop'], parts), { kind: 'signal', signal: 'stop' });
});

test('integers are read as strconv.ParseInt with base 0 reads them', () => {
  const good: [string, bigint][] = [
    ['0', 0n],
    ['-1', -1n],
    ['+5', 5n],
    ['010', 8n],
    ['0x1F', 31n],
    ['0b11', 3n],
    ['0o17', 15n],
    ['1_000', 1000n],
    ['0x_f', 15n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['-0x10', -16n],
  ];
  for (const [text, value] of good) assert.equal(parseGoInt64(text), value, text);
  for (const text of ['', '-', '1_', '_1', '1__0', '0x', '08', '0b2', 'f', '1.0', ' 1']) {
    assert.equal(parseGoInt64(text), 'parse error', text);
  }
  assert.equal(parseGoInt64('9223372036854775808'), 'value out of range');
});

test('parsing stops at the first word', () => {
  const parsed = parseGoFlags(flagRows, ['-D', 'word', '-p', 'x']);
  assert.deepEqual(parsed.words, ['word', '-p', 'x']);
  assert.deepEqual(
    parsed.set.map((flag) => flag.name),
    ['D'],
  );
});

test('secrets disappear from the process title', () => {
  assert.deepEqual(
    redactArgs(['--user', 'u', '-pass=s=x', '--auth', 't', '-p', '1', '--users', 'x']),
    ['--user', '[REDACTED]', '-pass=[REDACTED]', '--auth', '[REDACTED]', '-p', '1', '--users', 'x'],
  );
  assert.deepEqual(
    redactArgs(['--routes=nats://u:p@a:1,nats://b:2', '-cluster', 'nats://u:p@h:-1/x']),
    ['--routes=nats://[REDACTED]@a:1,nats://b:2', '-cluster', 'nats://[REDACTED]@h:-1/x'],
  );
  assert.deepEqual(redactArgs(['--routes', 'u:p%zz@a:1,tls://u@[::1]:1']), [
    '--routes',
    '[REDACTED]@a:1,tls://[REDACTED]@[::1]:1',
  ]);
});
