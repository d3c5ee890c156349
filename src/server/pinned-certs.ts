import type { TlsState } from '../connection/connection.ts';

/** May this connection be, as far as `pinned_certs` goes? Undefined pins: all may. */
export function matchesPinnedCert(
  connection: { readonly tls: TlsState | undefined; logDebug(text: string): void },
  pinned: readonly string[] | undefined,
): boolean {
  if (pinned === undefined) return true;
  const [own] = connection.tls?.peerCertificates ?? [];
  if (own === undefined) {
    connection.logDebug('Failed pinned cert test as client did not provide a certificate');
    return false;
  }
  if (pinned.some((pin) => pin.toLowerCase() === own.spkiSha256)) return true;
  connection.logDebug(`Failed pinned cert test for key id: ${own.spkiSha256}`);
  return false;
}
