/**
 * From a checked `tls {}` block to what Node's tls takes, for listeners and for dialling, and from a
 * finished handshake to what nats-server reports about it.
 *
 * Certificates: with one pair it is always used. With several, a client that names a server gets the
 * pairs whose certificate is good for that name, others get the first pair of each key type; where
 * pairs of both key types fit, OpenSSL chooses by what the client can do. Every listener has contexts
 * of its own, hence session-ticket keys of its own: a session of one listener is worth nothing at
 * another with different authorities.
 */
import { constants, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type * as net from 'node:net';
import * as tls from 'node:tls';
import { tlsFilesProblem } from '../options/tls-files.ts';
import type { TlsOptions } from '../options/types.ts';
import { selectCiphers, selectCurves, tlsVersionText } from './cipher-suites.ts';
import { stapleServer } from './ocsp/handshake.ts';
import type { BlockOcsp } from './ocsp/ocsp.ts';
import { describePeerCertificate, type PeerCertificate } from './peer-certificate.ts';
import { sentCertificates } from './peer-chain.ts';
import { readRoute } from './socket-route.ts';

export interface TlsServerSettings {
  readonly options: tls.TLSSocketOptions;
  /** Suites and curves that were configured and are not available here: worth a warning each. */
  readonly missing: readonly string[];
}

/** What /connz shows of a TLS connection. */
export interface TlsDescription {
  /** `1.3` */
  readonly version: string;
  /** Go's name. */
  readonly cipherSuite: string;
  readonly peerCertificates: readonly PeerCertificate[];
}

type ReadFile = (path: string) => Uint8Array;

interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly leaf: X509Certificate;
}

/** Throws an Error in nats-server's words when a file is missing or wrong. */
function checkFiles(options: TlsOptions, readFile: ReadFile): void {
  const io = { readFile, env: () => undefined, stat: () => undefined };
  const problem = tlsFilesProblem(io, options);
  if (problem !== undefined) throw new Error(problem);
}

function readPairs(options: TlsOptions, readFile: ReadFile): KeyPair[] {
  const named = options.certFile === '' ? options.certificates : [options];
  return named.map(({ certFile, keyFile }) => {
    const cert = Buffer.from(readFile(certFile));
    return { cert, key: Buffer.from(readFile(keyFile)), leaf: new X509Certificate(cert) };
  });
}

/** The first pair of each key type: what one OpenSSL context can hold. */
function firstOfEachType(pairs: readonly KeyPair[]): KeyPair[] {
  const types = new Map<string | undefined, KeyPair>();
  for (const pair of pairs) {
    const type = pair.leaf.publicKey.asymmetricKeyType;
    if (!types.has(type)) types.set(type, pair);
  }
  return [...types.values()];
}

function sharedOptions(options: TlsOptions) {
  const ciphers = selectCiphers(options.cipherSuites);
  const curves = selectCurves(options.curvePreferences);
  const context: tls.SecureContextOptions = {
    ciphers: ciphers.value,
    ecdhCurve: curves.value,
    honorCipherOrder: true,
    // A client that puts ChaCha20 first has no fast AES: Go heeds that too.
    // Go never renegotiates.
    secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA | constants.SSL_OP_NO_RENEGOTIATION,
    minVersion: options.minVersion === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
  };
  return { context, missing: [...ciphers.missing, ...curves.missing] };
}

function withPairs(context: tls.SecureContextOptions, pairs: readonly KeyPair[]) {
  const chosen = firstOfEachType(pairs);
  if (chosen.length === 0) return context;
  return { ...context, cert: chosen.map((p) => p.cert), key: chosen.map((p) => p.key) };
}

/** Names a certificate by what the client asked for; contexts are made once per set of pairs. */
function serverNameCallback(context: tls.SecureContextOptions, pairs: readonly KeyPair[]) {
  const made = new Map<string, tls.SecureContext>();
  return (name: string, done: (error: Error | null, context?: tls.SecureContext) => void) => {
    const fitting = pairs.filter((pair) => pair.leaf.checkHost(name) !== undefined);
    if (fitting.length === 0 || fitting.length === pairs.length) {
      done(null);
      return;
    }
    const key = fitting.map((pair) => pairs.indexOf(pair)).join();
    let chosen = made.get(key);
    if (!chosen) made.set(key, (chosen = tls.createSecureContext(withPairs(context, fitting))));
    done(null, chosen);
  };
}

/**
 * Settings for `new TLSSocket(socket, options)` on the accepting side. Reads the files anew. Throws
 * an Error whose text can be shown.
 */
export function buildTlsServer(
  options: TlsOptions,
  readFile: ReadFile = readFileSync,
  ocsp?: BlockOcsp,
): TlsServerSettings {
  checkFiles(options, readFile);
  const all = readPairs(options, readFile);
  // The one whose status is stapled is shown to everybody, as in nats-server.
  const pairs = ocsp?.stapler === undefined ? all : all.slice(-1);
  if (pairs.length === 0) throw new Error('TLS requires certificates');
  const { context, missing } = sharedOptions(options);
  // An empty list spares Node the loading of its built-in authorities, which nobody consults.
  let ca: Buffer | [] | undefined = [];
  if (options.verify) {
    ca = options.caFile === '' ? undefined : Buffer.from(readFile(options.caFile));
  }
  // Without a session context OpenSSL fails the handshake of a client that resumes and has shown a
  // certificate.
  const base = { ...context, sessionIdContext: 'tnatsd' };
  const full: tls.SecureContextOptions = ca === undefined ? base : { ...base, ca };
  if (ocsp?.verifier !== undefined) {
    // A resumed session lacks the certificates between the peer's and the root.
    full.secureOptions = (full.secureOptions ?? 0) | constants.SSL_OP_NO_TICKET;
  }
  return {
    options: {
      isServer: true,
      ...(ocsp?.stapler === undefined ? {} : { server: stapleServer(ocsp.stapler) }),
      secureContext: tls.createSecureContext(withPairs(full, pairs)),
      requestCert: options.verify,
      rejectUnauthorized: options.verify,
      ...(pairs.length > 1 ? { SNICallback: serverNameCallback(full, pairs) } : {}),
    },
    missing,
  };
}

/**
 * Settings for `https.createServer` and its `setSecureContext`: the policy and certificates of a
 * block, without asking for the client's. Reads the files anew; throws as `buildTlsServer`.
 */
export function buildHttpsServer(
  options: TlsOptions,
  readFile: ReadFile = readFileSync,
): HttpsServerSettings {
  checkFiles(options, readFile);
  const pairs = readPairs(options, readFile);
  if (pairs.length === 0) throw new Error('TLS requires certificates');
  const { context } = sharedOptions(options);
  const ca = options.caFile === '' ? [] : Buffer.from(readFile(options.caFile));
  const full = { ...context, ca };
  const names = pairs.length > 1 ? { SNICallback: serverNameCallback(full, pairs) } : {};
  return { ...withPairs(full, pairs), ...names };
}

export type HttpsServerSettings = tls.SecureContextOptions & Pick<tls.TlsOptions, 'SNICallback'>;

/** Settings for `tls.connect` when this server dials another. */
export function buildTlsClient(
  options: TlsOptions,
  readFile: ReadFile = readFileSync,
): { options: tls.ConnectionOptions; missing: readonly string[] } {
  checkFiles(options, readFile);
  const { context, missing } = sharedOptions(options);
  const ca = options.caFile === '' ? {} : { ca: Buffer.from(readFile(options.caFile)) };
  const full = { ...context, ...ca };
  const secureContext = tls.createSecureContext(withPairs(full, readPairs(options, readFile)));
  return { options: { secureContext, rejectUnauthorized: !options.insecure }, missing };
}

/**
 * Runs the accepting side of a handshake on a socket nobody reads. Resolves with the secured socket,
 * paused; rejects with a HandshakeError, the socket destroyed. Bytes already read must have been put back with `unshift`.
 */
export function secureAccepted(
  socket: net.Socket,
  settings: TlsServerSettings,
  timeoutMs: number,
): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const route = readRoute(socket);
    const secured = new tls.TLSSocket(socket, settings.options);
    const settle = (error: Error | undefined): void => {
      clearTimeout(timer);
      secured.off('secure', onSecure).off('error', settle).off('close', onClose);
      if (error === undefined) {
        resolve(secured);
        return;
      }
      const reset = (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      secured.on('error', () => {});
      secured.destroy();
      reject(reset ? resetError(route, error) : handshakeError(error));
    };
    const onSecure = (): void => settle(peerProblem(secured, settings.options));
    const onClose = (): void => settle(new Error('EOF'));
    const timer = setTimeout(() => {
      settle(new HandshakeError(`${route}: i/o timeout`, 'ETIMEDOUT', true));
    }, timeoutMs);
    secured.on('secure', onSecure).on('error', settle).on('close', onClose);
    secured.pause();
  });
}

function resetError(route: string, cause: Error): HandshakeError {
  const text = `${route}: read: connection reset by peer`;
  return new HandshakeError(text, 'ECONNRESET', false, cause);
}

/**
 * A handshake that failed, worded as Go words it where there is a counterpart. `probe`: the peer said
 * nothing or did not speak TLS, as port scanners and load balancers do; not worth an error line.
 */
export class HandshakeError extends Error {
  readonly probe: boolean;
  readonly code: string;

  constructor(message: string, code: string, probe: boolean, cause?: Error) {
    super(message, cause && { cause });
    this.name = 'HandshakeError';
    this.code = code;
    this.probe = probe;
  }
}

/**
 * OpenSSL only insists on a certificate; Node leaves the verdict on it to its own server class, which
 * reads it where we do. If that place ever vanishes nobody gets in.
 */
function peerProblem(secured: tls.TLSSocket, options: tls.TLSSocketOptions): Error | undefined {
  if (options.requestCert !== true) return undefined;
  const handle = (secured as unknown as { _handle?: { verifyError?: () => Error | null } })._handle;
  if (typeof handle?.verifyError !== 'function') return new Error('cannot verify the certificate');
  const problem = handle.verifyError();
  if (!problem) return undefined;
  const shown = sentCertificates(secured)
    .map(({ raw }) => describePeerCertificate(raw))
    .map(({ subject, certSha256 }) => `${subject} SHA-256: ${certSha256}`)
    .join('; ');
  const { message, code, probe } = handshakeError(problem);
  return new HandshakeError(shown === '' ? message : `${message} (${shown})`, code, probe, problem);
}

const noTls = 'tls: first record does not look like a TLS handshake';
const unknownAuthority =
  'tls: failed to verify certificate: x509: certificate signed by unknown authority';
const outsideValidity =
  'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';

const goTexts: Record<string, string> = {
  ERR_SSL_HTTP_REQUEST: noTls,
  ERR_SSL_HTTPS_PROXY_REQUEST: noTls,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "tls: client didn't provide a certificate",
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls: client offered only unsupported versions',
  ERR_SSL_NO_SHARED_CIPHER: 'tls: no cipher suite supported by both client and server',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'remote error: tls: unknown certificate authority',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'remote error: tls: bad certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'remote error: tls: unknown certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  CERT_HAS_EXPIRED: outsideValidity,
  CERT_NOT_YET_VALID: outsideValidity,
  INVALID_PURPOSE:
    'tls: failed to verify certificate: x509: certificate specifies an incompatible key usage',
};

function handshakeError(error: Error): HandshakeError {
  if (error instanceof HandshakeError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const text = goTexts[code] ?? error.message;
  return new HandshakeError(text, code, text === noTls, error);
}

/** What was negotiated, in nats-server's terms. */
export function describeTls(secured: tls.TLSSocket): TlsDescription {
  return {
    version: tlsVersionText(secured.getProtocol()),
    cipherSuite: secured.getCipher().standardName,
    peerCertificates: sentCertificates(secured).map(({ raw }) => describePeerCertificate(raw)),
  };
}
