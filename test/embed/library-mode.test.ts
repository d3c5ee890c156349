import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer } from '../../src/index.ts';

/*
 * A library has no side effects: no signal handlers, no output, no exit, nothing that keeps the
 * process alive. The built library is used, in a process of its own where that matters.
 */

const library = JSON.stringify(join(__PROJECT_ROOT__, 'dist', 'index.cjs'));

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a script that has `createServer` at hand; killed when it does not end by itself. */
async function runScript(body: string): Promise<Ended> {
  const script = `const { createServer } = require(${library});\n(async () => {${body}})();`;
  const child = spawn(process.execPath, ['-e', script], { timeout: 10_000 });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      texts[name] += chunk;
    });
  }
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...texts };
}

test('signals, uncaught errors and the environment are not touched', async () => {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT', 'SIGPIPE'];
  const events = [...names, 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection'];
  const counts = () => events.map((name) => process.listenerCount(name));
  const before = { counts: counts(), title: process.title, env: { ...process.env } };
  const server = await createServer({ http: -1, debug: true });
  const during = { counts: counts(), title: process.title, env: { ...process.env } };
  await server.close();
  assert.deepEqual(during, before);
  assert.deepEqual(counts(), before.counts);
});

test('the process ends after the close: no timer, socket or thread is left', async () => {
  // One bcrypt password, so that the worker thread runs; one client over TCP and one without.
  const ended = await runScript(`
    const hash = '$2a$04$YK0EOMvAi8G.Rbkgat6lNeLQlbN0d1Y5S8Q/s4fHwzLlUEvLr1w1C';
    const server = await createServer({ http: -1, authorization: { user: 'u', password: hash } });
    const tcp = require('node:net').connect(server.ports.nats);
    const pipe = server.connect();
    const text = 'CONNECT {"user":"u","pass":"wrong"}\\r\\nPING\\r\\n';
    for (const socket of [tcp, pipe]) {
      socket.resume().write(text);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    await fetch(server.monitoringUrl + '/varz');
    await server.close();
    process.exitCode = 7;
  `);
  assert.deepEqual(ended, { code: 7, signal: null, stdout: '', stderr: '' });
});

test('the process ends after the close although replies from other accounts are awaited', async () => {
  const ended = await runScript(`
    const config = 'accounts { A { users: [ { user: a, password: p } ], exports: [ { service: s } ] }, ' +
      'B { users: [ { user: b, password: p } ], imports: [ { service { account: A, subject: s } } ] } }';
    const server = await createServer({ config });
    const enter = (user, lines) => new Promise((resolve) => {
      const pipe = server.connect();
      pipe.on('data', (chunk) => String(chunk).includes('PONG') && resolve());
      pipe.write('CONNECT {"user":"' + user + '","pass":"p"}\\r\\n' + lines + 'PING\\r\\n');
    });
    await enter('a', 'SUB s 1\\r\\n');
    await enter('b', 'PUB s reply 0\\r\\n\\r\\nPUB $SYS.REQ.USER.INFO reply 0\\r\\n\\r\\n');
    await server.close();
    process.exitCode = 7;
  `);
  assert.deepEqual(ended, { code: 7, signal: null, stdout: '', stderr: '' });
});

test('the process ends after a failed start', async () => {
  const ended = await runScript(`
    const first = await createServer({ http: -1 });
    const { nats: port } = first.ports;
    await createServer({ http: -1, port }).catch((error) => { process.exitCode = error.code === 'EADDRINUSE' ? 7 : 1; });
    await first.close();
  `);
  assert.deepEqual(ended, { code: 7, signal: null, stdout: '', stderr: '' });
});

test('an open server keeps the process, and its default signals', async () => {
  const ended = await runScript(`
    await createServer();
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), 100);
  `);
  assert.deepEqual(ended, { code: null, signal: 'SIGTERM', stdout: '', stderr: '' });
});
