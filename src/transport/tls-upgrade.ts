/** Makes the server side of a TLS connection out of an accepted socket. Loaded only with TLS. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type * as net from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsOptions } from '../options/types.ts';
import { type CertificateIdentities, certificateIdentities } from './certificate-identities.ts';
import type { SecureLayer, SecureState } from './node-network.ts';
import { peerRejection, stapleReady } from './ocsp/handshake.ts';
import type { BlockOcsp } from './ocsp/ocsp.ts';
import type { OcspPeerVerifier } from './ocsp/peer-verifier.ts';
import type { OcspStapler } from './ocsp/stapler.ts';
import { chainMax, sentCertificates } from './peer-chain.ts';
import { LateStream } from './tcp.ts';
import { buildTlsServer, describeTls, HandshakeError, secureAccepted } from './tls-context.ts';

/** Reads the certificates. Throws an Error whose text can be shown. */
export function createSecureLayer(tls: TlsOptions, ocsp?: BlockOcsp): SecureLayer {
  const settings = buildTlsServer(tls, readFileSync, ocsp);
  return {
    missing: settings.missing,
    async upgrade(socket: net.Socket, timeoutMs: number, first: boolean) {
      if (ocsp?.stapler !== undefined) await checkStaple(socket, ocsp.stapler, timeoutMs);
      const secured = await secureAccepted(socket, settings, timeoutMs);
      try {
        if (ocsp?.verifier !== undefined) await checkPeer(secured, ocsp.verifier);
        return { stream: new LateStream(secured), state: new SecuredState(secured, first) };
      } catch (error) {
        secured.destroy();
        throw error;
      }
    },
  };
}

/** Without a valid status of our certificate there is no handshake. */
async function checkStaple(
  socket: net.Socket,
  stapler: OcspStapler,
  timeoutMs: number,
): Promise<void> {
  try {
    await stapleReady(stapler, timeoutMs);
  } catch (error) {
    socket.destroy();
    const { message } = error as Error;
    throw new HandshakeError(message, 'ERR_OCSP_STAPLE', false, error as Error);
  }
  if (socket.destroyed) throw new HandshakeError('EOF', 'ERR_OCSP_STAPLE', true);
}

async function checkPeer(secured: TLSSocket, verifier: OcspPeerVerifier): Promise<void> {
  const reason = await peerRejection(secured, verifier);
  if (reason !== undefined) throw new HandshakeError(reason, 'ERR_OCSP_PEER', false);
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
    const [certificate] = sentCertificates(this.socket);
    return certificate && certificateIdentities(certificate.raw);
  }

  get peerChain(): string[] {
    return trustedChain(this.socket).map((der) => new X509Certificate(der).toString());
  }
}

/** The peer's certificates up to the authority, which it need not have sent: DER. */
function trustedChain(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  let certificate = socket.getPeerCertificate(true);
  // Nothing is an empty object here, and an authority its own issuer.
  while (certificate?.raw !== undefined && chain.length < chainMax) {
    chain.push(certificate.raw);
    if (certificate.issuerCertificate === certificate) break;
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

/** Go is stricter than OpenSSL about what a certificate is; nobody gets in with less. */
function checkCertificate(socket: TLSSocket): void {
  const [certificate] = sentCertificates(socket);
  if (certificate === undefined || certificateIdentities(certificate.raw) !== undefined) return;
  const text = 'tls: failed to parse client certificate: x509: malformed certificate';
  throw new HandshakeError(text, 'ERR_CERTIFICATE_MALFORMED', false);
}
