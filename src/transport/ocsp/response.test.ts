import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type AnswerWish,
  makeAnswer,
  makeCertificate,
  makeRefusal,
} from '../../../test/ocsp/authority.ts';
import { encodeOcspRequest, readOcspResponse, validDelegation } from './response.ts';

const ca = makeCertificate({ name: 'ca', ca: true });
const rsaCa = makeCertificate({ name: 'rsa', ca: true, kind: 'rsa' });
const otherCa = makeCertificate({ name: 'other', ca: true });
const leaf = makeCertificate({ name: 'leaf', issuer: ca });
const signer = makeCertificate({ name: 'signer', issuer: ca, ocspSigning: true });
const noSigner = makeCertificate({ name: 'no signer', issuer: ca });
const strangeSigner = makeCertificate({ name: 'strange', issuer: otherCa, ocspSigning: true });

const answer = (wish: AnswerWish = {}) => makeAnswer(leaf.certificate, ca, wish);
const read = (raw: Buffer) => readOcspResponse(raw, leaf.certificate, ca.certificate);

test('status and times', () => {
  const thisUpdateMs = Date.UTC(2026, 1, 3);
  for (const status of ['good', 'revoked', 'unknown'] as const) {
    const nextUpdateMs = thisUpdateMs + 5000;
    const response = read(answer({ status, thisUpdateMs, nextUpdateMs }));
    assert.equal(response.status, status);
    assert.equal(response.thisUpdateMs, thisUpdateMs);
    assert.equal(response.nextUpdateMs, nextUpdateMs);
  }
  assert.equal(read(answer({ nextUpdateMs: null })).nextUpdateMs, undefined);
});

test('an authority with an RSA key, and certificates named by SHA-256', () => {
  const of = makeCertificate({ name: 'x', issuer: rsaCa }).certificate;
  assert.equal(readOcspResponse(makeAnswer(of, rsaCa), of, rsaCa.certificate).status, 'good');
  assert.equal(read(answer({ hash: 'sha256' })).status, 'good');
});

test('answers for another certificate or another issuer do not count', () => {
  assert.throws(() => read(answer({ serial: Buffer.from([9]) })), /no response matching/);
  const wrongIssuer = makeAnswer(leaf.certificate, otherCa, { secretSigner: ca });
  assert.throws(() => read(wrongIssuer), /no response matching/);
});

test('signatures', () => {
  assert.throws(() => read(answer({ badSignature: true })), /bad OCSP signature/);
  assert.throws(() => read(answer({ secretSigner: otherCa })), /bad OCSP signature/);
  assert.throws(() => read(answer({ secretSigner: rsaCa })), /algorithm does not fit/);
  assert.throws(() => read(answer({ signer: strangeSigner })), /not issued by the issuer/);
  assert.equal(validDelegation(ca.certificate, read(answer())), true);
  assert.equal(validDelegation(ca.certificate, read(answer({ signer }))), true);
  assert.equal(validDelegation(ca.certificate, read(answer({ signer: ca }))), true);
  assert.equal(validDelegation(ca.certificate, read(answer({ signer: noSigner }))), false);
});

test('critical extensions and refusals', () => {
  assert.throws(() => read(answer({ criticalExtension: true })), /critical extension/);
  assert.throws(() => read(makeRefusal(6)), /error from server: unauthorized/);
  assert.throws(() => read(makeRefusal(3)), /try later/);
  assert.throws(() => read(makeRefusal(9)), /unknown OCSP status: 9/);
});

test('a changed byte never makes another good answer', () => {
  const raw = answer({ status: 'revoked' });
  fc.assert(
    fc.property(fc.nat(raw.length - 1), fc.nat(255), fc.nat(raw.length), (at, value, cut) => {
      const bad = Buffer.from(raw);
      bad[at] = value;
      for (const bytes of [bad, raw.subarray(0, cut)]) {
        try {
          assert.equal(read(bytes).status, 'revoked');
        } catch (error) {
          assert.ok(error instanceof Error);
          assert.ok(!(error instanceof assert.AssertionError));
        }
      }
    }),
    { numRuns: 1500 },
  );
});

test('the request is that of nats-server', () => {
  const der = encodeOcspRequest(leaf.certificate, ca.certificate);
  const serial = leaf.certificate.serial.toString('hex');
  assert.match(
    der.toString('hex'),
    new RegExp(`^30..30..30..30..30..300906052b0e03021a05000414.{40}0414.{40}0202${serial}$`),
  );
});
