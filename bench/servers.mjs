// Starts and stops the servers under comparison. Each listens on the loopback address, on a port
// that was free a moment ago, and is ended by the pid that it was started with.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const running = new Set();
let scratchFolder;

/** A folder of this run's own for logs, certificates and stores; removed at the end. */
export function scratch() {
  scratchFolder ??= mkdtempSync(join(tmpdir(), 'tnatsd-bench-'));
  return scratchFolder;
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  if (scratchFolder) rmSync(scratchFolder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

/** Remembers a child process, so that it never outlives this one. */
export function own(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** A TCP port of the loopback address that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Resolves with the time (performance.now) when the first byte of INFO arrived. */
export async function firstByte(port, child, deadlineMs) {
  const end = performance.now() + deadlineMs;
  while (performance.now() < end) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const at = await tryFirstByte(port);
    if (at) return at;
    await sleep(1);
  }
  return undefined;
}

function tryFirstByte(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const done = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(5000, () => done(undefined));
    socket.once('data', () => done(performance.now()));
    socket.once('error', () => done(undefined));
    socket.once('end', () => done(undefined));
  });
}

/**
 * Starts one server.
 * @param arm what to run: { label, command: [program, ...arguments] }
 * @param setup what the row wants: { flags: string[], config: text, websocket: boolean }
 * @returns { pid, port, stop() }; `stop` resolves when the process is gone
 */
export async function startServer(arm, setup = {}) {
  const port = await freePort();
  const log = join(scratch(), `server-${port}.log`);
  const flags = ['-a', '127.0.0.1', '-p', String(port), ...(setup.flags ?? [])];
  const websocketPort = setup.websocket ? await freePort() : undefined;
  const websocket = `websocket { listen: "127.0.0.1:${websocketPort}", no_tls: true }\n`;
  const config = (setup.config ?? '') + (setup.websocket ? websocket : '');
  if (config) {
    const file = join(scratch(), `server-${port}.conf`);
    writeFileSync(file, config);
    flags.push('-c', file);
  }
  const [program, ...first] = arm.command;
  const fd = openSync(log, 'w');
  const child = own(spawn(program, [...first, ...flags], { stdio: ['ignore', fd, fd] }));
  closeSync(fd);
  child.on('error', (error) => writeFileSync(log, String(error)));
  const server = {
    pid: child.pid,
    port,
    url: setup.websocket ? `ws://127.0.0.1:${websocketPort}` : `nats://127.0.0.1:${port}`,
    log: () => logTail(log),
    stop: () => stopChild(child),
  };
  if (!(await firstByte(port, child, 15_000))) {
    await server.stop();
    throw new Error(
      `${arm.label} did not start: ${[program, ...first, ...flags].join(' ')}\n${server.log()}`,
    );
  }
  return server;
}

/** What a log says last, warnings and errors first of all; a few lines. */
function logTail(file) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const bad = lines.filter((line) => /\[(WRN|ERR|FTL)\]|^\S*Error\b/.test(line));
  return (bad.length > 0 ? bad : lines)
    .slice(-3)
    .map((line) => `    ${line.slice(0, 200)}`)
    .join('\n');
}

/** Asks a child to end; insists after some seconds. */
export async function stopChild(child, patienceMs = 5000) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(timer);
}
