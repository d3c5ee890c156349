/**
 * Peer certificates as /connz shows them: the subject in the form of Go's pkix.Name, and SHA-256 of
 * the public key and of the certificate. Node prints names in a form that cannot be taken apart
 * again, so the few fields needed are read from the certificate's DER.
 */
import { createHash } from 'node:crypto';
import { knownNameText, nameText, readName } from './distinguished-name.ts';
import { contextTag, DerReader, derTags, oidText, readDer } from './ocsp/der.ts';

export interface PeerCertificate {
  subject: string;
  /** Lower-case hex. */
  spkiSha256: string;
  certSha256: string;
}

/** Throws when it is no certificate that Go would take. */
export function describePeerCertificate(der: Uint8Array): PeerCertificate {
  const { subject, publicKey } = certificateFields(der);
  return {
    subject: nameText(readName(subject)),
    spkiSha256: sha256(publicKey),
    certSha256: sha256(der),
  };
}

/** The DER of a name as nats-server's OCSP lines and events show it: only attributes it knows. */
export function describeName(der: Buffer): string {
  return knownNameText(readName(der));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface CertificateFields {
  /** DER. */
  readonly subject: Buffer;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  readonly extensions: readonly { readonly oid: string; readonly value: Buffer }[];
}

/** Certificate → tbsCertificate: [version], serial, algorithm, issuer, validity, subject, key, … */
export function certificateFields(der: Uint8Array): CertificateFields {
  const body = new DerReader(readDer(der, derTags.sequence).content).enter();
  body.optional(contextTag(0));
  for (const tag of [derTags.integer, ...Array(3).fill(derTags.sequence)]) body.next(tag);
  const subject = body.next(derTags.sequence).whole;
  const publicKey = body.next(derTags.sequence).whole;
  const field = body.rest().find(({ tag }) => tag === contextTag(3));
  const list = field === undefined ? [] : new DerReader(field.content).enter().rest();
  const extensions = list.map(({ content }) => {
    const extension = new DerReader(content);
    const oid = oidText(extension.next(derTags.oid));
    extension.optional(derTags.boolean);
    return { oid, value: extension.next(derTags.octetString).content };
  });
  return { subject, publicKey, extensions };
}
