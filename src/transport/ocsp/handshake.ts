/** OCSP's part in the handshakes of one tls block. */
import * as tls from 'node:tls';
import { sentCertificates } from '../peer-chain.ts';
import type { OcspPeerVerifier } from './peer-verifier.ts';
import type { OcspStapler } from './stapler.ts';

/** However many responders there are to ask about one peer. */
const verificationMsMax = 30_000;

/**
 * What a TLSSocket takes as its server: it is asked for the status when a client wants one. Nothing
 * listens there.
 */
export function stapleServer(stapler: OcspStapler): tls.Server {
  const server = tls.createServer();
  type Done = (error: Error | null, response?: Buffer) => void;
  server.on('OCSPRequest', (_certificate: Buffer, _issuer: Buffer, done: Done) => {
    stapler.staple().then(
      (staple) => done(null, staple),
      (error: Error) => done(error),
    );
  });
  return server;
}

/** Resolves when there is something to staple; rejects when not, or not in time. */
export function stapleReady(stapler: OcspStapler, timeoutMs: number): Promise<unknown> {
  return inTime(stapler.staple(), timeoutMs);
}

function inTime<Result>(result: Promise<Result>, timeoutMs: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('OCSP: i/o timeout')), timeoutMs);
    result.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * Judges the peer of a finished handshake, whose socket nobody reads meanwhile. Resolves with why it
 * must go; undefined: it may stay.
 */
export async function peerRejection(
  secured: tls.TLSSocket,
  verifier: OcspPeerVerifier,
): Promise<string | undefined> {
  const ignore = (): void => {};
  secured.on('error', ignore);
  try {
    const verdict = await inTime(
      verifier.verifyPeer(sentCertificates(secured).map(({ raw }) => raw)),
      verificationMsMax,
    );
    if (secured.destroyed) return 'EOF';
    return verdict === 'good' ? undefined : verdict.reject;
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (!secured.destroyed) secured.off('error', ignore);
  }
}
