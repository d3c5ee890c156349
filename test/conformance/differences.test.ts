import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { natsVersion, tnatsdVersion } from '../../src/base/version.ts';
import { machineProcesses } from '../../src/cli/signal-command.ts';
import { createServer } from '../../src/index.ts';
import { openLocalSyslog } from '../../src/platform/log-syslog.ts';
import { natsTest } from '../../src/testing.ts';
import { eventually, RawClient, SpawnedServer, temporaryFolder } from './spawned-server.ts';

/*
 * What tnatsd does otherwise than nats-server on purpose, as far as no other test shows it.
 * DIFFERENCES.md gives the reasons and names the test of each.
 */

const here = ['-a', '127.0.0.1', '-p', '-1'];

test('the banner names tnatsd in one line of its own', async (t) => {
  const server = SpawnedServer.start(t, here);
  await server.ready();
  const lines = server.stderr.split('\n').map((line) => line.replace(/^\S+ \S+ \S+ /, ''));
  const own = lines.filter((line) => line.includes('tnatsd'));
  assert.deepEqual(own, [`[INF]   tnatsd:   ${tnatsdVersion} on node${process.versions.node}`]);
  assert.ok(lines.includes(`[INF]   Version:  ${natsVersion}`));
});

test(
  'the field go names the Node runtime, version is that of nats-server',
  natsTest(
    async ({ server }) => {
      const varz = await (await fetch(`${server.monitoringUrl}/varz`)).json();
      const { go, version, tnatsd_version: own } = varz as Record<string, unknown>;
      assert.deepEqual(
        [go, version, own],
        [`node${process.versions.node}`, natsVersion, tnatsdVersion],
      );
      assert.equal(Object.keys(varz as object).at(-1), 'tnatsd_version');
    },
    { http: -1 },
  ),
);

test('Invalid Publish Subject is answered once, however the payload is cut', async (t) => {
  const server = await createServer();
  t.after(() => server.close());
  const client = new RawClient(t, server.ports.nats!);
  await client.info();
  client.send('CONNECT {"pedantic":true,"verbose":false}\r\nPUB a.* 6\r\nab');
  for (const piece of ['cd', 'e', 'f\r\nPI', 'NG\r\n']) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.send(piece);
  }
  await client.sees(/PONG\r\n/);
  assert.equal(client.text.match(/-ERR 'Invalid Publish Subject'/g)?.length, 1);
});

test('the log quotes a wrong line to its end', async (t) => {
  const server = SpawnedServer.start(t, here);
  const port = await server.port();
  new RawClient(t, port).send('FOO bar\r\nPING\r\n');
  await server.logs(`Client parser ERROR, state=0, i=0: proto='"FOO bar\\r\\nPING\\r\\n"...'`);
});

test("-t leaves a resolver's folder alone", async (t) => {
  const dir = temporaryFolder(t);
  const file = join(dir, 'server.conf');
  const folder = join(dir, 'jwt');
  writeFileSync(file, `resolver: { type: full, dir: "${folder}" }\n`);
  const { code, stderr } = await SpawnedServer.run(t, ['-t', '-c', file]);
  assert.equal(code, 0, stderr);
  assert.equal(existsSync(folder), false);
});

test('an array may come from the environment', async (t) => {
  const file = join(temporaryFolder(t), 'server.conf');
  writeFileSync(file, 'server_tags: $TNATSD_TEST_TAGS\n');
  const environment = { TNATSD_TEST_TAGS: '["a:1", "b"]' };
  const { code, stderr } = await SpawnedServer.run(t, ['-t', '-c', file], environment);
  assert.equal(code, 0, stderr);
});

test('--signal finds a server by either name', async (t) => {
  for (const name of ['tnatsd', 'nats-server']) {
    const program = join(__PROJECT_ROOT__, 'bin', `${name}.cjs`);
    const child = spawn(process.execPath, [program, ...here], { stdio: 'ignore' });
    t.after(() => void child.kill('SIGKILL'));
    await eventually(`the pid of ${name}`, () =>
      machineProcesses.serverPids().includes(child.pid!),
    );
  }
});

test('/stacksz tells the active resources, /debug/vars the memory of V8', async (t) => {
  const server = await createServer({ http: -1 });
  t.after(() => server.close());
  const text = async (path: string) => (await fetch(server.monitoringUrl + path)).text();
  assert.match(
    await text('/stacksz'),
    /^main loop \[running\]:\n[\s\S]*active resources:\n\t\w+: \d/,
  );
  const vars = JSON.parse(await text('/debug/vars')) as { memstats: Record<string, number> };
  const { Sys: sys, HeapAlloc: heap } = vars.memstats;
  assert.ok(heap! > 1e6 && sys! > heap!, `${sys} ${heap}`);
});

test('the local syslog is reached by a stream socket', async (t) => {
  const path = join(temporaryFolder(t), 'log');
  let text = '';
  const collector = net.createServer((socket) => {
    socket.on('data', (data) => {
      text += data;
    });
  });
  await new Promise<void>((resolve) => collector.listen(path, resolve));
  const id = { tag: 'nats-server', pid: 7, hostname: 'host', nowMs: () => Date.now() };
  const output = await openLocalSyslog(id, ['/does/not/exist', path]);
  t.after(() => {
    output.close();
    collector.close();
  });
  output.write('INF', 'hello');
  const line = await eventually('a line', () =>
    text.match(/^<(\d+)>\w{3} [ \d]\d [\d:]{8} (.*)\n$/),
  );
  assert.deepEqual(line.slice(1), [String((3 << 3) | 5), 'nats-server[7]: hello']);
});
