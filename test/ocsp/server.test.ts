import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { get as getSecure } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import * as tls from 'node:tls';
import { readOcspResponse } from '../../src/transport/ocsp/response.ts';
import { type CoreServer, startCore } from '../fault/raw-client.ts';
import { type AnswerWish, type Holder, makeAnswer, makeCertificate } from './authority.ts';
import { reply, TestResponder, until } from './responder.ts';

/* Stapling, verification of peers and the cache, in a server with real TLS connections. */

interface Scene {
  readonly responder: TestResponder;
  readonly ca: Holder;
  readonly server: Holder;
  readonly client: Holder;
  readonly folder: string;
  /** Statuses by holder; good without an entry. */
  readonly answers: Map<Holder, AnswerWish>;
  /** The block of clients, with `extra` in it. */
  tls(extra?: string): string;
}

/** Certificates in files, and a responder that answers for them. */
async function setScene(t: TestContext, wish: { mustStaple?: boolean } = {}): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'ocsp-'));
  const responder = await TestResponder.open((request, response) => {
    const [, name] = request.url?.split('/') ?? [];
    const holder = name === 'client' ? client : server;
    response.end(makeAnswer(holder.certificate, ca, answers.get(holder) ?? {}));
  });
  t.after(async () => {
    await responder.close();
    rmSync(folder, { recursive: true, maxRetries: 5 });
  });
  const answers = new Map<Holder, AnswerWish>();
  const ca = makeCertificate({ name: 'ca', ca: true });
  const urls = (name: string) => ({ ocspUrls: [`${responder.url}/${name}`] });
  const server = makeCertificate({ name: 'server', issuer: ca, ...urls('server'), ...wish });
  const client = makeCertificate({ name: 'client', issuer: ca, ...urls('client') });
  writeFileSync(join(folder, 'ca.pem'), ca.certPem);
  writeFileSync(join(folder, 'cert.pem'), server.certPem);
  writeFileSync(join(folder, 'key.pem'), server.keyPem);
  mkdirSync(join(folder, 'store'));
  const files = `cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem", ca_file: "${folder}/ca.pem"`;
  return {
    responder,
    ca,
    server,
    client,
    folder,
    answers,
    tls: (extra = '') => `tls { ${files}, timeout: 5, ${extra} }\nstore_dir: "${folder}/store"\n`,
  };
}

async function start(t: TestContext, config: string): Promise<CoreServer> {
  const core = await startCore(config);
  t.after(() => core.close());
  return core;
}

/** Connects as NATS clients do; resolves with what the server said last, and the staple. */
async function converse(core: CoreServer, scene: Scene, as?: Holder, requestOCSP = true) {
  const plain = connect(core.port, '127.0.0.1');
  await new Promise<void>((resolve) => {
    plain.once('data', () => resolve());
  });
  const options = {
    socket: plain as Socket,
    ca: scene.ca.certPem,
    servername: 'localhost',
    requestOCSP,
    ...(as === undefined ? {} : { cert: as.certPem, key: as.keyPem }),
  };
  // The types do not know requestOCSP here.
  const secured = tls.connect(options as tls.ConnectionOptions);
  let staple: Buffer | undefined;
  let text = '';
  let problem = '';
  secured.on('OCSPResponse', (response: Buffer | null) => {
    staple = response ?? undefined;
  });
  secured.on('error', (error) => {
    problem = error.message;
  });
  secured.on('data', (chunk) => {
    text += chunk.toString();
    if (text.includes('PONG')) secured.end();
  });
  let name: string | string[] | undefined;
  secured.on('secureConnect', () => {
    name = secured.getPeerCertificate().subject.CN;
  });
  secured.write('CONNECT {"verbose":false}\r\nPING\r\n');
  await new Promise((resolve) => {
    secured.on('close', resolve);
  });
  return { text, staple, problem, name };
}

const cacheOff = 'ocsp_cache: false\n';

test('mode always staples a status and keeps it in the store directory', async (t) => {
  const scene = await setScene(t);
  const core = await start(t, `${scene.tls()}ocsp { mode: always }`);
  const { text, staple } = await converse(core, scene);
  assert.match(text, /PONG/);
  assert.ok(staple);
  const { certificate } = scene.server;
  assert.equal(readOcspResponse(staple, certificate, scene.ca.certificate).status, 'good');
  assert.equal(readdirSync(join(scene.folder, 'store/ocsp')).length, 1);
  assert.ok(core.log.includes('[INF] OCSP Stapling enabled for Client connections'));
  await until(() => core.log.some((line) => line.includes('Found OCSP status for Client')));
});

test('without the option only a certificate that demands it is stapled', async (t) => {
  const plain = await setScene(t);
  assert.equal((await converse(await start(t, plain.tls()), plain)).staple, undefined);
  assert.equal(plain.responder.requests.length, 0);
  const must = await setScene(t, { mustStaple: true });
  assert.ok((await converse(await start(t, must.tls()), must)).staple);
  const core = await start(t, `${must.tls()}ocsp: false`);
  assert.equal((await converse(core, must)).staple, undefined);
  const warning = `[WRN] Certificate at '${must.folder}/cert.pem' has MustStaple but OCSP is disabled`;
  assert.ok(core.log.includes(warning));
});

test('url replaces the responder that the certificate names', async (t) => {
  const scene = await setScene(t);
  const url = `${scene.responder.url}/other`;
  const core = await start(t, `${scene.tls()}ocsp { mode: always, url: "${url}" }`);
  assert.ok((await converse(core, scene)).staple);
  assert.deepEqual(scene.responder.requests, ['POST /other']);
});

test('a server whose certificate was revoked, or cannot be asked about, does not start', async (t) => {
  const scene = await setScene(t);
  const config = `${scene.tls()}ocsp { mode: always }`;
  scene.answers.set(scene.server, { status: 'revoked' });
  const file = `'${scene.folder}/cert.pem'`;
  await assert.rejects(startCore(config), {
    message: `found existing OCSP status for certificate at ${file}: revoked`,
  });
  rmSync(join(scene.folder, 'store/ocsp'), { recursive: true });
  scene.responder.answer(reply(Buffer.alloc(0), 500));
  await assert.rejects(startCore(config), {
    message: new RegExp(
      `^bad OCSP status update for certificate at ${file}: exhausted ocsp servers`,
    ),
  });
});

test('a client whose certificate is good gets in, a revoked one does not', async (t) => {
  const scene = await setScene(t);
  const config = `${scene.tls('verify: true, ocsp_peer: true')}${cacheOff}http: "127.0.0.1:-1"`;
  const core = await start(t, config);
  assert.match((await converse(core, scene, scene.client)).text, /PONG/);
  scene.answers.set(scene.client, { status: 'revoked' });
  const { text, problem } = await converse(core, scene, scene.client);
  assert.equal(text, '');
  assert.notEqual(problem, 'nothing');
  assert.ok(core.log.some((line) => /TLS handshake error: client not OCSP valid$/.test(line)));
  assert.ok(
    core.log.includes('[WRN] OCSP verify fail for [CN=client,O=tnatsd] with CA status [revoked]'),
  );
  const varz = await monitoring(core, '/varz');
  assert.equal(varz.tls_ocsp_peer_verify, true);
  assert.equal(varz.ocsp_peer_cache, undefined);
});

test('a client whose certificate cannot be asked about', async (t) => {
  const scene = await setScene(t);
  scene.responder.answer(reply(Buffer.alloc(0), 503));
  const block = (extra: string) =>
    `${scene.tls(`verify: true, ocsp_peer { verify: true, ca_timeout: 0.5, ${extra} }`)}${cacheOff}`;
  for (const [extra, allowed] of [
    ['', false],
    ['allow_when_ca_unreachable: true', true],
    ['warn_only: true', true],
  ] as const) {
    const core = await start(t, block(extra));
    const { text } = await converse(core, scene, scene.client);
    assert.equal(text.includes('PONG'), allowed, extra);
  }
});

test('while a responder is slow others get in', async (t) => {
  const scene = await setScene(t);
  const core = await start(t, `${scene.tls('verify: true, ocsp_peer: true')}${cacheOff}`);
  const other = makeCertificate({ name: 'other', issuer: scene.ca });
  let answer = (): void => {};
  scene.responder.answer((_request, response) => {
    answer = () => void response.end(makeAnswer(scene.client.certificate, scene.ca));
  });
  const slow = converse(core, scene, scene.client);
  await until(() => scene.responder.requests.length === 1);
  assert.match((await converse(core, scene, other)).text, /PONG/);
  answer();
  assert.match((await slow).text, /PONG/);
});

test('a client that leaves while it is checked leaves nothing behind', async (t) => {
  const scene = await setScene(t);
  const core = await start(t, `${scene.tls('verify: true, ocsp_peer: true')}${cacheOff}`);
  let answer = (): void => {};
  scene.responder.answer((_request, response) => {
    answer = () => void response.end(makeAnswer(scene.client.certificate, scene.ca));
  });
  const plain = connect(core.port, '127.0.0.1');
  plain.on('error', () => {});
  await new Promise<void>((resolve) => {
    plain.once('data', () => resolve());
  });
  const { certPem: cert, keyPem: key } = scene.client;
  tls.connect({ socket: plain, ca: scene.ca.certPem, servername: 'localhost', cert, key });
  await until(() => scene.responder.requests.length === 1);
  plain.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  answer();
  await until(() => core.server.clients.size === 0);
  assert.ok(!core.log.some((line) => line.includes('TLS handshake complete')));
});

test('the cache answers, is shown in /varz and kept in a file', async (t) => {
  const scene = await setScene(t);
  const store = join(scene.folder, 'cache');
  const config =
    `${scene.tls('verify: true, ocsp_peer: true')}` +
    `ocsp_cache { type: local, local_store: "${store}" }\nhttp: "127.0.0.1:-1"`;
  const core = await startCore(config);
  for (let n = 0; n < 2; n++) {
    assert.match((await converse(core, scene, scene.client)).text, /PONG/);
  }
  assert.equal(scene.responder.requests.length, 1);
  assert.deepEqual((await monitoring(core, '/varz')).ocsp_peer_cache, {
    cache_type: 'local',
    cache_hits: 1,
    cache_misses: 1,
    cached_responses: 1,
    cached_good_responses: 1,
  });
  assert.ok(core.log.includes('[INF] OCSP peer cache online, type [local]'));
  await core.close();
  assert.ok(existsSync(join(store, 'cache.json')));
  const again = await start(t, config);
  assert.match((await converse(again, scene, scene.client)).text, /PONG/);
  assert.equal(scene.responder.requests.length, 1);
});

test('the system account hears of refused peers', async (t) => {
  const scene = await setScene(t);
  scene.answers.set(scene.client, { status: 'revoked' });
  const accounts = 'accounts { SYS { users [{ user: s, password: s }] } }\nsystem_account: SYS\n';
  const core = await start(
    t,
    `${scene.tls('verify: true, ocsp_peer: true')}${cacheOff}${accounts}no_auth_user: s`,
  );
  const heard: { subject: string; event: Record<string, unknown> }[] = [];
  const { InternalClient } = await import('../../src/deliver/internal-client.ts');
  const watcher = new InternalClient(core.server.deliverer, core.server.systemAccount);
  watcher.subscribe('$SYS.SERVER.*.OCSP.>', (subject, _reply, _header, payload) => {
    heard.push({ subject, event: JSON.parse(payload.toString()) });
  });
  await converse(core, scene, scene.client);
  await until(() => heard.length === 2);
  const [link, reject] = heard.map(({ event }) => event);
  assert.match(
    String(heard[0]?.subject),
    /^\$SYS\.SERVER\.N[A-Z2-7]{55}\.OCSP\.PEER\.LINK\.INVALID$/,
  );
  assert.match(String(heard[1]?.subject), /\.OCSP\.PEER\.CONN\.REJECT$/);
  const info = {
    subject: 'CN=client,O=tnatsd',
    issuer: 'CN=ca,O=tnatsd',
    fingerprint: scene.client.certificate.x509.fingerprint256.replaceAll(':', ''),
    raw: scene.client.certificate.raw.toString('base64'),
  };
  info.fingerprint = Buffer.from(info.fingerprint, 'hex').toString('base64');
  const { type, peer, reason, kind } = reject ?? {};
  assert.deepEqual(
    [type, kind, peer, reason],
    ['io.nats.server.advisory.v1.ocsp_peer_reject', 'Client', info, 'client not OCSP valid'],
  );
  const why = 'Invalid OCSP response status: revoked';
  assert.deepEqual([link?.link, link?.peer, link?.reason], [info, info, why]);
});

test('peers can only be checked where they must show a certificate', async (t) => {
  const scene = await setScene(t);
  await assert.rejects(startCore(scene.tls('ocsp_peer: true')), {
    message:
      'OCSP peer verification for client connections requires TLS verify (mTLS) to be enabled',
  });
});

test('a reload begins or ends checking, and renews staples', async (t) => {
  const scene = await setScene(t);
  const core = await start(t, scene.tls());
  assert.equal((await converse(core, scene)).staple, undefined);
  scene.answers.set(scene.client, { status: 'revoked' });
  await core.reload(
    `${scene.tls('verify: true, ocsp_peer: true')}${cacheOff}ocsp { mode: always }`,
  );
  const refused = await converse(core, scene, scene.client);
  assert.ok(refused.staple);
  assert.equal(refused.text, '');
  assert.ok(core.log.includes('[INF] Reloaded: OCSP'));
  assert.ok(core.log.includes('[INF] Reloaded OCSP peer cache'));
  await core.reload(scene.tls());
  assert.match((await converse(core, scene, scene.client)).text, /PONG/);
});

test('a reload that cannot staple still checks peers', async (t) => {
  const scene = await setScene(t);
  const core = await start(t, scene.tls());
  scene.responder.answer(reply(Buffer.alloc(0), 503));
  await core.reload(
    `${scene.tls('verify: true, ocsp_peer: true')}${cacheOff}ocsp { mode: always }`,
  );
  assert.ok(
    core.log.some((line) => line.startsWith("[WRN] Can't restart OCSP features: bad OCSP")),
  );
  assert.equal((await converse(core, scene, scene.client)).text, '');
  await assert.rejects(core.reload(scene.tls('ocsp_peer: true')), /requires TLS verify/);
});

test('without a valid status there is no handshake, whoever asks', async (t) => {
  const scene = await setScene(t, { mustStaple: true });
  const nextUpdateMs = Date.now() + 2000;
  scene.answers.set(scene.server, { nextUpdateMs });
  const core = await start(t, scene.tls());
  assert.match((await converse(core, scene)).text, /PONG/);
  scene.responder.answer(reply(Buffer.alloc(0), 503));
  await until(() => Date.now() > nextUpdateMs);
  assert.equal((await converse(core, scene, undefined, false)).text, '');
  assert.ok(core.log.some((line) => /TLS handshake error: exhausted ocsp servers/.test(line)));
});

test('of several certificates the last is shown to all when it is stapled', async (t) => {
  const scene = await setScene(t);
  const url = `${scene.responder.url}/server`;
  const second = makeCertificate({
    name: 'second',
    issuer: scene.ca,
    ocspUrls: [url],
    kind: 'rsa',
  });
  scene.responder.answer((_request, response) => {
    const { certificate } = scene.responder.requests.length === 1 ? second : scene.server;
    response.end(makeAnswer(certificate, scene.ca));
  });
  writeFileSync(join(scene.folder, 'cert2.pem'), second.certPem);
  writeFileSync(join(scene.folder, 'key2.pem'), second.keyPem);
  const pair = (n: string) =>
    `{ cert_file: "${scene.folder}/cert${n}.pem", key_file: "${scene.folder}/key${n}.pem" }`;
  const core = await start(
    t,
    `tls { certs: [${pair('')}, ${pair('2')}], ca_file: "${scene.folder}/ca.pem" }\nocsp { mode: always }`,
  );
  const { staple, name } = await converse(core, scene);
  assert.equal(name, 'second');
  const { certificate } = second;
  assert.equal(
    readOcspResponse(staple as Buffer, certificate, scene.ca.certificate).status,
    'good',
  );
});

test('a client that resumes its session is checked with all its certificates', async (t) => {
  const scene = await setScene(t);
  const middle = makeCertificate({ name: 'middle', issuer: scene.ca, ca: true });
  const deep = makeCertificate({ name: 'deep', issuer: middle });
  const core = await start(
    t,
    `${scene.tls('verify: true, ocsp_peer: true, handshake_first: true')}${cacheOff}`,
  );
  let session: Buffer | undefined;
  for (let n = 0; n < 2; n++) {
    const secured = tls.connect({
      host: '127.0.0.1',
      port: core.port,
      ca: scene.ca.certPem,
      cert: deep.certPem + middle.certPem,
      key: deep.keyPem,
      ...(session && { session }),
    });
    secured.on('error', () => {});
    secured.on('session', (next: Buffer) => {
      session = next;
    });
    const text = await new Promise((resolve) => {
      secured.once('data', (chunk) => resolve(chunk.toString()));
      secured.once('close', () => resolve('closed'));
    });
    secured.destroy();
    assert.match(String(text), /^INFO/, `connection ${n + 1}`);
    await until(() => session !== undefined);
  }
});

test('a revocation ends a server that must not go on', async (t) => {
  const scene = await setScene(t);
  scene.answers.set(scene.server, { nextUpdateMs: Date.now() + 3000 });
  const core = await start(t, `${scene.tls()}ocsp { mode: always }`);
  scene.answers.set(scene.server, { status: 'revoked' });
  await core.server.stopped;
  assert.ok(core.log.some((line) => /\[ERR\] Received OCSP status .*: revoked$/.test(line)));
});

test('monitoring over HTTPS is stapled, and wants certificates where clients are checked', async (t) => {
  const scene = await setScene(t);
  const staple = `ocsp { mode: always }\nhttps: "127.0.0.1:-1"\n${cacheOff}`;
  const open = await start(t, `${scene.tls()}${staple}`);
  assert.deepEqual(await secureMonitoring(open, scene), { status: 200, stapled: true });
  const checked = await start(t, `${scene.tls('verify: true, ocsp_peer: true')}${staple}`);
  assert.equal((await secureMonitoring(checked, scene)).status, undefined);
  assert.equal((await secureMonitoring(checked, scene, scene.client)).status, 200);
  scene.answers.set(scene.client, { status: 'revoked' });
  assert.equal((await secureMonitoring(checked, scene, scene.client)).status, undefined);
});

async function secureMonitoring(core: CoreServer, scene: Scene, as?: Holder) {
  const port = core.program.listeners().monitoring?.port;
  const keys = as && { cert: as.certPem, key: as.keyPem };
  const options = { host: '127.0.0.1', port, path: '/varz', agent: false, ...keys };
  return new Promise<{ status?: number; stapled: boolean }>((resolve) => {
    let stapled = false;
    const request = getSecure({ ...options, ca: scene.ca.certPem, requestOCSP: true } as object);
    request.on('socket', (socket) => {
      socket.on('OCSPResponse', (staple: Buffer | null) => {
        stapled = staple !== null && staple.length > 0;
      });
    });
    request.on('error', () => resolve({ stapled }));
    request.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, stapled });
    });
  });
}

test('websocket: its own tls block is stapled and checks its own clients', async (t) => {
  const scene = await setScene(t);
  scene.answers.set(scene.client, { status: 'revoked' });
  const block = scene.tls('verify: true, ocsp_peer: true').split('\n')[0];
  const core = await start(
    t,
    `websocket { listen: "127.0.0.1:-1", ${block} }\n${cacheOff}ocsp { mode: always }`,
  );
  const port = core.program.listeners().websocket?.port;
  const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
  const rest = `Sec-WebSocket-Key: ${'A'.repeat(22)}==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
  const talk = (as: Holder) =>
    new Promise<{ text: string; stapled: boolean }>((resolve) => {
      let text = '';
      let stapled = false;
      const keys = { cert: as.certPem, key: as.keyPem, ca: scene.ca.certPem };
      const where = { host: '127.0.0.1', port: Number(port), requestOCSP: true };
      const socket = tls.connect({ ...where, ...keys } as tls.ConnectionOptions);
      socket.on('OCSPResponse', (staple: Buffer | null) => {
        stapled = staple !== null;
      });
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (text.includes('INFO')) socket.destroy();
      });
      socket.on('close', () => resolve({ text, stapled }));
      socket.write(upgrade + rest);
    });
  const other = makeCertificate({ name: 'other', issuer: scene.ca });
  const good = await talk(other);
  assert.match(good.text, /101 Switching/);
  assert.equal(good.stapled, true);
  assert.equal((await talk(scene.client)).text, '');
});

async function monitoring(core: CoreServer, path: string): Promise<Record<string, unknown>> {
  const address = core.program.listeners().monitoring;
  const text = await new Promise<string>((resolve, reject) => {
    get({ host: '127.0.0.1', port: address?.port, path }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
  return JSON.parse(text) as Record<string, unknown>;
}
