/**
 * The ways from a certificate to trusted roots, as Go's Certificate.Verify finds them. The handshake
 * has verified one of them already; OCSP wants to know all, since one chain whose links are good is
 * enough.
 */
import type { Certificate } from './certificate.ts';

/** Signatures checked for one peer, as in Go: a peer may send certificates made to cost time. */
const signatureChecksMax = 100;
const chainLengthMax = 10;
const chainsMax = 16;

/** Each chain begins with `leaf` and ends with a root; a trusted leaf is a chain by itself. */
export function buildChains(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  nowMs: number,
): Certificate[][] {
  if (contains(roots, leaf)) return [[leaf]];
  return new ChainSearch(intermediates, roots, nowMs).from([leaf]);
}

function contains(list: readonly Certificate[], certificate: Certificate): boolean {
  return list.some(({ raw }) => raw.equals(certificate.raw));
}

class ChainSearch {
  private readonly intermediates: readonly Certificate[];
  private readonly roots: readonly Certificate[];
  private readonly nowMs: number;
  private readonly found: Certificate[][] = [];
  private checksLeft = signatureChecksMax;

  constructor(intermediates: readonly Certificate[], roots: readonly Certificate[], nowMs: number) {
    this.intermediates = intermediates;
    this.roots = roots;
    this.nowMs = nowMs;
  }

  from(chain: Certificate[]): Certificate[][] {
    this.extend(chain);
    return this.found;
  }

  private extend(chain: Certificate[]): void {
    if (chain.length >= chainLengthMax) return;
    const last = chain[chain.length - 1] as Certificate;
    for (const root of this.roots) {
      if (this.full) return;
      if (this.isParent(root, last, chain)) this.found.push([...chain, root]);
    }
    for (const next of this.intermediates) {
      if (this.full) return;
      if (next.x509.ca && this.isParent(next, last, chain)) this.extend([...chain, next]);
    }
  }

  private get full(): boolean {
    return this.found.length >= chainsMax || this.checksLeft <= 0;
  }

  private isParent(parent: Certificate, child: Certificate, chain: Certificate[]): boolean {
    if (!parent.subject.equals(child.issuer) || !this.isValid(parent)) return false;
    if (contains(chain, parent)) return false;
    this.checksLeft--;
    return child.x509.verify(parent.x509.publicKey);
  }

  private isValid({ x509 }: Certificate): boolean {
    return Date.parse(x509.validFrom) <= this.nowMs && this.nowMs <= Date.parse(x509.validTo);
  }
}
