/** Which certificate of a tls block is stapled, and who issued it. In nats-server's words. */
import type { TlsOptions } from '../../options/types.ts';
import { type Certificate, readPemCertificates, subjectText } from './certificate.ts';
import { buildChains } from './chains.ts';

export type StapleMode = 'auto' | 'always' | 'must' | 'never';
type ReadFile = (path: string) => Uint8Array;

export interface StaplePolicy {
  readonly staple: boolean;
  /** A status other than good ends the server. */
  readonly shutdownOnRevoke: boolean;
  /** The certificate demands a status and will get none: worth a warning. */
  readonly ignored: boolean;
}

/** `mode` undefined: the option is not there. */
export function staplePolicy(mode: string | undefined, mustStaple: boolean): StaplePolicy {
  if (mode === 'never') return { staple: false, shutdownOnRevoke: false, ignored: mustStaple };
  const always = mode === 'always';
  const staple = always || mustStaple;
  const strict = always || (mode === 'must' && mustStaple);
  return { staple, shutdownOnRevoke: strict, ignored: false };
}

export interface StapleSource {
  readonly certFile: string;
  /** The server's certificate and what its file holds behind it. */
  readonly bundle: readonly Certificate[];
}

/** The certificates of a tls block, one bundle for each pair. */
export function certificateBundles(tls: TlsOptions, readFile: ReadFile): StapleSource[] {
  const pairs = tls.certFile === '' ? tls.certificates : [tls];
  return pairs.map(({ certFile }) => {
    const bundle = readPemCertificates(Buffer.from(readFile(certFile)).toString('latin1'));
    if (bundle.length === 0) throw new Error('no certificate found');
    return { certFile, bundle };
  });
}

/** The issuer of the first of a bundle: the second, or one of the authorities. */
export function findIssuer(
  bundle: readonly Certificate[],
  roots: readonly Certificate[],
  nowMs: number,
): Certificate {
  const [leaf, second] = bundle;
  const issuer = leaf && (second ? verified(leaf, second) : firstIssuer(leaf, roots, nowMs));
  if (issuer === undefined) throw new Error('no issuers found');
  if (!issuer.x509.ca) {
    throw new Error(`${subjectText(issuer)} invalid ca basic constraints: is not ca`);
  }
  return issuer;
}

function verified(leaf: Certificate, issuer: Certificate): Certificate | undefined {
  return leaf.x509.verify(issuer.x509.publicKey) ? issuer : undefined;
}

function firstIssuer(
  leaf: Certificate,
  roots: readonly Certificate[],
  nowMs: number,
): Certificate | undefined {
  return buildChains(leaf, [], roots, nowMs)[0]?.[1];
}
