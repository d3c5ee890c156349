import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type AnswerWish, makeAnswer, makeCertificate } from '../../../test/ocsp/authority.ts';
import {
  HeldTimers,
  LogLines,
  MovedClock,
  reply,
  TestResponder,
  until,
} from '../../../test/ocsp/responder.ts';
import { nodeDisk } from '../../platform/node-disk.ts';
import { ResponderClient } from './responder-client.ts';
import { findIssuer, staplePolicy } from './staple-certificate.ts';
import { createStapleFolder, OcspStapler, type StaplerSettings } from './stapler.ts';

const ca = makeCertificate({ name: 'ca', ca: true });
const signer = makeCertificate({ name: 'signer', issuer: ca, ocspSigning: true });
const noSigner = makeCertificate({ name: 'no signer', issuer: ca });
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

async function setUp(t: TestContext, wish: Partial<StaplerSettings> = {}) {
  const responder = await TestResponder.open(reply(Buffer.alloc(0)));
  const storeDir = mkdtempSync(join(tmpdir(), 'ocsp-'));
  t.after(async () => {
    await responder.close();
    rmSync(storeDir, { recursive: true, maxRetries: 5 });
  });
  const leaf = makeCertificate({ name: 'leaf', issuer: ca, ocspUrls: [responder.url] });
  const parts = {
    logger: new LogLines(),
    clock: new MovedClock(),
    timers: new HeldTimers(),
    disk: nodeDisk,
    client: new ResponderClient(),
    revoked: 0,
    onRevoked: () => {
      parts.revoked++;
    },
  };
  await createStapleFolder(nodeDisk, storeDir);
  const settings: StaplerSettings = {
    kind: 'Client',
    certFile: 'cert.pem',
    certificate: leaf.certificate,
    issuer: ca.certificate,
    overrideUrls: [],
    storeDir,
    shutdownOnRevoke: true,
    ...wish,
  };
  const says = (answer: AnswerWish) =>
    responder.answer(reply(() => makeAnswer(leaf.certificate, ca, answer)));
  return { responder, says, leaf, storeDir, parts, make: () => new OcspStapler(settings, parts) };
}

test('gets a status, keeps it in memory and in a file', async (t) => {
  const { responder, says, make, storeDir } = await setUp(t);
  says({ signer });
  const stapler = make();
  await stapler.open();
  const staple = await stapler.staple();
  assert.ok(staple.length > 100);
  assert.deepEqual(responder.requests, ['POST /']);
  const [name = ''] = readdirSync(join(storeDir, 'ocsp'));
  assert.match(name, /^[0-9a-f]{64}$/);
  responder.answer(() => assert.fail('the file counts'));
  const next = make();
  await next.open();
  assert.deepEqual(await next.staple(), staple);
});

test('falls back to GET, and to the next responder', async (t) => {
  const { responder, leaf, make, parts } = await setUp(t);
  responder.answer((request, response) => {
    if (request.method === 'POST') response.writeHead(405).end();
    else response.end(makeAnswer(leaf.certificate, ca));
  });
  await make().open();
  assert.match(responder.requests[1] ?? '', /^GET \/M[A-Za-z0-9+/=]+$/);
  assert.ok(parts.logger.has('debug Received OCSP response (method=POST, status=405, url=http'));
  const urls = [`${responder.url}/bad`, `${responder.url}/good/`];
  const second = await setUp(t, { overrideUrls: urls, certificate: leaf.certificate });
  responder.answer((request, response) => {
    const bad = request.url?.startsWith('/bad') === true;
    response.end(makeAnswer(leaf.certificate, ca, { badSignature: bad }));
  });
  await second.make().open();
  assert.equal(responder.requests.at(-1), 'POST /good');
});

test('what keeps a server from starting', async (t) => {
  const { responder, says, make } = await setUp(t);
  const bad = "bad OCSP status update for certificate at 'cert.pem': exhausted ocsp servers: ";
  const remote = `${bad}failed to get remote status from ${responder.url}: `;
  const cases: [string, AnswerWish][] = [
    [`${remote}invalid ocsp NextUpdate, is past time: `, { nextUpdateMs: Date.now() - 5000 }],
    [`${remote}invalid ocsp ThisUpdate, is future time: `, { thisUpdateMs: Date.now() + hourMs }],
    [`${remote}OCSP response signer missing authorization by CA to act as`, { signer: noSigner }],
    ["found existing OCSP status for certificate at 'cert.pem': revoked", { status: 'revoked' }],
  ];
  for (const [text, wish] of cases) {
    says(wish);
    await assert.rejects(make().open(), (error: Error) => error.message.startsWith(text));
  }
  const second = await setUp(t);
  second.responder.answer(reply(Buffer.alloc(0), 500));
  await assert.rejects(second.make().open(), (error: Error) => {
    const [first = '', rest = ''] = error.message.split('\n');
    assert.match(first, /: non-ok http status on POST request \(reqlen=\d+\): 500$/);
    return /^non-ok http status on GET request \(reqlen=\d+\): 500$/.test(rest);
  });
  const urls = makeCertificate({ name: 'no urls', issuer: ca }).certificate;
  const third = await setUp(t, { certificate: urls });
  await assert.rejects(third.make().open(), /'cert.pem': no available ocsp servers$/);
});

test('is refreshed half way to the next update', async (t) => {
  const { says, make, parts } = await setUp(t);
  says({ nextUpdateMs: Date.now() + 2 * hourMs });
  const stapler = make();
  await stapler.open();
  await stapler.start();
  assert.equal(parts.logger.lines[1], 'notice OCSP Stapling enabled for Client connections');
  assert.match(
    parts.logger.lines[2] ?? '',
    /^notice Found OCSP status for Client certificate at 'cert\.pem': good, next update 20..-..-..T..:..:..Z, checking again in (59m59|1h0m0)[.\d]*s$/,
  );
  const [held] = parts.timers.held;
  assert.ok(held !== undefined && held.delayMs > hourMs - 2000 && held.delayMs <= hourMs);
  const before = await stapler.staple();
  says({ nextUpdateMs: Date.now() + 3 * hourMs });
  parts.timers.fire();
  await until(() => parts.timers.held.length === 1);
  assert.ok(
    parts.logger.has("notice Received OCSP status for Client certificate 'cert.pem': good"),
  );
  assert.notDeepEqual(await stapler.staple(), before);
  stapler.close();
  assert.equal(parts.timers.held.length, 0);
});

test('waits in steps for updates far ahead', async (t) => {
  const { says, make, parts, responder } = await setUp(t);
  says({ nextUpdateMs: Date.now() + 6 * dayMs });
  const stapler = make();
  await stapler.open();
  await stapler.start();
  for (let n = 0; n < 2; n++) {
    assert.equal(parts.timers.held[0]?.delayMs, dayMs);
    parts.timers.fire();
  }
  assert.equal(responder.requests.length, 1);
  parts.timers.fire();
  await until(() => parts.timers.held.length === 1);
  assert.equal(responder.requests.length, 2);
});

test('statuses that hardly last do not keep the responder busy', async (t) => {
  const { says, make, parts } = await setUp(t);
  says({ nextUpdateMs: Date.now() + 5000 });
  const stapler = make();
  await stapler.open();
  parts.clock.offsetMs = 3500;
  await stapler.start();
  assert.equal(parts.timers.held[0]?.delayMs, 1000);
});

test('a failed refresh is an error and is tried again', async (t) => {
  const { says, make, parts, responder } = await setUp(t);
  says({});
  const stapler = make();
  await stapler.open();
  await stapler.start();
  responder.answer(reply(Buffer.from('garbage')));
  parts.timers.fire();
  await until(() => parts.timers.held.length === 1);
  assert.ok(parts.logger.has("error Bad OCSP status update for certificate 'cert.pem': exhausted"));
  assert.ok((await stapler.staple()).length > 0, 'the old one is still valid');
  parts.clock.offsetMs = 2 * dayMs;
  parts.timers.fire();
  await until(() => parts.timers.held.length === 1);
  assert.equal(parts.timers.held[0]?.delayMs, 120_000);
  await assert.rejects(stapler.staple(), /exhausted ocsp servers/);
});

test('a revocation ends the server where the policy says so', async (t) => {
  for (const shutdownOnRevoke of [true, false]) {
    const { says, make, parts } = await setUp(t, { shutdownOnRevoke });
    says({});
    const stapler = make();
    await stapler.open();
    await stapler.start();
    says({ status: 'revoked' });
    parts.timers.fire();
    const line = "error Received OCSP status for Client certificate 'cert.pem': revoked";
    await until(() => parts.logger.lines.includes(line));
    assert.equal(parts.revoked, shutdownOnRevoke ? 1 : 0);
    assert.ok((await stapler.staple()).length > 0);
    assert.equal(parts.timers.held.length, 0);
  }
});

test('handshakes share a query, and a responder that failed is left alone for a while', async (t) => {
  const { make, responder } = await setUp(t, { storeDir: '' });
  responder.answer(reply(Buffer.alloc(0), 500));
  const stapler = make();
  const ask = () => stapler.staple().catch(() => undefined);
  await Promise.all([ask(), ask(), ask()]);
  await ask();
  assert.equal(responder.requests.length, 2, 'one POST and one GET');
});

test('a file that cannot be used does not matter', async (t) => {
  const { says, make, responder, storeDir } = await setUp(t);
  says({});
  await make().open();
  const folder = join(storeDir, 'ocsp');
  writeFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'garbage');
  await make().open();
  assert.equal(responder.requests.length, 2);
});

test('a place that cannot be a folder', async (t) => {
  const { storeDir } = await setUp(t);
  const text = 'OCSP storage directory is not a directory';
  const file = join(storeDir, 'x');
  writeFileSync(file, '');
  await assert.rejects(createStapleFolder(nodeDisk, file), { message: text });
  rmSync(join(storeDir, 'ocsp'), { recursive: true });
  writeFileSync(join(storeDir, 'ocsp'), '');
  await assert.rejects(createStapleFolder(nodeDisk, storeDir), { message: text });
  const mkdir = () => Promise.reject(Object.assign(new Error(), { code: 'ENOSPC' }));
  await assert.rejects(createStapleFolder({ ...nodeDisk, mkdir }, '/nowhere'), {
    message:
      'could not create OCSP storage directory - mkdir /nowhere/ocsp: no space left on device',
  });
  await createStapleFolder(nodeDisk, '');
});

test('what the modes ask for', () => {
  const shown = (mode: string | undefined, mustStaple: boolean) => {
    const { staple, shutdownOnRevoke, ignored } = staplePolicy(mode, mustStaple);
    return [staple && 'staple', shutdownOnRevoke && 'strict', ignored && 'ignored']
      .filter(Boolean)
      .join(' ');
  };
  const modes = [undefined, 'auto', 'must', 'always', 'never'] as const;
  const plain = modes.map((mode) => shown(mode, false));
  const must = modes.map((mode) => shown(mode, true));
  assert.deepEqual(plain, ['', '', '', 'staple strict', '']);
  assert.deepEqual(must, ['staple', 'staple', 'staple strict', 'staple strict', 'ignored']);
});

test('the issuer comes second in the file, or from the authorities', () => {
  const leaf = makeCertificate({ name: 'leaf', issuer: ca }).certificate;
  const other = makeCertificate({ name: 'other', ca: true }).certificate;
  const now = Date.now();
  assert.equal(findIssuer([leaf, ca.certificate], [], now), ca.certificate);
  assert.equal(findIssuer([leaf], [other, ca.certificate], now), ca.certificate);
  assert.throws(() => findIssuer([leaf, other], [ca.certificate], now), /no issuers found/);
  assert.throws(() => findIssuer([leaf], [other], now), /no issuers found/);
  const under = makeCertificate({ name: 'under', issuer: noSigner }).certificate;
  const text = 'CN=no signer,O=tnatsd invalid ca basic constraints: is not ca';
  assert.throws(() => findIssuer([under, noSigner.certificate], [], now), { message: text });
});
