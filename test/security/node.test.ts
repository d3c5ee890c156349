import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUser } from '@nats-io/jwt';
import { signPayload } from '../../src/auth/jwt/token.ts';
import { KeyPair } from '../../src/auth/nkeys.ts';
import { createServer } from '../../src/index.ts';
import { eventually, hello, pause, RawClient, withCore } from '../fault/raw-client.ts';
import { upgradeRequest } from '../fault/raw-websocket.ts';
import { LocalClient } from './local-client.ts';
import { enter, openTo, say, waysOf } from './ways.ts';

/* What can go wrong in a server on Node only. */

const polluted = () => ({}) as { polluted?: unknown; auth?: unknown };
const evil =
  '"__proto__":{"polluted":1,"auth":true,"limit":1},"constructor":{"prototype":{"polluted":1}}';

test('no JSON of a client reaches a prototype: CONNECT, requests of the system account', async () => {
  const config = 'accounts { $SYS { users: [ { user: s, password: p } ] } }';
  const server = await createServer({ config, autoListen: false });
  const client = new LocalClient(server.connect());
  await client.login(JSON.parse(`{"user":"s","pass":"p",${evil}}`) as object);
  await client.send('SUB answer 1\r\n');
  const subjects = [
    ...['VARZ', 'CONNZ', 'SUBSZ', 'ACCOUNTZ', 'JSZ', 'HEALTHZ', 'STATSZ', 'LEAFZ', 'EXPVARZ'].map(
      (name) => `$SYS.REQ.SERVER.PING.${name}`,
    ),
    '$SYS.REQ.ACCOUNT.$SYS.CONNZ',
    '$SYS.REQ.USER.INFO',
    `$SYS.REQ.SERVER.${server.id}.KICK`,
    `$SYS.REQ.SERVER.${server.id}.LDM`,
  ];
  let answers = '';
  for (const subject of subjects) {
    const text = `{${evil}}`;
    answers += await client.send(`PUB ${subject} answer ${text.length}\r\n${text}\r\n`);
  }
  answers += await client.send('');
  assert.ok(answers.split('MSG answer').length > 3, 'requests were answered');
  assert.equal(polluted().polluted, undefined);
  assert.equal(polluted().auth, undefined);
  await server.close();
});

test('no claim of a JWT reaches a prototype', async () => {
  const pair = KeyPair.fromSeedBytes('account', Buffer.alloc(32, 7));
  const user = createUser().getPublicKey();
  const claims = `{"sub":"${user}","iss":"${pair.publicKey}","iat":1,"jti":"x","name":"n",${evil},
    "nats":{"type":"user","version":2,${evil},"pub":{${evil}},"tags":["__proto__"]}}`;
  const jwt = signPayload(claims, pair);
  const body = Buffer.from(claims).toString('base64url');
  const [head = '', , signature = ''] = jwt.split('.');
  const server = await createServer({
    config: `trusted_keys: ${operatorKey()}\nresolver: MEMORY`,
    autoListen: false,
  });
  for (const token of [jwt, `${head}.${body}.${signature}`, `${body}.${body}.${body}`]) {
    const client = await new LocalClient(server.connect()).login({ jwt: token });
    assert.ok(client.closed);
  }
  assert.equal(polluted().polluted, undefined);
  await server.close();
});

const operatorKey = (): string => KeyPair.fromSeedBytes('operator', Buffer.alloc(32, 9)).publicKey;

test('what is delivered is what was published, never memory that was used before', async () => {
  // Whatever is allocated without being cleared has this in it.
  const remnant = 'REMNANT';
  for (let i = 0; i < 2000; i++) Buffer.allocUnsafe(4000).fill(remnant);
  for (const secured of [false, true]) {
    await withCore(openTo(secured), async (core) => {
      for (const way of waysOf(secured)) {
        const receiver = await enter(core, way);
        receiver.send(`${hello}SUB a.> 1\r\nSUB a.* q 2\r\nPING\r\n`);
        await eventually('the subscription', () => receiver.text().includes('PONG'));
        const sender = await enter(core, way);
        sender.send('CONNECT {"verbose":false,"headers":true}\r\n');
        let expected = '';
        for (let size = 0; size < 6000; size += size < 200 ? 13 : 731) {
          const body = 'b'.repeat(size);
          sender.send(`PUB a.${size} ${size}\r\n${body}\r\n`);
          sender.send(`HPUB a.h r 12 ${size + 12}\r\nNATS/1.0\r\n\r\n${body}\r\n`);
          for (const [subject, reply] of [
            [`a.${size}`, ''],
            ['a.h', 'r '],
          ]) {
            for (const sid of [1, 2])
              expected += `MSG ${subject} ${sid} ${reply}${size}\r\n${body}\r\n`;
          }
        }
        expected += 'MSG a.end 1 0\r\n\r\nMSG a.end 2 0\r\n\r\n';
        sender.send('PUB a.end 0\r\n\r\n');
        await eventually('the end', () => receiver.text().includes('MSG a.end 2 0\r\n\r\n'));
        const got = receiver.text();
        assert.equal(got.slice(got.indexOf('PONG\r\n') + 6), expected, way);
        assert.ok(!got.includes(remnant));
        receiver.end();
        sender.end();
      }
    });
  }
});

const callout = `accounts { AUTH { users: [ { user: service, password: p } ] } }
  authorization { timeout: 0.5, auth_callout { account: AUTH, auth_users: [ service ],
    issuer: ${KeyPair.fromSeedBytes('account', Buffer.alloc(32, 5)).publicKey} } }\n`;

test('connections that die at any stage, abruptly or not, take nothing along', async () => {
  const header = 'PROXY TCP4 192.0.2.1 198.51.100.1 4711 4222\r\n';
  const stages = [
    '',
    header.slice(0, 9),
    header,
    `${header}CONN`,
    '\x16\x03\x01\x00\x05\x01',
    hello,
  ];
  const upgrades = ['GET', upgradeRequest().slice(0, -2), upgradeRequest(), '\x16\x03\x01'];
  for (const secured of [false, true]) {
    await withCore(openTo(secured) + callout, async (core) => {
      const websocket = core.server.websocketListener.port!;
      const places = [
        ...stages.map((first) => [core.port, first] as const),
        ...upgrades.map((first) => [websocket, first] as const),
      ];
      for (const [port, first] of places) {
        for (const how of ['reset', 'end', 'late reset'] as const) {
          const client = await RawClient.open(port, first);
          if (how === 'late reset') await pause(10);
          if (how === 'end') client.socket.end();
          else client.socket.resetAndDestroy();
        }
      }
      // In the middle of what a service is asked, with everything read and nothing answered.
      for (const way of waysOf(secured)) {
        const peer = await enter(core, way);
        peer.send('CONNECT {"verbose":false,"user":"x","pass":"y"}\r\nPING\r\n');
        await pause(5);
        peer.end();
      }
      await eventually('all are gone', () => core.server.clients.size === 0);
      for (const way of waysOf(secured)) {
        const login = '{"verbose":false,"user":"service","pass":"p"}';
        assert.match(await say(core, way, `CONNECT ${login}\r\nPING\r\n`), /PONG/, way);
      }
      assert.ok(!core.log.some((line) => line.startsWith('[FTL]')));
    });
  }
});

/** Wildcards and words side by side at every depth. */
function deepSubs(): string {
  let text = '';
  for (let depth = 0; depth < 2000; depth += 7) text += `SUB ${'*.'.repeat(depth)}a.> ${depth}\r\n`;
  return text;
}

test('no text of a client keeps the event loop busy: CONNECT, subjects, headers', async () => {
  const config = 'trace: true\nmax_control_line: 32k\nmappings { "a.*": "b.{{wildcard(1)}}" }';
  await withCore(config, async ({ port, server }) => {
    const quick = await RawClient.open(port, hello);
    await quick.flush();
    const long = 30_000;
    const header = (text: string) =>
      `CONNECT {"verbose":false,"headers":true}\r\nHPUB a.b ${text.length} ${text.length}\r\n${text}\r\n`;
    for (const text of [
      `CONNECT {"pass":"${'\\\\'.repeat(long / 2)}"}\r\n`,
      `CONNECT {${'"pass'.repeat(long / 5)}}\r\n`,
      `CONNECT {"a":${'"pass":'.repeat(long / 7)}}\r\n`,
      `CONNECT ${'['.repeat(long)}\r\n`,
      `CONNECT {"protocol"${' '.repeat(long)}x\r\n`,
      `${hello}SUB ${'*.'.repeat(long / 2)}* 1\r\nPUB ${'a.'.repeat(long / 2)}a 0\r\n\r\n`,
      `${hello}SUB ${'{{'.repeat(long / 2)} 1\r\n`,
      `${hello}${deepSubs()}PUB ${'a.'.repeat(long / 4)}a 0\r\n\r\n`,
      header(`NATS/1.0\r\nNats-Trace-Dest: ${'a.'.repeat(200_000)}a\r\n\r\n`),
      header(`NATS/1.0\r\n${'traceparent: '.repeat(60_000)}\r\n\r\n`),
      header(`NATS/1.0\r\n${'Nats-Trace-Dest:\r\n '.repeat(40_000)}\r\n\r\n`),
      header(`NATS/1.0\r\n${' \t'.repeat(400_000)}\r\n\r\n`),
    ]) {
      const busy = await RawClient.open(port, `${text}PING\r\n`);
      const startMs = performance.now();
      await pause(5);
      await quick.flush();
      await busy.until(/PONG|-ERR/).catch(() => busy.closed);
      const tookMs = performance.now() - startMs;
      assert.ok(tookMs < 2000, `${Math.round(tookMs)} ms for ${text.slice(0, 60)}`);
      assert.ok(server.globalAccount.sublist.all().length >= 0);
      busy.end();
    }
    quick.end();
  });
});
