import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import * as tls from 'node:tls';
import { findReference } from '../conformance/target.ts';
import { startCore } from '../fault/raw-client.ts';
import {
  type AnswerWish,
  type Holder,
  makeAnswer,
  makeCertificate,
  makeRefusal,
} from './authority.ts';
import { reply, TestResponder, until } from './responder.ts';

/*
 * The same certificates and the same responder, asked by nats-server and by us: verdicts, log lines
 * and staples must be the same.
 */

const reference = findReference();
const ca = makeCertificate({ name: 'ca', ca: true });
const otherCa = makeCertificate({ name: 'other ca', ca: true });
const signer = makeCertificate({ name: 'signer', issuer: ca, ocspSigning: true });
const noSigner = makeCertificate({ name: 'no signer', issuer: ca });
const hourMs = 3_600_000;

interface Running {
  readonly port: number;
  readonly lines: () => string[];
  stop(): Promise<void>;
}

async function startReference(config: string, folder: string): Promise<Running> {
  const file = join(folder, 'server.conf');
  writeFileSync(file, `listen: "127.0.0.1:-1"\n${config}`);
  const child = spawn(reference as string, ['-c', file], { cwd: folder });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = once(child, 'exit');
  await Promise.race([ended, until(() => text.includes('Server is ready'))]);
  const port = Number(/Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
  return {
    port,
    lines: () => text.split('\n').map((line) => line.replace(/^\[\d+\] \S+ \S+ /, '')),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function startOurs(config: string): Promise<Running> {
  const core = await startCore(config).catch((error: Error) => error);
  if (core instanceof Error) {
    return { port: NaN, lines: () => [`tnatsd: ${core.message}`], stop: async () => {} };
  }
  return { port: core.port, lines: () => core.log, stop: () => core.close() };
}

async function converse(port: number, as: Holder | undefined) {
  const plain = connect(port, '127.0.0.1');
  await once(plain, 'data');
  const keys = as && { cert: as.certPem, key: as.keyPem };
  const options = { socket: plain, ca: ca.certPem, requestOCSP: true, ...keys };
  const secured = tls.connect(options as tls.ConnectionOptions);
  let text = '';
  let staple = false;
  secured.on('OCSPResponse', (response: Buffer | null) => {
    staple = response !== null && response.length > 0;
  });
  let name: unknown;
  secured.on('secureConnect', () => {
    name = secured.getPeerCertificate().subject.CN;
  });
  secured.on('error', () => {});
  secured.on('data', (chunk) => {
    text += chunk.toString();
    if (text.includes('PONG')) secured.end();
  });
  secured.write('CONNECT {"verbose":false}\r\nPING\r\n');
  await new Promise((resolve) => {
    secured.on('close', resolve);
  });
  return { allowed: text.includes('PONG'), staple, name };
}

/** Lines about OCSP, without what differs from run to run. */
function shown(lines: string[]): string[] {
  return lines
    .filter((line) => /OCSP|Chain \[|TLS handshake error|Peer cert|^\S+: (bad|found)/.test(line))
    .map((line) =>
      line
        .replace(/127\.0\.0\.1:\d+ - cid:\d+( - ".*?")? - /, 'CLIENT - ')
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
        .replace(/(duration=|checking again in |trying again in )[\dhms.]+/g, '$1SPAN')
        .replace(/compression ratio: \[[\d.]+\]|\(\d+ bytes\)/, 'SIZE')
        .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'RESPONDER')
        .replace(/^\S*nats-server: |^tnatsd: /, 'DIED: ')
        // The words of Go's own libraries are not ours.
        .replace(/(Could not parse OCSP CA response for \[.*?\]: ).*/, '$1REASON')
        .replace(/(failed: exhausted OCSP responders: ).*/, '$1REASON'),
    );
}

/** What nats-server says before it has opened its log is lost; we say it. */
function withoutEarlyLines(lines: string[]): string[] {
  const early = /has MustStaple but|^\[DBG\] Received OCSP response \(method=POST, status=200/;
  return lines.filter((line) => !early.test(line));
}

interface Case {
  name: string;
  /** What the responder says of the client. */
  answer: (client: Holder) => Parameters<typeof reply>[0];
  status?: number;
  /** More of `ocsp_peer {}`. */
  peer?: string;
  times?: number;
}

const says = (wish: AnswerWish) => (client: Holder) => () =>
  makeAnswer(client.certificate, ca, wish);

const cases: Case[] = [
  { name: 'good', answer: says({}), times: 2 },
  { name: 'good, by a delegate', answer: says({ signer }) },
  { name: 'good, by the issuer that comes along', answer: says({ signer: ca }) },
  { name: 'good, certificates named by SHA-256', answer: says({ hash: 'sha256' }) },
  { name: 'revoked', answer: says({ status: 'revoked' }), times: 2 },
  { name: 'unknown', answer: says({ status: 'unknown' }) },
  {
    name: 'unknown, taken for good',
    answer: says({ status: 'unknown' }),
    peer: 'unknown_is_good: true',
  },
  { name: 'expired', answer: (c) => says({ nextUpdateMs: Date.now() - hourMs })(c) },
  { name: 'just expired', answer: (c) => says({ nextUpdateMs: Date.now() - 10_000 })(c) },
  { name: 'of the future', answer: (c) => says({ thisUpdateMs: Date.now() + hourMs })(c) },
  {
    name: 'without next update, old',
    answer: (c) => says({ thisUpdateMs: Date.now() - 2 * hourMs, nextUpdateMs: null })(c),
  },
  { name: 'wrong signature', answer: says({ badSignature: true }) },
  { name: 'signed by a stranger', answer: says({ secretSigner: otherCa }) },
  { name: 'signed by one who may not', answer: says({ signer: noSigner }) },
  { name: 'about another certificate', answer: says({ serial: Buffer.from([5]) }) },
  { name: 'critical extension', answer: says({ criticalExtension: true }) },
  { name: 'refused', answer: () => makeRefusal(6) },
  { name: 'garbage', answer: () => Buffer.from('garbage') },
  { name: 'nothing', answer: () => Buffer.alloc(0) },
  { name: 'status 500', answer: () => Buffer.from('x'), status: 500 },
  { name: 'garbage, warn only', answer: () => Buffer.from('garbage'), peer: 'warn_only: true' },
  { name: 'revoked, warn only', answer: says({ status: 'revoked' }), peer: 'warn_only: true' },
  {
    name: 'status 500, allowed when unreachable',
    answer: () => Buffer.from('x'),
    status: 500,
    peer: 'allow_when_ca_unreachable: true',
  },
];

interface Scene {
  readonly folder: string;
  readonly responder: TestResponder;
  readonly server: Holder;
  readonly client: Holder;
  config(extra?: string): string;
}

async function setScene(t: TestContext, mustStaple = false): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'ocsp-'));
  const responder = await TestResponder.open(reply(Buffer.alloc(0)));
  t.after(async () => {
    await responder.close();
    rmSync(folder, { recursive: true, maxRetries: 5 });
  });
  const urls = { ocspUrls: [responder.url] };
  const server = makeCertificate({ name: 'server', issuer: ca, mustStaple, ...urls });
  const client = makeCertificate({ name: 'client', issuer: ca, ...urls });
  writeFileSync(join(folder, 'ca.pem'), ca.certPem);
  writeFileSync(join(folder, 'cert.pem'), server.certPem);
  writeFileSync(join(folder, 'key.pem'), server.keyPem);
  const files = `cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem", ca_file: "${folder}/ca.pem"`;
  return {
    folder,
    responder,
    server,
    client,
    config: (extra = '') => `debug: true\ntls { ${files}, timeout: 5, ${extra} }\n`,
  };
}

/** What both do with the same configuration. */
async function compare(
  { folder, client }: Scene,
  config: string,
  times = 1,
): Promise<{ theirs: unknown; ours: unknown }> {
  const outcomes: unknown[] = [];
  for (const start of [() => startReference(config, folder), () => startOurs(config)]) {
    const running = await start();
    const results: unknown[] = [];
    try {
      for (let n = 0; n < times && !Number.isNaN(running.port); n++) {
        results.push(await converse(running.port, client));
      }
    } finally {
      await running.stop();
    }
    rmSync(join(folder, 'rc'), { recursive: true, force: true });
    outcomes.push({ results, lines: withoutEarlyLines(shown(running.lines())) });
  }
  return { theirs: outcomes[0], ours: outcomes[1] };
}

const skip = reference === undefined && 'nats-server is not installed';

for (const { name, answer, status = 200, peer = '', times } of cases) {
  test(`verdict on a client: ${name}`, { skip }, async (t) => {
    const scene = await setScene(t);
    scene.responder.answer(reply(answer(scene.client), status));
    const block = `verify: true, ocsp_peer { verify: true, ${peer} }`;
    const cache = `ocsp_cache { local_store: "${scene.folder}/rc" }`;
    const config = `${scene.config(block)}${cache}`;
    const { theirs, ours } = await compare(scene, config, times);
    assert.deepEqual(ours, theirs);
  });
}

const staples: [string, string, AnswerWish, boolean][] = [
  ['always', 'ocsp { mode: always }', {}, false],
  ['always, by a delegate', 'ocsp { mode: always }', { signer }, false],
  ['auto', 'ocsp: true', {}, false],
  ['auto, demanded', 'ocsp: true', {}, true],
  ['never, demanded', 'ocsp: false', {}, true],
  ['must, demanded', 'ocsp { mode: must }', {}, true],
  ['no option, demanded', '', {}, true],
  ['no option, demanded, revoked', '', { status: 'revoked' }, true],
  ['must, demanded, revoked', 'ocsp { mode: must }', { status: 'revoked' }, true],
  ['always, unknown', 'ocsp { mode: always }', { status: 'unknown' }, false],
  ['always, expired', 'ocsp { mode: always }', { nextUpdateMs: Date.now() - hourMs }, false],
  ['always, signed by one who may not', 'ocsp { mode: always }', { signer: noSigner }, false],
];

for (const [name, option, wish, mustStaple] of staples) {
  test(`stapling: ${name}`, { skip }, async (t) => {
    const scene = await setScene(t, mustStaple);
    scene.responder.answer(reply(() => makeAnswer(scene.server.certificate, ca, wish)));
    const { theirs, ours } = await compare(scene, `${scene.config()}${option}`);
    assert.deepEqual(ours, theirs);
  });
}

test('monitoring over HTTPS wants a certificate where clients are checked', { skip }, async (t) => {
  const scene = await setScene(t);
  scene.responder.answer(reply(() => makeAnswer(scene.client.certificate, ca)));
  const statuses = async (running: Running, port: number) => {
    const seen: (number | undefined)[] = [];
    for (const keys of [{}, { cert: scene.client.certPem, key: scene.client.keyPem }]) {
      const where = { host: '127.0.0.1', port, path: '/varz', agent: false, ca: ca.certPem };
      seen.push(
        await new Promise((resolve) => {
          get({ ...where, ...keys }, (response) => resolve(response.resume().statusCode)).on(
            'error',
            () => resolve(undefined),
          );
        }),
      );
    }
    await running.stop();
    return seen;
  };
  for (const extra of ['verify: true, ocsp_peer: true', 'verify: true']) {
    const config = `${scene.config(extra)}ocsp_cache: false\nhttps: "127.0.0.1:-1"`;
    const outcomes: unknown[] = [];
    for (const start of [() => startReference(config, scene.folder), () => startOurs(config)]) {
      const running = await start();
      const line = running.lines().find((each) => each.includes('Starting https monitor'));
      outcomes.push(await statuses(running, Number(line?.split(':').at(-1))));
    }
    assert.deepEqual(outcomes[1], outcomes[0]);
    assert.equal((outcomes[1] as unknown[])[0], extra.includes('ocsp') ? undefined : 200);
  }
});

test('of several certificates the last is shown when it is stapled', { skip }, async (t) => {
  const scene = await setScene(t);
  const ocspUrls = [`${scene.responder.url}/second`];
  const second = makeCertificate({ name: 'second', issuer: ca, ocspUrls, kind: 'rsa' });
  scene.responder.answer((request, response) => {
    const isSecond = request.url?.startsWith('/second') === true;
    response.end(makeAnswer((isSecond ? second : scene.server).certificate, ca));
  });
  writeFileSync(join(scene.folder, 'cert2.pem'), second.certPem);
  writeFileSync(join(scene.folder, 'key2.pem'), second.keyPem);
  const pair = (n: string) =>
    `{ cert_file: "${scene.folder}/cert${n}.pem", key_file: "${scene.folder}/key${n}.pem" }`;
  const block = `tls { certs: [${pair('')}, ${pair('2')}], ca_file: "${scene.folder}/ca.pem" }`;
  const seen: unknown[] = [];
  for (const start of [startReference, startOurs]) {
    const running = await start(`${block}\nocsp { mode: always }`, scene.folder);
    seen.push(await converse(running.port, undefined));
    await running.stop();
  }
  assert.deepEqual(seen[1], seen[0]);
});

test('events of a refused peer', { skip }, async (t) => {
  const scene = await setScene(t);
  const watcher = makeCertificate({ name: 'watcher', issuer: ca });
  scene.responder.answer(
    reply(() => makeAnswer(scene.client.certificate, ca, { status: 'revoked' })),
  );
  const accounts = 'accounts { SYS { users [{ user: s, password: s }] } }\nsystem_account: SYS\n';
  const config = `${scene.config('verify: true, ocsp_peer: true')}${accounts}ocsp_cache: false`;
  const seen: string[][] = [];
  for (const start of [startReference, startOurs]) {
    const running = await start(config, scene.folder);
    const plain = connect(running.port, '127.0.0.1');
    await once(plain, 'data');
    const keys = { cert: watcher.certPem, key: watcher.keyPem, ca: ca.certPem };
    const secured = tls.connect({ socket: plain, ...keys });
    let text = '';
    secured.on('error', () => {});
    secured.on('data', (chunk) => {
      text += chunk.toString();
    });
    const hello = { verbose: false, user: 's', pass: 's' };
    secured.write(`CONNECT ${JSON.stringify(hello)}\r\nSUB $SYS.SERVER.*.OCSP.> 1\r\nPING\r\n`);
    await until(() => text.includes('PONG'));
    await converse(running.port, scene.client);
    await until(() => text.split('MSG ').length === 3);
    secured.destroy();
    await running.stop();
    seen.push(
      text
        .split('\r\n')
        .filter((line) => /^MSG|^\{/.test(line))
        .map((line) =>
          line
            .replace(/SERVER\.N\w+/, 'SERVER.ID')
            // nats-server puts two spaces where a reply would stand.
            .replace(/ +\d+$/, ' SIZE')
            .replace(/"id":"\w{22}"/, '"id":"ID"')
            .replace(/"timestamp":"[^"]+"/, '"timestamp":"TIME"')
            .replace(/"server":\{.*\},"reason"/, '"server":{},"reason"'),
        ),
    );
  }
  assert.deepEqual(seen[1], seen[0]);
});

const openssl = spawnSync('openssl', ['version']).status === 0;

test('openssl s_client sees the staple', { skip: !openssl && 'no openssl' }, async (t) => {
  const scene = await setScene(t);
  scene.responder.answer(reply(() => makeAnswer(scene.server.certificate, ca, { signer })));
  const running = await startOurs(`${scene.config('handshake_first: true')}ocsp { mode: always }`);
  t.after(() => running.stop());
  const place = `127.0.0.1:${running.port}`;
  const args = ['s_client', '-connect', place, '-status', '-CAfile', `${scene.folder}/ca.pem`];
  const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await until(() => text.includes('INFO {'));
  child.kill();
  assert.match(text, /OCSP Response Status: successful/);
  assert.match(text, /Cert Status: good/);
  assert.match(text, /Verify return code: 0 \(ok\)/);
});

test('each reads the cache of the other', { skip }, async (t) => {
  const scene = await setScene(t);
  scene.responder.answer(reply(() => makeAnswer(scene.client.certificate, ca)));
  const cache = `ocsp_cache { type: local, local_store: "${scene.folder}/rc" }`;
  const config = `${scene.config('verify: true, ocsp_peer: true')}${cache}`;
  const starts = [() => startReference(config, scene.folder), () => startOurs(config)];
  for (const [writer, reader] of [starts, starts.toReversed()]) {
    rmSync(join(scene.folder, 'rc'), { recursive: true, force: true });
    scene.responder.requests.length = 0;
    for (const start of [writer, reader]) {
      const running = await (start as () => Promise<Running>)();
      assert.equal((await converse(running.port, scene.client)).allowed, true);
      await running.stop();
    }
    assert.equal(scene.responder.requests.length, 1);
    assert.match(
      readFileSync(join(scene.folder, 'rc/cache.json'), 'utf8'),
      /"resp_status": "good"/,
    );
  }
});
