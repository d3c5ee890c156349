/** Sends what a case says to a WebSocket port and tells what came back. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeFrames } from '../../../src/transport/websocket/test-frames.ts';
import type { UpgradeCase } from './requests.ts';

export interface UpgradeOutcome {
  /** Everything received, without time and without the values of INFO. */
  readonly received: string;
  /** The server ended the connection, without being asked, before a moment had passed. */
  readonly ended: boolean;
  /** Lines of the log, without time and address. */
  readonly log: readonly string[];
}

const pauseMs = 30;
/** Long enough for a busy machine: behind an answer, and where none has come. */
const idleMs = 500;
const silenceMs = 2_000;

export async function exchange(
  port: number,
  { pieces }: UpgradeCase,
  log: () => string,
): Promise<UpgradeOutcome> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = Buffer.alloc(0);
  let ended = false;
  let last = Date.now();
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    last = Date.now();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    ended = true;
  });
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  const local = `127.0.0.1:${socket.localPort}`;
  for (const piece of pieces) {
    if (!socket.destroyed) socket.write(piece, 'latin1');
    await sleep(pieces.length > 10 ? 1 : pauseMs);
  }
  last = Date.now();
  const patienceMs = () => (received.length === 0 ? silenceMs : idleMs);
  while (!ended && Date.now() - last < patienceMs()) await sleep(10);
  const over = ended;
  socket.destroy();
  return { received: describe(received), ended: over, log: linesOf(log(), local) };
}

/** HTTP answers as they are, frames in brackets. */
function describe(bytes: Buffer): string {
  const text = bytes.toString('latin1').replaceAll(/Date: [^\r]*/g, 'Date: @');
  const at = bytes.indexOf('HTTP/1.1 101');
  const head = at < 0 ? -1 : bytes.indexOf('\r\n\r\n', at);
  if (head < 0) return text;
  const frames = decodeFrames(bytes.subarray(head + 4)).map(({ opcode, compressed, payload }) => {
    const shown = compressed ? 'deflated' : payload.toString('latin1').replace(/\{.*\}/, '{}');
    return `[${opcode} ${shown}]`;
  });
  return (
    text.slice(0, text.indexOf('\r\n\r\n', text.indexOf('HTTP/1.1 101')) + 4) + frames.join('')
  );
}

/** What the log says about this connection. */
function linesOf(log: string, local: string): string[] {
  return log
    .split('\n')
    .filter((line) => line.includes(`${local} - websocket`))
    .map((line) => line.replace(/^.*\[ERR\] /, '[ERR] ').replaceAll(local, '@'));
}
