import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Cleanup,
  eventually,
  freePort,
  getJson,
  RawClient,
  SpawnedServer,
  temporaryFolder,
} from './spawned-server.ts';

/*
 * How client test suites, containers and service managers start and stop a NATS server. Each test is named
 * after the one who relies on it, and does what that one does.
 */

/** Publishes to itself: the server is really one. */
async function echoes(t: Cleanup, port: number, connect = '{"verbose":false}'): Promise<void> {
  const client = new RawClient(t, port);
  await client.info();
  client.send(`CONNECT ${connect}\r\nSUB spawn 1\r\nPUB spawn 2\r\nok\r\nPING\r\n`);
  await client.sees(/MSG spawn 1 2\r\nok\r\nPONG\r\n/);
}

function portOf(url: string | undefined): number {
  return Number(/:(\d+)$/.exec(url ?? '')?.[1]);
}

test('the pid of the started executable is the server, and is what its log and files say', async (t) => {
  const dir = temporaryFolder(t);
  const pidFile = join(dir, 'pid');
  const server = SpawnedServer.start(t, ['-a', '127.0.0.1', '-p', '-1', '-P', pidFile]);
  await server.ready();
  assert.ok(server.stderr.startsWith(`[${server.pid}] `), server.stderr);
  assert.equal(fs.readFileSync(pidFile, 'utf8'), String(server.pid));
  server.signal('SIGKILL');
  const port = await server.port();
  await server.exit;
  await eventually('the port to be free', () => {
    const client = new RawClient(t, port);
    return new Promise((resolve) => client.socket.on('close', () => resolve(client.text === '')));
  });
});

test('flags take one dash or two, `=` or a space', async (t) => {
  const port = await freePort();
  const forms = [
    ['-a=127.0.0.1', `-p=${port}`, '--server_name=spawned'],
    ['--addr', '127.0.0.1', '--port', String(port), '-server_name', 'spawned'],
    ['-net', '127.0.0.1', `-port=${port}`, '-n', 'spawned', '-T=false', '-D=false'],
  ];
  for (const args of forms) {
    const server = SpawnedServer.start(t, args);
    await server.ready();
    const info = await new RawClient(t, port).info();
    assert.deepEqual([info.server_name, info.port], ['spawned', port]);
    server.signal('SIGTERM');
    assert.equal(await server.exit, 0);
  }
});

test('the log goes to standard error, standard output stays empty, lines are those of nats-server', async (t) => {
  const server = SpawnedServer.start(t, ['-a', '127.0.0.1', '-p', '-1']);
  await server.ready();
  const stamp = String.raw`\[${server.pid}\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} \[INF\] `;
  const lines = [
    'Starting nats-server',
    '  Version:  2\\.15\\.2',
    '  Git:      \\[not set\\]',
    '  Name:     N[A-Z2-7]{55}',
    '  ID:       N[A-Z2-7]{55}',
  ];
  assert.match(server.stderr, new RegExp(`^${lines.map((line) => `${stamp}${line}\n`).join('')}`));
  assert.match(
    server.stderr,
    new RegExp(`\n${stamp}Listening for client connections on 127\\.0\\.0\\.1:\\d+\n`),
  );
  assert.match(server.stderr, new RegExp(`\n${stamp}Server is ready\n$`));
  assert.equal(server.stdout, '');
  server.signal('SIGINT');
  assert.equal(await server.exit, 0);
  const end = ['Trapped "interrupt" signal', 'Initiating Shutdown...', 'Server Exiting..'];
  assert.match(server.stderr, new RegExp(`${end.map((line) => `${stamp}${line}\n`).join('')}$`));
});

test('a start that fails ends with [FTL] and exit code 1', async (t) => {
  const dir = temporaryFolder(t);
  const taken = SpawnedServer.start(t, ['-a', '127.0.0.1', '-p', '-1']);
  const port = await taken.port();
  const cases: [string[], RegExp][] = [
    [
      ['-a', '127.0.0.1', '-p', String(port)],
      /\[FTL\] Error listening on port: 127\.0\.0\.1:\d+, "listen tcp 127\.0\.0\.1:\d+: bind: address already in use"\n$/,
    ],
    [
      ['-p', '-5'],
      /\[FTL\] Error listening on port: 0\.0\.0\.0:-5, "listen tcp: address -5: invalid port"\n$/,
    ],
    [
      ['-p', '-1', '-P', join(dir, 'none/pid')],
      /\[FTL\] Could not write pidfile: open .*: no such file or directory\n$/,
    ],
    [
      ['-p', '-1', '-l', join(dir, 'none/log')],
      /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d error opening file: open .*: no such file or directory\n$/,
    ],
    [
      ['-c', join(dir, 'none.conf')],
      /^nats-server: open .*none\.conf: no such file or directory\n$/,
    ],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await SpawnedServer.run(t, args);
    assert.match(stderr, expected);
    assert.equal(code, 1);
  }
});

test('a configuration with a parse error is refused with exit code 1', async (t) => {
  const conf = join(temporaryFolder(t), 'n.conf');
  fs.writeFileSync(conf, 'port: 4222\nlisten {');
  const { code, stderr } = await SpawnedServer.run(t, ['-c', conf]);
  assert.match(stderr, /^nats-server: .*/);
  assert.equal(code, 1);
});

test('the first line to a client is INFO with a version that enables features', async (t) => {
  const server = SpawnedServer.start(t, ['-a', '127.0.0.1', '-p', '-1']);
  const port = await server.port();
  const info = await new RawClient(t, port).info();
  assert.equal(info.version, '2.15.2');
  assert.equal(info.headers, true);
  assert.equal(info.port, port);
  await echoes(t, port);
});

test('start to ready is far below a second', async (t) => {
  const begin = performance.now();
  const server = SpawnedServer.start(t, ['-a', '127.0.0.1', '-p', '-1']);
  await server.ready();
  assert.ok(performance.now() - begin < 1000);
});

test('nats.js: configuration with every listener, ports file, SIGKILL, restart with the same file', async (t) => {
  const dir = temporaryFolder(t);
  const conf = join(dir, 'n.conf');
  fs.writeFileSync(
    conf,
    `host: 127.0.0.1
port: -1
http: "127.0.0.1:-1"
leafnodes {
  listen: "127.0.0.1:-1"
}
server_tags [
  "spawn:test"
]
websocket {
  port: -1
  no_tls: true
}
jetstream: disabled
ports_file_dir: ${dir}
`,
  );
  for (let round = 0; round < 2; round++) {
    const server = SpawnedServer.start(t, ['-c', conf]);
    const path = join(dir, `nats-server_${server.pid}.ports`);
    const ports = await eventually('the ports file', () => {
      if (!fs.existsSync(path)) return undefined;
      // It is complete whenever it is there.
      return JSON.parse(fs.readFileSync(path, 'utf8')) as Record<string, string[]>;
    });
    const known = ['nats', 'monitoring', 'cluster', 'profile', 'websocket'];
    for (const key of Object.keys(ports)) assert.ok(known.includes(key), key);
    assert.match(ports.nats?.[0] ?? '', /^nats:\/\/127\.0\.0\.1:\d+$/);
    assert.match(ports.monitoring?.[0] ?? '', /^http:\/\/127\.0\.0\.1:\d+$/);
    await echoes(t, portOf(ports.nats?.[0]));
    const varz = await getJson(`${ports.monitoring?.[0]}/varz`);
    assert.equal(varz?.version, '2.15.2');
    server.signal('SIGKILL');
    assert.equal(await server.exit, 'SIGKILL');
  }
});

test('the ports file is removed at a clean stop', async (t) => {
  const dir = temporaryFolder(t);
  const server = SpawnedServer.start(t, ['-a', '127.0.0.1', '-p', '-1', '--ports_file_dir', dir]);
  const path = join(dir, `nats-server_${server.pid}.ports`);
  await eventually('the ports file', () => fs.existsSync(path));
  assert.deepEqual(Object.keys(JSON.parse(fs.readFileSync(path, 'utf8'))), ['nats']);
  server.signal('SIGTERM');
  assert.equal(await server.exit, 0);
  assert.deepEqual(fs.readdirSync(dir), []);
});

test('a ports folder that does not exist is an error in the log, and the server runs', async (t) => {
  const args = ['-a', '127.0.0.1', '-p', '-1', '--ports_file_dir', '/nonexistent'];
  const server = SpawnedServer.start(t, args);
  const path = `/nonexistent/nats-server_${server.pid}.ports`;
  await server.logs(
    `[ERR] Error writing ports file (${path}): open ${path}: no such file or directory\n`,
  );
  await echoes(t, await server.port());
});

test('nats.py: fixed ports, ready when /varz answers, stopped with SIGTERM', async (t) => {
  const [port, http] = [await freePort(), await freePort()];
  const args = ['-p', String(port), '-m', String(http), '-a', '127.0.0.1'];
  const server = SpawnedServer.start(t, [...args, '--user', 'foo', '--pass', 'bar', '-DV']);
  await eventually('/varz', () => getJson(`http://127.0.0.1:${http}/varz`));
  await echoes(t, port, '{"verbose":false,"user":"foo","pass":"bar"}');
  const intruder = new RawClient(t, port);
  await intruder.info();
  intruder.send('CONNECT {"verbose":false,"user":"foo","pass":"no"}\r\nPING\r\n');
  await intruder.sees(/-ERR 'Authorization Violation'\r\n/);
  assert.doesNotMatch(server.stderr, /"pass":"bar"/);
  server.signal('SIGTERM');
  assert.equal(await server.exit, 0);
});

test('nats.py: flags combine with a file and win over it', async (t) => {
  const dir = temporaryFolder(t);
  const conf = join(dir, 'n.conf');
  fs.writeFileSync(conf, 'port: 1\nserver_name: from-file\nmax_payload: 1000\n');
  const args = ['--port', '-1', '-a', '127.0.0.1', '--config', conf, '--server_name', 'from-flag'];
  const server = SpawnedServer.start(t, args);
  const info = await new RawClient(t, await server.port()).info();
  assert.deepEqual([info.server_name, info.max_payload], ['from-flag', 1000]);
  assert.match(
    server.stderr,
    /\[INF\] Using configuration file: .*n\.conf \(sha256:[0-9a-f]{64}\)\n/,
  );
});

test('nats.py: TLS flags', async (t) => {
  const certs = join(__PROJECT_ROOT__, 'test/fixtures/tls');
  const args = ['-a', '127.0.0.1', '-p', '-1', '--tls', '--tlscert', join(certs, 'server.pem')];
  const server = SpawnedServer.start(t, [...args, '--tlskey', join(certs, 'server-key.pem')]);
  await server.logs(/\[INF\] TLS required for client connections\n/);
  const info = await new RawClient(t, await server.port()).info();
  assert.equal(info.tls_required, true);
});

test('nats.rs: log file, pid file, port from the log, lame duck by --signal', async (t) => {
  const dir = temporaryFolder(t);
  const [log, pid] = [join(dir, 'n.log'), join(dir, 'pid')];
  const conf = join(dir, 'n.conf');
  fs.writeFileSync(conf, 'lame_duck_duration: "30s"\nlame_duck_grace_period: "100ms"\n');
  const args = [
    '--store_dir',
    dir,
    '-a',
    '127.0.0.1',
    '-p',
    '-1',
    '-l',
    log,
    '-P',
    pid,
    '-c',
    conf,
  ];
  const server = SpawnedServer.start(t, args);
  const text = () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '');
  await eventually('ready', () => text().includes('Server is ready'));
  const port = Number(/Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(text())?.[1]);
  const client = new RawClient(t, port);
  await client.info();
  client.send('CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n');
  await client.sees(/PONG\r\n/);
  const sent = await SpawnedServer.run(t, ['--signal', `ldm=${fs.readFileSync(pid, 'utf8')}`]);
  assert.deepEqual([sent.code, sent.stdout, sent.stderr], [0, '', '']);
  await client.sees(/INFO \{.*"ldm":true/);
  assert.equal(await server.exit, 0);
  assert.equal(server.stderr, '');
  assert.match(text(), /Trapped "user defined signal 2" signal\n(.*\n)*.*Entering lame duck mode/);
});

test('nats.c: long flags with one dash', async (t) => {
  const port = await freePort();
  const conf = join(temporaryFolder(t), 'n.conf');
  fs.writeFileSync(conf, 'ping_interval: "1m"\n');
  const args = ['-a', '127.0.0.1', '-p', String(port), '-config', conf, '-user', 'u', '-pass', 'p'];
  const server = SpawnedServer.start(t, [...args, '-DV', '-js']);
  await server.ready();
  await echoes(t, port, '{"verbose":false,"user":"u","pass":"p"}');
});

test('nats.java: --port, --config and -DV; connects within 2 seconds', async (t) => {
  const port = await freePort();
  const conf = join(temporaryFolder(t), 'n.conf');
  fs.writeFileSync(conf, 'authorization { token: secret }\n');
  SpawnedServer.start(t, ['--port', String(port), '--config', conf, '-DV']);
  const until = Date.now() + 2000;
  const connected = () =>
    new Promise<boolean>((resolve) => {
      const client = new RawClient(t, port);
      client.socket.on('data', () => resolve(true));
      client.socket.on('close', () => resolve(false));
    });
  while (!(await connected())) {
    assert.ok(Date.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await echoes(t, port, '{"verbose":false,"auth_token":"secret"}');
});

test('nats.net: version on standard output, monitoring on any port', async (t) => {
  const version = await SpawnedServer.run(t, ['-v']);
  assert.deepEqual([version.stdout, version.code], ['nats-server: v2.15.2\n', 0]);
  const dir = temporaryFolder(t);
  const args = ['-a', '127.0.0.1', '-p', '-1', '-m', '-1', '--ports_file_dir', dir];
  const server = SpawnedServer.start(t, args);
  const path = join(dir, `nats-server_${server.pid}.ports`);
  await eventually('the ports file', () => fs.existsSync(path));
  const ports = JSON.parse(fs.readFileSync(path, 'utf8'));
  assert.ok((await getJson(`${ports.monitoring[0]}/varz`)) !== undefined);
});

test('nats-pure.rb: pid file and token; SIGTERM', async (t) => {
  const port = await freePort();
  const pid = join(temporaryFolder(t), 'pid');
  const server = SpawnedServer.start(t, ['-p', String(port), '-P', pid, '--auth', 'deadbeef']);
  await server.ready();
  await echoes(t, port, '{"verbose":false,"auth_token":"deadbeef"}');
  process.kill(Number(fs.readFileSync(pid, 'utf8')), 'SIGTERM');
  assert.equal(await server.exit, 0);
});

test('Testcontainers: user and password, waits for "Server is ready"', async (t) => {
  const server = SpawnedServer.start(t, ['-p', '-1', '--user', 'test', '--pass', 'test']);
  await server.ready();
  await echoes(t, await server.port(), '{"verbose":false,"user":"test","pass":"test"}');
});

test('secrets of the command line are not in the process list', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const args = [
    '-a',
    '127.0.0.1',
    '-p',
    '-1',
    '--user',
    'test',
    '--pass=hidden',
    '--name',
    'visible',
  ];
  const server = SpawnedServer.start(t, args);
  await server.ready();
  const shown = fs.readFileSync(`/proc/${server.pid}/cmdline`, 'latin1');
  assert.match(shown, /^nats-server -a 127\.0\.0\.1 -p -1 --user \[REDACTED\] --pass=\[REDACTED\]/);
  assert.doesNotMatch(shown, /hidden/);
  assert.match(fs.readFileSync(`/proc/${server.pid}/comm`, 'utf8'), /^nats-server\b/);
});

test('Helm: variables from the environment, health probes, lame duck by pid file in preStop', async (t) => {
  const dir = temporaryFolder(t);
  const [conf, pid] = [join(dir, 'nats.conf'), join(dir, 'nats.pid')];
  fs.writeFileSync(
    conf,
    `server_name: $SERVER_NAME
listen: "127.0.0.1:-1"
http: "127.0.0.1:-1"
pid_file: "${pid}"
lame_duck_grace_period: 100ms
lame_duck_duration: 30s
`,
  );
  const server = SpawnedServer.start(t, ['--config', conf], { SERVER_NAME: 'pod-0' });
  const http = Number((await server.logs(/Starting http monitor on 127\.0\.0\.1:(\d+)\n/))[1]);
  assert.equal((await new RawClient(t, await server.port()).info()).server_name, 'pod-0');
  for (const probe of [
    '/healthz',
    '/healthz?js-server-only=true',
    '/healthz?js-enabled-only=true',
  ]) {
    const expected = probe.includes('enabled') ? undefined : { status: 'ok' };
    const answer = await getJson(`http://127.0.0.1:${http}${probe}`);
    if (expected !== undefined) assert.deepEqual(answer, expected, probe);
  }
  const sent = await SpawnedServer.run(t, [`-sl=ldm=${pid}`]);
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(await server.exit, 0);
});

test('SIGHUP reloads the file and refuses what cannot change', async (t) => {
  const conf = join(temporaryFolder(t), 'n.conf');
  fs.writeFileSync(conf, 'listen: "127.0.0.1:-1"\nmax_payload: 1000\n');
  const server = SpawnedServer.start(t, ['-c', conf]);
  const port = await server.port();
  await server.ready();
  fs.writeFileSync(conf, 'listen: "127.0.0.1:-1"\nmax_payload: 2000\n');
  server.signal('SIGHUP');
  await server.logs(/\[INF\] Reloaded: max_payload = 2000\n/);
  await server.logs(/\[INF\] Reloaded server configuration/);
  assert.equal((await new RawClient(t, port).info()).max_payload, 2000);
  fs.writeFileSync(conf, 'listen: "127.0.0.1:-1"\nnonsense: 1\n');
  server.signal('SIGHUP');
  await server.logs(/\[ERR\] Failed to reload server configuration: .*unknown field "nonsense"/);
  fs.writeFileSync(conf, 'listen: "127.0.0.1:-1"\nserver_name: other\n');
  server.signal('SIGHUP');
  await server.logs(
    /\[ERR\] Failed to reload server configuration: config reload not supported for ServerName/,
  );
});

test('SIGUSR1 reopens the log file without starting an inspector', async (t) => {
  const log = join(temporaryFolder(t), 'n.log');
  const server = SpawnedServer.start(t, ['-a', '127.0.0.1', '-p', '-1', '-l', log]);
  const text = () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '');
  await eventually('ready', () => text().includes('Server is ready'));
  fs.renameSync(log, `${log}.1`);
  server.signal('SIGUSR1');
  await eventually('the new file', () => text().includes('File log re-opened'));
  server.signal('SIGTERM');
  assert.equal(await server.exit, 0);
  assert.match(text(), /Server Exiting\.\.\n$/);
  assert.equal(server.stderr, '');
});

test('systemd: SIGUSR2 stops with grace', async (t) => {
  const conf = join(temporaryFolder(t), 'n.conf');
  fs.writeFileSync(
    conf,
    'listen: "127.0.0.1:-1"\nlame_duck_duration: "30s"\nlame_duck_grace_period: "200ms"\n',
  );
  const server = SpawnedServer.start(t, ['-c', conf]);
  const client = new RawClient(t, await server.port());
  await client.info();
  client.send('CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n');
  await client.sees(/PONG\r\n/);
  server.signal('SIGUSR2');
  await client.sees(/INFO \{.*"ldm":true/);
  // A service manager may grow impatient: TERM must not cut the grace period short.
  server.signal('SIGTERM');
  await server.logs(/Trapped "terminated" signal/);
  assert.equal(client.closed, false);
  assert.equal(await server.exit, 0);
});

test('--signal quit and stop by pid', async (t) => {
  for (const [command, expected] of [
    ['quit', 0],
    ['term', 0],
    ['stop', 'SIGKILL'],
  ] as const) {
    const server = SpawnedServer.start(t, ['-a', '127.0.0.1', '-p', '-1']);
    await server.ready();
    const sent = await SpawnedServer.run(t, ['-sl', `${command}=${server.pid}`]);
    assert.deepEqual([sent.code, sent.stderr], [0, '']);
    assert.equal(await server.exit, expected);
  }
});

test('cluster flags: a listen URL, comma-joined routes, itself among them', async (t) => {
  const route = await freePort();
  const server = SpawnedServer.start(t, [
    '-a',
    '127.0.0.1',
    '-p',
    '-1',
    '--cluster_listen',
    `nats://127.0.0.1:${route}`,
    '--cluster_name',
    'spawn',
    '--routes',
    `nats://127.0.0.1:${route},nats://127.0.0.1:1`,
  ]);
  await server.ready();
  await echoes(t, await server.port());
});

test('a log that nobody reads does not stop the server', async (t) => {
  const server = SpawnedServer.start(t, ['-a', '127.0.0.1', '-p', '-1', '-DV']);
  const port = await server.port();
  server.child.stderr?.pause();
  const client = new RawClient(t, port);
  await client.info();
  client.send('CONNECT {"verbose":false}\r\n');
  for (let i = 0; i < 200; i++) client.send(`PUB noise 10000\r\n${'x'.repeat(10_000)}\r\n`);
  client.send('PING\r\n');
  await client.sees(/PONG\r\n/);
});
