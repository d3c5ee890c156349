/**
 * How a server reaches the outside: the parts of the network that the composition takes as
 * parameters, so that the simulator runs the same composition on its own.
 */

import type { TlsState } from '../connection/connection.ts';
import type { Options, TlsOptions } from '../options/types.ts';
import type { HttpClient } from '../platform/http-client.ts';
import type { Listener, Stream } from '../platform/network.ts';
import type { BlockOcsp } from '../transport/ocsp/ocsp.ts';
import type { ProxySource } from '../transport/proxy-protocol.ts';

/** An accepted connection before anybody reads it. */
export interface Accepted {
  /** The stream in the clear. Not reading yet. */
  readonly stream: Stream;
  /**
   * Waits for the first bytes without consuming them: resolves with the first byte, or undefined
   * when none came in time or the peer left.
   */
  peek(timeoutMs: number): Promise<number | undefined>;
  /**
   * Reads the header of a proxy, and nothing behind it. Rejects with ProxyProtocolError. Absent where
   * no proxy can be; else only on a listener that expects them.
   */
  readProxyHeader?(): Promise<{
    readonly found: boolean;
    readonly source: ProxySource | undefined;
  }>;
  /**
   * Becomes the server side of a TLS connection; what peek saw is part of the handshake. `first`: no
   * byte was sent in the clear before.
   */
  upgrade(timeoutMs: number, first?: boolean): Promise<{ stream: Stream; state: TlsState }>;
}

export interface ServerNetwork {
  /** Asked for each tls block that is loaded; the server sets it, a network without OCSP ignores it. */
  ocspOf?: ((tls: TlsOptions) => BlockOcsp | undefined) | undefined;
  /** Where a `resolver: URL(…)` can be asked; rejects when the certificates cannot be used. */
  openHttp?(tls: TlsOptions | undefined): Promise<HttpClient>;
  /** Where streams deliver (see transport/read-area.ts). */
  readonly readBuffer: {
    readonly buffer: Buffer;
    readonly view: DataView;
    readonly headroom: number;
    readonly capacity: number;
  };
  /**
   * Listens; port 0 picks one. `onAccept` gets every connection. With `tls` its certificates are
   * loaded first: what is wrong with them rejects as TlsLoadError, in nats-server's words; an address
   * that cannot be had as the system's error.
   */
  listen(
    where: ListenAddress,
    tls: TlsOptions | undefined,
    onAccept: (accepted: Accepted) => void,
  ): Promise<ServerListener>;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** A PROXY header may come first on every connection. */
  readonly expectsProxy?: boolean;
}

/** One listener with certificates, authorities and session keys of its own. */
export interface ServerListener extends Listener {
  /** Configured suites and curves that are not available here. */
  readonly missing: readonly string[];
  /**
   * Loads other certificates, or the same files again; rejects as `listen` does and changes nothing.
   * They count for connections accepted after `use()`; undefined: they stay in the clear.
   */
  prepareTls(tls: TlsOptions | undefined): Promise<PreparedTls>;
}

/** Loaded, and not in use yet: so that a reload can be refused as long as nothing has changed. */
export interface PreparedTls {
  readonly missing: readonly string[];
  use(): void;
}

/** Features that only some networks have are asked for by option. */
export type NetworkFactory = (options: Options) => ServerNetwork;
