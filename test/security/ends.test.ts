import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createAccount, createUser, encodeUser } from '@nats-io/jwt';
import { createServer, type NatsServer } from '../../src/index.ts';
import { accountJwt, type Keys, makeTrust, userSigner } from '../resolver/world.ts';
import { LocalClient } from './local-client.ts';

/* CVE-2020-26892: a JWT that expires or is revoked ends those who are connected with it. */

const nowSeconds = () => Math.floor(Date.now() / 1000);

interface User {
  readonly key: string;
  readonly iat: number;
  readonly client: LocalClient;
}

async function enter(server: NatsServer, account: Keys, exp?: number): Promise<User> {
  const user = createUser();
  const times = { signer: userSigner, ...(exp === undefined ? {} : { exp }) };
  const jwt = await encodeUser('u', user, account, { bearer_token: true }, times);
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString());
  const client = await new LocalClient(server.connect()).login({ jwt });
  return { key: user.getPublicKey(), iat: claims.iat, client };
}

test('CVE-2020-26892: expiry and revocations, by key and for all, end who is connected', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tnatsd-ends-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const trust = await makeTrust();
  const account = createAccount();
  const config = `operator: ${trust.operatorJwt}\nsystem_account: ${trust.system.getPublicKey()}
    resolver { type: full, dir: ${JSON.stringify(dir)} }
    resolver_preload { ${trust.system.getPublicKey()}: ${trust.systemJwt}
      ${account.getPublicKey()}: ${await accountJwt(account, trust.signing)} }`;
  const server = await createServer({ config, autoListen: false });
  t.after(() => server.close());
  let version = 0;
  const system = await enter(server, trust.system);
  const revoke = async (revocations: Record<string, number>) => {
    const jwt = await accountJwt(account, trust.signing, ++version + 100, { revocations });
    const text = `SUB answer 1\r\nPUB $SYS.REQ.CLAIMS.UPDATE answer ${jwt.length}\r\n${jwt}\r\n`;
    let seen = await system.client.send(text);
    while (!seen.includes('"code"')) seen += await system.client.send('');
    assert.match(seen, /"code":200/);
  };
  const late = await enter(server, account, nowSeconds() - 5);
  assert.ok(late.client.closed, 'an expired JWT lets nobody in');
  const brief = await enter(server, account, nowSeconds() + 2);
  const [one, two, three] = [
    await enter(server, account),
    await enter(server, account),
    await enter(server, account),
  ];
  await brief.client.until(/-ERR/);
  assert.match(brief.client.text, /-ERR 'User Authentication Expired'/);
  await brief.client.until(/^never$/);
  await revoke({ [one.key]: one.iat - 1, [two.key]: two.iat });
  await two.client.until(/^never$/);
  assert.match(two.client.text, /-ERR '.*Revoked|-ERR 'Authorization Violation'|^$/i);
  assert.equal(await one.client.send(''), '', 'a newer JWT than the revocation counts');
  await revoke({ '*': three.iat - 1 });
  assert.equal(await three.client.send(''), '');
  await revoke({ '*': nowSeconds() });
  for (const { client } of [one, three]) await client.until(/^never$/);
  await revoke({ '*': nowSeconds() + 60 });
  const refused = await enter(server, account);
  assert.ok(refused.client.closed, 'a JWT from before the revocation lets nobody in');
});
