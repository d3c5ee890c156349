/** Makes the server side of a TLS connection out of an accepted socket. Loaded only with TLS. */
import type * as net from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsOptions } from '../options/types.ts';
import { type CertificateIdentities, certificateIdentities } from './certificate-identities.ts';
import type { SecureLayer, SecureState } from './node-network.ts';
import { LateStream } from './tcp.ts';
import { buildTlsServer, describeTls, HandshakeError, secureAccepted } from './tls-context.ts';

/** Reads the certificates. Throws an Error whose text can be shown. */
export function createSecureLayer(tls: TlsOptions): SecureLayer {
  const settings = buildTlsServer(tls);
  return {
    missing: settings.missing,
    async upgrade(socket: net.Socket, timeoutMs: number, first: boolean) {
      const secured = await secureAccepted(socket, settings, timeoutMs);
      try {
        return { stream: new LateStream(secured), state: new SecuredState(secured, first) };
      } catch (error) {
        secured.destroy();
        throw error;
      }
    },
  };
}

/** What was negotiated; the certificate stays with the socket until somebody asks who it is. */
class SecuredState implements SecureState {
  readonly version: string;
  readonly cipherSuite: string;
  readonly first: boolean;
  readonly peerCertificates: SecureState['peerCertificates'];
  private readonly socket: TLSSocket;

  constructor(socket: TLSSocket, first: boolean) {
    checkCertificate(socket);
    const { version, cipherSuite, peerCertificates } = describeTls(socket);
    this.first = first;
    this.version = version;
    this.cipherSuite = cipherSuite;
    this.peerCertificates = peerCertificates;
    this.socket = socket;
  }

  get peerIdentities(): CertificateIdentities | undefined {
    const certificate = this.socket.getPeerX509Certificate();
    return certificate && certificateIdentities(certificate.raw);
  }
}

/** Go is stricter than OpenSSL about what a certificate is; nobody gets in with less. */
function checkCertificate(socket: TLSSocket): void {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined || certificateIdentities(certificate.raw) !== undefined) return;
  const text = 'tls: failed to parse client certificate: x509: malformed certificate';
  throw new HandshakeError(text, 'ERR_CERTIFICATE_MALFORMED', false);
}
