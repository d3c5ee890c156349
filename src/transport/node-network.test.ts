import assert from 'node:assert/strict';
import * as net from 'node:net';
import { type TestContext, test } from 'node:test';
import { NodeNetwork } from './node-network.ts';

type Accepted = Parameters<Parameters<NodeNetwork['listen']>[2]>[0];

/** What a peer that sends `bytes` and ends looks like to one who reads late. */
async function acceptLate(t: TestContext, bytes: string): Promise<Accepted> {
  const network = new NodeNetwork();
  const where = { host: '127.0.0.1', port: 0, expectsProxy: true };
  let take = (_accepted: Accepted): void => {};
  const taken = new Promise<Accepted>((resolve) => (take = resolve));
  const listener = await network.listen(where, undefined, (accepted) => take(accepted));
  t.after(() => listener.close());
  net
    .connect(listener.port, '127.0.0.1')
    .on('error', () => {})
    .end(bytes);
  const accepted = await taken;
  await new Promise((resolve) => setTimeout(resolve, 30));
  return accepted;
}

test('an end that came with the header is told when the header was read', async (t) => {
  const accepted = await acceptLate(t, 'PROXY UNKNOWN\r\n');
  assert.equal(await accepted.peek(100), 'P'.charCodeAt(0));
  await new Promise((resolve) => setTimeout(resolve, 30));
  let closes = 0;
  accepted.stream.handler = { onBytes() {}, onDrain() {}, onClose: () => closes++ };
  assert.deepEqual(await accepted.readProxyHeader(), { found: true, source: undefined });
  accepted.stream.resume();
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(closes, 1);
});

test('bytes behind the header reach the stream before the end does', async (t) => {
  const accepted = await acceptLate(t, 'PROXY UNKNOWN\r\nPING\r\n');
  const seen: (number | string)[] = [];
  accepted.stream.handler = {
    onBytes: (count) => seen.push(count),
    onDrain() {},
    onClose: () => seen.push('end'),
  };
  await accepted.readProxyHeader();
  accepted.stream.resume();
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(seen, [6, 'end']);
});

test('a header that does not come in time is missed twice as long as each wait', async (t) => {
  const { readProxyHeader } = await import('./read-proxy-header.ts');
  const server = net.createServer({ pauseOnConnect: true });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const outcome = async (bytes: string) => {
    const accepted = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
    const client = net.connect(port, '127.0.0.1');
    client.write(bytes);
    const socket = await accepted;
    const start = Date.now();
    const error = await readProxyHeader(socket, 60).catch(({ message }: Error) => message);
    client.destroy();
    socket.destroy();
    return { error: String(error).replace(/127\S+/g, 'ADDR'), ms: Date.now() - start };
  };
  const silent = await outcome('PROX');
  assert.equal(silent.error, 'failed to read protocol version: read tcp ADDR i/o timeout');
  assert.ok(silent.ms >= 115, `${silent.ms} ms`);
  const slow = await outcome('PROXY TCP4');
  assert.equal(slow.error, 'failed to read v1 line: read tcp ADDR i/o timeout');
  assert.ok(slow.ms < 115, `${slow.ms} ms`);
});
