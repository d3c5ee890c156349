/** The ways in which the fuzzer reaches a port: in the clear, behind a PROXY header, through TLS. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Below } from '../conformance/chunking.ts';

export type Lane = 'clear' | 'proxy' | 'upgrade' | 'proxy and upgrade' | 'handshake' | 'hello';

export interface Opened {
  readonly socket: Socket;
  /** What came in the clear before TLS. */
  readonly greeting: string;
  readonly closed: () => boolean;
}

const v1 = Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 4711 4222\r\n');
const v2 = Buffer.from(
  '\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\x12\x67\x10\x7e',
  'latin1',
);
const local = Buffer.from('\r\n\r\n\0\r\nQUIT\n \0\0\0', 'latin1');
const patienceMs = 3000;

/** PROXY headers, to be mutated too. */
export const proxyHeaders: readonly Buffer[] = [v1, v2, local, Buffer.from('PROXY UNKNOWN\r\n')];

export async function openLane(lane: Lane, port: number, below: Below): Promise<Opened> {
  const raw = connect({ port, host: '127.0.0.1' });
  const closed = untilClosed(raw);
  await settled(raw, 'connect');
  if (lane.startsWith('proxy') && !closed()) raw.write(proxyHeaders[below(proxyHeaders.length)]!);
  if (lane === 'clear' || lane === 'proxy' || lane === 'hello') {
    return { socket: raw, greeting: '', closed };
  }
  const greeting = lane === 'handshake' ? '' : await firstLine(raw);
  const socket = connectTls({ socket: raw, rejectUnauthorized: false });
  const over = untilClosed(socket);
  await settled(socket, 'secureConnect');
  return { socket, greeting, closed: () => closed() || over() };
}

function untilClosed(socket: Socket): () => boolean {
  let closed = false;
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  return () => closed;
}

/** The event, the end, or a server that turned away without a word. */
function settled(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    socket.once(event, done).once('close', done);
  });
}

async function firstLine(socket: Socket): Promise<string> {
  let text = '';
  const gather = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
  };
  socket.on('data', gather);
  while (!text.includes('\n') && !socket.destroyed && !socket.readableEnded) {
    await settled(socket, 'data');
    if (text === '') break;
  }
  socket.removeListener('data', gather);
  return text;
}

/** The first bytes of TLS clients of several kinds. */
export async function helloCorpus(): Promise<Buffer[]> {
  const hellos: Buffer[] = [];
  for (const more of [{}, { maxVersion: 'TLSv1.2' as const }, { servername: 'x'.repeat(200) }]) {
    hellos.push(await clientHello(more));
  }
  return hellos.flatMap((hello) => [
    hello,
    ...proxyHeaders.map((one) => Buffer.concat([one, hello])),
  ]);
}

function clientHello(more: object): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes: Buffer) => {
        socket.destroy();
        server.close();
        resolve(bytes);
      });
    });
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...more });
      client.on('error', () => {});
    });
  });
}

/** What may come back for a broken handshake: INFO in the clear, TLS records, or nothing. */
export function illegalHandshake(received: string): string | undefined {
  const rest = received.replace(/^INFO [^\n]*\n/, '').replace(/^-ERR '[^\n]*\n/, '');
  const isRecord = /^[\x14-\x17]\x03[\x00-\x04]/.test(rest);
  const isShort = rest.length < 3 || received.startsWith('INFO ');
  return isRecord || isShort ? undefined : `not TLS: ${JSON.stringify(received.slice(0, 200))}`;
}

/** Is a TLS alert all that came, perhaps behind INFO? */
export function isAlert(received: string): boolean {
  return /^(?:INFO [^\n]*\n)?\x15\x03[\x00-\x04]\x00\x02[\s\S]{2}$/.test(received);
}
