/** Makes the server side of a TLS connection out of an accepted socket. Loaded only with TLS. */
import type { TlsOptions } from '../options/types.ts';
import type { SecureLayer } from './node-network.ts';
import { streamOnEvents } from './tcp.ts';
import { buildTlsServer, describeTls, secureAccepted } from './tls-context.ts';

/** Reads the files of the `tls {}` block; throws an Error that can be shown. */
export function createSecureLayer(tls: TlsOptions): SecureLayer & { missing: readonly string[] } {
  const settings = buildTlsServer(tls);
  return {
    missing: settings.missing,
    async upgrade(socket, timeoutMs) {
      const secured = await secureAccepted(socket, settings, timeoutMs);
      const state = { ...describeTls(secured), first: false };
      return { stream: streamOnEvents(secured), state };
    },
  };
}
