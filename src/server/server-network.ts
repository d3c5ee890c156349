/**
 * How a server reaches the outside: the parts of the network that the composition takes as
 * parameters, so that the simulator runs the same composition on its own.
 */

import type { TlsState } from '../connection/connection.ts';
import type { Options, TlsOptions } from '../options/types.ts';
import type { Listener, Stream } from '../platform/network.ts';

/** An accepted connection before anybody reads it. */
export interface Accepted {
  /** The stream in the clear. Not reading yet. */
  readonly stream: Stream;
  /**
   * Waits for the first bytes without consuming them: resolves with the first byte, or undefined
   * when none came in time or the peer left.
   */
  peek(timeoutMs: number): Promise<number | undefined>;
  /** Becomes the server side of a TLS connection; what peek saw is part of the handshake. */
  upgrade(timeoutMs: number): Promise<{ stream: Stream; state: TlsState }>;
}

export interface ServerNetwork {
  /** Where streams deliver (see transport/read-area.ts). */
  readonly readBuffer: {
    readonly buffer: Buffer;
    readonly view: DataView;
    readonly headroom: number;
    readonly capacity: number;
  };
  /** Listens for clients; port 0 or -1 picks one. `onAccept` gets every connection. */
  listenClients(
    where: { host: string; port: number },
    onAccept: (accepted: Accepted) => void,
  ): Promise<Listener>;
  /**
   * Loads certificates; throws with nats-server's text. Called at start and on reload. Resolves with
   * configured suites and curves that are not available.
   */
  useTls(tls: TlsOptions | undefined): Promise<readonly string[]>;
}

/** Features that only some networks have are asked for by option. */
export type NetworkFactory = (options: Options) => ServerNetwork;
