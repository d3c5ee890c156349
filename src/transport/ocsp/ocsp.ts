/**
 * OCSP of one server: a stapler for each tls block whose certificate is stapled, a verifier for each
 * that checks its peers, and one cache and one client for all. TLS code asks `of(block)` for what it
 * has to do in handshakes.
 *
 * `prepare` makes the next set while the old one works; `use` exchanges them. A block that demands
 * verification always gets its verifier, whatever becomes of stapling.
 */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { localOcspCache } from '../../options/ocsp-rows.ts';
import type { Options, TlsOptions } from '../../options/types.ts';
import type { Clock, Timers } from '../../platform/clock.ts';
import type { Disk } from '../../platform/disk.ts';
import type { Logger } from '../../platform/logger.ts';
import { type Certificate, readPemCertificates } from './certificate.ts';
import { type OcspEvents, OcspPeerVerifier } from './peer-verifier.ts';
import { ResponderClient } from './responder-client.ts';
import { type CacheStats, ResponseCache } from './response-cache.ts';
import { certificateBundles, findIssuer, staplePolicy } from './staple-certificate.ts';
import { createStapleFolder, OcspStapler } from './stapler.ts';

export interface OcspParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly disk: Disk;
  readonly events: OcspEvents;
  /** A certificate of ours was revoked and the policy forbids to go on. */
  onRevoked(): void;
}

/** What one tls block does in handshakes. */
export interface BlockOcsp {
  readonly stapler: OcspStapler | undefined;
  readonly verifier: OcspPeerVerifier | undefined;
}

/** Made, and watching nothing yet. */
export interface PreparedOcsp {
  readonly staplers: readonly OcspStapler[];
  readonly cache: ResponseCache | undefined;
  /** Why something is not stapled that should be; ends a start, is a warning at a reload. */
  readonly problem: Error | undefined;
}

type OcspOptions = Pick<Options, 'tls' | 'websocket' | 'mqtt' | 'ocsp' | 'ocspCache' | 'storeDir'>;

/** The tls blocks of clients, in nats-server's order. */
function clientBlocks(options: OcspOptions): TlsOptions[] {
  const { tls, websocket, mqtt } = options;
  return [tls, websocket.tls, mqtt.tls].filter((block) => block !== undefined);
}

const kind = 'Client';

export class Ocsp {
  private readonly parts: OcspParts;
  private readonly client = new ResponderClient();
  private readonly known = new WeakMap<TlsOptions, BlockOcsp>();
  private staplers: readonly OcspStapler[] = [];
  private cache: ResponseCache | undefined;

  constructor(parts: OcspParts) {
    this.parts = parts;
  }

  /** Known since `prepare`. */
  of(tls: TlsOptions): BlockOcsp | undefined {
    return this.known.get(tls);
  }

  /** At least one block checks its peers. */
  get verifiesPeers(): boolean {
    return this.cache !== undefined;
  }

  get cacheStats(): CacheStats | undefined {
    return this.cache?.stats;
  }

  /** Rejects when options contradict each other. */
  async prepare(options: OcspOptions): Promise<PreparedOcsp> {
    const tlsBlocks = clientBlocks(options);
    const verifying = tlsBlocks.some((tls) => tls.ocspPeer?.verify === true);
    const cache = verifying
      ? new ResponseCache(options.ocspCache ?? localOcspCache(), this.parts)
      : undefined;
    for (const tls of tlsBlocks) {
      const verifier = cache && this.createVerifier(tls, cache);
      this.known.set(tls, { stapler: undefined, verifier });
    }
    return { cache, ...(await this.prepareStaplers(tlsBlocks, options)) };
  }

  private async prepareStaplers(tlsBlocks: readonly TlsOptions[], options: OcspOptions) {
    const staplers: OcspStapler[] = [];
    try {
      for (const tls of tlsBlocks) {
        const stapler = await this.createStapler(tls, options);
        if (stapler === undefined) continue;
        staplers.push(stapler);
        this.known.set(tls, { verifier: this.known.get(tls)?.verifier, stapler });
      }
      return { staplers, problem: undefined };
    } catch (error) {
      return { staplers, problem: error as Error };
    }
  }

  /** The old ones end; the new ones begin with `start`. */
  async use(next: PreparedOcsp): Promise<void> {
    const { cache } = this;
    this.closeStaplers();
    this.staplers = next.staplers;
    this.cache = next.cache;
    await cache?.stop();
  }

  /** Begins to watch our certificates and opens the cache; after `use`. */
  async start(): Promise<void> {
    for (const stapler of this.staplers) void stapler.start();
    await this.cache?.start();
  }

  async stop(): Promise<void> {
    this.closeStaplers();
    await this.cache?.stop();
  }

  private closeStaplers(): void {
    for (const stapler of this.staplers) stapler.close();
  }

  private createVerifier(tls: TlsOptions, cache: ResponseCache): OcspPeerVerifier | undefined {
    const { ocspPeer } = tls;
    if (ocspPeer?.verify !== true) return undefined;
    const { logger, clock, events } = this.parts;
    if (!tls.verify) {
      throw new Error(
        'OCSP peer verification for client connections requires TLS verify (mTLS) to be enabled',
      );
    }
    return new OcspPeerVerifier(
      { options: ocspPeer, kind, peer: 'client', roots: readRoots(tls) },
      { logger, clock, events, cache, client: this.client },
    );
  }

  private async createStapler(
    tls: TlsOptions,
    { ocsp, storeDir }: OcspOptions,
  ): Promise<OcspStapler | undefined> {
    // With several certificates the last one alone is shown when it is stapled, as in nats-server.
    const sources = certificateBundles(tls, readFileSync);
    const mode = ocsp?.mode;
    for (const { certFile, bundle } of sources) {
      const { staple, ignored } = staplePolicy(mode, bundle[0]?.mustStaple === true);
      if (ignored) {
        this.parts.logger.warn(`Certificate at '${certFile}' has MustStaple but OCSP is disabled`);
      }
      if (!staple) return undefined;
    }
    const last = sources.at(-1);
    const certificate = last?.bundle[0];
    if (last === undefined || certificate === undefined) return undefined;
    await createStapleFolder(this.parts.disk, storeDir);
    const { clock } = this.parts;
    const stapler = new OcspStapler(
      {
        kind,
        certFile: last.certFile,
        certificate,
        issuer: findIssuer(last.bundle, readRoots(tls), clock.nowMs()),
        overrideUrls: ocsp?.overrideUrls ?? [],
        storeDir,
        shutdownOnRevoke: staplePolicy(mode, certificate.mustStaple).shutdownOnRevoke,
      },
      { ...this.parts, client: this.client, onRevoked: () => this.parts.onRevoked() },
    );
    await stapler.open();
    return stapler;
  }
}

/** The authorities of a tls block; without a file those that come with the runtime. */
function readRoots({ caFile }: TlsOptions): Certificate[] {
  const pem = caFile === '' ? rootCertificates.join('\n') : readFileSync(caFile, 'latin1');
  return readPemCertificates(pem);
}
