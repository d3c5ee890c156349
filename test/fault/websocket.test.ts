import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import { encodeFrame } from '../../src/transport/websocket/test-frames.ts';
import { type CoreServer, eventually, hello, pause, RawClient, withCore } from './raw-client.ts';
import { offerDeflate, RawWebSocket, upgradeRequest } from './raw-websocket.ts';

/*
 * WebSocket connections, above all before they proved who they are: they cost little memory and little
 * time, whatever they send, and nobody else notices.
 */

const block = (more = '') => `websocket { listen: "127.0.0.1:-1", no_tls: true${more} }\n`;
const password = 'authorization { user: u, password: p, timeout: 1 }\n';
const login = 'CONNECT {"user":"u","pass":"p","verbose":false}\r\n';
const portOf = ({ server }: CoreServer) => server.websocketListener.port!;
const held = ({ server }: CoreServer) =>
  [...server.clientOf.values()].reduce((sum, client) => sum + client.heldBytes, 0);
const megabyte = 1024 * 1024;

const deflate = (bytes: Buffer) =>
  deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

/** About 1 MiB that inflates to a gigabyte: blocks of a message may follow each other. */
function bomb(): Buffer {
  const flushed = deflateRawSync(Buffer.alloc(32 * megabyte), {
    finishFlush: constants.Z_FULL_FLUSH,
  });
  return Buffer.concat(Array.from({ length: 32 }, () => flushed));
}

async function stillServes(core: CoreServer): Promise<void> {
  const client = await RawClient.open(core.port, login);
  await client.flush();
  client.end();
}

test('CVE-2026-27571: a message that inflates to a gigabyte is refused early, with 1009', async () => {
  await withCore(block(', compression: true') + password, async (core) => {
    const frame = encodeFrame({ opcode: 2, payload: bomb(), compressed: true, mask: 7 });
    assert.ok(frame.length > megabyte / 2);
    for (const first of ['', login]) {
      const client = await RawWebSocket.open(portOf(core), offerDeflate);
      assert.match(client.answer, /permessage-deflate/);
      if (first !== '') client.send(`${first}PING\r\n`);
      if (first !== '') await client.until('PONG');
      const before = process.memoryUsage().rss;
      const startMs = Date.now();
      client.write(frame);
      assert.equal(await client.untilClosed(), '1009 Maximum Message Payload Exceeded');
      assert.ok(Date.now() - startMs < 2000);
      assert.ok(process.memoryUsage().rss - before < 64 * megabyte);
      await stillServes(core);
    }
    assert.ok(
      core.log.some((line) => /wid:\d+.* - read error: maximum payload exceeded/.test(line)),
    );
  });
});

test('CVE-2026-27571: before CONNECT a message may inflate to 32 KiB, afterwards to max_payload', async () => {
  await withCore(block(', compression: true') + password, async (core) => {
    const packed = (text: string) => deflate(Buffer.from(text, 'latin1'));
    const long = `PUB a 100000\r\n${'x'.repeat(100_000)}\r\nPING\r\n`;
    const early = await RawWebSocket.open(portOf(core), offerDeflate);
    early.send(packed(login + long), { compressed: true });
    assert.equal(await early.untilClosed(), '1009 Maximum Message Payload Exceeded');
    const late = await RawWebSocket.open(portOf(core), offerDeflate);
    late.send(packed(login), { compressed: true });
    late.send(packed(long), { compressed: true });
    await late.until('PONG');
    assert.equal(core.server.counters.inBytes, 100_000);
    late.end();
  });
});

test('CVE-2026-27889: no malformed frame harms the server', async () => {
  await withCore(block(', compression: true') + password, async (core) => {
    const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const malformed: [Buffer, RegExp][] = [
      [bytes('82 ff 8000000000000000 01020304'), /^1002 invalid 64-bit payload length/],
      [bytes('82 ff ffffffffffffffff 01020304'), /^1002 invalid 64-bit payload length/],
      [bytes('09 80 01020304'), /^1002 control frame does not have final bit set/],
      [bytes('89 fe 0080 01020304'), /^1002 control frame length/],
      [bytes('89 ff 0000000000000001 01020304'), /^1002 control frame length/],
      [bytes('80 80 01020304'), /^1002 invalid continuation frame/],
      [bytes('82 06 50494e470d0a'), /^1002 mask bit missing/],
      [bytes('f2 80 01020304'), /^1002 RSV2 and RSV3 must be clear/],
      [bytes('87 80 01020304'), /^1002 unknown opcode 7/],
      [bytes('88 81 00000000 03'), /^1002 close frame payload cannot be 1 byte/],
      [bytes('c2 84 00000000 ffffffff'), /^1007 flate: corrupt input/],
    ];
    for (const [frame, closing] of malformed) {
      const client = await RawWebSocket.open(portOf(core), offerDeflate);
      client.write(frame);
      assert.match(await client.untilClosed(), closing);
    }
    assert.equal(core.server.clients.size, 0);
    await stillServes(core);
  });
});

test('CVE-2026-27889: random bytes behind the upgrade', async () => {
  await withCore(block(', compression: true') + password, async (core) => {
    let seed = 20_260_221;
    const next = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const starts = [0x82, 0x02, 0x80, 0x00, 0x81, 0x88, 0x89, 0x8a, 0xc2, 0x42];
    for (let round = 0; round < 150; round++) {
      const junk = Buffer.from(Array.from({ length: 2 + next(200) }, () => next(256)));
      junk[0] = starts[next(starts.length)]!;
      junk[1]! |= 0x80;
      const client = await RawWebSocket.dial(portOf(core), upgradeRequest(offerDeflate));
      await pause(1);
      client.write(junk);
      client.write(junk.subarray(1));
      if (round % 3 === 0) client.socket.end();
      setTimeout(() => client.end(), 30);
    }
    await pause(50);
    await stillServes(core);
    await eventually('all gone', () => core.server.clients.size === 0);
  });
});

test('CVE-2026-33219: endless fragments before CONNECT hold nothing', async () => {
  await withCore(block() + password, async (core) => {
    // Nothing but empty and tiny fragments: no operation ever ends.
    const client = await RawWebSocket.open(portOf(core));
    const tiny = encodeFrame({ opcode: 0, payload: Buffer.from(' '), final: false, mask: 1 });
    const empty = encodeFrame({ opcode: 0, payload: Buffer.alloc(0), final: false, mask: 1 });
    client.send('CONNECT', { final: false });
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 200 && !client.closed; i++) {
      client.write(Buffer.concat(Array.from({ length: 2000 }, (_, n) => (n % 2 ? tiny : empty))));
      await pause(1);
      assert.ok(held(core) <= 5000, `${held(core)} bytes are held`);
    }
    assert.ok(process.memoryUsage().rss - before < 32 * megabyte);
    await client.untilClosed(3000);
  });
});

test('CVE-2026-33219: endless fragments of a compressed message are collected up to 32 KiB', async () => {
  await withCore(block(', compression: true') + password, async (core) => {
    const client = await RawWebSocket.open(portOf(core), offerDeflate);
    client.send(Buffer.alloc(1), { compressed: true, final: false });
    let sent = 0;
    for (let i = 0; i < 40 && !client.closed; i++) {
      client.send(Buffer.alloc(4096), { opcode: 0, final: false });
      sent += 4096;
      await pause(2);
    }
    assert.ok(sent <= 14 * 4096, `${sent} bytes were taken`);
    assert.equal(await client.untilClosed(), '1009 Maximum Message Payload Exceeded');
  });
});

test('GHSA-p957-7v2w-g93g: /mqtt and /leafnode where neither is spoken', async () => {
  await withCore(block() + password, async (core) => {
    const mqtt = await RawWebSocket.dial(portOf(core), upgradeRequest('', '/mqtt'));
    await eventually('an answer', () => mqtt.received().length > 0);
    assert.match(mqtt.received().toString(), /^HTTP\/1\.1 404 Not Found\r\n/);
    mqtt.end();
    const leaf = await RawWebSocket.dial(portOf(core), upgradeRequest('', '/leafnode'));
    assert.equal(await leaf.untilClosed(), '');
    assert.ok(core.log.includes('[ERR] Not configured to accept leaf node connections'));
    assert.equal(core.server.clients.size, 0);
    await stillServes(core);
  });
});

test('nothing but CONNECT is done before CONNECT, and the close says why', async () => {
  await withCore(block() + password, async (core) => {
    for (const first of ['PING\r\n', 'PUB a 1\r\nx\r\n', 'SUB a 1\r\n', '\r\n']) {
      const client = await RawWebSocket.open(portOf(core));
      client.send(first);
      assert.equal(await client.untilClosed(), '1008 Authentication Failure', first);
      assert.match(client.text(), /-ERR 'Authorization Violation'\r\n$/);
    }
    const silent = await RawWebSocket.open(portOf(core));
    assert.equal(await silent.untilClosed(), '1008 Authentication Timeout');
  });
});

test('a request head is bounded, in bytes and in time', async () => {
  await withCore(block(', handshake_timeout: "300ms"'), async (core) => {
    const big = await RawWebSocket.dial(
      portOf(core),
      upgradeRequest(`X-A: ${'x'.repeat(40_000)}\r\n`),
    );
    await eventually('the end', () => big.closed);
    assert.match(big.received().toString(), /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
    const endless = await RawWebSocket.dial(portOf(core), `GET /${'x'.repeat(40_000)}`);
    await eventually('the end', () => endless.closed);
    assert.match(endless.received().toString(), /^HTTP\/1\.1 431 /);
    const startMs = Date.now();
    const silent = await RawWebSocket.dial(portOf(core), '');
    const slow = await RawWebSocket.dial(portOf(core), 'GET / HTTP/1.1\r\n');
    const trickle = setInterval(() => slow.write(Buffer.from('X: y\r\n')), 20);
    await eventually('the silent one is gone', () => silent.closed && slow.closed);
    clearInterval(trickle);
    assert.ok(Date.now() - startMs < 1500);
    assert.equal(slow.received().length, 0);
  });
});

test('beyond the most connections without an upgrade the oldest must go', async () => {
  await withCore(block(), async (core) => {
    core.server.websocketListener.handshakesMax = 3;
    const waiting: RawWebSocket[] = [];
    for (let i = 0; i < 5; i++) waiting.push(await RawWebSocket.dial(portOf(core), 'GET'));
    await eventually('two are gone', () => waiting.filter(({ closed }) => closed).length === 2);
    assert.deepEqual(
      waiting.map(({ closed }) => closed),
      [true, true, false, false, false],
    );
    const good = await RawWebSocket.open(portOf(core));
    assert.equal(good.closed, false);
    for (const one of [...waiting, good]) one.end();
  });
});

test('a thousand wasted requests end the connection', async () => {
  await withCore(block(), async (core) => {
    const client = await RawWebSocket.dial(
      portOf(core),
      'GET / HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(1000),
    );
    await eventually('the end', () => client.closed);
    assert.equal(client.received().toString().split('HTTP/1.1 400').length - 1, 100);
  });
});

test('an idle connection costs little memory', async () => {
  await withCore(block(', compression: true'), async (core) => {
    const open = async (count: number) => {
      const all: RawWebSocket[] = [];
      for (let i = 0; i < count; i++) {
        const client = await RawWebSocket.open(portOf(core), offerDeflate);
        client.send(`${hello}SUB a.${i} 1\r\nPING\r\n`);
        all.push(client);
      }
      return all;
    };
    const first = await open(100);
    const before = process.memoryUsage().rss;
    const more = await open(300);
    const each = (process.memoryUsage().rss - before) / 300;
    // Both ends are in this process.
    assert.ok(each < 250 * 1024, `${Math.round(each / 1024)} KiB for each`);
    for (const client of [...first, ...more]) client.end();
  });
});

test('who does not read is a slow consumer alone, with and without compression', async () => {
  const config = `max_pending: 2MB\n${block(', compression: true')}`;
  for (const headers of ['', offerDeflate]) {
    await withCore(config, async (core) => {
      const slow = await RawWebSocket.open(portOf(core), headers);
      slow.send(`${hello}SUB flood 1\r\nPING\r\n`);
      await eventually('the subscription', () => core.server.globalAccount.sublist.count > 0);
      slow.socket.pause();
      const fast = await RawWebSocket.open(portOf(core));
      // What cannot be compressed.
      const payload = randomBytes(50_000).toString('latin1');
      fast.send(hello);
      for (let i = 0; i < 2000 && core.server.counters.slowConsumers === 0; i++) {
        fast.send(`PUB flood ${payload.length}\r\n${payload}\r\n`);
        await pause(1);
      }
      assert.equal(core.server.counters.slowConsumers, 1);
      await eventually('only the slow one is gone', () => core.server.clients.size === 1);
      fast.send('PING\r\n');
      await fast.until('PONG');
      slow.end();
      fast.end();
    });
  }
});

test('close codes of a shutdown, of lame duck mode and of too many connections', async () => {
  await withCore(`max_connections: 1\n${block()}`, async (core) => {
    const first = await RawWebSocket.open(portOf(core));
    const second = await RawWebSocket.open(portOf(core));
    assert.equal(await second.untilClosed(), '1008 Maximum Connections Exceeded');
    assert.match(second.text(), /-ERR 'maximum connections exceeded'/);
    const half = connect({ port: portOf(core), host: '127.0.0.1' });
    await new Promise((resolve) => half.once('connect', resolve));
    half.write('GET / HTTP/1.1\r\n');
    await pause(20);
    const gone = new Promise((resolve) => half.once('close', resolve));
    await core.close();
    assert.equal(await first.untilClosed(), '1001 Server Shutdown');
    await gone;
  });
  const short = `lame_duck_duration: "30s"\n${block()}`;
  await withCore(
    short,
    async (core) => {
      const client = await RawWebSocket.open(portOf(core));
      client.send(`CONNECT {"protocol":1,"verbose":false}\r\nPING\r\n`);
      await client.until('PONG');
      core.program.lameDuck();
      await client.until('"ldm":true');
      const refused = await RawWebSocket.dial(portOf(core));
      await eventually('nobody is let in', () => refused.closed);
      assert.equal(await client.untilClosed(), '1001 Server Shutdown');
    },
    (options) => {
      options.lameDuckDurationNs = 200_000_000n;
      options.lameDuckGracePeriodNs = 100_000_000n;
    },
  );
});
