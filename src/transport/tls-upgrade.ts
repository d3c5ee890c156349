/** Makes the server side of a TLS connection out of an accepted socket. Loaded only with TLS. */
import type * as net from 'node:net';
import type { TlsOptions } from '../options/types.ts';
import type { SecureLayer } from './node-network.ts';
import { LateStream } from './tcp.ts';
import { buildTlsServer, describeTls, secureAccepted } from './tls-context.ts';

/** Reads the certificates. Throws an Error whose text can be shown. */
export function createSecureLayer(tls: TlsOptions): SecureLayer {
  const settings = buildTlsServer(tls);
  return {
    missing: settings.missing,
    async upgrade(socket: net.Socket, timeoutMs: number) {
      const secured = await secureAccepted(socket, settings, timeoutMs);
      return { stream: new LateStream(secured), state: { ...describeTls(secured), first: false } };
    },
  };
}
