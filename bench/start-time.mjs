// Start time: from just before the process is spawned to its line "Server is ready" and to the
// first byte of INFO that a client gets. Client test suites start thousands of servers.
import { spawn } from 'node:child_process';
import { firstByte, freePort, own, stopChild } from './servers.mjs';

const patienceMs = 10_000;

/** Resolves with the time at which `text` was seen in the stream. */
function seen(stream, text) {
  let tail = '';
  return new Promise((resolve) => {
    stream.on('data', (chunk) => {
      tail += chunk;
      if (tail.includes(text)) resolve(performance.now());
      tail = tail.slice(-text.length);
    });
    stream.on('end', () => resolve(undefined));
  });
}

/** One start of one server; milliseconds. */
export async function measureStart(arm) {
  const port = await freePort();
  const [program, ...args] = arm.command;
  const flags = arm.bare ? [String(port)] : ['-a', '127.0.0.1', '-p', String(port)];
  const begin = performance.now();
  const child = own(spawn(program, [...args, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] }));
  child.on('error', () => {});
  try {
    const ready = seen(child.stderr, 'Server is ready');
    const info = await firstByte(port, child, patienceMs);
    if (info === undefined) throw new Error(`${arm.label} did not answer`);
    const late = new Promise((resolve) => setTimeout(resolve, patienceMs).unref());
    const readyAt = await Promise.race([ready, late]);
    if (readyAt === undefined) throw new Error(`${arm.label} never said "Server is ready"`);
    return { ready_ms: readyAt - begin, info_ms: info - begin };
  } finally {
    await stopChild(child);
  }
}
