/** Auth callout from the outside: what a server does with every answer of a service. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from '@nats-io/jwt';
import { createAccount, createCurve, createOperator, createUser } from '@nats-io/nkeys';
import { credsAuthenticator } from '@nats-io/transport-node';
import { certsDir } from '../conformance/target.ts';
import { RawClient } from '../fault/raw-client.ts';
import { CalloutService, outcome, outcomes } from './callout-service.ts';

/** Runs `body` while a server with this configuration listens. */
export type WithServer = (
  config: string,
  body: (port: number, log: () => string) => Promise<void>,
) => Promise<void>;

const secret = 'canary-password';

async function checkOutcomes(port: number, more: object = {}, except: string[] = []) {
  for (const [user, expected] of Object.entries(outcomes)) {
    if (except.includes(user)) continue;
    assert.equal(await outcome(port, { user, pass: secret, ...more }), expected, user);
  }
}

export const scenarios: Record<string, (withServer: WithServer) => Promise<void>> = {
  'configured: every answer but a right one refuses': async (withServer) => {
    const issuer = createAccount();
    await withServer(configured(issuer.getPublicKey()), async (port, log) => {
      const auth = { user: 'auth', pass: 'auth' };
      const service = await CalloutService.start({ port, ...auth }, { issuer });
      await checkOutcomes(port);
      assert.equal(await outcome(port, { user: 'auth', pass: 'wrong' }), 'Authorization Violation');
      assert.equal(await outcome(port, auth), 'ok');
      checkRequest(service, issuer.getPublicKey());
      assert.ok(!log().includes(secret), log());
      await service.close();
    });
  },

  'configured: the answer gives account, permissions and end': async (withServer) => {
    const issuer = createAccount();
    await withServer(configured(issuer.getPublicKey()), async (port) => {
      const service = await CalloutService.start({ port, user: 'auth', pass: 'auth' }, { issuer });
      const watcher = await login(port, { user: 'watch', pass: 'watch' });
      watcher.send('SUB ok.> 1\r\n');
      await watcher.flush();
      const client = await login(port, { user: 'ok' });
      client.send('PUB ok.x 1\r\nx\r\nPUB no.x 1\r\nx\r\n');
      await client.until('Permissions Violation for Publish to "no.x"');
      await watcher.until('MSG ok.x 1 1');
      const brief = await login(port, { user: 'expires' });
      await brief.until("-ERR 'User Authentication Expired'");
      await brief.untilClosed();
      const inAuth = await login(port, { user: 'auth', pass: 'auth' });
      inAuth.send('PUB $SYS.REQ.USER.AUTH 0\r\n\r\n');
      await inAuth.until('Permissions Violation for Publish to "$SYS.REQ.USER.AUTH"');
      for (const one of [watcher, client, inAuth]) one.end();
      await service.close();
    });
  },

  'configured: encrypted both ways': async (withServer) => {
    const issuer = createAccount();
    const xkey = createCurve();
    const more = `xkey: ${xkey.getPublicKey()}`;
    await withServer(configured(issuer.getPublicKey(), more), async (port) => {
      const auth = { user: 'auth', pass: 'auth' };
      const service = await CalloutService.start({ port, ...auth }, { issuer, xkey });
      await checkOutcomes(port, {}, ['othersigner', 'silent']);
      assert.equal(await outcome(port, { user: 'plain' }), 'ok');
      assert.match(String(service.requests[0]?.nats.server_id.xkey), /^X/);
      await service.close();
    });
  },

  'configured: the service sees the certificates of a client': async (withServer) => {
    const issuer = createAccount();
    const file = (name: string) => join(certsDir, name);
    const tls = `tls { cert_file: "${file('server.pem')}", key_file: "${file('server-key.pem')}",
      ca_file: "${file('ca.pem')}", verify: true, handshake_first: true }`;
    const secure = {
      ca: readFileSync(file('ca.pem'), 'utf8'),
      cert: readFileSync(file('client.pem'), 'utf8'),
      key: readFileSync(file('client-key.pem'), 'utf8'),
    };
    await withServer(`${tls}\n${configured(issuer.getPublicKey())}`, async (port) => {
      const auth = { user: 'auth', pass: 'auth', tls: { ...secure, handshakeFirst: true } };
      const service = await CalloutService.start(
        { servers: `localhost:${port}`, ...auth },
        { issuer },
      );
      const socket = tlsConnect({ ...secure, host: 'localhost', port, servername: 'localhost' });
      const client = new RawClient(socket);
      client.send('CONNECT {"user":"ok","verbose":false}\r\nPING\r\n');
      await client.until('PONG');
      const { client_tls: found } = service.requests[0]!.nats;
      assert.equal(found?.version, '1.3');
      assert.match(String(found?.cipher), /^TLS_/);
      const { ca, cert } = secure;
      assert.deepEqual(found?.verified_chains, [[cert, ca]]);
      assert.equal(found?.certs, undefined);
      client.end();
      await service.close();
    });
  },

  'configured: without a service nobody but its users get in': async (withServer) => {
    const issuer = createAccount();
    await withServer(configured(issuer.getPublicKey()), async (port) => {
      assert.equal(await outcome(port, { user: 'ok' }), 'Authorization Violation');
      assert.equal(await outcome(port, {}), 'Authorization Violation');
      assert.equal(await outcome(port, { user: 'auth', pass: 'auth' }), 'ok');
    });
  },

  'configured: accounts that are not delegated judge their own users': async (withServer) => {
    const issuer = createAccount();
    const more = 'allowed_accounts: [APP]';
    await withServer(configured(issuer.getPublicKey(), more), async (port) => {
      const auth = { user: 'auth', pass: 'auth' };
      const service = await CalloutService.start({ port, ...auth }, { issuer });
      assert.equal(await outcome(port, { user: 'own', pass: 'own' }), 'ok');
      assert.equal(service.requests.length, 0);
      assert.equal(await outcome(port, { user: 'ok' }), 'ok');
      assert.equal(service.requests.length, 1);
      await service.close();
    });
  },

  'operator mode: the account of a JWT asks its service': async (withServer) => {
    const { config, authCreds, sentinel, issuer } = await operatorMode();
    await withServer(config, async (port) => {
      const authenticator = credsAuthenticator(authCreds);
      const keys = { issuer, operatorMode: true };
      const service = await CalloutService.start({ port, authenticator }, keys);
      const except = ['nowhere', 'issueraccount'];
      await checkOutcomes(port, { jwt: sentinel }, except);
      assert.equal(
        await outcome(port, { user: 'issueraccount', jwt: sentinel }),
        'Authorization Violation',
      );
      assert.equal(await outcome(port, { user: 'ok' }), 'ok', 'the default sentinel');
      assert.equal(await outcome(port, { user: 'ok', jwt: 'x' }), 'ok', 'no JWT of a user');
      const [request] = service.requests;
      assert.equal(request?.sub, issuer.getPublicKey());
      assert.equal(request?.nats.connect_opts.jwt, sentinel);
      assert.deepEqual(request?.nats.client_info.name_tag, 'sentinel');
      await service.close();
    });
  },
};

async function login(port: number, options: object): Promise<RawClient> {
  const connect = { verbose: false, pedantic: false, ...options };
  const client = await RawClient.open(port, `CONNECT ${JSON.stringify(connect)}\r\nPING\r\n`);
  await client.until('PONG');
  return client;
}

function configured(issuer: string, more = ''): string {
  return `
    accounts {
      AUTH { users [ { user: auth, password: auth } ] }
      APP { users [ { user: watch, password: watch } ] }
      OWN { users [ { user: own, password: own } ] }
      SYS {}
    }
    system_account: SYS
    server_tags: ["a:b"]
    authorization {
      timeout: 1
      auth_callout { issuer: ${issuer}, account: AUTH, auth_users: [auth, watch], ${more} }
    }`;
}

function checkRequest(service: CalloutService, issuer: string): void {
  const [request] = service.requests;
  assert.ok(request);
  assert.equal(request.aud, 'nats-authorization-request');
  assert.equal(request.sub, issuer);
  assert.match(request.iss, /^N/);
  const { server_id: server, user_nkey: user, ...rest } = request.nats;
  assert.deepEqual(Object.keys(server).sort(), ['host', 'id', 'name', 'tags', 'version']);
  assert.equal(server.id, request.iss);
  assert.deepEqual(server.tags, ['a:b']);
  assert.match(user, /^U/);
  const { id, ...info } = rest.client_info;
  assert.equal(typeof id, 'number');
  assert.deepEqual(info, { host: '127.0.0.1', user: 'ok', kind: 'Client', type: 'nats' });
  assert.deepEqual(rest.connect_opts, { user: 'ok', pass: secret, protocol: 0 });
  const users = service.requests.map((one) => one.nats.user_nkey);
  assert.equal(new Set(users).size, users.length, 'a key of its own for each');
}

async function operatorMode() {
  const operator = createOperator();
  const [system, issuer] = [createAccount(), createAccount()];
  const [service, guest] = [createUser(), createUser()];
  const none = { conn: -1, leaf: -1, imports: -1, exports: -1, subs: -1, payload: -1, data: -1 };
  const limits = { ...none, wildcards: true };
  const authorization = { auth_users: [service.getPublicKey()], allowed_accounts: [] };
  const accounts: [string, string][] = [
    [system.getPublicKey(), await encodeAccount('SYS', system, { limits }, { signer: operator })],
    [
      issuer.getPublicKey(),
      await encodeAccount('AUTH', issuer, { authorization, limits } as never, { signer: operator }),
    ],
  ];
  const serviceJwt = await encodeUser('service', service, issuer);
  const sentinel = await encodeUser('sentinel', guest, issuer, { bearer_token: true });
  const operatorJwt = await encodeOperator('O', operator, {
    system_account: system.getPublicKey(),
  });
  const config = `
    operator: ${operatorJwt}
    resolver: MEMORY
    resolver_preload { ${accounts.map(([key, jwt]) => `${key}: ${jwt}`).join('\n')} }
    default_sentinel: ${sentinel}
    authorization { timeout: 1 }`;
  return { config, sentinel, issuer, authCreds: fmtCreds(serviceJwt, service) };
}
