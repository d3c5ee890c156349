import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { fileErrorText, type OptionsIo } from './options-io.ts';
import { type PemBlock, pemBlocks } from './pem.ts';
import type { TlsOptions } from './types.ts';

/*
 * Judges the certificate files of a `tls {}` block as nats-server does when it reads the
 * configuration: present, readable, PEM, and the key belongs to the certificate.
 */

/** What is wrong with the files of a tls block, in nats-server's words; undefined when nothing is. */
export function tlsFilesProblem(io: OptionsIo, tls: TlsOptions): string | undefined {
  if (tls.certFile !== '' && tls.certStore !== '') {
    return "'cert_file' and 'cert_store' may not both be configured";
  }
  if (tls.certFile !== '' && tls.keyFile === '') return "missing 'key_file' in TLS configuration";
  if (tls.certFile === '' && tls.keyFile !== '') return "missing 'cert_file' in TLS configuration";
  return certificatesProblem(io, tls) ?? authoritiesProblem(io, tls.caFile);
}

function certificatesProblem(io: OptionsIo, tls: TlsOptions): string | undefined {
  if (tls.certFile !== '') {
    const problem = pairProblem(io, tls.certFile, tls.keyFile);
    return problem && `error parsing X509 certificate/key pair: ${problem}`;
  }
  if (tls.certStore !== '') return 'cert_store not compatible with current operating system';
  for (const [index, { certFile, keyFile }] of tls.certificates.entries()) {
    const problem = pairProblem(io, certFile, keyFile);
    if (problem === undefined) continue;
    return `error parsing X509 certificate/key pair ${index + 1}/${tls.certificates.length}: ${problem}`;
  }
  return undefined;
}

function authoritiesProblem(io: OptionsIo, caFile: string): string | undefined {
  if (caFile === '') return undefined;
  const read = readText(io, caFile);
  if ('problem' in read) return read.problem;
  const usable = pemBlocks(read.text).some(
    (block) =>
      block.type === 'CERTIFICATE' &&
      !block.hasHeaders &&
      !hasTrailingData(block) &&
      parseCertificate(block) !== undefined,
  );
  if (usable) return undefined;
  return 'failed to parse root ca certificate';
}

function pairProblem(io: OptionsIo, certFile: string, keyFile: string): string | undefined {
  const cert = readText(io, certFile);
  if ('problem' in cert) return cert.problem;
  const key = readText(io, keyFile);
  if ('problem' in key) return key.problem;
  const certBlocks = pemBlocks(cert.text);
  const first = certBlocks.find((block) => block.type === 'CERTIFICATE');
  if (first === undefined) return noCertificateText(certBlocks);
  const keyBlocks = pemBlocks(key.text);
  const keyBlock = keyBlocks.find((block) => /(^|[ ])PRIVATE KEY$/.test(block.type));
  if (keyBlock === undefined) return noKeyText(keyBlocks);
  if (hasTrailingData(first)) return 'x509: trailing data';
  const certificate = parseCertificate(first);
  if (certificate === undefined) return 'x509: malformed certificate';
  const privateKey = parseKey(keyBlock);
  if (privateKey === undefined) return 'tls: failed to parse private key';
  return matchProblem(certificate, privateKey);
}

function readText(io: OptionsIo, path: string): { text: string } | { problem: string } {
  try {
    return { text: Buffer.from(io.readFile(path)).toString('latin1') };
  } catch (error) {
    return { problem: fileErrorText(error, path) };
  }
}

function noCertificateText(blocks: PemBlock[]): string {
  const [only] = blocks;
  if (only === undefined) return 'tls: failed to find any PEM data in certificate input';
  if (blocks.length === 1 && only.type.endsWith('PRIVATE KEY')) {
    return (
      'tls: failed to find certificate PEM data in certificate input, but did find a private key; ' +
      'PEM inputs may have been switched'
    );
  }
  const types = blocks.map((block) => block.type).join(' ');
  return (
    'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of ' +
    `the following types: [${types}]`
  );
}

function noKeyText(blocks: PemBlock[]): string {
  const [only] = blocks;
  if (only === undefined) return 'tls: failed to find any PEM data in key input';
  if (blocks.length === 1 && only.type === 'CERTIFICATE') {
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  }
  const types = blocks.map((block) => block.type).join(' ');
  return (
    'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping ' +
    `PEM blocks of the following types: [${types}]`
  );
}

function parseCertificate({ der }: PemBlock): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/** Go takes keys of RSA, elliptic curves and Ed25519, in any of these forms, whatever the label. */
function parseKey({ der }: PemBlock): KeyObject | undefined {
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    try {
      const key = createPrivateKey({ key: der, format: 'der', type });
      return knownTypes.has(key.asymmetricKeyType ?? '') ? key : undefined;
    } catch {
      // Perhaps it has the next form.
    }
  }
  return undefined;
}

const knownTypes = new Set(['rsa', 'rsa-pss', 'ec', 'ed25519']);

function matchProblem(certificate: X509Certificate, key: KeyObject): string | undefined {
  const publicType = certificate.publicKey.asymmetricKeyType ?? '';
  if (!knownTypes.has(publicType)) return 'tls: unknown public key algorithm';
  if (publicType !== createPublicKey(key).asymmetricKeyType) {
    return 'tls: private key type does not match public key type';
  }
  return certificate.checkPrivateKey(key)
    ? undefined
    : 'tls: private key does not match public key';
}

/** Bytes behind the outermost value of a DER text. */
function hasTrailingData({ der }: PemBlock): boolean {
  const first = der[1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || der.length < 2 + lengthBytes) return false;
  const length = lengthBytes === 0 ? first : der.readUIntBE(2, lengthBytes);
  return der.length > 2 + lengthBytes + length;
}
