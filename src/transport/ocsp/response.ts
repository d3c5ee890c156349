/**
 * OCSP requests and answers (RFC 6960). An answer counts when it is a basic response, speaks of this
 * certificate of this issuer, and is signed by the issuer or by a signer whose certificate comes
 * along and was issued by it. Whether such a signer may sign is asked apart (`validDelegation`), since
 * nats-server words that apart; so is whether the answer is current.
 */
import { createHash, verify } from 'node:crypto';
import { type Certificate, readCertificate } from './certificate.ts';
import {
  bitStringBytes,
  contextTag,
  DerReader,
  derTags,
  encodeDer,
  encodeOid,
  oidText,
  readDer,
  timeMs,
} from './der.ts';

export type OcspStatus = 'good' | 'revoked' | 'unknown';

export interface OcspResponse {
  readonly raw: Buffer;
  readonly status: OcspStatus;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number | undefined;
  /** The certificate that came along, when one did. */
  readonly signer: Certificate | undefined;
}

export class OcspResponseError extends Error {
  readonly code = 'ERR_OCSP_RESPONSE';

  constructor(message: string) {
    super(message);
    this.name = 'OcspResponseError';
  }
}

const basicResponseOid = '1.3.6.1.5.5.7.48.1.1';
const sha1Oid = '1.3.14.3.2.26';

const hashes: Record<string, string> = {
  [sha1Oid]: 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** Kind of key and hash by signature algorithm: those nats-server's library knows. */
const signatureAlgorithms: Record<string, readonly [string, string]> = {
  '1.2.840.113549.1.1.5': ['rsa', 'sha1'],
  '1.2.840.113549.1.1.11': ['rsa', 'sha256'],
  '1.2.840.113549.1.1.12': ['rsa', 'sha384'],
  '1.2.840.113549.1.1.13': ['rsa', 'sha512'],
  '1.2.840.10045.4.1': ['ec', 'sha1'],
  '1.2.840.10045.4.3.2': ['ec', 'sha256'],
  '1.2.840.10045.4.3.3': ['ec', 'sha384'],
  '1.2.840.10045.4.3.4': ['ec', 'sha512'],
};

/** What went wrong at the responder, by response status. */
const problems: Record<number, string> = {
  1: 'malformed',
  2: 'internal error',
  3: 'try later',
  5: 'signature required',
  6: 'unauthorized',
};

function hash(name: string, bytes: Uint8Array): Buffer {
  return createHash(name).update(bytes).digest();
}

/** DER of a request for the status of one certificate. */
export function encodeOcspRequest(certificate: Certificate, issuer: Certificate): Buffer {
  const { sequence, octetString, integer } = derTags;
  const algorithm = encodeDer(sequence, encodeOid(sha1Oid), encodeDer(derTags.null));
  const id = encodeDer(
    sequence,
    algorithm,
    encodeDer(octetString, hash('sha1', issuer.subject)),
    encodeDer(octetString, hash('sha1', issuer.keyBits)),
    encodeDer(integer, certificate.serial),
  );
  const list = encodeDer(sequence, encodeDer(sequence, id));
  return encodeDer(sequence, encodeDer(sequence, list));
}

/** Reads and verifies an answer. Throws OcspResponseError, or DerError when it is no DER. */
export function readOcspResponse(
  raw: Buffer,
  certificate: Certificate,
  issuer: Certificate,
): OcspResponse {
  const basic = basicResponse(raw);
  const body = basic.next(derTags.sequence);
  const algorithm = oidText(basic.enter().next(derTags.oid));
  const signature = bitStringBytes(basic.next(derTags.bitString));
  const single = findSingle(body.content, certificate, issuer);
  const signer = readSigner(basic);
  checkSignature(signer ?? issuer, algorithm, body.whole, signature);
  if (signer !== undefined) checkIssued(signer, issuer);
  return { raw, signer, ...single };
}

function basicResponse(raw: Buffer): DerReader {
  const response = new DerReader(readDer(raw, derTags.sequence).content);
  const status = response.next(derTags.enumerated).content;
  const code = status.length === 1 ? (status[0] as number) : -1;
  if (code !== 0) {
    const text = problems[code] ?? `unknown OCSP status: ${code}`;
    throw new OcspResponseError(`ocsp: error from server: ${text}`);
  }
  const bytes = response.enter(contextTag(0)).enter();
  if (oidText(bytes.next(derTags.oid)) !== basicResponseOid) {
    throw new OcspResponseError('bad OCSP response type');
  }
  const { content } = bytes.next(derTags.octetString);
  return new DerReader(readDer(content, derTags.sequence).content);
}

/** Answers for more certificates than this are cut: a responder is asked for one. */
const singlesMax = 64;

function findSingle(body: Buffer, certificate: Certificate, issuer: Certificate) {
  const data = new DerReader(body);
  data.optional(contextTag(0));
  const responder = data.next();
  if (responder.tag !== contextTag(1) && responder.tag !== contextTag(2)) {
    throw new OcspResponseError('invalid responder id tag');
  }
  timeMs(data.next(derTags.generalizedTime));
  const list = data.enter();
  for (let n = 0; n < singlesMax && !list.done; n++) {
    const single = list.enter();
    if (isAbout(single.enter(), certificate, issuer)) return readSingle(single);
  }
  throw new OcspResponseError('no response matching the supplied certificate');
}

/** The id names certificate and issuer; nats-server looks at the serial number alone. */
function isAbout(id: DerReader, certificate: Certificate, issuer: Certificate): boolean {
  const name = hashes[oidText(id.enter().next(derTags.oid))];
  if (name === undefined) return false;
  const nameHash = id.next(derTags.octetString).content;
  const keyHash = id.next(derTags.octetString).content;
  return (
    id.next(derTags.integer).content.equals(certificate.serial) &&
    nameHash.equals(hash(name, issuer.subject)) &&
    keyHash.equals(hash(name, issuer.keyBits))
  );
}

/** CertStatus by the tag of its choice. */
const statuses: Record<number, OcspStatus> = { 128: 'good', 161: 'revoked', 130: 'unknown' };

function readSingle(single: DerReader) {
  const status = statuses[single.next().tag];
  if (status === undefined) throw new OcspResponseError('bad certificate status');
  const thisUpdateMs = timeMs(single.next(derTags.generalizedTime));
  const next = single.optional(contextTag(0));
  const extensions = single.optional(contextTag(1));
  if (extensions !== undefined) refuseCritical(new DerReader(extensions.content).enter());
  return {
    status,
    thisUpdateMs,
    nextUpdateMs: next && timeMs(readDer(next.content, derTags.generalizedTime)),
  };
}

function refuseCritical(extensions: DerReader): void {
  for (const { content } of extensions.rest(derTags.sequence)) {
    const extension = new DerReader(content);
    extension.next(derTags.oid);
    const critical = extension.optional(derTags.boolean);
    if (critical?.content[0]) throw new OcspResponseError('unsupported critical extension');
  }
}

/** Only the first certificate counts: some responders send more. */
function readSigner(basic: DerReader): Certificate | undefined {
  const field = basic.optional(contextTag(0));
  const list = field && new DerReader(field.content).enter();
  return !list || list.done ? undefined : readCertificate(list.next(derTags.sequence).whole);
}

function checkSignature(
  { x509 }: Certificate,
  algorithm: string,
  data: Buffer,
  signature: Buffer,
): void {
  const [kind, digest] = signatureAlgorithms[algorithm] ?? [];
  if (kind === undefined || x509.publicKey.asymmetricKeyType !== kind) {
    throw new OcspResponseError('bad OCSP signature: algorithm does not fit the key');
  }
  let valid = false;
  try {
    valid = verify(digest, data, x509.publicKey, signature);
  } catch {
    // A signature that is none, or a key that cannot be used.
  }
  if (!valid) throw new OcspResponseError('bad OCSP signature: verification error');
}

function checkIssued(signer: Certificate, issuer: Certificate): void {
  if (!signer.x509.verify(issuer.x509.publicKey)) {
    throw new OcspResponseError('bad OCSP signature: the signer was not issued by the issuer');
  }
}

/** The signer is the issuer itself, or the issuer made it a signer of OCSP answers. */
export function validDelegation(issuer: Certificate, { signer }: OcspResponse): boolean {
  return signer === undefined || signer.raw.equals(issuer.raw) || signer.ocspSigning;
}
