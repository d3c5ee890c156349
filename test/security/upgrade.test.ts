import assert from 'node:assert/strict';
import * as net from 'node:net';
import { test } from 'node:test';
import { type CoreServer, eventually, hello, RawClient, withCore } from '../fault/raw-client.ts';
import { upgradeRequest } from '../fault/raw-websocket.ts';
import { TlsClient, tlsBlock } from '../fault/tls-peer.ts';

/*
 * Where the clear ends and TLS begins: the first bytes of a handshake may come in any pieces, and what
 * somebody in the middle puts in front of them in the clear is never done.
 */

interface Cut {
  /** Bytes of the first flight that come in the first piece. */
  readonly at: number;
  /** What stands in front of the first piece. */
  readonly before?: string;
  /** INFO comes first, in the clear, and is not for the TLS client. */
  readonly info: boolean;
}

/** A connection to the server on `port` whose first flight is cut. */
function through(port: number, { at, before = '', info }: Cut): Promise<RawClient> {
  return new Promise((resolve) => {
    const relay = net.createServer((inner) => {
      const outer = net.connect({ port, host: '127.0.0.1', noDelay: true });
      outer.on('error', () => {}).on('close', () => inner.destroy());
      inner.on('error', () => {}).on('close', () => outer.destroy());
      let greeting = info ? '' : '\n';
      outer.on('data', (chunk: Buffer) => {
        if (greeting.includes('\n')) inner.write(chunk);
        else greeting += chunk.toString('latin1');
      });
      let isFirst = true;
      inner.on('data', (chunk: Buffer) => {
        if (!isFirst) {
          outer.write(chunk);
          return;
        }
        isFirst = false;
        const head = Buffer.concat([Buffer.from(before, 'latin1'), chunk.subarray(0, at)]);
        if (head.length > 0) outer.write(head);
        setTimeout(() => outer.write(chunk.subarray(at)), 3);
      });
      relay.close();
    });
    relay.listen(0, '127.0.0.1', () => {
      const { port: here } = relay.address() as net.AddressInfo;
      const socket = net.connect(here, '127.0.0.1', () => resolve(new RawClient(socket)));
    });
  });
}

const cuts = [0, 1, 2, 3, 4, 5, 6, 9, 43, 44, 76, 120, 200, 280];

const ports: Record<
  string,
  { config: string; info: boolean; port: (core: CoreServer) => number; first: string; want: string }
> = {
  'behind INFO': {
    config: tlsBlock(),
    info: true,
    port: ({ port }) => port,
    first: `${hello}PING\r\n`,
    want: 'PONG',
  },
  'TLS or not': {
    config: `allow_non_tls: true\n${tlsBlock()}`,
    info: true,
    port: ({ port }) => port,
    first: `${hello}PING\r\n`,
    want: 'PONG',
  },
  'handshake first': {
    config: tlsBlock(', handshake_first: true'),
    info: false,
    port: ({ port }) => port,
    first: `${hello}PING\r\n`,
    want: 'PONG',
  },
  WebSocket: {
    config: `websocket { listen: "127.0.0.1:-1"\n${tlsBlock()} }\n`,
    info: false,
    port: ({ server }) => server.websocketListener.port!,
    first: upgradeRequest(),
    want: 'INFO ',
  },
};

for (const [name, { config, info, port, first, want }] of Object.entries(ports)) {
  test(`a ClientHello cut anywhere: ${name}`, async () => {
    await withCore(config, async (core) => {
      for (const at of cuts) {
        const client = TlsClient.over(await through(port(core), { at, info }));
        client.send(first);
        assert.ok((await client.until(want)).includes(want), `cut at ${at}: ${client.error}`);
        client.end();
        await eventually('it is gone', () => core.server.clients.size === 0);
      }
    });
  });

  test(`what is glued in front of a ClientHello is never done: ${name}`, async () => {
    await withCore(config, async (core) => {
      for (const before of [
        `${hello}SUB > 1\r\nPUB a 1\r\nx\r\n`,
        'PUB a 1\r\nx\r\n',
        'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
        upgradeRequest(),
      ]) {
        const client = TlsClient.over(await through(port(core), { at: 60, before, info }));
        client.send(first);
        await client.untilClosed();
        assert.equal(client.text, '', before);
        await eventually('it is gone', () => core.server.clients.size === 0);
      }
      // In the clear it is done only where that is allowed, and TLS cannot follow.
      const isOpen = name === 'TLS or not';
      assert.equal(core.server.counters.inMsgs > 0, isOpen);
    });
  });
}
