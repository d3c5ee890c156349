import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, hello, pause, RawClient, withCore } from './raw-client.ts';

/*
 * Connections and subscriptions that end in the middle of something: a fan-out, a password
 * comparison, a reload. Whatever ends, the others go on and nothing is kept.
 */

// Hashes of the password "pw" with cost 4 (fast) and 10 (a fifth of a second).
const fastHash = '$2b$04$B10Xa78GgCcxw8gKGVmEjOWqDPf0KR6m7uUiUHuIzVqV/FFD6e4O2';
const slowHash = '$2b$10$bkBsUf4WUdUFoar9y.HiZOx0cYq76YYJE0eexFbnzdHn/1DReaF8O';
const otherSlowHash = '$2b$10$SumJoQk7EBAe1F8vYQLbjubT4rIDWXvx/6gVFXTnAQmXYbJR0rDuO';
const user = (hash: string, rights = '') =>
  `authorization { users: [ { user: u, password: "${hash}"${rights} } ] }\n`;
const login = (pass = 'pw') =>
  `CONNECT {"verbose":false,"pedantic":false,"user":"u","pass":"${pass}"}\r\n`;

/** What every account imports of the system account. */
const systemImports = 4;

// ---- passwords that take their time ----

test('what is pipelined behind a CONNECT with a bcrypt password is done in order', async () => {
  await withCore(user(fastHash), async ({ port, server }) => {
    const client = await RawClient.open(port);
    client.send(`${login()}SUB a 1\r\nPUB a 1\r\nx\r\nUNSUB 1\r\nPUB a 1\r\ny\r\nPING\r\n`);
    // More of it, in pieces, while the password is compared.
    client.send('SUB a 2\r\nPU');
    await pause(1);
    client.send('B a 1\r\nz\r\nPING\r\n');
    await client.until(/PONG[\s\S]*PONG/);
    const got = client.text.slice(client.text.indexOf('\r\n') + 2);
    assert.equal(got, 'MSG a 1 1\r\nx\r\nPONG\r\nMSG a 2 1\r\nz\r\nPONG\r\n');
    assert.equal(server.counters.inMsgs, 3);
    client.end();
  });
});

test('much that is pipelined behind a slow password waits in the socket, not in memory', async () => {
  await withCore(user(slowHash), async ({ port, server }) => {
    const client = await RawClient.open(port, login());
    const message = `PUB big 60000\r\n${'x'.repeat(60_000)}\r\n`;
    client.send('SUB done 1\r\n');
    for (let i = 0; i < 200; i++) client.send(message);
    client.send('PUB done 0\r\n\r\n');
    let most = 0;
    await eventually('the last message', () => {
      for (const one of server.clientOf.values()) most = Math.max(most, one.heldBytes);
      return client.text.includes('MSG done');
    });
    assert.ok(most > 1024, 'the test looked too late');
    assert.ok(most < 200_000, `${most} bytes were kept`);
    assert.equal(server.counters.inMsgs, 201);
    client.end();
  });
});

test('nobody computes the password of a client that has left', async () => {
  await withCore(user(slowHash), async ({ port, server, log }) => {
    const others = [];
    for (let i = 0; i < 6; i++) others.push(await RawClient.open(port, login(`wrong${i}`)));
    await eventually('all wait', () => [...server.clientOf.values()].every((c) => c.suspended));
    for (const one of others) one.end();
    await eventually('all are gone', () => server.clients.size === 0, 150);
    const client = await RawClient.open(port, `${login()}PING\r\n`);
    // One comparison may be under way, six would take more than a second.
    await client.until('PONG', 800);
    assert.ok(!log.some((line) => line.includes('authentication error')), 'nobody was refused');
    client.end();
  });
});

test('a wrong bcrypt password is refused, and what came behind it is not done', async () => {
  await withCore(user(fastHash), async ({ port, server }) => {
    const client = await RawClient.open(port, `${login('no')}PUB a 1\r\nx\r\n`);
    await client.untilClosed();
    assert.match(client.text, /-ERR 'Authorization Violation'\r\n$/);
    assert.equal(server.counters.inMsgs, 0);
  });
});

test('a reload during a password comparison decides', async () => {
  await withCore(user(slowHash), async ({ port, reload }) => {
    const client = await RawClient.open(port, `${login()}PUB secret 1\r\nx\r\nPING\r\n`);
    await pause(20);
    await reload(user(slowHash, ', permissions { publish: { deny: secret } }'));
    await client.until('PONG');
    assert.match(client.text, /-ERR 'Permissions Violation for Publish to "secret"'/);
    const gone = await RawClient.open(port, login('old'));
    await pause(20);
    await reload(user(fastHash).replace('user: u', 'user: v'));
    await gone.untilClosed();
    await client.untilClosed();
  });
});

test('a CONNECT as somebody else during a reload is not undone by it', async () => {
  const users = (more: string) =>
    `authorization { users: [ { user: u, password: "${slowHash}" }
      { user: w, password: plain, permissions { publish: { deny: "x" } } }${more} ] }`;
  await withCore(users(''), async ({ port, reload, server }) => {
    const client = await RawClient.open(port, `${login()}PING\r\n`);
    await client.until('PONG');
    // Another hash, so that the reload has to compare anew.
    const reloaded = reload(users(', { user: n, password: n }').replace(slowHash, otherSlowHash));
    await eventually('the reload is under way', () => server.hasUser('n'));
    client.send('CONNECT {"verbose":false,"user":"w","pass":"plain"}\r\nPUB x 0\r\n\r\nPING\r\n');
    await reloaded;
    await client.until(/PONG[\s\S]*PONG/);
    client.send('PUB x 0\r\n\r\nPING\r\n');
    await client.until(/PONG[\s\S]*PONG[\s\S]*PONG/);
    assert.equal(client.text.match(/Permissions Violation/g)?.length, 2);
    client.end();
  });
});

test('reloads that come together are done one after the other', async () => {
  await withCore('', async ({ port, reload, server }) => {
    const client = await RawClient.open(port, hello);
    await client.flush();
    await Promise.all([reload('max_payload: 100'), reload('')]);
    for (const connection of server.clients.values()) {
      assert.equal(connection.maxPayload, server.options.maxPayload);
    }
    assert.equal(server.options.maxPayload, 1024 * 1024);
    client.end();
  });
});

test('a stop while passwords are compared waits for none of them', async () => {
  await withCore(user(slowHash), async ({ port, close }) => {
    const clients = [];
    for (let i = 0; i < 5; i++) clients.push(await RawClient.open(port, login(`p${i}`)));
    await pause(20);
    const start = Date.now();
    await close();
    for (const client of clients) await client.untilClosed();
    assert.ok(Date.now() - start < 3000);
  });
});

// ---- CONNECT again ----

test('a second CONNECT drops the subscriptions of the first', async () => {
  await withCore('', async ({ port, server }) => {
    const client = await RawClient.open(port, `${hello}SUB a 1\r\nSUB a q 2\r\nPUB a 0\r\n\r\n`);
    await client.flush();
    assert.equal(server.globalAccount.sublist.count - systemImports, 2);
    client.send(`${hello}PUB a 0\r\n\r\nSUB a 1\r\nPUB a 0\r\n\r\n`);
    await client.flush();
    assert.equal(server.globalAccount.sublist.count - systemImports, 1);
    assert.equal(client.text.match(/MSG a /g)?.length, 3);
    client.end();
    await eventually('nothing is left', () => server.globalAccount.sublist.count === systemImports);
  });
});

// ---- in the middle of a fan-out ----

test('subscriptions that reach their maximum inside a fan-out get exactly that many', async () => {
  await withCore('', async ({ port, server }) => {
    const client = await RawClient.open(port, hello);
    let text = '';
    for (let i = 1; i <= 40; i++)
      text += `SUB ${i % 3 === 0 ? 'a' : '*'} ${i}\r\nUNSUB ${i} ${i}\r\n`;
    // One batch: the same subject again and again, then cached.
    client.send(`${text}${'PUB a 1\r\nx\r\n'.repeat(60)}`);
    await client.flush();
    for (let i = 1; i <= 40; i++) {
      const count = client.text.split(`MSG a ${i} 1\r\n`).length - 1;
      assert.equal(count, i, `sid ${i}`);
    }
    assert.equal(server.globalAccount.sublist.count - systemImports, 0);
    client.end();
  });
});

test('one of a thousand that leaves in the middle of a fan-out costs the others nothing', async () => {
  await withCore('', async ({ port }) => {
    const client = await RawClient.open(port, hello);
    let text = '';
    // More than are patched in place, so that the route itself is given up in the middle.
    for (let i = 1; i <= 1000; i++) text += `SUB a ${i}\r\n`;
    client.send(
      `${text}UNSUB 500 2\r\nUNSUB 1000 2\r\nUNSUB 1 2\r\n${'PUB a 0\r\n\r\n'.repeat(5)}`,
    );
    await client.flush();
    for (const [sid, want] of [
      [500, 2],
      [1000, 2],
      [1, 2],
      [2, 5],
      [999, 5],
      [501, 5],
    ]) {
      assert.equal(client.text.split(`MSG a ${sid} 0\r\n`).length - 1, want, `sid ${sid}`);
    }
    client.end();
  });
});

test('members of a queue group that reach their maximum leave no gap', async () => {
  await withCore('', async ({ port }) => {
    const client = await RawClient.open(port, hello);
    let text = '';
    for (let i = 1; i <= 10; i++) text += `SUB a q ${i}\r\nUNSUB ${i} 3\r\n`;
    client.send(`${text}${'PUB a 0\r\n\r\n'.repeat(40)}`);
    await client.flush();
    assert.equal(client.text.match(/MSG a /g)?.length, 30, 'ten members, three each');
    client.end();
  });
});

test('every member of a queue group gets its share', async () => {
  await withCore('', async ({ port }) => {
    const client = await RawClient.open(
      port,
      `${hello}${[1, 2, 3, 4].map((i) => `SUB a q ${i}\r\n`).join('')}`,
    );
    client.send('PUB a 0\r\n\r\n'.repeat(400));
    await client.flush();
    for (const sid of [1, 2, 3, 4]) {
      assert.ok(client.text.split(`MSG a ${sid} 0\r\n`).length > 50, `sid ${sid}`);
    }
    client.end();
  });
});

test('subscriptions come and go while messages flow', async () => {
  await withCore('', async ({ port, server }) => {
    const [steady, churn, from] = await Promise.all(
      [1, 2, 3].map(() => RawClient.open(port, hello)),
    );
    steady!.send('SUB a.b 1\r\nSUB a.* 2\r\nSUB > 3\r\n');
    await steady!.flush();
    for (let round = 0; round < 50; round++) {
      const sid = round + 10;
      const subject = ['a.b', 'a.*', '>', '*.b'][round % 4];
      churn!.send(`SUB ${subject}${round % 2 ? ' q' : ''} ${sid}\r\n`);
      from!.send(`PUB a.b 4\r\n${1000 + round}\r\n`.repeat(2));
      churn!.send(`UNSUB ${sid}\r\n`);
    }
    await Promise.all([churn!.flush(), from!.flush()]);
    await steady!.flush();
    for (const sid of [1, 2, 3]) {
      const got = [...steady!.text.matchAll(new RegExp(`MSG a.b ${sid} 4\r\n(\\d+)`, 'g'))];
      assert.deepEqual(
        got.map((match) => Number(match[1])),
        Array.from({ length: 100 }, (_, i) => 1000 + Math.floor(i / 2)),
      );
    }
    assert.equal(server.globalAccount.sublist.count - systemImports, 3);
    for (const one of [steady, churn, from]) one!.end();
  });
});

test('a client that goes in the middle of a message takes it along', async () => {
  await withCore('', async ({ port, server }) => {
    const reader = await RawClient.open(port, `${hello}SUB a 1\r\n`);
    await reader.flush();
    for (const part of [
      'PUB a 5\r\n',
      'PUB a 5\r\nhel',
      'PUB a 5\r\nhello',
      'PUB a 5\r\nhello\r',
      'PU',
    ]) {
      const client = await RawClient.open(port, hello + part);
      await pause(2);
      client.end();
    }
    const big = await RawClient.open(port, `${hello}PUB a 500000\r\n${'x'.repeat(100_000)}`);
    await pause(10);
    big.socket.resetAndDestroy();
    await eventually('only the reader is left', () => server.clients.size === 1);
    await reader.flush();
    assert.doesNotMatch(reader.text, /MSG/);
    assert.equal(server.clientOf.size, 1);
    reader.end();
  });
});

test('operations behind one that closes the connection are not done', async () => {
  await withCore('max_payload: 10', async ({ port, server }) => {
    const reader = await RawClient.open(port, `${hello}SUB > 1\r\n`);
    await reader.flush();
    for (const bad of ['PUB a 11\r\n', 'FOO\r\n', 'SUB a\r\n', 'PUB a 1\r\nxx\r\n', '-ERR x\r\n']) {
      const client = await RawClient.open(port, `${hello}${bad}PUB after 0\r\n\r\nSUB > 9\r\n`);
      await client.untilClosed();
    }
    await reader.flush();
    assert.doesNotMatch(reader.text, /after/);
    assert.equal(server.globalAccount.sublist.count - systemImports, 1);
    reader.end();
  });
});
