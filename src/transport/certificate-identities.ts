/**
 * Who a client certificate says its owner is, for `verify_and_map`: mail addresses, host names and
 * URIs of its subject alternative names, then its subject. Read from the DER, because order and
 * grouping of the subject's parts decide (CVE-2026-33248) and Node's own form has lost them.
 */
import {
  type DistinguishedName,
  distinguishedName,
  domainComponentsText,
  equalNames,
  knownNameText,
  nameText,
  parseDistinguishedName,
  readName,
  sameParts,
} from './distinguished-name.ts';
import { DerReader } from './ocsp/der.ts';
import { certificateFields } from './peer-certificate.ts';
import { sanUriText } from './san-uri.ts';

export interface CertificateIdentities {
  readonly emails: readonly string[];
  readonly dnsNames: readonly string[];
  /** As Go prints them. */
  readonly uris: readonly string[];
  /** The subject as Go prints it: for people, not for comparing. */
  readonly subject: string;
  /** The subject in full; undefined when it has attributes that names of users cannot have. */
  readonly rdns: DistinguishedName | undefined;
  /** Texts of the subject that a user may be named, best first. */
  readonly subjectNames: readonly string[];
}

/** Undefined when nats-server would refuse the certificate as malformed: it stands for nobody. */
export function certificateIdentities(der: Uint8Array): CertificateIdentities | undefined {
  try {
    return readIdentities(der);
  } catch {
    return undefined;
  }
}

const subjectAltName = '2.5.29.17';
const nameTags = { email: 0x81, dns: 0x82, uri: 0x86, address: 0x87 };

function readIdentities(der: Uint8Array): CertificateIdentities | undefined {
  const { subject, extensions } = certificateFields(der);
  const name = readName(subject);
  const alternatives = extensions.filter(({ oid }) => oid === subjectAltName);
  if (alternatives.length > 1) return undefined;
  const names = readAlternatives(alternatives[0]?.value);
  const text = knownNameText(name);
  const components = domainComponentsText(name);
  return {
    ...names,
    subject: nameText(name),
    rdns: distinguishedName(name),
    subjectNames: components === '' ? [text] : [`${text},${components}`, text],
  };
}

function readAlternatives(value: Buffer | undefined) {
  const emails: string[] = [];
  const dnsNames: string[] = [];
  const uris: string[] = [];
  const all = value === undefined ? [] : new DerReader(value).enter().rest();
  for (const { tag, content } of all) {
    if (tag === nameTags.email) emails.push(asciiText(content));
    else if (tag === nameTags.dns) dnsNames.push(asciiText(content));
    else if (tag === nameTags.uri) uris.push(uriText(content));
    else if (tag === nameTags.address && content.length !== 4 && content.length !== 16) {
      throw new RangeError('not an address');
    }
  }
  return { emails, dnsNames, uris };
}

function asciiText(bytes: Buffer): string {
  if (bytes.some((byte) => byte > 0x7f)) throw new RangeError('not ASCII');
  return bytes.toString('latin1');
}

function uriText(bytes: Buffer): string {
  const text = sanUriText(asciiText(bytes));
  if (text === undefined) throw new RangeError('not a URI');
  return text;
}

/**
 * The user a certificate stands for, by nats-server's order: a mail address, a host name, a URI, the
 * subject part by part, the subject in any order, then as text. `users` are the names of those that
 * may connect this way; of several whose names are the same subject in another order, the first.
 */
export function matchCertificateUser(
  identities: CertificateIdentities,
  hasUser: (name: string) => boolean,
  users: Iterable<string>,
): string | undefined {
  const { emails, dnsNames, uris, rdns, subject, subjectNames } = identities;
  const alternatives = [...emails, ...dnsNames, ...uris];
  if (alternatives.length === 0 && subject === '') return undefined;
  const named = (name: string) => name !== '' && hasUser(name);
  return alternatives.find(named) ?? (rdns && matchName(rdns, users)) ?? subjectNames.find(named);
}

function matchName(subject: DistinguishedName, users: Iterable<string>): string | undefined {
  let reordered: string | undefined;
  for (const user of users) {
    // A name without parts is a text too; every other has a type and a value.
    if (subject.length > 0 && !user.includes('=')) continue;
    const name = parseDistinguishedName(user);
    if (name === undefined) continue;
    if (equalNames(name, subject)) return user;
    if (reordered === undefined && sameParts(name, subject)) reordered = user;
  }
  return reordered;
}

/** What the login asks of a certificate. */
export function clientCertificate(identities: CertificateIdentities): {
  match(users: readonly string[]): string | undefined;
} {
  return {
    match: (users) => {
      const known = new Set(users);
      return matchCertificateUser(identities, (name) => known.has(name), users);
    },
  };
}
