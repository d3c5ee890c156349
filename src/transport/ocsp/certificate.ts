/** What OCSP needs to know of a certificate; Node tells only a part of it. */
import { createHash, X509Certificate } from 'node:crypto';
import { describeName } from '../peer-certificate.ts';
import { bitStringBytes, contextTag, DerReader, derTags, oidText, readDer } from './der.ts';

export interface Certificate {
  readonly raw: Buffer;
  readonly x509: X509Certificate;
  /** Content of the serial number. */
  readonly serial: Buffer;
  /** DER of the names. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** The bits of the public key, without its algorithm. */
  readonly keyBits: Buffer;
  /** Usable addresses (http, https) of OCSP responders. */
  readonly ocspUrls: readonly string[];
  /** Asks for a stapled status (TLS feature status_request). */
  readonly mustStaple: boolean;
  /** May sign OCSP answers for its issuer. */
  readonly ocspSigning: boolean;
}

const oids = {
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  ocsp: '1.3.6.1.5.5.7.48.1',
  tlsFeature: '1.3.6.1.5.5.7.1.24',
  extendedKeyUsage: '2.5.29.37',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
};
/** status_request among the TLS extensions. */
const statusRequest = 5;
/** GeneralName: uniformResourceIdentifier. */
const uriTag = 0x86;
/** More responders than anybody names; the rest is not asked. */
const urlsMax = 8;

/** Throws when it is no certificate. */
export function readCertificate(der: Uint8Array): Certificate {
  const x509 = new X509Certificate(der);
  const body = new DerReader(readDer(x509.raw, derTags.sequence).content).enter();
  body.optional(contextTag(0));
  const serial = body.next(derTags.integer).content;
  body.next(derTags.sequence);
  const issuer = body.next(derTags.sequence).whole;
  body.next(derTags.sequence);
  const subject = body.next(derTags.sequence).whole;
  const key = body.enter();
  key.next(derTags.sequence);
  const keyBits = bitStringBytes(key.next(derTags.bitString));
  const fields = { raw: x509.raw, x509, serial, issuer, subject, keyBits };
  return { ...fields, ...readExtensions(body) };
}

/** Reads all certificates of a PEM file. */
export function readPemCertificates(pem: string): Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => readCertificate(Buffer.from(block)));
}

function readExtensions(body: DerReader) {
  let ocspUrls: string[] = [];
  let mustStaple = false;
  let ocspSigning = false;
  const field = body.rest().find(({ tag }) => tag === contextTag(3));
  const list = field === undefined ? [] : new DerReader(field.content).enter().rest();
  for (const { content } of list) {
    const extension = new DerReader(content);
    const id = oidText(extension.next(derTags.oid));
    extension.optional(derTags.boolean);
    const { content: value } = extension.next(derTags.octetString);
    if (id === oids.authorityInfoAccess) ocspUrls = readUrls(value);
    else if (id === oids.tlsFeature) mustStaple = hasStatusRequest(value);
    else if (id === oids.extendedKeyUsage) {
      const purposes = new DerReader(value).enter().rest().map(oidText);
      ocspSigning = purposes.includes(oids.ocspSigning);
    }
  }
  return { ocspUrls, mustStaple, ocspSigning };
}

function readUrls(value: Buffer): string[] {
  const descriptions = new DerReader(value).enter().rest(derTags.sequence);
  return descriptions
    .map(({ content }) => {
      const [method, place] = new DerReader(content).rest();
      if (!method || !place || oidText(method) !== oids.ocsp || place.tag !== uriTag) return '';
      return place.content.toString('latin1');
    })
    .filter((url) => /^https?:\/\/./i.test(url) && URL.canParse(url))
    .slice(0, urlsMax);
}

/** A list that cannot be read asks for nothing, as in nats-server. */
function hasStatusRequest(value: Buffer): boolean {
  try {
    const features = new DerReader(readDer(value, derTags.sequence).content).rest(derTags.integer);
    return features.some(({ content }) => content.length === 1 && content[0] === statusRequest);
  } catch {
    return false;
  }
}

/** SHA-256 of the certificate in base64: its key in the cache of answers. */
export function certificateFingerprint(certificate: Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('base64');
}

/** A certificate as events carry it. */
export interface CertificateInfo {
  readonly subject: string;
  readonly issuer: string;
  readonly fingerprint: string;
  /** DER in base64. */
  readonly raw: string;
}

export function certificateInfo(certificate: Certificate): CertificateInfo {
  return {
    subject: describeName(certificate.subject),
    issuer: describeName(certificate.issuer),
    fingerprint: certificateFingerprint(certificate),
    raw: certificate.raw.toString('base64'),
  };
}

/** For log lines; never for comparing. */
export function subjectText(certificate: Certificate): string {
  return describeName(certificate.subject);
}
