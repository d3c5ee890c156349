import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createServer } from '../../src/index.ts';
import { Peer } from './peer.ts';

/* What crosses the border of accounts otherwise than in nats-server, and what must not cross it. */

const config = `
accounts {
  A { users: [ { user: a, password: p }
               { user: s, password: p, permissions: {
                 publish: ["x.>"], subscribe: ["q", "x.a"], allow_responses: true } } ]
      exports: [ { service: q }, { service: "w.>" } ] }
  B { users: [ { user: b, password: p } ]
      imports: [ { service: { account: A, subject: q } }, { service: { account: A, subject: "w.>" } } ] }
}`;

async function peers(t: TestContext, ...users: string[]): Promise<Peer[]> {
  const server = await createServer({ config, autoListen: false });
  t.after(() => server.close());
  const all = users.map((user) => new Peer(server.connect(), user));
  for (const peer of all) await peer.send('');
  return all;
}

const hpub = (subject: string, reply: string, header: string, payload: string): string => {
  const block = `NATS/1.0\r\n${header}\r\n\r\n`;
  const at = reply === '' ? subject : `${subject} ${reply}`;
  return `HPUB ${at} ${block.length} ${block.length + payload.length}\r\n${block}${payload}\r\n`;
};

test('a reply whose subject is itself an imported service goes on to that service', async (t) => {
  const [a, b] = (await peers(t, 'a', 'b')) as [Peer, Peer];
  await a.send('SUB q 1\r\nSUB w.> 2\r\n');
  await b.send('SUB w.* 3\r\nPUB q w.x 1\r\n1\r\n');
  const reply = /_R_\.\S+/.exec(await a.send(''))?.[0];
  const seen = await a.send(`PUB ${reply} 3\r\none\r\n`);
  assert.match(seen, /^HMSG w\.x 2 /);
  assert.match(await b.send(''), /^MSG w\.x 3 3\r\none/);
});

test('a destination that a trace may not go to costs nobody the right to answer', async (t) => {
  const [a, s] = (await peers(t, 'a', 's')) as [Peer, Peer];
  await s.send('SUB x.a 1\r\n');
  await a.send('SUB inbox 1\r\nPUB x.a inbox 1\r\nq\r\n');
  const refused = await s.send(hpub('x.b', '', 'Nats-Trace-Dest: inbox', 'hi'));
  assert.match(refused, /-ERR 'Permissions Violation for Publish to "inbox"'/);
  assert.doesNotMatch(await s.send('PUB inbox 6\r\nanswer\r\n'), /-ERR/);
  assert.match(await a.send(''), /MSG inbox 1 6\r\nanswer/);
});

test('CVE-2026-33246, CVE-2026-33223: who asks cannot say who it is', async (t) => {
  const [a, b] = (await peers(t, 'a', 'b')) as [Peer, Peer];
  await a.send('SUB q 1\r\n');
  const forged = '{"acc":"FORGED","user":"admin"}';
  for (const header of [
    `Nats-Request-Info: ${forged}`,
    `nats-request-info: ${forged}`,
    `Nats-Request-Info : ${forged}`,
    `a: b\r\nNATS-REQUEST-INFO: ${forged}\r\n folded FORGED`,
  ]) {
    await b.send(hpub('q', 'inbox', header, 'hi'));
    const seen = await a.send('');
    assert.doesNotMatch(seen, /FORGED/, header);
    assert.match(seen, /\r\nNats-Request-Info: \{"acc":"B","rtt":\d+\}\r\n\r\nhi/);
  }
});

test('CVE-2026-33249: a trace goes only where its sender may publish', async (t) => {
  const [a, s] = (await peers(t, 'a', 's')) as [Peer, Peer];
  await a.send('SUB > 1\r\n');
  for (const dest of ['secret', '$SYS.SERVER.x', '_GR_.x', '$NRG.x']) {
    const seen = await s.send(hpub('x.y', '', `Nats-Trace-Dest: ${dest}`, 'hi'));
    assert.match(seen, /-ERR 'Permissions Violation for Publish to /, dest);
    assert.equal(await a.send(''), '', 'neither trace nor message');
  }
  await s.send(hpub('x.y', '', 'Nats-Trace-Dest: x.trace', 'hi'));
  assert.match(await a.send(''), /MSG x\.trace /);
});
