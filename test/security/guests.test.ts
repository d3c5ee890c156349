import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUser } from '@nats-io/nkeys';
import { eventually, RawClient, withCore } from '../fault/raw-client.ts';
import { openTo, say, waysOf } from './ways.ts';

/* Who gets in without credentials, and as whom: by every configuration, over every way in. */

const connect = 'CONNECT {"verbose":false}\r\n';
const system = 'accounts { $SYS { users: [ { user: s, password: p } ] } }\n';
const tenant = 'accounts { A { users: [ { user: a, password: p } ] } }\n';
const typed = (more: string): string =>
  `authorization { users: [ { user: u, password: p, ${more} }, { user: v, password: p } ] }\nno_auth_user: u\n`;
const proxies = `proxies { trusted: [ { key: "${createUser().getPublicKey()}" } ] }
`;

/** Account of a guest, or '' where there is none; recorded from nats-server 2.15.2. */
const matrix: [config: string, account: string][] = [
  ['', '$G'],
  ['authorization {}', '$G'],
  ['authorization { timeout: 1 }', '$G'],
  ['authorization { users: [] }', '$G'],
  ['authorization { default_permissions { publish: a } }', '$G'],
  ['authorization { user: u, password: p }', ''],
  ['authorization { user: u, password: "" }', ''],
  ['authorization { token: t }', ''],
  ['authorization { users: [ { user: u, password: p } ] }', ''],
  [`authorization { users: [ { user: u, password: p } ] }\nno_auth_user: u`, '$G'],
  [system, '$G'],
  [`${system}authorization {}`, ''],
  [`${system}authorization { timeout: 1 }`, ''],
  [`${system}authorization { users: [] }`, ''],
  [`${system}no_auth_user: s`, '$SYS'],
  ['accounts { $SYS {} }', '$G'],
  ['accounts { $SYS {} }\nauthorization {}', '$G'],
  ['accounts { S { users: [ { user: s, password: p } ] } }\nsystem_account: S', '$G'],
  [
    'accounts { S { users: [ { user: s, password: p } ] } }\nsystem_account: S\nauthorization {}',
    '',
  ],
  ['accounts { S { users: [ { user: s, password: p } ] } }', ''],
  [tenant, ''],
  [`${tenant}authorization {}`, ''],
  [`${tenant}no_auth_user: a`, 'A'],
  [`${tenant}system_account: A`, '$G'],
  ['accounts { A {} }', '$G'],
  ['accounts { A { users: [] } }', '$G'],
  ['accounts { A { users: [ { user: a, password: p } ] }\n $SYS {} }', ''],
];

test('CVE-2023-47090: who gets in without credentials, by configuration', async () => {
  for (const [config, account] of matrix) {
    await withCore(config, async ({ port, server }) => {
      for (const first of [connect, '']) {
        const client = await RawClient.open(port, `${first}PING\r\n`);
        await client.until(/PONG|-ERR/);
        const [one] = server.clients.values();
        const where = client.text.includes('PONG') ? one?.account.name : '';
        assert.equal(where, account, `${first}with ${config}`);
        client.end();
        await eventually('it is gone', () => server.clients.size === 0);
      }
    });
  }
});

/** First operations, and what a guest who may do everything gets for them. */
const firsts: [bytes: string, asGuest: RegExp][] = [
  ['PING\r\n', /^PONG\r\n$/],
  ['PUB a 1\r\nx\r\nPING\r\n', /PONG\r\n$/],
  ['SUB a 1\r\nPUB a 0\r\n\r\nPING\r\n', /MSG a 1 0\r\n\r\n/],
  ['HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\nPING\r\n', /^$/],
  ['RS+ $G a\r\n', /^-ERR 'Unknown Protocol Operation'/],
  ['RS- $G a\r\n', /^-ERR 'Unknown Protocol Operation'/],
  ['RMSG $G a 1\r\nx\r\n', /^-ERR 'Unknown Protocol Operation'/],
  ['LS+ a\r\n', /^-ERR 'Unknown Protocol Operation'/],
  ['LS- a\r\n', /^-ERR 'Unknown Protocol Operation'/],
  ['LMSG a 1\r\nx\r\n', /^-ERR 'Unknown Protocol Operation'/],
  ['HMSG $G a 12 12\r\nNATS/1.0\r\n\r\n\r\n', /^-ERR 'Unknown Protocol Operation'/],
  ['A+ $G\r\n', /^-ERR 'Unknown Protocol Operation'/],
];

async function judge(config: string, secured: boolean, expected: 'guest' | 'refused') {
  await withCore(openTo(secured) + config, async (server) => {
    for (const way of waysOf(secured)) {
      for (const [bytes, asGuest] of firsts) {
        const said = await say(server, way, bytes);
        const wanted = expected === 'guest' ? asGuest : /^-ERR 'Authorization Violation'\r\n$/;
        assert.match(said, wanted, `${way}: ${bytes} with ${config}`);
      }
    }
  });
}

for (const secured of [false, true]) {
  const where = secured ? 'with TLS' : 'in the clear';
  test(`GHSA-38x3-76xf-cq45: what comes before CONNECT, ${where}`, async () => {
    await judge('authorization { user: u, password: p }', secured, 'refused');
    await judge(typed(''), secured, 'guest');
  });

  test(`GHSA-hmmp-q8cx-v964: a guest keeps to its connection types and proxies, ${where}`, async () => {
    await judge(typed('allowed_connection_types: ["MQTT", "LEAFNODE"]'), secured, 'refused');
    await judge(typed('allowed_connection_types: ["STANDARD", "WEBSOCKET"]'), secured, 'guest');
    await judge(proxies + typed('proxy_required: true'), secured, 'refused');
    const mixed = openTo(secured) + typed('allowed_connection_types: ["WEBSOCKET"]');
    await withCore(mixed, async (server) => {
      for (const way of waysOf(secured)) {
        const isIn = /PONG/.test(await say(server, way, 'PUB a 0\r\n\r\nPING\r\n'));
        assert.equal(isIn, way.endsWith('WebSocket'), way);
        const withConnect = /PONG/.test(await say(server, way, `${connect}PING\r\n`));
        assert.equal(withConnect, isIn, way);
      }
    });
  });
}

test('GHSA-hmmp-q8cx-v964: the guest of the WebSocket port is none elsewhere', async () => {
  const users = 'authorization { users: [ { user: u, password: p }, { user: v, password: p } ] }\n';
  const config = openTo(false).replace('no_tls: true', 'no_tls: true, no_auth_user: u') + users;
  await withCore(config, async (server) => {
    for (const way of waysOf(false)) {
      const said = await say(server, way, `${connect}PING\r\n`);
      assert.equal(/PONG/.test(said), way === 'WebSocket', way);
    }
  });
});
