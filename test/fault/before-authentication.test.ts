import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type CoreServer, eventually, hello, pause, RawClient, withCore } from './raw-client.ts';

/*
 * Before it proved who it is, a peer costs little memory and little time, whatever it sends or does
 * not send, in the clear and with TLS.
 */

const password = 'authorization { user: u, password: p, timeout: 0.3 }\n';
const folder = join(__PROJECT_ROOT__, 'test/fixtures/tls');
const tls = (more = '') =>
  `tls { cert_file: "${folder}/server.pem", key_file: "${folder}/server-key.pem", timeout: 0.3${more} }\n`;

const held = ({ server }: CoreServer) =>
  [...server.clientOf.values()].reduce((sum, client) => sum + client.heldBytes, 0);

test('streams that never get anywhere hold no more than a control line', async () => {
  await withCore(password, async (core) => {
    const junk = {
      line: [`CONNECT {"user":"`, 'x'.repeat(3000)],
      blanks: ['CONNECT', ' '.repeat(60_000), '\t'.repeat(60_000)],
      tabs: ['connect \t \t', ' '.repeat(60_000)],
    };
    const clients = [];
    for (const pieces of Object.values(junk)) {
      const client = await RawClient.open(core.port);
      for (const piece of pieces) {
        client.send(piece);
        await pause(2);
        assert.ok(held(core) <= 5000, `${held(core)} bytes are held`);
      }
      clients.push(client);
    }
    for (const client of clients) await client.untilClosed();
    assert.equal(core.server.clients.size, 0);
  });
});

test('all of them together hold no more than their bound: the oldest must go', async () => {
  await withCore('authorization { user: u, password: p, timeout: 30 }', async (core) => {
    const { unauthenticated } = core.server.clientListener;
    unauthenticated.heldBytesMax = 10_000;
    unauthenticated.lookEvery = 1;
    const good = await RawClient.open(core.port);
    good.send('CONNECT {"verbose":false,"user":"u","pass":"p"}\r\nPING\r\n');
    await good.until('PONG');
    const quiet = await RawClient.open(core.port);
    const clients: RawClient[] = [];
    for (let i = 0; i < 6; i++) {
      clients.push(await RawClient.open(core.port, `CONNECT {"user":"${'x'.repeat(3000)}`));
      await eventually('it came', () => held(core) > Math.min(i + 1, 4) * 3000);
    }
    assert.match(await clients[0]!.untilClosed(), /-ERR 'Authentication Timeout'/);
    await clients[1]!.untilClosed();
    assert.ok(held(core) <= 10_000 + 3100, `${held(core)} bytes are held`);
    assert.deepEqual(
      [good, quiet, ...clients].map(({ closed }) => closed),
      [false, false, true, true, false, false, false, false],
    );
    for (const client of [good, quiet, ...clients]) client.end();
  });
});

test('a CONNECT longer than a control line is refused while it comes', async () => {
  await withCore(password, async (core) => {
    const client = await RawClient.open(core.port);
    for (let i = 0; i < 3 && !client.closed; i++) {
      client.send(i === 0 ? `CONNECT {"user":"${'x'.repeat(4000)}` : 'x'.repeat(1000));
      await pause(5);
    }
    assert.match(await client.untilClosed(), /-ERR 'maximum control line exceeded'/);
  });
});

test('nothing but CONNECT is done before CONNECT', async () => {
  await withCore(password, async (core) => {
    // What every account imports of the system account.
    const services = core.server.globalAccount.sublist.count;
    for (const first of [
      'PING\r\n',
      'PONG\r\n',
      'PUB a 1\r\nx\r\n',
      'HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n',
      'SUB a 1\r\n',
      'UNSUB 1\r\n',
      '+OK\r\n',
      'INFO {}\r\n',
      '-ERR x\r\n',
      '\r\n',
      'GET / HTTP/1.1\r\n',
    ]) {
      const client = await RawClient.open(core.port, first);
      const text = await client.untilClosed(200);
      assert.match(text, /^INFO \{.*\} \r\n-ERR 'Authorization Violation'\r\n$/, first);
    }
    assert.equal(core.server.counters.inMsgs, 0);
    assert.equal(core.server.globalAccount.sublist.count, services);
  });
});

test('who says nothing, or says it too slowly, is closed in time', async () => {
  await withCore(password, async (core) => {
    const silent = await RawClient.open(core.port);
    const slow = await RawClient.open(core.port);
    const trickle = setInterval(() => slow.send('C'), 20);
    slow.send('CONNECT {"name":"');
    for (const client of [silent, slow]) {
      assert.match(await client.untilClosed(1000), /-ERR 'Authentication Timeout'/);
    }
    clearInterval(trickle);
  });
});

test('the authentication timeout does not strike while a password is compared', async () => {
  const hash = '$2b$10$bkBsUf4WUdUFoar9y.HiZOx0cYq76YYJE0eexFbnzdHn/1DReaF8O';
  const config = `authorization { user: u, password: "${hash}", timeout: 0.05 }`;
  await withCore(config, async (core) => {
    const client = await RawClient.open(core.port);
    client.send('CONNECT {"verbose":false,"user":"u","pass":"pw"}\r\nPING\r\n');
    await client.until('PONG');
    await pause(60);
    assert.ok(!client.closed);
    client.end();
  });
});

test('a flood above max_connections leaves nothing behind, and room is used again', async () => {
  await withCore('max_connections: 5', async ({ port, server }) => {
    const first = await Promise.all([1, 2, 3, 4, 5].map(() => RawClient.open(port, hello)));
    await Promise.all(first.map((one) => one.flush()));
    const flood = await Promise.all(Array.from({ length: 300 }, () => RawClient.open(port)));
    for (const one of flood) {
      assert.match(await one.untilClosed(), /-ERR 'maximum connections exceeded'/);
    }
    assert.equal(server.clients.size, 5);
    assert.equal(server.clientOf.size, 5);
    assert.equal(server.globalAccount.connections.size, 5);
    await Promise.all(first.map((one) => one.flush()));
    first[0]!.end();
    await eventually('there is room', () => server.clients.size === 4);
    const next = await RawClient.open(port, hello);
    await next.flush();
    for (const one of [...first, next]) one.end();
  });
});

test('peers that reset at any moment do no harm', async () => {
  await withCore(`${password}${tls()}allow_non_tls: true`, async ({ port, server, log }) => {
    const firsts = ['', 'C', 'CONNECT {', '\x16', '\x16\x03\x01\x02\x00\x01', 'PING\r\n'];
    for (const first of firsts) {
      for (const wait of [0, 3]) {
        const client = await RawClient.open(port, first);
        await pause(wait);
        client.socket.resetAndDestroy();
        const fin = await RawClient.open(port, first);
        fin.socket.end();
        await fin.untilClosed();
      }
    }
    await eventually('all are gone', () => server.clients.size === 0);
    assert.equal(server.clientOf.size, 0);
    assert.ok(!log.some((line) => line.startsWith('[FTL]')));
  });
});

// ---- TLS ----

async function secure(port: number): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => {});
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
  return socket;
}

test('TLS handshakes that are never finished end at the timeout', async () => {
  await withCore(tls(), async ({ port, server }) => {
    const clients = await Promise.all(
      ['', '\x16', '\x16\x03\x01\x40\x00', '\x16\x03\x01\x02\x00\x01\x00'].map((first) =>
        RawClient.open(port, first),
      ),
    );
    await pause(50);
    assert.equal(server.clients.size, 4);
    for (const client of clients) await client.untilClosed(1500);
    await eventually('the server knows', () => server.clients.size === 0);
  });
});

test('a TLS client that stays silent is closed at the authentication timeout', async () => {
  await withCore(password + tls(', handshake_first: true'), async ({ port, server }) => {
    const socket = await secure(port);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'close');
    assert.match(text, /^INFO [\s\S]*-ERR 'Authentication Timeout'/);
    assert.equal(server.clients.size, 0);
  });
});

test('allow_non_tls: one byte, then silence; a FIN instead of a byte', async () => {
  await withCore(`${password}${tls()}allow_non_tls: true`, async ({ port, server }) => {
    const one = await RawClient.open(port, 'C');
    const hand = await RawClient.open(port, '\x16');
    const none = await RawClient.open(port);
    const fin = await RawClient.open(port);
    fin.socket.end();
    await fin.untilClosed(200);
    for (const client of [one, hand, none]) await client.untilClosed(2000);
    assert.match(one.text, /Authentication Timeout/);
    assert.match(none.text, /Authentication Timeout/);
    await eventually('all are gone', () => server.clients.size === 0);
    // The byte that was looked at is not lost.
    const good = await RawClient.open(port, 'C');
    await pause(20);
    good.send('ONNECT {"verbose":false,"user":"u","pass":"p"}\r\nPING\r\n');
    await good.until('PONG');
    good.end();
  });
});

test('handshake_first with a delay: both kinds of clients are served', async () => {
  await withCore(tls(', handshake_first: "100ms"'), async ({ port, server }) => {
    const first = await secure(port);
    const [info] = (await once(first, 'data')) as [Buffer];
    assert.match(info.toString(), /^INFO /);
    first.destroy();
    // Who waits gets INFO in the clear, and upgrades then.
    const socket = connect(port, '127.0.0.1');
    const [plain] = (await once(socket, 'data')) as [Buffer];
    assert.match(plain.toString(), /^INFO .*"tls_required":true/);
    const later = connectTls({ socket, rejectUnauthorized: false });
    await once(later, 'secureConnect');
    later.write(`${hello}PING\r\n`);
    const [pong] = (await once(later, 'data')) as [Buffer];
    assert.equal(pong.toString(), 'PONG\r\n');
    later.destroy();
    await eventually('both are gone', () => server.clients.size === 0);
  });
});

test('a stop in the middle of TLS handshakes ends at once', async () => {
  await withCore(tls(), async ({ port, close }) => {
    const clients = await Promise.all(
      ['', '\x16\x03\x01'].map((first) => RawClient.open(port, first)),
    );
    await pause(20);
    const start = Date.now();
    await close();
    for (const client of clients) await client.untilClosed();
    assert.ok(Date.now() - start < 2000);
  });
});
