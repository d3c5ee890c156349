/**
 * The listeners of a server and their certificates. Each has its own security layer; a reload loads
 * them all anew before it changes anything, and then exchanges them in one step.
 */
import type { Options, TlsOptions } from '../options/types.ts';
import type { Logger } from '../platform/logger.ts';
import type { Accepted, ListenAddress, ServerListener, ServerNetwork } from './server-network.ts';

type TlsOf = (options: Options) => TlsOptions | undefined;

export class SecuredListeners {
  private readonly network: ServerNetwork;
  private readonly logger: Logger;
  private readonly open = new Map<ServerListener, TlsOf>();

  constructor(network: ServerNetwork, logger: Logger) {
    this.network = network;
    this.logger = logger;
  }

  /**
   * Opens a listener; `tlsOf` finds its block in the options of now and of every reload. Rejects as
   * `ServerNetwork.listen`.
   */
  async listen(
    where: ListenAddress,
    options: Options,
    tlsOf: TlsOf,
    onAccept: (accepted: Accepted) => void,
  ): Promise<ServerListener> {
    const listener = await this.network.listen(where, tlsOf(options), onAccept);
    this.open.set(listener, tlsOf);
    this.warn(listener.missing);
    return listener;
  }

  /**
   * Reads all certificates again, also when the blocks are the same: that is how they are renewed.
   * Rejects with the first problem; the result puts them to use.
   */
  async prepare(next: Options): Promise<() => void> {
    const prepared = await Promise.all(
      [...this.open].map(([listener, tlsOf]) => listener.prepareTls(tlsOf(next))),
    );
    return () => {
      for (const tls of prepared) {
        tls.use();
        this.warn(tls.missing);
      }
    };
  }

  close(): void {
    for (const listener of this.open.keys()) listener.close();
  }

  private warn(missing: readonly string[]): void {
    for (const name of missing) {
      this.logger.warn(`tls: ${name} is not available in this runtime and is left out`);
    }
  }
}
