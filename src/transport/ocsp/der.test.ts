import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { makeCertificate } from '../../../test/ocsp/authority.ts';
import { readCertificate } from './certificate.ts';
import {
  DerError,
  DerReader,
  derTags,
  encodeDer,
  encodeOid,
  oidText,
  readDer,
  timeMs,
} from './der.ts';

const time = (text: string) => readDer(encodeDer(derTags.generalizedTime, Buffer.from(text)));

test('reads what it wrote, of every length', () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65535, 65536]) {
    const content = Buffer.alloc(length, 7);
    const der = encodeDer(derTags.octetString, content);
    assert.deepEqual(readDer(der, derTags.octetString).content, content);
    assert.throws(() => readDer(der.subarray(0, -1)), /cut off/);
    assert.throws(() => readDer(Buffer.concat([der, Buffer.from([0])])), /trailing/);
  }
});

test('refuses lengths that are indefinite, too long or not minimal', () => {
  for (const hex of ['3080', '308100', '30817f', '30820080', '3085ffffffffff', '1f8101', '30']) {
    assert.throws(() => readDer(Buffer.from(hex, 'hex')), DerError, hex);
  }
});

test('object identifiers', () => {
  for (const oid of [
    '1.3.6.1.5.5.7.48.1.1',
    '2.5.29.37',
    '1.2.840.10045.4.3.2',
    '2.16.840.1.101',
  ]) {
    assert.equal(oidText(readDer(encodeOid(oid))), oid);
  }
  assert.throws(() => oidText(readDer(encodeDer(derTags.oid, Buffer.alloc(20, 0xff)))), DerError);
});

test('times', () => {
  assert.equal(timeMs(time('20260102030405Z')), Date.UTC(2026, 0, 2, 3, 4, 5));
  assert.equal(timeMs(time('20260102030405.25Z')), Date.UTC(2026, 0, 2, 3, 4, 5, 250));
  for (const text of ['20261302030405Z', '20260102030405', '2026010203Z', '']) {
    assert.throws(() => timeMs(time(text)), DerError, text);
  }
});

test('bytes that are no DER are a DerError and nothing else', () => {
  const walk = (reader: DerReader, depth: number): void => {
    for (const value of reader.rest()) {
      if (value.tag & 0x20 && depth > 0) walk(new DerReader(value.content), depth - 1);
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        walk(new DerReader(bytes), 5);
      } catch (error) {
        assert.ok(error instanceof DerError);
      }
    }),
    { numRuns: 3000 },
  );
});

test('a broken certificate is an error', () => {
  const { raw } = makeCertificate({ name: 'a', ca: true, ocspUrls: ['http://x'] }).certificate;
  const change = fc.tuple(fc.nat(raw.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
      const bad = Buffer.from(raw);
      for (const [at, value] of changes) bad[at] = value;
      try {
        assert.ok(readCertificate(bad).raw.length > 0);
      } catch (error) {
        assert.ok(error instanceof Error);
      }
    }),
    { numRuns: 500 },
  );
});

test('reads what OCSP needs of a certificate', () => {
  const urls = ['http://a/ocsp', 'ldap://no', 'nonsense', 'https://b'];
  const ca = makeCertificate({ name: 'ca', ca: true });
  const leaf = makeCertificate({ name: 'leaf', issuer: ca, ocspUrls: urls, mustStaple: true });
  assert.deepEqual(leaf.certificate.ocspUrls, ['http://a/ocsp', 'https://b']);
  assert.equal(leaf.certificate.mustStaple, true);
  assert.equal(leaf.certificate.ocspSigning, false);
  assert.deepEqual(leaf.certificate.issuer, ca.certificate.subject);
  assert.equal(ca.certificate.mustStaple, false);
  const signer = makeCertificate({ name: 'signer', issuer: ca, ocspSigning: true });
  assert.equal(signer.certificate.ocspSigning, true);
});
