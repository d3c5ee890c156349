/**
 * A certificate authority for tests: makes certificates and OCSP answers at run time, so that none
 * of them ever expires in the repository.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { type Certificate, readCertificate } from '../../src/transport/ocsp/certificate.ts';
import { contextTag, derTags, encodeDer, encodeOid } from '../../src/transport/ocsp/der.ts';

const { sequence, set, integer, bitString, octetString, boolean, enumerated } = derTags;
const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  tlsFeature: '1.3.6.1.5.5.7.1.24',
  ocspResponder: '1.3.6.1.5.5.7.48.1',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  basicResponse: '1.3.6.1.5.5.7.48.1.1',
  ecdsaSha256: '1.2.840.10045.4.3.2',
  rsaSha256: '1.2.840.113549.1.1.11',
};
const hashOids = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1' };
const dayMs = 86_400_000;

/** A certificate with its key. */
export interface Holder {
  readonly certificate: Certificate;
  readonly key: KeyObject;
  readonly certPem: string;
  readonly keyPem: string;
}

export interface CertificateWish {
  name: string;
  /** Undefined: signs itself. */
  issuer?: Holder;
  ca?: boolean;
  ocspUrls?: string[];
  mustStaple?: boolean;
  ocspSigning?: boolean;
  kind?: 'ec' | 'rsa';
  serial?: number;
  sameKeyAs?: Holder;
  notAfterMs?: number;
}

let lastSerial = 1000;

const utf8 = (text: string) => encodeDer(0x0c, Buffer.from(text));

function nameDer(name: string): Buffer {
  const attribute = (oid: string, value: string) =>
    encodeDer(set, encodeDer(sequence, encodeOid(oid), utf8(value)));
  return encodeDer(
    sequence,
    attribute(oids.organization, 'tnatsd'),
    attribute(oids.commonName, name),
  );
}

function generalizedTime(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return encodeDer(derTags.generalizedTime, Buffer.from(text));
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [encodeDer(boolean, Buffer.from([0xff]))] : [];
  return encodeDer(sequence, encodeOid(oid), ...flag, encodeDer(octetString, value));
}

function extensions(wish: CertificateWish): Buffer[] {
  const list: Buffer[] = [];
  if (wish.ca) {
    const yes = encodeDer(boolean, Buffer.from([0xff]));
    list.push(extension(oids.basicConstraints, encodeDer(sequence, yes), true));
    list.push(extension(oids.keyUsage, encodeDer(bitString, Buffer.from([1, 0x06])), true));
  } else {
    const purposes = wish.ocspSigning ? [oids.ocspSigning] : [oids.serverAuth, oids.clientAuth];
    const usage = encodeDer(sequence, ...purposes.map(encodeOid));
    list.push(extension(oids.extendedKeyUsage, usage));
    const address = encodeDer(0x87, Buffer.from([127, 0, 0, 1]));
    const host = encodeDer(0x82, Buffer.from('localhost'));
    list.push(extension(oids.subjectAltName, encodeDer(sequence, host, address)));
  }
  if (wish.ocspUrls) {
    const places = wish.ocspUrls.map((url) =>
      encodeDer(sequence, encodeOid(oids.ocspResponder), encodeDer(0x86, Buffer.from(url))),
    );
    list.push(extension(oids.authorityInfoAccess, encodeDer(sequence, ...places)));
  }
  if (wish.mustStaple) {
    const features = encodeDer(sequence, encodeDer(integer, Buffer.from([5])));
    list.push(extension(oids.tlsFeature, features));
  }
  return list;
}

function signatureAlgorithm(key: KeyObject): Buffer {
  return key.asymmetricKeyType === 'rsa'
    ? encodeDer(sequence, encodeOid(oids.rsaSha256), encodeDer(derTags.null))
    : encodeDer(sequence, encodeOid(oids.ecdsaSha256));
}

/** Body, algorithm, signature. */
function signed(body: Buffer, key: KeyObject, corrupt = false): Buffer[] {
  const signature = sign('sha256', corrupt ? Buffer.concat([body, body]) : body, key);
  const bits = encodeDer(bitString, Buffer.from([0]), signature);
  return [body, signatureAlgorithm(key), bits];
}

function newKey(kind: 'ec' | 'rsa'): KeyObject {
  const pair =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
}

export function makeCertificate(wish: CertificateWish): Holder {
  const key = wish.sameKeyAs?.key ?? newKey(wish.kind ?? 'ec');
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const serial = wish.serial ?? ++lastSerial;
  const issuerKey = wish.issuer?.key ?? key;
  const now = Date.now();
  const body = encodeDer(
    sequence,
    encodeDer(contextTag(0), encodeDer(integer, Buffer.from([2]))),
    encodeDer(integer, Buffer.from([serial >> 8, serial & 0xff])),
    signatureAlgorithm(issuerKey),
    wish.issuer?.certificate.subject ?? nameDer(wish.name),
    encodeDer(sequence, utcTime(now - dayMs), utcTime(wish.notAfterMs ?? now + 10 * dayMs)),
    nameDer(wish.name),
    spki,
    encodeDer(contextTag(3), encodeDer(sequence, ...extensions(wish))),
  );
  const certificate = readCertificate(encodeDer(sequence, ...signed(body, issuerKey)));
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }) as string;
  return { certificate, key, certPem: certificate.x509.toString(), keyPem };
}

/** UTCTime, as certificates of this century have it. */
function utcTime(ms: number): Buffer {
  const text = new Date(ms)
    .toISOString()
    .slice(2)
    .replace(/[-:T]|\.\d+/g, '');
  return encodeDer(0x17, Buffer.from(text));
}

export interface AnswerWish {
  status?: 'good' | 'revoked' | 'unknown';
  thisUpdateMs?: number;
  /** null: left out. */
  nextUpdateMs?: number | null;
  /** Signs instead of the issuer; its certificate comes along. */
  signer?: Holder;
  /** Signs instead of the issuer, and nothing comes along. */
  secretSigner?: Holder;
  badSignature?: boolean;
  hash?: 'sha1' | 'sha256';
  serial?: Buffer;
  criticalExtension?: boolean;
}

function certificateId(of: Certificate, issuer: Certificate, wish: AnswerWish): Buffer {
  const name = wish.hash ?? 'sha1';
  const hash = (bytes: Uint8Array) =>
    encodeDer(octetString, createHash(name).update(bytes).digest());
  const algorithm = encodeDer(sequence, encodeOid(hashOids[name]), encodeDer(derTags.null));
  const serial = encodeDer(integer, wish.serial ?? of.serial);
  return encodeDer(sequence, algorithm, hash(issuer.subject), hash(issuer.keyBits), serial);
}

function statusDer(status: AnswerWish['status'], nowMs: number): Buffer {
  if (status === 'revoked') return encodeDer(contextTag(1), generalizedTime(nowMs - 1000));
  return encodeDer(status === 'unknown' ? 0x82 : 0x80);
}

/** An answer about `of`, issued by `issuer`. */
export function makeAnswer(of: Certificate, issuer: Holder, wish: AnswerWish = {}): Buffer {
  const now = Date.now();
  const next = wish.nextUpdateMs === undefined ? now + dayMs : wish.nextUpdateMs;
  const critical = extension('1.2.3.4', Buffer.from([5, 0]), true);
  const single = encodeDer(
    sequence,
    certificateId(of, issuer.certificate, wish),
    statusDer(wish.status, now),
    generalizedTime(wish.thisUpdateMs ?? now - 60_000),
    ...(next === null ? [] : [encodeDer(contextTag(0), generalizedTime(next))]),
    ...(wish.criticalExtension ? [encodeDer(contextTag(1), encodeDer(sequence, critical))] : []),
  );
  const signer = wish.signer ?? wish.secretSigner ?? issuer;
  const body = encodeDer(
    sequence,
    encodeDer(contextTag(1), signer.certificate.subject),
    generalizedTime(now),
    encodeDer(sequence, single),
  );
  const along = wish.signer
    ? [encodeDer(contextTag(0), encodeDer(sequence, signer.certificate.raw))]
    : [];
  const basic = encodeDer(sequence, ...signed(body, signer.key, wish.badSignature), ...along);
  const bytes = encodeDer(sequence, encodeOid(oids.basicResponse), encodeDer(octetString, basic));
  const success = encodeDer(enumerated, Buffer.from([0]));
  return encodeDer(sequence, success, encodeDer(contextTag(0), bytes));
}

/** What a responder says that gives no answer. */
export function makeRefusal(code: number): Buffer {
  return encodeDer(sequence, encodeDer(enumerated, Buffer.from([code])));
}
