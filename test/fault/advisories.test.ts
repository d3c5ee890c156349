import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hello, RawClient, withCore } from './raw-client.ts';

/*
 * What an attacker may try through the client protocol, by the number of the advisory where
 * nats-server had one. Others stand beside their code: permissions (CVE-2022-29946 and its kin) in
 * src/auth, monitoring in src/monitor, TLS in src/transport.
 */

/** Sends `text`, waits for the PONG (or the end) and returns what came behind INFO. */
async function talk(port: number, text: string): Promise<string> {
  const client = await RawClient.open(port, `${text}PING\r\n`);
  try {
    await client.until('PONG').catch((error: unknown) => {
      if (!client.closed) throw error;
    });
    return client.text.slice(client.text.indexOf('\r\n') + 2);
  } finally {
    client.end();
  }
}

test('CVE-2022-24450: no field of CONNECT chooses an account', async () => {
  await withCore('', async ({ port, server }) => {
    for (const field of [
      '"account":"$SYS"',
      '"Account":"$SYS"',
      '"account":"$SYS","new_account":true',
      '"new_account":true',
    ]) {
      assert.match(
        await talk(port, `CONNECT {"verbose":false,${field}}\r\n`),
        /^-ERR 'Authorization Violation'/,
        field,
      );
    }
    for (const field of ['"acc":"$SYS"', '"system_account":"$SYS"', '"issuer_account":"$SYS"']) {
      const client = await RawClient.open(port, `CONNECT {"verbose":false,${field}}\r\n`);
      await client.flush();
      assert.deepEqual(
        [...server.clients.values()].map((one) => one.account.name),
        ['$G'],
      );
      client.end();
      await client.untilClosed();
    }
    assert.equal(server.systemAccount.connections.size, 0);
  });
});

test('users outside the system account neither see nor reach its subjects', async () => {
  await withCore('', async ({ port, server }) => {
    const spy = await RawClient.open(
      port,
      'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB $SYS.> 1\r\nSUB > 2\r\nSUB $SYS.REQ.> q 3\r\nSUB _INBOX.x 4\r\n',
    );
    await spy.flush();
    server.deliverer.publish(server.systemAccount, '$SYS.SERVER.X.STATSZ', '', Buffer.from('{}'));
    const other = await RawClient.open(port, hello);
    await other.flush();
    other.end();
    spy.send('PUB $SYS.REQ.SERVER.PING _INBOX.x 0\r\n\r\n');
    await spy.flush();
    // Only what it sent itself, in its own account.
    assert.doesNotMatch(spy.text, /STATSZ|"server"/);
    assert.equal(spy.text.match(/MSG \$SYS\.REQ\.SERVER\.PING/g)?.length, 3);
    spy.end();
  });
});

test('names of object prototypes are names like others', async () => {
  await withCore('', async ({ port }) => {
    const evil =
      '"__proto__":{"verbose":true,"polluted":1},"constructor":{"prototype":{"polluted":1}}';
    const words = ['__proto__', 'constructor', 'hasOwnProperty', 'toString'];
    const subs = words.map((word, i) => `SUB ${word}.* ${word} ${i}\r\nSUB ${word}.a ${word}\r\n`);
    const pubs = words.map((word) => `PUB ${word}.a 0\r\n\r\n`);
    const got = await talk(
      port,
      `CONNECT {"verbose":false,${evil}}\r\n${subs.join('')}${pubs.join('')}`,
    );
    assert.equal(got.match(/^MSG /gm)?.length, 8);
    assert.equal(got.match(/^MSG __proto__\.a __proto__ 0/gm)?.length, 1);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });
  const config =
    'server_metadata { __proto__: "x", constructor: "y" }\nmappings { "__proto__": "b" }';
  await withCore(config, async ({ port }) => {
    assert.match(await talk(port, `${hello}SUB b 1\r\nPUB __proto__ 0\r\n\r\n`), /^MSG b 1 0/);
    assert.equal(({} as { x?: unknown }).x, undefined);
  });
});

test('numbers beyond their size are refused or mean nothing', async () => {
  await withCore('', async ({ port }) => {
    for (const size of ['18446744073709551616', '9999999999', '-1', '1e3', '0x10', '4294967296']) {
      const text = await talk(port, `${hello}PUB a ${size}\r\nx\r\nSUB a 1\r\n`);
      assert.doesNotMatch(text, /PONG/, size);
    }
    for (const protocol of ['9223372036854775808', '18446744073709551616', '1e400']) {
      assert.doesNotMatch(await talk(port, `CONNECT {"protocol":${protocol}}\r\n`), /PONG/);
    }
    // More than 9 digits is no number: the subscription goes at once.
    const gone = await talk(
      port,
      `${hello}SUB a 1\r\nUNSUB 1 18446744073709551615\r\nPUB a 0\r\n\r\n`,
    );
    assert.equal(gone, 'PONG\r\n');
    const most = await talk(port, `${hello}SUB a 1\r\nUNSUB 1 999999999\r\nPUB a 0\r\n\r\n`);
    assert.match(most, /^MSG a 1 0/);
  });
});

test('subjects of the servers cannot be published to or used as reply', async () => {
  await withCore('', async ({ port }) => {
    for (const subject of ['$GR.x', '_GR_.x.y', '$NRG.P.1', '$NRG.']) {
      const text = await talk(port, `${hello}SUB > 1\r\nPUB ${subject} 0\r\n\r\n`);
      assert.equal(
        text,
        `-ERR 'Permissions Violation for Publish to "${subject}"'\r\nPONG\r\n`,
        subject,
      );
    }
    for (const reply of ['_R_.x', '_GR_.x', '$GR.x', '$JS.ACK.x']) {
      const text = await talk(port, `${hello}SUB > 1\r\nPUB a ${reply} 0\r\n\r\n`);
      assert.equal(
        text,
        `-ERR 'Permissions Violation for Publish with Reply of "${reply}"'\r\nPONG\r\n`,
        reply,
      );
    }
    for (const free of ['$JS.ACK.x', '_R_.x', '$G', '_GR', '$GRX.y', '$JS.API.x']) {
      const text = await talk(port, `${hello}SUB > 1\r\nPUB ${free} 0\r\n\r\n`);
      assert.equal(text, `MSG ${free} 1 0\r\n\r\nPONG\r\n`);
    }
  });
});

test('no line break gets from a client into a line of the log or of another client', async () => {
  await withCore('', async ({ port, log }) => {
    const name = 'x\\r\\n[INF] forged\\nMSG forged 1 0';
    await talk(
      port,
      `CONNECT {"verbose":false,"name":"${name}","lang":"\\n","version":"\\r","user":"\\r\\nu"}\r\nSUB a q\rforged 1\r\n`,
    );
    await talk(port, `${hello}SUB a\rb q\r 2\r3\r\nPUB a\rb 0\r\n\r\n`);
    await talk(port, `${hello}-ERR 'a\rb'\r\n`);
    await talk(port, `${hello}FOO\r\x1b[2J\r\n`);
    assert.ok(log.length > 10);
    for (const line of log) assert.doesNotMatch(line, /\n|\r[^']/, line);
  });
});

test('header blocks are passed on as they are, whatever is in them', async () => {
  await withCore('', async ({ port }) => {
    const connect = 'CONNECT {"verbose":false,"headers":true}\r\nSUB a 1\r\n';
    const blocks = [
      'NATS/1.0\r\n\r\n',
      'NATS/1.0\r\nA:\r\nA: 1\r\na:2\r\n\r\n',
      'NATS/1.0 503 No Responders\r\n\r\n',
      'nonsense',
      'NATS/1.0\r\nNats-Request-Info: {}\r\n\r\n',
      'MSG b 1 0\r\n\r\n',
    ];
    for (const block of blocks) {
      const total = block.length + 2;
      const got = await talk(port, `${connect}HPUB a ${block.length} ${total}\r\n${block}hi\r\n`);
      assert.equal(got, `HMSG a 1 ${block.length} ${total}\r\n${block}hi\r\nPONG\r\n`);
    }
    const plain = await RawClient.open(port, `${hello}SUB b 1\r\n`);
    await plain.flush();
    await talk(port, `${connect}HPUB b 12 14\r\nNATS/1.0\r\n\r\nhi\r\n`);
    await plain.until('MSG b 1 2\r\nhi\r\n');
    plain.end();
    // A header longer than the message is refused; without headers in CONNECT HPUB is.
    assert.doesNotMatch(await talk(port, `${connect}HPUB a 12 5\r\nhello\r\n`), /PONG/);
    assert.doesNotMatch(await talk(port, `${hello}HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n`), /PONG/);
  });
});

test('no responders: what counts is that somebody got the request', async () => {
  const rights = `authorization { users: [ { user: u, password: p }
    { user: d, password: p, permissions { subscribe: { deny: "a.secret" } } } ] }`;
  await withCore(rights, async ({ port }) => {
    const requester = (more: string, echo: boolean) =>
      `CONNECT {"verbose":false,"headers":true,"no_responders":true,"echo":${echo},"user":"u","pass":"p"}\r\nSUB r 1\r\n${more}PUB a.secret r 0\r\n\r\n`;
    const status = /^HMSG r 1 \d+ \d+\r\nNATS\/1\.0 503\r\nNats-Subject: a\.secret\r\n\r\n\r\nPONG/;
    assert.match(await talk(port, requester('', true)), status);
    // Its own subscription does not count when it gets no echo, as member of a group neither.
    assert.match(await talk(port, requester('SUB a.* 2\r\n', false)), status);
    assert.match(await talk(port, requester('SUB a.* q 2\r\n', false)), status);
    assert.doesNotMatch(await talk(port, requester('SUB a.* q 2\r\n', true)), /503/);
    const denied = await RawClient.open(
      port,
      'CONNECT {"verbose":false,"user":"d","pass":"p"}\r\nSUB a.* 1\r\nSUB a.> q 2\r\n',
    );
    await denied.flush();
    assert.match(
      await talk(port, requester('', true)),
      status,
      'a filtered message reached nobody',
    );
    const allowed = await RawClient.open(
      port,
      'CONNECT {"verbose":false,"user":"u","pass":"p"}\r\nSUB a.> q 2\r\n',
    );
    await allowed.flush();
    for (let i = 0; i < 8; i++) {
      const got = await talk(port, requester('', true));
      assert.doesNotMatch(got, /503/, 'the other member takes what the first may not');
    }
    await allowed.flush();
    assert.equal(allowed.text.match(/^MSG a\.secret 2 r 0/gm)?.length, 8);
    assert.doesNotMatch(denied.text, /MSG/);
    denied.end();
    allowed.end();
  });
});

test('thousands of operations in one chunk do not hold up other clients', async () => {
  await withCore('', async ({ port, server }) => {
    const quick = await RawClient.open(port, hello);
    const busy = await RawClient.open(port, hello);
    // A full cache of routes, then wildcards that would each have to walk over it.
    let fill = '';
    for (let i = 0; i < 8000; i++) fill += `PUB f.${i} 0\r\n\r\n`.repeat(2);
    busy.send(fill);
    await busy.flush();
    assert.ok(server.globalAccount.sublist.stats().cache > 5000);
    let churn = '';
    for (let i = 0; i < 5000; i++) churn += `SUB > ${i}\r\nUNSUB ${i}\r\n`;
    busy.send(churn);
    const start = Date.now();
    await quick.flush();
    await busy.flush();
    assert.ok(Date.now() - start < 2000, `${Date.now() - start} ms`);
    quick.end();
    busy.end();
  });
});
