import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { nodeScheduler } from './node-timers.ts';
import { createPipe } from './pipe.ts';
import { PipeSocket } from './pipe-socket.ts';
import { PipeWebSocket } from './pipe-web-socket.ts';

const target = { buffer: Buffer.alloc(32 + 4096 + 64), headroom: 32, capacity: 4096 };

function sockets(bufferBytes = 64 * 1024): [PipeSocket, PipeSocket] {
  const [a, b] = createPipe(nodeScheduler, target, { bufferBytes });
  return [new PipeSocket(a, target), new PipeSocket(b, target)];
}

test('two Duplex ends exchange bytes and end like a TCP connection', async () => {
  const [a, b] = sockets();
  b.on('data', (chunk: Buffer) => b.write(chunk.toString().toUpperCase()));
  a.write('hello');
  const [answer] = (await once(a, 'data')) as [Buffer];
  assert.equal(answer.toString(), 'HELLO');
  const closed = Promise.all([once(a, 'close'), once(b, 'close')]);
  a.resume();
  a.end();
  await closed;
  assert.equal(b.readableEnded, true);
});

test('a megabyte through a small pipe with a slow reader arrives whole', async () => {
  const [a, b] = sockets(8 * 1024);
  const sent = Buffer.alloc(1_000_000);
  for (let i = 0; i < sent.length; i++) sent[i] = (i * 31) >>> 3;
  a.end(sent);
  const chunks: Buffer[] = [];
  for await (const chunk of b as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if (chunks.length % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.ok(Buffer.concat(chunks).equals(sent));
});

test('a write waits for a reader that does not read', async () => {
  const [a, b] = sockets(1024);
  let done = false;
  a.write(Buffer.alloc(100_000), () => {
    done = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(done, false);
  assert.equal(a.writableNeedDrain, true);
  const drained = once(a, 'drain');
  b.resume();
  await drained;
  assert.equal(done, true);
  a.destroy();
  await once(b, 'close');
});

test('a WebSocket-like end gives messages, keeps what is sent and tells the close', async () => {
  const [a, b] = createPipe(nodeScheduler, target);
  const socket = new PipeWebSocket(a, target);
  const other = new PipeSocket(b, target);
  const bytes = new Uint8Array([1, 2, 3]);
  socket.send(bytes.buffer);
  bytes.fill(9);
  const [chunk] = (await once(other, 'data')) as [Buffer];
  assert.deepEqual([...chunk], [1, 2, 3]);
  const message = new Promise<ArrayBuffer>((resolve) => {
    socket.onmessage = (event) => resolve(event.data);
  });
  other.write('reply');
  assert.equal(Buffer.from(await message).toString(), 'reply');
  const closed = new Promise<boolean>((resolve) => {
    socket.onclose = (event) => resolve(event.wasClean);
  });
  other.end();
  assert.equal(await closed, true);
});
