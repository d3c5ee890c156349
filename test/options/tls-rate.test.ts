import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { test } from 'node:test';
import { createServer } from '../../src/index.ts';

const certificates = `${__PROJECT_ROOT__}/test/fixtures/tls`;

/** Everything a client that stays silent is sent until it is closed or `ms` are over. */
async function silentClient(port: number, ms: number): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  await Promise.race([once(socket, 'close'), new Promise((resolve) => setTimeout(resolve, ms))]);
  socket.destroy();
  return received;
}

test('connection_rate_limit: a handshake too many is refused with a word, the others go on', async () => {
  const server = await createServer({
    config: `
      listen: "127.0.0.1:-1"
      tls {
        cert_file: "${certificates}/server.pem"
        key_file: "${certificates}/server-key.pem"
        connection_rate_limit: 2
      }`,
  });
  try {
    const port = server.ports.nats!;
    const received = await Promise.all([1, 2, 3, 4].map(() => silentClient(port, 300)));
    const throttled = received.filter((text) => text.includes('Connection throttling is active'));
    assert.equal(throttled.length, 2);
    assert.match(
      throttled[0]!,
      /^INFO .*\r\n-ERR 'Connection throttling is active\. Please try again later\.'\r\n$/,
    );
  } finally {
    await server.close();
  }
});
