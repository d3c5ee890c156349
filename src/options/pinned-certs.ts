import type { TlsOptions } from './types.ts';

/** The pinned certificates of a block; those of a file were judged when it was read. */
export function pinnedCertsProblem(tls: TlsOptions | undefined): string | undefined {
  const bad = tls?.pinnedCerts?.find((pin) => !/^[a-f0-9]{64}$/i.test(pin));
  if (bad === undefined) return undefined;
  return (
    `error parsing 'pinned_certs' key ${bad.toLowerCase()} does not look like lower case ` +
    'hex-encoded sha256 of DER encoded SubjectPublicKeyInfo'
  );
}
