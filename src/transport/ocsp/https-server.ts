/** OCSP for an HTTPS server of Node, which makes its TLS connections itself. */
import type * as tls from 'node:tls';
import { peerRejection } from './handshake.ts';
import type { BlockOcsp } from './ocsp.ts';

type Serve = (socket: tls.TLSSocket) => void;
type Staple = (error: Error | null, response?: Buffer) => void;

/**
 * Staples and verifies as the block of the moment says. A connection is served when its peer has
 * passed; `onRefused` hears why one did not.
 */
export function useOcsp(
  server: tls.Server,
  ocsp: () => BlockOcsp | undefined,
  onRefused: (error: Error) => void,
): void {
  server.on('OCSPRequest', (_certificate: Buffer, _issuer: Buffer, done: Staple) => {
    const stapler = ocsp()?.stapler;
    if (stapler === undefined) return done(null);
    stapler.staple().then((staple) => done(null, staple), done);
  });
  const serving = server.listeners('secureConnection') as Serve[];
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: tls.TLSSocket) => {
    const serve = (): void => {
      for (const each of serving) each.call(server, socket);
    };
    const verifier = ocsp()?.verifier;
    if (verifier === undefined) return serve();
    peerRejection(socket, verifier).then((reason) => {
      if (reason === undefined) return serve();
      socket.destroy();
      onRefused(new Error(`TLS handshake error: ${reason}`));
    }, onRefused);
  });
}
