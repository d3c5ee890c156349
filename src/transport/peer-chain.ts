/**
 * The certificates that a TLS peer sent. Node takes the chain out of the connection when it is first
 * asked for the certificate (20.20: a second `getPeerX509Certificate` has no issuers), so it is asked
 * once and everybody gets the same.
 */
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** OpenSSL refuses longer chains long before. */
export const chainMax = 32;

const chains = new WeakMap<TLSSocket, readonly X509Certificate[]>();

/** The peer's own first; none when it showed none. Call it when the handshake is complete. */
export function sentCertificates(secured: TLSSocket): readonly X509Certificate[] {
  const known = chains.get(secured);
  if (known !== undefined) return known;
  const sent: X509Certificate[] = [];
  let certificate = secured.getPeerX509Certificate();
  while (certificate !== undefined && sent.length < chainMax) {
    sent.push(certificate);
    certificate = certificate.issuerCertificate;
  }
  chains.set(secured, sent);
  return sent;
}
