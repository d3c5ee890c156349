import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as dgram from 'node:dgram';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildSync } from 'esbuild';
import type { Clock } from './clock.ts';
import { LineFormatter, oneLine } from './log-format.ts';
import type { LogSink } from './log-sink.ts';
import { NodeClock } from './node-clock.ts';
import { type LogSettings, openLog } from './open-log.ts';

const clock = new NodeClock();
const plain: LogSettings = {
  debug: false,
  trace: false,
  logtime: true,
  logtimeUtc: false,
  logFormat: 'text',
  logFile: '',
  logSizeLimit: 0n,
  logMaxFiles: 0n,
  syslog: false,
  remoteSyslog: '',
};

function folder(t: { after(fn: () => void): void }): string {
  const dir = fs.mkdtempSync(join(tmpdir(), 'tnatsd-log-'));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function fixedClock(ms: number): Clock {
  return { nowMs: () => ms, nowNs: () => BigInt(Math.round(ms * 1e6)), monotonicMs: () => ms };
}

const base = { pid: 77, time: true, utc: true, json: false, colors: false };

test('a text line has the form of nats-server', () => {
  const at = fixedClock(Date.UTC(2026, 0, 2, 3, 4, 5) + 6.25);
  const formatter = new LineFormatter(base, at);
  assert.equal(formatter.line('INF', 'hello'), '[77] 2026/01/02 03:04:05.006250 [INF] hello\n');
  const bare = new LineFormatter({ ...base, time: false }, at);
  assert.equal(bare.line('WRN', 'a'), '[77] [WRN] a\n');
  const coloured = new LineFormatter({ ...base, time: false, colors: true }, at);
  assert.equal(coloured.line('WRN', 'a'), '[77] [\x1b[0;93mWRN\x1b[0m] a\n');
  assert.equal(coloured.line('TRC', 'a'), '[77] [\x1b[33mTRC\x1b[0m] a\n');
});

test('local time is the default and logtime_utc is not', () => {
  const at = fixedClock(Date.UTC(2026, 6, 2, 3, 4, 5));
  const d = new Date(at.nowMs());
  const hour = String(d.getHours()).padStart(2, '0');
  const line = new LineFormatter({ ...base, utc: false }, at).line('INF', 'x');
  assert.ok(line.includes(` ${hour}:04:05.000000 `), line);
});

test('control characters cannot forge a line or reach a terminal', () => {
  assert.equal(oneLine('a\r\n[1] [INF] b'), 'a\\r\\n[1] [INF] b');
  assert.equal(oneLine('\x1b[2Jx\x00\x7f\u009b\u2028'), '\\x1b[2Jx\\x00\\x7f\\u009b\\u2028');
  assert.equal(oneLine('tab\tis fine, ü too'), 'tab\tis fine, ü too');
  assert.equal(oneLine('ends\n'), 'ends');
});

test('json lines hold time, level, pid and the message unharmed', () => {
  const at = fixedClock(Date.UTC(2026, 0, 2, 3, 4, 5) + 6.25);
  const formatter = new LineFormatter({ ...base, json: true }, at);
  const line = formatter.line('ERR', 'a "b"\n\u009b');
  assert.ok(!/[\x7f-\x9f]/.test(line));
  assert.deepEqual(JSON.parse(line), {
    time: '2026-01-02T03:04:05.006250Z',
    level: 'error',
    pid: 77,
    msg: 'a "b"\n\u009b',
  });
});

test('a log file is appended to, and reopened after it was moved away', (t) => {
  const path = join(folder(t), 'n.log');
  fs.writeFileSync(path, 'before\n');
  const log = openLog({ ...plain, logFile: path, logtime: false }, { clock, tag: 'x' }) as LogSink;
  log.notice('one');
  log.debug('hidden');
  log.trace('hidden');
  log.flush();
  fs.renameSync(path, `${path}.old`);
  log.error('two');
  log.reopen();
  log.warn('three');
  log.close();
  const p = process.pid;
  assert.equal(
    fs.readFileSync(`${path}.old`, 'utf8'),
    `before\n[${p}] [INF] one\n[${p}] [ERR] two\n`,
  );
  assert.equal(fs.readFileSync(path, 'utf8'), `[${p}] [WRN] three\n`);
  assert.equal(fs.statSync(path).mode & 0o777 & ~0o640, 0);
});

test('a log that cannot be opened again goes on in the old file', (t) => {
  const dir = folder(t);
  const path = join(dir, 'sub', 'n.log');
  fs.mkdirSync(join(dir, 'sub'));
  const log = openLog({ ...plain, logFile: path }, { clock, tag: 'x' }) as LogSink;
  fs.renameSync(join(dir, 'sub'), join(dir, 'moved'));
  assert.throws(() => log.reopen(), { message: `open ${path}: no such file or directory` });
  log.notice('still here');
  log.close();
  assert.match(fs.readFileSync(join(dir, 'moved', 'n.log'), 'utf8'), /still here\n$/);
});

test('a log file that cannot be opened gives the text of nats-server', () => {
  const settings = { ...plain, logFile: '/nonexistent/x.log' };
  assert.throws(() => openLog(settings, { clock, tag: 'x' }), {
    message: 'error opening file: open /nonexistent/x.log: no such file or directory',
  });
});

test('a log rotates past its limit, names the backup, and purges the oldest', (t) => {
  const dir = folder(t);
  const path = join(dir, 'n.log');
  const settings = { ...plain, logFile: path, logSizeLimit: 100n, logMaxFiles: 3n };
  const log = openLog(settings, { clock, tag: 'x' }) as LogSink;
  for (let i = 0; i < 12; i++) log.notice(`line ${i} ${'x'.repeat(60)}`);
  log.close();
  const names = fs.readdirSync(dir).sort();
  assert.equal(names.length, 3, names.join());
  assert.match(names[1] as string, /^n\.log\.\d{4}(\.\d\d){5}\.\d{9}$/);
  const text = names.map((name) => fs.readFileSync(join(dir, name), 'utf8')).join('');
  assert.match(text, /\[INF\] Rotated log, backup saved as ".*n\.log\.\d{4}/);
  assert.match(text, /\[INF\] Purged log file "n\.log\./);
  assert.match(text, /line 11/);
});

test('an old log above the limit rotates at once', (t) => {
  const dir = folder(t);
  const path = join(dir, 'n.log');
  fs.writeFileSync(path, 'x'.repeat(500));
  const settings = { ...plain, logFile: path, logSizeLimit: 100n };
  (openLog(settings, { clock, tag: 'x' }) as LogSink).close();
  const backup = fs.readdirSync(dir).find((name) => name !== 'n.log') as string;
  assert.match(
    fs.readFileSync(join(dir, backup), 'utf8'),
    /x\[\d+\] .*\[INF\] Rotating logfile\.\.\.\n$/,
  );
});

test('udp syslog lines have the form of Go', async (t) => {
  const server = dgram.createSocket('udp4');
  t.after(() => server.close());
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const remoteSyslog = `udp://127.0.0.1:${server.address().port}`;
  const log = await openLog({ ...plain, remoteSyslog }, { clock, tag: 'nats-server' });
  log.warn('careful\n');
  const [message] = (await once(server, 'message')) as [Buffer];
  log.close();
  assert.match(
    message.toString(),
    new RegExp(
      `^<4>\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}(Z|[+-]\\d\\d:\\d\\d) \\S+ nats-server\\[${process.pid}\\]: careful\\n$`,
    ),
  );
});

test('tcp syslog connects again when the collector comes back', async (t) => {
  const received: string[] = [];
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('data', (data) => received.push(data.toString()));
    socket.on('error', () => {});
  });
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const remoteSyslog = `tcp://127.0.0.1:${port}`;
  const log = await openLog({ ...plain, remoteSyslog }, { clock, tag: 'n' });
  t.after(() => log.close());
  log.error('first');
  const until = Date.now() + 5000;
  while (received.length === 0 && Date.now() < until) await new Promise((r) => setTimeout(r, 5));
  assert.match(received.join(''), /^<3>.* n\[\d+\]: first\n$/);
  for (const socket of open) socket.destroy();
  while (!received.join('').includes('again') && Date.now() < until) {
    log.notice('again');
    await new Promise((r) => setTimeout(r, 50));
  }
  assert.match(received.join(''), /<5>.*again/);
});

test('syslog failures have the texts of nats-server', async () => {
  const open = (remoteSyslog: string) =>
    Promise.resolve(openLog({ ...plain, remoteSyslog }, { clock, tag: 'x' }));
  await assert.rejects(open('foo://x'), { message: 'error invalid network type: "foo"' });
  await assert.rejects(open('udp://'), {
    message: 'error connecting to syslog: "dial udp: missing address"',
  });
  await assert.rejects(open('tcp://127.0.0.1:1'), {
    message: 'error connecting to syslog: "dial tcp 127.0.0.1:1: connect: connection refused"',
  });
});

/** Runs `script` with `openLog` and `clock` in scope, its standard error being a pipe read late. */
function runChild(dir: string, script: string, shell: string) {
  const entry = join(dir, 'child.ts');
  const program = join(dir, 'child.cjs');
  const from = join(__PROJECT_ROOT__, 'src/platform');
  fs.writeFileSync(
    entry,
    `import { openLog } from '${from}/open-log.ts';
     import { NodeClock } from '${from}/node-clock.ts';
     const plain = { debug: true, trace: true, logtime: true, logtimeUtc: false, logFormat: 'text',
       logFile: '', logSizeLimit: 0n, logMaxFiles: 0n, syslog: false, remoteSyslog: '' };
     const log = openLog(plain, { clock: new NodeClock(), tag: 'x', onFatal: () => process.exit(1) });
     ${script}`,
  );
  buildSync({ entryPoints: [entry], outfile: program, bundle: true, platform: 'node' });
  return spawnSync('sh', ['-c', shell.replace('CHILD', `'${process.execPath}' '${program}'`)], {
    encoding: 'utf8',
    maxBuffer: 64e6,
  });
}

test('the last lines survive a fatal exit into a pipe that is read late', (t) => {
  const script = `
    for (let i = 0; i < 2000; i++) log.notice('line ' + i + ' ' + 'x'.repeat(100));
    log.fatal('the end');`;
  const result = runChild(folder(t), script, 'CHILD 2>&1 >/dev/null | (sleep 0.4; cat)');
  const lines = result.stdout.trimEnd().split('\n');
  assert.equal(lines.length, 2001, result.stderr);
  assert.match(lines[2000] as string, /\[FTL\] the end$/);
});

test('a reader that stopped reading does not stop the program, and memory is bounded', (t) => {
  const script = `
    const start = Date.now();
    let turns = 0;
    const turn = () => {
      for (let i = 0; i < 400; i++) log.trace('x'.repeat(1000));
      if (++turns < 50) return setImmediate(turn);
      require('node:fs').writeFileSync(process.argv[1] + '.took', String(Date.now() - start));
      setTimeout(() => { log.notice('read again'); log.fatal('done'); }, 600);
    };
    turn();`;
  const dir = folder(t);
  const result = runChild(dir, script, 'CHILD 2>&1 >/dev/null | (sleep 1; cat)');
  assert.ok(Number(fs.readFileSync(join(dir, 'child.cjs.took'), 'utf8')) < 900);
  assert.ok(result.stdout.length < 6e6, String(result.stdout.length));
  assert.match(result.stdout, /\[WRN\] \d+ log lines dropped/);
  assert.match(result.stdout, /\[FTL\] done\n$/);
});
