/** The real network of a server: TCP listeners, and TLS on top when it is configured. */
import type * as net from 'node:net';
import type { TlsOptions } from '../options/types.ts';
import type { HttpClient } from '../platform/http-client.ts';
import type { Listener, Stream } from '../platform/network.ts';
import type { CertificateIdentities } from './certificate-identities.ts';
import type { BlockOcsp } from './ocsp/ocsp.ts';
import { readArea } from './read-area.ts';
import { readProxyHeader } from './read-proxy-header.ts';
import { acceptStream, LateStream, listenTcp, type SocketStream } from './tcp.ts';
import { TlsLoadError } from './tls-load-error.ts';

/** Settings of the security layer, loaded lazily so that a plain server does not pay for it. */
export interface SecureLayer {
  /** Configured suites and curves that this runtime does not have. */
  readonly missing: readonly string[];
  upgrade(
    socket: net.Socket,
    timeoutMs: number,
    first: boolean,
  ): Promise<{ stream: Stream; state: SecureState }>;
}

export interface SecureState {
  readonly version: string;
  readonly cipherSuite: string;
  readonly first: boolean;
  readonly peerCertificates: readonly {
    subject: string;
    spkiSha256: string;
    certSha256: string;
  }[];
  readonly peerIdentities: CertificateIdentities | undefined;
  readonly peerChain: readonly string[];
}

/** One accepted socket, which may still become a TLS connection. */
class AcceptedSocket {
  readonly stream: SocketStream;
  private readonly socket: net.Socket;
  private readonly secure: SecureLayer | undefined;

  constructor(socket: net.Socket, secure: SecureLayer | undefined, expectsProxy: boolean) {
    this.socket = socket;
    this.secure = secure;
    // A socket that may be upgraded must not be read directly: what is peeked goes back into it.
    this.stream =
      secure === undefined && !expectsProxy ? acceptStream(socket) : new LateStream(socket);
  }

  peek(timeoutMs: number): Promise<number | undefined> {
    const { socket } = this;
    return new Promise((resolve) => {
      const done = (byte: number | undefined): void => {
        clearTimeout(timer);
        socket.off('readable', onReadable);
        socket.off('close', onClose);
        resolve(byte);
      };
      const onClose = (): void => done(undefined);
      const onReadable = (): void => {
        const chunk = socket.read() as Buffer | null;
        if (chunk === null || chunk.length === 0) return;
        socket.unshift(chunk);
        done(chunk[0]);
      };
      const timer = setTimeout(() => done(undefined), timeoutMs);
      socket.on('readable', onReadable);
      socket.on('close', onClose);
    });
  }

  async readProxyHeader(): ReturnType<typeof readProxyHeader> {
    const header = await this.alone(readProxyHeader(this.socket));
    // Its end may have come with the last byte of the header, while nobody listened.
    if (this.socket.readableEnded) this.stream.handler.onClose(undefined);
    return header;
  }

  upgrade(timeoutMs: number, first = false): Promise<{ stream: Stream; state: SecureState }> {
    const layer = this.secure;
    if (layer === undefined) return Promise.reject(new Error('TLS is not configured'));
    return this.alone(layer.upgrade(this.socket, timeoutMs, first));
  }

  /** While it lasts, this tells how the socket ended, and not the stream below it. */
  private alone<T>(work: Promise<T>): Promise<T> {
    const { handler } = this.stream;
    this.stream.handler = { onBytes() {}, onDrain() {}, onClose() {} };
    return work.finally(() => {
      this.stream.handler = handler;
    });
  }
}

/** A TCP listener; its certificates may be exchanged while it listens. */
class NodeListener implements Listener {
  readonly host: string;
  readonly port: number;
  private readonly listener: Listener;
  private readonly secure: { layer: SecureLayer | undefined };
  private readonly ocspOf: OcspOf | undefined;

  constructor(
    listener: Listener,
    secure: { layer: SecureLayer | undefined },
    ocspOf: OcspOf | undefined,
  ) {
    this.listener = listener;
    this.host = listener.host;
    this.port = listener.port;
    this.secure = secure;
    this.ocspOf = ocspOf;
  }

  get missing(): readonly string[] {
    return this.secure.layer?.missing ?? [];
  }

  async prepareTls(
    tls: TlsOptions | undefined,
  ): Promise<{ missing: readonly string[]; use(): void }> {
    const layer = await loadSecureLayer(tls, this.ocspOf);
    return {
      missing: layer?.missing ?? [],
      use: () => {
        this.secure.layer = layer;
      },
    };
  }

  close(): void {
    this.listener.close();
  }
}

export class NodeNetwork {
  readonly readBuffer = readArea;
  /** Set before anything listens. */
  ocspOf: OcspOf | undefined;

  /** Rejects in nats-server's words when a certificate or key cannot be used. */
  async openHttp(tls: TlsOptions | undefined): Promise<HttpClient> {
    const { NodeHttpClient } = await import('./http-client.ts');
    return new NodeHttpClient(tls);
  }

  async listen(
    where: { readonly host: string; readonly port: number; readonly expectsProxy?: boolean },
    tls: TlsOptions | undefined,
    onAccept: (accepted: AcceptedSocket) => void,
  ): Promise<NodeListener> {
    const secure = { layer: await loadSecureLayer(tls, this.ocspOf) };
    const listener = await listenTcp(where, (socket) => {
      socket.on('error', () => {});
      onAccept(new AcceptedSocket(socket, secure.layer, where.expectsProxy === true));
    });
    return new NodeListener(listener, secure, this.ocspOf);
  }
}

/** What OCSP does in the handshakes of a tls block. */
type OcspOf = (tls: TlsOptions) => BlockOcsp | undefined;

async function loadSecureLayer(
  tls: TlsOptions | undefined,
  ocspOf: OcspOf | undefined,
): Promise<SecureLayer | undefined> {
  if (tls === undefined) return undefined;
  const { createSecureLayer } = await import('./tls-upgrade.ts');
  try {
    return createSecureLayer(tls, ocspOf?.(tls));
  } catch (error) {
    throw new TlsLoadError(error as Error);
  }
}
