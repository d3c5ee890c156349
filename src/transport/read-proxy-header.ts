/** Reads the header of a proxy from a socket, and nothing behind it. */
import type * as net from 'node:net';
import { type ProxyHeader, ProxyHeaderReader } from './proxy-protocol.ts';
import { readRoute } from './socket-route.ts';

/** As in nats-server: for the first bytes, and once more for the whole header. */
const waitMs = 5_000;

/**
 * Resolves when the header is complete or there is none; what belongs to the client is put back.
 * Rejects with a ProxyProtocolError. The socket must be paused and unread.
 */
export function readProxyHeader(
  socket: net.Socket,
  timeoutMs: number = waitMs,
): Promise<Omit<ProxyHeader, 'rest'>> {
  return new Promise((resolve, reject) => {
    const reader = new ProxyHeaderReader();
    const route = readRoute(socket);
    let problem: NodeJS.ErrnoException | undefined;
    const done = (): void => {
      clearTimeout(timer);
      socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd);
      socket.off('error', onError);
    };
    const fail = (error: Error): void => {
      done();
      reject(error);
    };
    const onError = (error: Error): void => {
      problem = error;
    };
    const onEnd = (): void => {
      const reset = problem?.code === 'ECONNRESET';
      fail(reader.failure(reset ? `${route}: read: connection reset by peer` : 'EOF'));
    };
    const onTimeout = (): void => fail(reader.failure(`${route}: i/o timeout`));
    let timer = setTimeout(() => {
      timer = setTimeout(onTimeout, timeoutMs);
    }, timeoutMs);
    const onReadable = (): void => {
      for (let chunk = read(socket); chunk !== null; chunk = read(socket)) {
        const { decided } = reader;
        let header: ProxyHeader | undefined;
        try {
          header = reader.feed(chunk);
        } catch (error) {
          fail(error as Error);
          return;
        }
        if (header !== undefined) {
          done();
          if (header.rest.length > 0) socket.unshift(header.rest);
          resolve({ found: header.found, source: header.source });
          return;
        }
        if (!decided && reader.decided) {
          clearTimeout(timer);
          timer = setTimeout(onTimeout, timeoutMs);
        }
      }
    };
    socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onError);
  });
}

function read(socket: net.Socket): Buffer | null {
  return socket.read() as Buffer | null;
}
