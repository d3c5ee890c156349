import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { test } from 'node:test';
import { type CoreServer, eventually, hello, pause, RawClient, withCore } from './raw-client.ts';
import { TlsClient, tlsBlock } from './tls-peer.ts';

/*
 * The PROXY protocol on the client port: the header may be cut anywhere and glued to anything, and
 * what stands in it never becomes protocol, nor does anything that came in the clear before TLS.
 */

const proxy = 'proxy_protocol: true\n';
const v1 = 'PROXY TCP4 192.0.2.1 198.51.100.1 4711 4222\r\n';
const v2 =
  '\r\n\r\n\0\r\nQUIT\n!\x21\0\x28' + // IPv6, and a TLV of four bytes
  ' \x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01'.repeat(2) +
  '\x12\x67\x10\x7e\x04\0\x01x';
const local = '\r\n\r\n\0\r\nQUIT\n \0\0\0';

const places = ({ server }: CoreServer) =>
  [...server.clients.values()].map(({ remoteHost, remotePort }) => `${remoteHost} ${remotePort}`);

function infoOf(text: string): { client_ip?: string; tls_required?: boolean } {
  return JSON.parse(/INFO (.*)\r\n/.exec(text)![1]!);
}

test('a header tells whom a client comes from, wherever it is cut', async () => {
  await withCore(proxy, async (core) => {
    for (const [header, place] of [
      [v1, '192.0.2.1 4711'],
      [v2, '2001:db8::1 4711'],
    ] as const) {
      const all = `${header}${hello}PING\r\n`;
      for (let at = 1; at <= header.length; at += 3) {
        const client = await RawClient.open(core.port, all.slice(0, at));
        await pause(2);
        client.send(all.slice(at));
        await client.until('PONG');
        assert.deepEqual(places(core), [place], `cut at ${at}`);
        client.end();
        await eventually('it is gone', () => core.server.clients.size === 0);
      }
    }
    assert.ok(core.log.includes('[INF] PROXY protocol enabled for client connections'));
  });
});

test('the first INFO does not tell the address of the proxy; a later one that of the client', async () => {
  await withCore(proxy, async (core) => {
    const client = await RawClient.open(core.port);
    await client.until('INFO');
    assert.equal(infoOf(client.text).client_ip, undefined);
    client.send(`${v1}CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n`);
    await client.until('PONG');
    client.text = '';
    core.server.enterLameDuck();
    await client.until('INFO');
    assert.equal(infoOf(client.text).client_ip, '192.0.2.1');
  });
});

test('without a header, or with one that says nothing, the address is the peer’s', async () => {
  await withCore(proxy, async (core) => {
    for (const first of ['', 'PROXY UNKNOWN\r\n', local]) {
      const client = await RawClient.open(core.port, `${first}${hello}PING\r\n`);
      await client.until('PONG');
      assert.deepEqual(places(core), [`127.0.0.1 ${client.socket.localPort}`]);
      client.end();
      await eventually('it is gone', () => core.server.clients.size === 0);
    }
  });
});

test('who leaves behind its header is gone', async () => {
  await withCore(proxy, async ({ port, server }) => {
    for (const first of [v1, v2, local, `${v1}PING\r\n`]) {
      const socket = net.connect(port, '127.0.0.1');
      socket.end(Buffer.from(first, 'latin1'));
      await once(socket.resume(), 'close');
    }
    await eventually('all are gone', () => server.clients.size === 0);
    assert.equal(server.counters.totalConnections, 4);
  });
});

test('what cannot be honoured is closed without a word, and a line tells why', async () => {
  await withCore(proxy, async ({ port, log, server }) => {
    const bad = await RawClient.open(port, 'PROXY TCP4 ::1 ::1 1 2\r\nCONNECT {}\r\n');
    const from = `127.0.0.1:${bad.socket.localPort}`;
    assert.match(await bad.untilClosed(), /^INFO [^\n]*\n$/);
    const line = 'invalid PROXY protocol header: TCP4 with IPv6 address';
    assert.ok(log.includes(`[WRN] Error reading PROXY protocol header from ${from}: ${line}`));
    const cut = await RawClient.open(port, 'PROX');
    cut.socket.end();
    await cut.untilClosed();
    assert.ok(log.some((one) => one.endsWith('failed to read protocol version: unexpected EOF')));
    const reset = await RawClient.open(port, v2.slice(0, 14));
    await pause(10);
    reset.socket.resetAndDestroy();
    await eventually('the reset is told', () =>
      log.some((one) => /failed to read v2 header: .*: read: connection reset by peer$/.test(one)),
    );
    await eventually('all are gone', () => server.clients.size === 0);
  });
});

test('a second header is not one', async () => {
  await withCore(proxy, async (core) => {
    const client = await RawClient.open(core.port, `${v1}${v1}`);
    assert.match(await client.untilClosed(), /-ERR 'Unknown Protocol Operation'/);
  });
});

test('without the option a header is what it looks like to a client', async () => {
  await withCore('', async ({ port }) => {
    const client = await RawClient.open(port, v1);
    assert.match(await client.untilClosed(), /-ERR 'Unknown Protocol Operation'/);
  });
});

// ---- with TLS ----

/** The first bytes that a TLS client sends. */
async function clientHello(): Promise<Buffer> {
  const server = net.createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as net.AddressInfo;
  const [[socket]] = (await Promise.all([
    once(server, 'connection'),
    TlsClient.to(port).socket,
  ])) as unknown as [[net.Socket]];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  server.close();
  return bytes;
}

/** Sends `header` and then TLS, the first `glued` bytes of it together with the header. */
function throughProxy(port: number, header: string, glued: number): Promise<net.Socket> {
  return new Promise((resolve) => {
    const relay = net.createServer((inner) => {
      const outer = net.connect({ port, host: '127.0.0.1', noDelay: true });
      outer.on('error', () => {}).on('close', () => inner.destroy());
      inner.on('error', () => {}).on('close', () => outer.destroy());
      let info = '';
      outer.on('data', (chunk: Buffer) => {
        // INFO in the clear is the relay's business.
        if (info.includes('\r\n')) inner.write(chunk);
        else info += chunk.toString('latin1');
      });
      let first = true;
      inner.on('data', (chunk: Buffer) => {
        if (!first) {
          outer.write(chunk);
          return;
        }
        first = false;
        outer.write(Buffer.concat([Buffer.from(header, 'latin1'), chunk.subarray(0, glued)]));
        setTimeout(() => outer.write(chunk.subarray(glued)), 5);
      });
      relay.close();
    });
    relay.listen(0, '127.0.0.1', () => {
      const { port: at } = relay.address() as net.AddressInfo;
      const socket = net.connect(at, '127.0.0.1', () => resolve(socket));
    });
  });
}

for (const [name, config] of [
  ['TLS', ''],
  ['TLS or not', 'allow_non_tls: true\n'],
] as const) {
  test(`a ClientHello cut anywhere behind a header, ${name}`, async () => {
    await withCore(`${proxy}${config}${tlsBlock()}`, async (core) => {
      const { length } = await clientHello();
      for (let glued = 0; glued < length; glued += glued < 8 ? 1 : 67) {
        const socket = await throughProxy(core.port, glued % 2 === 0 ? v1 : v2, glued);
        const raw = new RawClient(socket);
        const client = TlsClient.over(raw);
        client.send(`${hello}PING\r\n`);
        assert.equal(await client.until('PONG'), 'PONG\r\n', `${glued} bytes glued`);
        assert.match(places(core)[0]!, / 4711$/);
        client.end();
        await eventually('it is gone', () => core.server.clients.size === 0);
      }
    });
  });
}

test('commands in the clear before the handshake are never executed', async () => {
  const config = `${proxy}${tlsBlock(', timeout: 0.5')}`;
  await withCore(config, async ({ port, server, log }) => {
    for (const header of ['', v1, v2]) {
      const client = await RawClient.open(port, `${header}${hello}PUB a 1\r\nx\r\nPING\r\n`);
      const text = await client.untilClosed();
      assert.match(text, /^INFO [^\n]*\n$/);
    }
    assert.equal(server.counters.inMsgs, 0);
    const refused = log.filter((one) => one.includes('first record does not look like a TLS'));
    assert.equal(refused.length, 3);
  });
});

test('handshake_first behind a header: INFO comes secured, with the client’s address', async () => {
  await withCore(`${proxy}${tlsBlock(', handshake_first: "200ms"')}`, async (core) => {
    const raw = await RawClient.open(core.port, v1);
    const client = TlsClient.over(raw);
    await client.until('INFO');
    assert.equal(infoOf(client.text).client_ip, '192.0.2.1');
    client.end();
  });
});

test('a proxy in front of both kinds: the byte behind the header decides', async () => {
  await withCore(`${proxy}allow_non_tls: true\n${tlsBlock(', timeout: 0.5')}`, async (core) => {
    for (const header of [v1, v2, '']) {
      const plain = await RawClient.open(core.port, header);
      await pause(header === '' ? 0 : 10);
      plain.send(`${hello}PING\r\n`);
      await plain.until('PONG');
      plain.end();
    }
    const secure = await RawClient.open(core.port);
    await secure.until('INFO');
    const client = TlsClient.over(secure);
    client.send(`${hello}PING\r\n`);
    await client.until('PONG');
    client.end();
  });
});
