/**
 * Peer certificates as /connz shows them: the subject in the form of Go's pkix.Name, and SHA-256 of
 * the public key and of the certificate. Node prints names in a form that cannot be taken apart
 * again, so the few fields needed are read from the certificate's DER.
 */
import { createHash, type X509Certificate } from 'node:crypto';

export interface PeerCertificate {
  subject: string;
  /** Lower-case hex. */
  spkiSha256: string;
  certSha256: string;
}

/** The certificates the peer sent, its own first. */
export function describePeerCertificates(own: X509Certificate | undefined): PeerCertificate[] {
  const all: PeerCertificate[] = [];
  for (let certificate = own; certificate; certificate = certificate.issuerCertificate) {
    if (all.length === chainMax) break;
    all.push(describePeerCertificate(certificate.raw));
  }
  return all;
}

/** OpenSSL refuses longer chains long before. */
const chainMax = 32;

export function describePeerCertificate(der: Buffer): PeerCertificate {
  const { subject, publicKey } = certificateFields(der);
  return {
    subject: nameText(subject),
    spkiSha256: sha256(publicKey),
    certSha256: sha256(der),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

interface Der {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

const tags = { sequence: 0x30, set: 0x31, oid: 0x06, version: 0xa0 };

function readDer(buf: Buffer, at: number): Der {
  const tag = buf.readUInt8(at);
  let length = buf.readUInt8(at + 1);
  let start = at + 2;
  if (length & 0x80) {
    const size = length & 0x7f;
    length = buf.readUIntBE(start, size);
    start += size;
  }
  if (start + length > buf.length) throw new RangeError('truncated DER');
  const end = start + length;
  return { tag, content: buf.subarray(start, end), whole: buf.subarray(at, end) };
}

function children(der: Der): Der[] {
  const list: Der[] = [];
  for (let at = 0; at < der.content.length; ) {
    const child = readDer(der.content, at);
    list.push(child);
    at += child.whole.length;
  }
  return list;
}

/** Certificate → tbsCertificate: [version], serial, algorithm, issuer, validity, subject, key, … */
function certificateFields(der: Buffer): { subject: Der; publicKey: Buffer } {
  const [body] = children(readDer(der, 0));
  const fields = body ? children(body) : [];
  if (fields[0]?.tag === tags.version) fields.shift();
  const [, , , , subject, publicKey] = fields;
  if (!subject || !publicKey) throw new RangeError('not a certificate');
  return { subject, publicKey: publicKey.whole };
}

interface Attribute {
  readonly oid: string;
  readonly value: string;
}

function oidText(content: Buffer): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(value / 40)));
    arcs.push(arcs.length === 1 ? value - (arcs[0] as number) * 40 : value);
    value = 0;
  }
  return arcs.join('.');
}

function stringValue({ tag, content }: Der): string {
  // BMPString is big-endian UTF-16; TeletexString is taken for latin1.
  if (tag === 0x1e) return Buffer.from(content).swap16().toString('utf16le');
  return content.toString(tag === 0x14 ? 'latin1' : 'utf8');
}

function attributes(name: Der): Attribute[] {
  return children(name)
    .flatMap((part) => children(part))
    .map((pair) => {
      const [oid, value] = children(pair);
      if (oid?.tag !== tags.oid || !value) throw new RangeError('not a name');
      return { oid: oidText(oid.content), value: stringValue(value) };
    });
}

/** Attributes with a field of their own in Go's pkix.Name, in the order Go puts them in. */
const known: readonly (readonly [string, string])[] = [
  ['2.5.4.6', 'C'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.17', 'POSTALCODE'],
  ['2.5.4.3', 'CN'],
  ['2.5.4.5', 'SERIALNUMBER'],
];
/** These hold one value in Go: the last one counts. */
const single = new Set(['2.5.4.3', '2.5.4.5']);

/**
 * Go's `Name.String()`: not the order of the certificate but last to first of: all attributes without
 * a field of their own, then each known kind with its values joined by `+`.
 */
function nameText(name: Der): string {
  const all = attributes(name);
  const names = new Map(known);
  const parts = all
    .filter(({ oid }) => !names.has(oid))
    .map(({ oid, value }) => `${oid}=#${valueDer(value).toString('hex')}`);
  return [...parts, ...knownParts(all)].reverse().join(',');
}

/** The DER of a name as nats-server's OCSP lines and events show it: only attributes it knows. */
export function describeName(der: Buffer): string {
  return knownParts(attributes(readDer(der, 0)))
    .reverse()
    .join(',');
}

function knownParts(all: readonly Attribute[]): string[] {
  const parts: string[] = [];
  for (const [oid, short] of known) {
    let values = all.filter((attribute) => attribute.oid === oid).map(({ value }) => value);
    if (single.has(oid)) values = values.slice(-1).filter((value) => value !== '');
    if (values.length > 0) parts.push(values.map((v) => `${short}=${escapeValue(v)}`).join('+'));
  }
  return parts;
}

/** Go prints an unknown attribute as the DER of its value: PrintableString when it can be one. */
function valueDer(value: string): Buffer {
  const content = Buffer.from(value, 'utf8');
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value);
  const size =
    content.length < 0x80
      ? [content.length]
      : content.length < 0x100
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([printable ? 0x13 : 0x0c, ...size]), content]);
}

function escapeValue(value: string): string {
  return value
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, (space, at: number) => (at === 0 ? space : `\\${space}`));
}
