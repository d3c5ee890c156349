/** Streams for the WebSocket port: odd requests to upgrade, and frames with odd content or odd heads. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  decodeFrames,
  encodeFrame,
  type ReadFrame,
} from '../../src/transport/websocket/test-frames.ts';
import type { Below } from '../conformance/chunking.ts';
import { upgradeCases } from '../conformance/websocket/requests.ts';
import { illegalHttp, illegalOutput } from './legality.ts';
import { mutate } from './mutate.ts';

export const upgradeRequest = Buffer.from(
  'GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n',
);

const upgrades = upgradeCases.map(({ pieces }) => Buffer.from(pieces.join(''), 'latin1'));

export interface WebSocketStreams {
  /** Upgrade first, and wait for the answer. */
  readonly upgrade: boolean;
  readonly data: Buffer;
}

/** One stream for the port, of requests or of frames around a mutated client's stream. */
export function webSocketStream(client: Buffer[], below: Below): WebSocketStreams {
  if (below(4) === 0) return { upgrade: false, data: mutate(upgrades, below) };
  if (below(2) === 0) return { upgrade: true, data: frameUp(mutate(client, below), below) };
  return { upgrade: true, data: mutate([frameUp(client[below(client.length)]!, below)], below) };
}

/** The stream in frames of any size, fragments and compressed messages among them, pings between. */
function frameUp(bytes: Buffer, below: Below): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + below(below(4) === 0 ? 70_000 : 200);
    frames.push(...messageOf(bytes.subarray(at, at + size), below));
    at += size;
    if (below(8) === 0) frames.push(control(9, below), control(10, below));
  }
  if (below(8) === 0) frames.push(control(8, below));
  return Buffer.concat(frames);
}

function messageOf(bytes: Buffer, below: Below): Buffer[] {
  const compressed = below(3) === 0;
  const flushed = { finishFlush: constants.Z_SYNC_FLUSH };
  const payload = compressed ? deflateRawSync(bytes, flushed).subarray(0, -4) : bytes;
  const cut = below(3) === 0 ? below(payload.length + 1) : payload.length;
  const mask = below(0x7fffffff);
  const last = cut === payload.length;
  const first = encodeFrame({
    opcode: 1 + below(2),
    payload: payload.subarray(0, cut),
    final: last,
    compressed,
    mask,
  });
  return last ? [first] : [first, encodeFrame({ opcode: 0, payload: payload.subarray(cut), mask })];
}

function control(opcode: number, below: Below): Buffer {
  const payload = Buffer.alloc(below(126), below(256));
  return encodeFrame({ opcode, payload, mask: below(0x7fffffff) });
}

/** The first thing wrong with what came; undefined when all is legal. */
export function illegalWebSocket(received: string): string | undefined {
  const wrong = illegalHttp(received);
  if (wrong !== undefined) return wrong;
  const at = received.indexOf('HTTP/1.1 101');
  const end = at < 0 ? -1 : received.indexOf('\r\n\r\n', at);
  if (end < 0) return undefined;
  let frames: ReadFrame[];
  try {
    // The reader may have left early.
    frames = decodeFrames(Buffer.from(received.slice(end + 4), 'latin1'), 'leave');
  } catch (error) {
    return `frames: ${(error as Error).message}`;
  }
  const odd = frames.find(({ opcode, payload, final }) =>
    opcode < 8 ? opcode !== 2 : ![8, 10].includes(opcode) || !final || payload.length > 125,
  );
  if (odd !== undefined) return `frame with opcode ${odd.opcode}, ${odd.payload.length} bytes`;
  if (frames.some(({ opcode }, i) => opcode === 8 && i < frames.length - 1)) {
    return 'something behind a close frame';
  }
  return illegalOutput(textOf(frames));
}

function textOf(frames: readonly ReadFrame[]): string {
  const tail = Buffer.from([0, 0, 0xff, 0xff]);
  return frames
    .filter(({ opcode }) => opcode < 8)
    .map(({ compressed, payload }) => {
      const bytes = compressed
        ? inflateRawSync(Buffer.concat([payload, tail]), { finishFlush: constants.Z_SYNC_FLUSH })
        : payload;
      return bytes.toString('latin1');
    })
    .join('');
}
