/** OCSP as the composition sees it. The code of it is loaded when there is a tls block for clients. */
import type { Options, TlsOptions } from '../options/types.ts';
import type { BlockOcsp, Ocsp, OcspParts, PreparedOcsp } from '../transport/ocsp/ocsp.ts';
import type { CacheStats } from '../transport/ocsp/response-cache.ts';

export class ServerOcsp {
  private readonly parts: OcspParts;
  private ocsp: Ocsp | undefined;

  constructor(parts: OcspParts) {
    this.parts = parts;
  }

  /** What a tls block does in handshakes; known since its options were prepared. */
  of(tls: TlsOptions): BlockOcsp | undefined {
    return this.ocsp?.of(tls);
  }

  get verifiesPeers(): boolean {
    return this.ocsp?.verifiesPeers === true;
  }

  get cacheStats(): CacheStats | undefined {
    return this.ocsp?.cacheStats;
  }

  /** Before anything listens. Rejects with the text that ends the start. */
  async open(options: Options): Promise<void> {
    const prepared = await this.prepare(options);
    if (prepared?.problem !== undefined) throw prepared.problem;
    if (prepared !== undefined) await this.ocsp?.use(prepared);
  }

  start(): Promise<void> | undefined {
    return this.ocsp?.start();
  }

  stop(): Promise<void> | undefined {
    return this.ocsp?.stop();
  }

  /** For a reload; rejects when the options contradict each other. */
  async prepare(options: Options): Promise<PreparedOcsp | undefined> {
    const { tls, websocket, mqtt } = options;
    if (this.ocsp === undefined) {
      if ((tls ?? websocket.tls ?? mqtt.tls) === undefined) return undefined;
      const module = await import('../transport/ocsp/ocsp.ts');
      this.ocsp ??= new module.Ocsp(this.parts);
    }
    return this.ocsp.prepare(options);
  }

  /** Takes over what was prepared. */
  async reload(prepared: PreparedOcsp | undefined): Promise<void> {
    if (prepared === undefined) return;
    await this.ocsp?.use(prepared);
    await this.ocsp?.start();
    const { problem } = prepared;
    if (problem === undefined) return;
    this.parts.logger.warn(`Can't restart OCSP features: ${problem.message}`);
  }
}
