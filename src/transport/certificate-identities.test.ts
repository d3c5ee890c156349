/** What a certificate stands for, as recorded from nats-server (test/fixtures/dn/make_fixture.go). */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { certificateIdentities, matchCertificateUser } from './certificate-identities.ts';
import {
  type DistinguishedName,
  equalNames,
  parseDistinguishedName,
  sameParts,
} from './distinguished-name.ts';
import { sanUriText } from './san-uri.ts';

interface Recorded {
  readonly identities: readonly {
    readonly about: string;
    /** Base64. */
    readonly der: string;
    /** Go refuses the certificate. */
    readonly refused?: boolean;
    readonly subject: string;
    readonly emails: readonly string[];
    readonly dnsNames: readonly string[];
    readonly uris: readonly string[];
    readonly rdns: readonly (readonly (readonly [string, string])[])[] | null;
    readonly matches: readonly { users: readonly string[]; user: string | null }[];
  }[];
  readonly names: readonly { text: string; rdns: Recorded['identities'][number]['rdns'] }[];
}

const fixtures = join(__PROJECT_ROOT__, 'test/fixtures');
const recorded: Recorded = JSON.parse(
  readFileSync(join(fixtures, 'dn/certificate-identities.json'), 'utf8'),
);

/** Types and values in base64, as recorded. */
function coded(name: DistinguishedName | undefined) {
  const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
  return name?.map((part) => part.map(({ type, value }) => [base64(type), base64(value)])) ?? null;
}

function userOf(der: Buffer, users: readonly string[]): string | null {
  const identities = certificateIdentities(der);
  return (
    (identities && matchCertificateUser(identities, (name) => users.includes(name), users)) ?? null
  );
}

test('certificates say who their owner is as nats-server reads them', () => {
  for (const { about, der, refused, matches, ...expected } of recorded.identities) {
    const identities = certificateIdentities(Buffer.from(der, 'base64'));
    if (refused) {
      assert.equal(identities, undefined, about);
      continue;
    }
    const { subjectNames: _, rdns, ...found } = identities!;
    assert.deepEqual({ ...found, rdns: coded(rdns) }, expected, about);
  }
});

test('CVE-2026-33248: a certificate is mapped to the user that nats-server maps it to', () => {
  let count = 0;
  for (const { about, der, matches } of recorded.identities) {
    for (const { users, user } of matches) {
      assert.equal(
        userOf(Buffer.from(der, 'base64'), users),
        user,
        `${about}: ${users.join(' | ')}`,
      );
      count++;
    }
  }
  assert.ok(count > 130);
});

test('names of users are read as nats-server reads them', () => {
  for (const { text, rdns } of recorded.names) {
    assert.deepEqual(coded(parseDistinguishedName(text)), rdns, JSON.stringify(text));
  }
});

test('a certificate that is cut or has a wrong byte stands for what it says or for nobody', () => {
  const good = Buffer.from(recorded.identities[1]!.der, 'base64');
  for (let end = 0; end < good.length; end++) {
    assert.equal(certificateIdentities(good.subarray(0, end)), undefined);
  }
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
      const bad = Buffer.from(good);
      bad[at] = byte;
      certificateIdentities(bad);
    }),
  );
});

const value = fc.string({ minLength: 1, maxLength: 6, unit: 'binary' });
const name = fc.array(
  fc.array(fc.record({ type: fc.constantFrom('CN', 'ou', 'DC'), value }), {
    minLength: 1,
    maxLength: 3,
  }),
  { maxLength: 4 },
);

/** Every byte of a value escaped, as RFC 4514 allows. */
function text(parts: readonly (readonly { type: string; value: string }[])[]): string {
  const hex = (v: string) => Buffer.from(v).toString('hex').replace(/../g, '\\$&');
  return parts
    .map((part) => part.map((one) => `${one.type}=${hex(one.value)}`).join('+'))
    .join(',');
}

test('a name is equal to itself written in any way, and to no other order', () => {
  fc.assert(
    fc.property(name, (parts) => {
      const read = parseDistinguishedName(text(parts))!;
      assert.equal(read.length, parts.length);
      const shouted = parts.map((part) =>
        [...part].reverse().map((one) => ({ ...one, type: one.type.toUpperCase() })),
      );
      assert.ok(equalNames(read, parseDistinguishedName(text(shouted))!));
      const reversed = parseDistinguishedName(text([...parts].reverse()))!;
      assert.ok(sameParts(read, reversed));
      if (parts.length > 0) assert.ok(!sameParts(read, [...reversed.slice(1), reversed[0]!, []]));
      if (parts.length > 1) assert.ok(!sameParts(read.slice(1), reversed));
    }),
  );
});

test('any text is a URI or none, and a printed one stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (tail) => {
      const printed = sanUriText(`spiffe://host/${tail}`);
      if (printed !== undefined) assert.equal(sanUriText(printed), printed);
    }),
  );
});

test('a real certificate', () => {
  const { raw } = new X509Certificate(readFileSync(join(fixtures, 'tls/client-odd.pem')));
  const odd = certificateIdentities(raw)!;
  assert.equal(odd.rdns?.length, undefined, 'it has a mail address for an attribute');
  const own = new X509Certificate(readFileSync(join(fixtures, 'tls/client.pem'))).raw;
  assert.equal(userOf(own, ['derek@example.com', 'CN=derek']), 'derek@example.com');
});
