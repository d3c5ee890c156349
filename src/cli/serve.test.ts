import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildSync } from 'esbuild';

/*
 * The program around a server that does nothing: what the process does on signals, on faults and at its
 * end, seen from outside. The server is a stand-in so that only `serve` is judged.
 */

let dir = '';
let program = '';

const source = (root: string) => `
  import { serve } from '${root}/src/cli/serve.ts';
  import { defaultOptions } from '${root}/src/options/default-options.ts';
  const mode = process.env.MODE ?? '';
  const options = { ...defaultOptions(), ...JSON.parse(process.env.OPTIONS ?? '{}') };
  serve({
    program: 'nats-server',
    options,
    reread: () => { throw new Error('bad file'); },
    createServer({ logger, reread, configureLog }) {
      if (mode === 'refuse') throw new Error('cannot be made');
      let stop;
      const stopped = new Promise((resolve) => { stop = resolve; });
      const keepAlive = setInterval(() => {}, 1000);
      const server = {
        isLameDuck: false,
        stopped,
        async prepare() {},
        async start() {
          if (mode === 'fail') throw new Error('cannot listen');
          if (mode === 'fatal') logger.fatal('fatal line');
          if (mode === 'throw') setTimeout(() => { throw new Error('a fault of ours'); }, 1);
          logger.notice('Server is ready');
        },
        async shutdown() { logger.notice('Server Exiting..'); clearInterval(keepAlive); },
        async reload() {
          if (mode !== 'relog') return void reread();
          configureLog({ ...options, logFile: process.env.NEW_LOG, debug: true });
          logger.debug('in the new log');
          configureLog({ ...options, logFile: '/nonexistent/l' });
        },
        lameDuck() {
          server.isLameDuck = true;
          logger.notice('Entering lame duck mode');
          setTimeout(() => { logger.notice('last line'); clearInterval(keepAlive); stop(); }, 300);
        },
      };
      return server;
    },
  });`;

before(() => {
  dir = fs.mkdtempSync(join(tmpdir(), 'tnatsd-serve-'));
  program = join(dir, 'program.cjs');
  fs.writeFileSync(join(dir, 'program.ts'), source(__PROJECT_ROOT__));
  buildSync({
    entryPoints: [join(dir, 'program.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
  });
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

class Running {
  readonly child: ChildProcess;
  readonly exit: Promise<number | NodeJS.Signals>;
  text = '';

  constructor(mode: string, options: Record<string, unknown> = {}) {
    const env = { ...process.env, MODE: mode, OPTIONS: JSON.stringify(options) };
    this.child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr?.on('data', (data) => {
      this.text += data;
    });
    this.exit = new Promise((resolve) => {
      this.child.on('close', (code, signal) => resolve(code ?? signal ?? -1));
    });
  }

  async sees(text: string): Promise<void> {
    const until = Date.now() + 5000;
    while (!this.text.includes(text)) {
      assert.ok(Date.now() < until, `no ${text} in ${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

for (const [signal, name] of [
  ['SIGINT', 'interrupt'],
  ['SIGTERM', 'terminated'],
  ['SIGQUIT', 'quit'],
] as const) {
  test(`${signal} stops the server and exits with 0`, async () => {
    const running = new Running('');
    await running.sees('Server is ready');
    running.child.kill(signal);
    assert.equal(await running.exit, 0);
    assert.match(running.text, new RegExp(`\\[INF\\] Trapped "${name}" signal\\n.*Exiting`));
  });
}

test('SIGTERM lets a lame duck finish, whose last line is written', async () => {
  const running = new Running('');
  await running.sees('Server is ready');
  running.child.kill('SIGUSR2');
  await running.sees('Entering lame duck mode');
  assert.match(running.text, /Trapped "user defined signal 2" signal/);
  running.child.kill('SIGTERM');
  await running.sees('Trapped "terminated" signal');
  assert.equal(await running.exit, 0);
  assert.doesNotMatch(running.text, /Exiting/);
  assert.match(running.text, /last line\n$/);
});

test('SIGHUP reloads, and a reload that fails is logged', async () => {
  const running = new Running('');
  await running.sees('Server is ready');
  running.child.kill('SIGHUP');
  await running.sees('Failed to reload');
  assert.match(running.text, /Trapped "hangup" signal\n/);
  assert.match(running.text, /\[ERR\] Failed to reload server configuration: bad file\n/);
  running.child.kill('SIGINT');
  assert.equal(await running.exit, 0);
});

test('SIGUSR1 reopens the log file and starts no inspector', async () => {
  const logFile = join(dir, 'n.log');
  const running = new Running('', { logFile });
  const until = Date.now() + 5000;
  const log = () => (fs.existsSync(logFile) ? fs.readFileSync(logFile, 'utf8') : '');
  const sees = async (text: string) => {
    while (!log().includes(text)) {
      assert.ok(Date.now() < until, `no ${text} in ${log()}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await sees('Server is ready');
  fs.renameSync(logFile, `${logFile}.1`);
  running.child.kill('SIGUSR1');
  await sees('File log re-opened');
  assert.match(
    fs.readFileSync(`${logFile}.1`, 'utf8'),
    /Trapped "user defined signal 1" signal\n$/,
  );
  running.child.kill('SIGTERM');
  assert.equal(await running.exit, 0);
  assert.equal(running.text, '');
});

test('a reload may change the log; one that cannot be opened changes nothing', async () => {
  const logFile = join(dir, 'changed.log');
  process.env.NEW_LOG = logFile;
  const running = new Running('relog');
  await running.sees('Server is ready');
  running.child.kill('SIGHUP');
  await running.sees('Trapped "hangup" signal\n');
  const log = () => (fs.existsSync(logFile) ? fs.readFileSync(logFile, 'utf8') : '');
  const until = Date.now() + 5000;
  while (!log().includes('[ERR]') && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  running.child.kill('SIGTERM');
  assert.equal(await running.exit, 0);
  assert.match(
    log(),
    /\[DBG\] in the new log\n.*\[ERR\] error opening file: .*\n.*Trapped "terminated" signal\n/,
  );
  assert.doesNotMatch(running.text, /new log|terminated/);
});

test('SIGUSR1 without a log file says so', async () => {
  const running = new Running('');
  await running.sees('Server is ready');
  running.child.kill('SIGUSR1');
  await running.sees('File log re-open ignored, not a file logger');
  running.child.kill('SIGTERM');
  assert.equal(await running.exit, 0);
  assert.doesNotMatch(running.text, /Debugger/);
});

test('what prevents the start is told, with exit code 1', async () => {
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['refuse', {}, /^nats-server: cannot be made\n$/],
    ['fail', {}, /^\[\d+\] \S+ \S+ \[FTL\] cannot listen\n$/],
    ['fatal', {}, /^\[\d+\] \S+ \S+ \[FTL\] fatal line\n$/],
    ['throw', {}, /\[ERR\] Error: a fault of ours\n(.*\n)*.*\[FTL\] Internal error, exiting\n$/],
    [
      '',
      { logFile: '/nonexistent/l' },
      /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d error opening file: open \/nonexistent\/l: no such file or directory\n$/,
    ],
  ];
  for (const [mode, options, expected] of cases) {
    const running = new Running(mode, options);
    assert.equal(await running.exit, 1, mode);
    assert.match(running.text, expected);
  }
});
