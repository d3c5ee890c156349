/**
 * From the options of operator mode to where the JWTs of accounts come from: makes the resolver,
 * fills it with `resolver_preload`, follows a reload, and connects it with the system account.
 *
 * A reload keeps a folder that stays the same, with everything that works on it: nats-server leaves
 * one behind that neither hears of what others changed in the folder nor asks other servers.
 */
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AccountResolver, KnownAccounts } from '../account/resolver.ts';
import { DirectoryResolver, type DirectoryResolverOptions } from '../account/resolver-directory.ts';
import { AccountFetchError } from '../account/resolver-errors.ts';
import { MemoryResolver } from '../account/resolver-memory.ts';
import type { JwtFacts } from '../account/resolver-store.ts';
import { UrlResolver } from '../account/resolver-url.ts';
import { validateAccountClaims } from '../auth/jwt/account-validation.ts';
import {
  decodeAccountClaims,
  decodeGenericClaims,
  decodeOperatorClaims,
} from '../auth/jwt/token.ts';
import { operatorKeys } from '../auth/jwt/trust.ts';
import { isPublicNkey } from '../auth/nkeys.ts';
import { errorText } from '../base/error-text.ts';
import type { InternalClient } from '../deliver/internal-client.ts';
import { type ClaimsOperator, ClaimsRequests } from '../events/claims-requests.ts';
import type { EventPublisher } from '../events/event-publisher.ts';
import { formatDuration } from '../options/duration.ts';
import type { DirectoryResolver as DirectoryDefinition } from '../options/resolver-block.ts';
import type { Options, TlsOptions } from '../options/types.ts';
import type { Timer } from '../platform/clock.ts';
import type { HttpClient } from '../platform/http-client.ts';
import type { Logger } from '../platform/logger.ts';
import type { Platform } from '../platform/platform.ts';

/** A fetch that takes longer is worth a warning. */
const slowFetchMs = 1_000;
const bootstrapIntervalMs = 1_000;

export interface ResolverParts {
  readonly platform: Pick<Platform, 'clock' | 'timers' | 'disk' | 'random'>;
  readonly logger: Logger;
  /** For a URL; throws when `resolver_tls` cannot be used. */
  readonly openHttp: (tls: TlsOptions | undefined) => Promise<HttpClient>;
}

/** What the requests of the system account work with. */
export interface ResolverSystem {
  readonly publisher: EventPublisher;
  readonly accounts: KnownAccounts;
  /** A client of the system account for each use. */
  openClient(): InternalClient;
}

export class Resolvers {
  private readonly parts: ResolverParts;
  private options: Options;
  private resolver: AccountResolver | undefined;
  private system: ResolverSystem | undefined;
  private requests: ClaimsRequests | undefined;
  private bootstrap: Timer | undefined;

  constructor(options: Options, parts: ResolverParts) {
    this.options = options;
    this.parts = parts;
  }

  /** Account JWTs come from somewhere. */
  get active(): boolean {
    return this.resolver !== undefined;
  }

  get kind(): AccountResolver['kind'] | undefined {
    return this.resolver?.kind;
  }

  // ---- life ----

  /** Makes the resolver. Rejects with the text of the fatal line when the server cannot start so. */
  async open(): Promise<void> {
    if (this.options.resolver === undefined) return;
    const resolver = await this.openResolver(this.options);
    if (resolver instanceof UrlResolver) await resolver.probe();
    this.resolver = resolver;
  }

  private async openResolver(options: Options): Promise<AccountResolver> {
    const resolver = await createResolver(options, this.parts);
    try {
      await resolver.start();
      await this.preload(resolver, options);
    } catch (error) {
      await resolver.close();
      throw error;
    }
    return resolver;
  }

  private async preload(resolver: AccountResolver, options: Options): Promise<void> {
    const preloads = Object.entries(options.resolverPreloads);
    if (preloads.length > 0 && resolver.readOnly) {
      const writeable = 'writeable resolver types MEM/DIR/CACHE_DIR';
      throw new Error(`resolver preloads only available for ${writeable}`);
    }
    for (const [key, jwt] of preloads) {
      await resolver.store(key, jwt).catch((error: unknown) => {
        this.parts.logger.error(`Preloaded account [${key}] not stored: ${errorText(error)}`);
      });
    }
  }

  /** Says what is wrong with the JWTs of the configuration before somebody needs them. */
  warnOfPreloads(): void {
    const { logger, platform } = this.parts;
    if (this.options.operatorJwts.length === 0) return;
    for (const [key, jwt] of Object.entries(this.options.resolverPreloads)) {
      const nowSeconds = Math.floor(platform.clock.nowMs() / 1000);
      const issues = validateAccountClaims(decodeAccountClaims(jwt), nowSeconds);
      if (!issues.blocks(true)) continue;
      logger.warn(`Account [${key}] has validation issues:`);
      for (const { text } of issues.list) logger.warn(`  - ${text}`);
    }
  }

  /** The system account is there: requests about account JWTs are answered from now on. */
  startRequests(system: ResolverSystem): void {
    this.system = system;
    const { resolver } = this;
    const parts = { ...system, client: system.openClient() };
    const folder =
      resolver instanceof DirectoryResolver
        ? { resolver, operator: claimsOperator(this.options) }
        : undefined;
    this.requests = new ClaimsRequests(parts, folder);
    this.requests.start();
  }

  /**
   * Takes over changed options; rejects, and changes nothing, when they cannot be had. What is known
   * of accounts in use is the caller's to check again where the resolver is `memory`: a JWT may have
   * gone from the configuration.
   */
  async reload(next: Options): Promise<void> {
    const { resolver } = this;
    if (resolver === undefined || next.resolver === undefined) return;
    const same = isDeepStrictEqual(this.options.resolver, next.resolver);
    if (resolver instanceof DirectoryResolver && same) {
      this.options = next;
      await this.preload(resolver, next);
      await resolver.jwts.reload();
      return;
    }
    this.resolver = await this.openResolver(next);
    this.options = next;
    const { system, requests } = this;
    await requests?.close();
    if (system !== undefined) this.startRequests(system);
    await resolver.close();
  }

  async close(): Promise<void> {
    this.bootstrap?.clear();
    await this.requests?.close();
    await this.resolver?.close();
  }

  // ---- accounts ----

  /** The JWT of an account, not verified. Rejects with the reason to log. */
  async fetch(key: string): Promise<string> {
    const { logger, platform } = this.parts;
    const startMs = platform.clock.monotonicMs();
    try {
      return await this.ask(key);
    } finally {
      const tookMs = platform.clock.monotonicMs() - startMs;
      const took = formatDuration(BigInt(Math.round(tookMs * 1e6)));
      const line = `Account [${key}] fetch took ${took}`;
      if (tookMs > slowFetchMs) logger.warn(line);
      else logger.debug(line);
    }
  }

  private async ask(key: string): Promise<string> {
    const { resolver } = this;
    if (resolver === undefined) {
      throw new AccountFetchError('RESOLVER_FAILED', 'account resolver missing');
    }
    // Before anything is made of the key: it is what a client sent.
    if (!isPublicNkey(key, 'account')) {
      throw new AccountFetchError('ACCOUNT_INVALID', 'will only fetch valid account keys');
    }
    const jwt = await resolver.fetch(key);
    if (jwt === undefined) throw new AccountFetchError('ACCOUNT_MISSING', 'account missing');
    return jwt;
  }

  /**
   * The system account's JWT could not be had at the start and a makeshift account stands for it: asks
   * every second until it is there and `use` takes it.
   */
  awaitSystemAccount(key: string, use: (jwt: string) => Promise<void>): void {
    const { logger, platform } = this.parts;
    logger.notice('Using bootstrapping system account');
    const again = (): void => {
      this.bootstrap = platform.timers.after(bootstrapIntervalMs, () => {
        this.ask(key)
          .then(use)
          .then(
            () => logger.notice('System account fetched and updated'),
            () => again(),
          );
      });
    };
    again();
  }
}

/** Makes the resolver that the options name; `start` opens it. */
export async function createResolver(
  options: Options,
  { platform, logger, openHttp }: ResolverParts,
): Promise<AccountResolver> {
  const { type = 'memory', definition = {} } = options.resolver ?? {};
  switch (type) {
    case 'url':
      return new UrlResolver(String(definition.url), await openHttp(options.resolverTls));
    case 'full':
    case 'cache':
      return new DirectoryResolver(
        directoryOptions(type, definition as unknown as DirectoryDefinition),
        { ...platform, logger, factsOf },
      );
    default:
      return new MemoryResolver();
  }
}

function directoryOptions(
  kind: 'full' | 'cache',
  definition: DirectoryDefinition,
): DirectoryResolverOptions {
  const { dir, allowDelete, hardDelete, limit, ttlNs, intervalNs, timeoutNs } = definition;
  const kept = hardDelete ? 'removed' : 'renamed';
  return {
    kind,
    directory: resolve(dir),
    deletes: allowDelete ? kept : 'refused',
    limit: Number(limit),
    ttlMs: Number(ttlNs) / 1e6,
    intervalMs: Number(intervalNs) / 1e6,
    timeoutMs: Number(timeoutNs) / 1e6,
  };
}

function factsOf(jwt: string): JwtFacts {
  const { jti, sub, iat, exp } = decodeGenericClaims(jwt);
  return { id: jti, subject: sub, issuedAt: iat, expires: exp };
}

/** Throws when nobody signs for accounts: then nobody can be asked to change them. */
function claimsOperator(options: Options): ClaimsOperator {
  const [jwt] = options.operatorJwts;
  const claims = jwt === undefined ? undefined : decodeOperatorClaims(jwt);
  const signers = new Set(claims === undefined ? [] : operatorKeys([claims]));
  if (claims === undefined || signers.size === 0) {
    throw new Error('Could not start resolver: no operator key found');
  }
  return { key: claims.sub, strict: claims.nats.strict_signing_key_usage, signers };
}
