import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { fileErrorText, type OptionsIo } from './options-io.ts';
import type { TlsOptions } from './types.ts';

/*
 * Judges the certificate files of a `tls {}` block as nats-server does when it reads the
 * configuration: present, readable, PEM, and the key belongs to the certificate.
 */

interface PemBlock {
  type: string;
  text: string;
}

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
  const certificates = pemBlocks(read.text).filter((block) => block.type === 'CERTIFICATE');
  if (certificates.some((block) => parseCertificate(block) !== undefined)) return undefined;
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

function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  const pattern = /-----BEGIN ([^-\r\n]+)-----\r?\n[^-]*-----END \1-----/g;
  for (const match of text.matchAll(pattern)) blocks.push({ type: match[1] ?? '', text: match[0] });
  return blocks;
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

function parseCertificate(block: PemBlock): X509Certificate | undefined {
  try {
    return new X509Certificate(block.text);
  } catch {
    return undefined;
  }
}

function parseKey(block: PemBlock): KeyObject | undefined {
  try {
    return createPrivateKey(block.text);
  } catch {
    return undefined;
  }
}

function matchProblem(certificate: X509Certificate, key: KeyObject): string | undefined {
  const publicKey = certificate.publicKey;
  if (publicKey.asymmetricKeyType !== createPublicKey(key).asymmetricKeyType) {
    return 'tls: private key type does not match public key type';
  }
  return certificate.checkPrivateKey(key)
    ? undefined
    : 'tls: private key does not match public key';
}
