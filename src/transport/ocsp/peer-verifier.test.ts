import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import {
  type AnswerWish,
  type Holder,
  makeAnswer,
  makeCertificate,
  makeRefusal,
} from '../../../test/ocsp/authority.ts';
import {
  HeldTimers,
  LogLines,
  MovedClock,
  reply,
  TestResponder,
} from '../../../test/ocsp/responder.ts';
import { defaultOcspPeer, type OcspPeerOptions } from '../../options/ocsp-peer-block.ts';
import { localOcspCache } from '../../options/ocsp-rows.ts';
import { nodeDisk } from '../../platform/node-disk.ts';
import { OcspPeerVerifier } from './peer-verifier.ts';
import { ResponderClient } from './responder-client.ts';
import { ResponseCache } from './response-cache.ts';

const root = makeCertificate({ name: 'root', ca: true });
const otherRoot = makeCertificate({ name: 'other', ca: true });
const signer = makeCertificate({ name: 'signer', issuer: root, ocspSigning: true });
const noSigner = makeCertificate({ name: 'no signer', issuer: root });
const hourMs = 3_600_000;

async function setUp(t: TestContext, wish: Partial<OcspPeerOptions> = {}) {
  const responder = await TestResponder.open(reply(Buffer.alloc(0)));
  t.after(() => responder.close());
  const leaf = makeCertificate({ name: 'leaf', issuer: root, ocspUrls: [responder.url] });
  const logger = new LogLines();
  const clock = new MovedClock();
  // Nothing is on disk at this place, and nothing gets there.
  const cacheOptions = { ...localOcspCache(), localStore: '/nowhere/at/all' };
  const parts = { logger, clock, timers: new HeldTimers(), disk: nodeDisk };
  const cache = new ResponseCache(cacheOptions, parts);
  await cache.start();
  const events: string[] = [];
  const verifier = new OcspPeerVerifier(
    {
      options: { ...defaultOcspPeer(true), ...wish },
      kind: 'Client',
      peer: 'client',
      roots: [root.certificate],
    },
    {
      logger,
      clock,
      cache,
      client: new ResponderClient(),
      events: {
        onPeerRejected: (kind, peer, why) => events.push(`reject ${kind} ${peer.subject}: ${why}`),
        onLinkInvalid: (link, peer, why) =>
          events.push(`link ${link.subject} of ${peer.subject}: ${why}`),
      },
    },
  );
  const says = (answer: AnswerWish, issuer: Holder = root, of: Holder = leaf) =>
    responder.answer(reply(() => makeAnswer(of.certificate, issuer, answer)));
  const verify = (...sent: Holder[]) =>
    verifier.verifyPeer(
      (sent.length > 0 ? sent : [leaf]).map(({ certificate }) => certificate.raw),
    );
  return { responder, leaf, logger, clock, cache, events, says, verify };
}

const rejected = { reject: 'client not OCSP valid' };

test('a good certificate passes, and its answer is cached', async (t) => {
  const { says, verify, responder, events, logger, cache } = await setUp(t);
  says({});
  assert.equal(await verify(), 'good');
  assert.equal(await verify(), 'good');
  assert.equal(responder.requests.length, 1);
  assert.match(responder.requests[0] ?? '', /^GET \/[A-Za-z0-9%]+$/);
  assert.deepEqual(events, []);
  const { hits, misses, goods } = cache.stats ?? {};
  assert.deepEqual([hits, misses, goods], [1, 1, 1]);
  assert.ok(logger.has('debug OCSP verify pass for [CN=leaf,O=tnatsd]'));
  assert.ok(logger.has('debug Peer OCSP enabled: 1 TLS client chain(s) will be evaluated'));
});

test('verdicts on what responders say', async (t) => {
  const { says, responder, verify, events, leaf } = await setUp(t, { timeoutSeconds: 0.2 });
  const now = Date.now();
  const parse = 'Failed OCSP response parse';
  const fetch = 'Failed OCSP response fetch';
  const outside = 'OCSP response not in effectivity window';
  const cases: [string, () => void][] = [
    [parse, () => says({ serial: Buffer.from([1]) })],
    [parse, () => says({ badSignature: true })],
    [parse, () => says({ secretSigner: otherRoot })],
    ['Invalid OCSP response delegation: CN=leaf,O=tnatsd', () => says({ signer: noSigner })],
    [outside, () => says({ nextUpdateMs: now - hourMs })],
    [outside, () => says({ thisUpdateMs: now + hourMs })],
    [outside, () => says({ thisUpdateMs: now - 2 * hourMs, nextUpdateMs: null })],
    [parse, () => responder.answer(reply(makeRefusal(6)))],
    [parse, () => responder.answer(reply(Buffer.from('garbage')))],
    [fetch, () => responder.answer(reply(Buffer.alloc(0)))],
    [fetch, () => responder.answer(reply(Buffer.alloc(300_000)))],
    [fetch, () => responder.answer(reply(Buffer.alloc(10), 500))],
    [fetch, () => responder.answer(() => {})],
    [fetch, () => responder.answer(reply(makeAnswer(leaf.certificate, root), 201))],
    // The last one: it stays in the cache.
    ['Invalid OCSP response status: revoked', () => says({ status: 'revoked' })],
  ];
  for (const [reason, say] of cases) {
    events.length = 0;
    say();
    assert.deepEqual(await verify(), rejected, reason);
    assert.deepEqual(events, [
      `link CN=leaf,O=tnatsd of CN=leaf,O=tnatsd: ${reason}`,
      'reject Client CN=leaf,O=tnatsd: client not OCSP valid',
    ]);
  }
  says({});
  assert.deepEqual(await verify(), rejected, 'the cached revocation counts');
});

test('signers, skew and answers without next update', async (t) => {
  const { says, verify, clock } = await setUp(t);
  const now = Date.now();
  says({ signer });
  assert.equal(await verify(), 'good');
  clock.offsetMs = 2 * 24 * hourMs;
  assert.deepEqual(
    await verify(),
    rejected,
    'the cached answer has expired, and so has the new one',
  );
  clock.offsetMs = 0;
  for (const wish of [
    { nextUpdateMs: now - 20_000 },
    { thisUpdateMs: now + 20_000 },
    { thisUpdateMs: now - hourMs / 2, nextUpdateMs: null },
  ]) {
    const other = await setUp(t);
    other.says(wish);
    assert.equal(await other.verify(), 'good', JSON.stringify(wish));
  }
});

test('unknown is not good unless told so', async (t) => {
  const strict = await setUp(t);
  strict.says({ status: 'unknown' });
  assert.deepEqual(await strict.verify(), rejected);
  const lenient = await setUp(t, { unknownIsGood: true });
  lenient.says({ status: 'unknown' });
  assert.equal(await lenient.verify(), 'good');
});

test('with warn_only everything passes, with warnings', async (t) => {
  const { says, responder, verify, logger } = await setUp(t, { warnOnly: true });
  for (const say of [
    () => responder.answer(reply(Buffer.from('garbage'))),
    () => responder.answer(reply(Buffer.alloc(0), 404)),
    () => says({ signer: noSigner }),
    () => says({ nextUpdateMs: Date.now() - hourMs }),
    () => says({ status: 'revoked' }),
  ]) {
    logger.lines.length = 0;
    say();
    assert.equal(await verify(), 'good');
    assert.ok(
      logger.has('warn OCSP verify fail for [CN=leaf,O=tnatsd] but WarnOnly is true so allowing'),
    );
  }
});

test('allow_when_ca_unreachable, but not what was known to be revoked', async (t) => {
  const { says, responder, verify, logger, clock } = await setUp(t, {
    allowWhenCaUnreachable: true,
  });
  responder.answer(reply(Buffer.alloc(0), 503));
  assert.equal(await verify(), 'good');
  assert.ok(logger.has('AllowWhenCAUnreachable set; no cached revocation so allowing'));
  says({ status: 'revoked' });
  assert.deepEqual(await verify(), rejected);
  clock.offsetMs = 2 * 24 * hourMs;
  responder.answer(reply(Buffer.alloc(0), 503));
  assert.deepEqual(await verify(), rejected);
  assert.ok(logger.has('AllowWhenCAUnreachable set; cached revocation exists so rejecting'));
  assert.equal(await verify(), 'good', 'the revocation was not preserved');
});

test('every link of the chain counts', async (t) => {
  const { responder, verify, events } = await setUp(t);
  const urls = { ocspUrls: [responder.url] };
  const middle = makeCertificate({ name: 'middle', issuer: root, ca: true, ...urls });
  const deep = makeCertificate({ name: 'deep', issuer: middle, ...urls });
  const answers = [
    () => makeAnswer(deep.certificate, middle),
    () => makeAnswer(middle.certificate, root, { status: 'revoked' }),
  ];
  responder.answer((_request, response) => void response.end((answers.shift() ?? answers[0])?.()));
  assert.deepEqual(await verify(deep, middle), rejected);
  assert.equal(
    events[0],
    'link CN=middle,O=tnatsd of CN=deep,O=tnatsd: Invalid OCSP response status: revoked',
  );
});

test('one good chain of several is enough', async (t) => {
  const { responder, verify, events } = await setUp(t);
  const urls = { ocspUrls: [responder.url] };
  const revoked = makeCertificate({ name: 'middle', issuer: root, ca: true, ...urls });
  const plain = makeCertificate({ name: 'middle', issuer: root, ca: true, sameKeyAs: revoked });
  const deep = makeCertificate({ name: 'deep', issuer: plain });
  responder.answer(reply(() => makeAnswer(revoked.certificate, root, { status: 'revoked' })));
  assert.equal(await verify(deep, revoked, plain), 'good');
  assert.equal(events.length, 1);
  assert.deepEqual(await verify(deep, revoked), rejected);
});

test('certificates that name no responder, or are trusted themselves, pass', async (t) => {
  const { verify, responder } = await setUp(t);
  assert.equal(await verify(makeCertificate({ name: 'plain', issuer: root })), 'good');
  assert.equal(await verify(root), 'good');
  assert.equal(responder.requests.length, 0);
});

test('a peer without a chain to a trusted root is refused', async (t) => {
  const { verify, logger } = await setUp(t);
  assert.deepEqual(await verify(makeCertificate({ name: 'x', issuer: otherRoot })), rejected);
  assert.ok(logger.has('error Peer certificate is nil, rejecting OCSP peer'));
});

test('asks the next responder when one fails', async (t) => {
  const { responder, verify } = await setUp(t);
  const urls = [`${responder.url}/first`, `${responder.url}/second/`];
  const leaf = makeCertificate({ name: 'two', issuer: root, ocspUrls: urls });
  responder.answer((request, response) => {
    if (request.url?.startsWith('/first')) response.writeHead(500).end();
    else response.end(makeAnswer(leaf.certificate, root));
  });
  assert.equal(await verify(leaf), 'good');
  assert.match(responder.requests[1] ?? '', /^GET \/second\/M/);
});

test('many connections with one certificate ask once', async (t) => {
  const { responder, verify, leaf } = await setUp(t);
  responder.answer((_request, response) => {
    setTimeout(() => response.end(makeAnswer(leaf.certificate, root)), 30);
  });
  const verdicts = await Promise.all(Array.from({ length: 20 }, () => verify()));
  assert.deepEqual(new Set(verdicts), new Set(['good']));
  assert.equal(responder.requests.length, 1);
});
