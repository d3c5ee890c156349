/**
 * `{ type: full }` and `{ type: cache }`: JWTs in a folder. `full` keeps all there are, exchanges
 * them with the other servers and answers their questions; `cache` keeps those that were needed
 * lately. What is not in the folder is asked of the other servers.
 *
 * The folder is one server's. Requests of clients that change it are in events/claims-requests.ts.
 */
import { errorText } from '../base/error-text.ts';
import type { Timer, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { AccountLookups, AccountResolver } from './resolver.ts';
import { AccountFetchError } from './resolver-errors.ts';
import { JwtStore, type JwtStoreParts } from './resolver-store.ts';

/** How long other servers may take to answer, unless `timeout` says otherwise. */
const lookupTimeoutMs = 1_900;
const syncIntervalMs = 60_000;
const expiryCheckMaxMs = 60_000;
const cacheLimit = 1_000;

export interface DirectoryResolverOptions {
  readonly kind: 'full' | 'cache';
  readonly directory: string;
  readonly deletes: 'refused' | 'renamed' | 'removed';
  /** 0: no limit, or 1000 for a cache. */
  readonly limit: number;
  /** 0: JWTs stay until they expire. */
  readonly ttlMs: number;
  /** 0: a minute. */
  readonly intervalMs: number;
  /** 0: 1.9 seconds. */
  readonly timeoutMs: number;
}

export interface DirectoryResolverParts extends JwtStoreParts {
  readonly timers: Timers;
  readonly logger: Logger;
}

export class DirectoryResolver implements AccountResolver {
  readonly kind: 'full' | 'cache';
  readonly readOnly = false;
  readonly jwts: JwtStore;
  /** How often servers compare what they have. */
  readonly intervalMs: number;
  /** Set when there is a system account to ask in. */
  lookups: AccountLookups | undefined;
  private readonly timeoutMs: number;
  private readonly parts: DirectoryResolverParts;
  private expiryTimer: Timer | undefined;
  private expiring = false;

  constructor(options: DirectoryResolverOptions, parts: DirectoryResolverParts) {
    const { kind, directory, ttlMs } = options;
    const cache = kind === 'cache';
    this.kind = kind;
    this.parts = parts;
    this.intervalMs = options.intervalMs > 0 ? options.intervalMs : syncIntervalMs;
    this.timeoutMs = options.timeoutMs > 0 ? options.timeoutMs : lookupTimeoutMs;
    const byDefault = cache ? cacheLimit : Number.POSITIVE_INFINITY;
    const limit = options.limit > 0 ? options.limit : byDefault;
    const deletes = cache ? 'removed' : options.deletes;
    const store = { directory, shard: false, deletes, limit, evicts: cache, ttlMs } as const;
    this.jwts = new JwtStore(store, parts);
  }

  async start(): Promise<void> {
    await this.jwts.open();
    await this.expire();
    const { ttlMs } = this.jwts.options;
    const everyMs = ttlMs > 0 ? Math.max(1, ttlMs / 2) : expiryCheckMaxMs;
    this.expiryTimer = this.parts.timers.every(Math.min(everyMs, expiryCheckMaxMs), () => {
      void this.expire();
    });
  }

  private async expire(): Promise<void> {
    if (this.expiring) return;
    this.expiring = true;
    try {
      await this.jwts.expire();
    } catch (error) {
      this.parts.logger.error(`DirResolver - Could not remove expired jwt: ${errorText(error)}`);
    } finally {
      this.expiring = false;
    }
  }

  async fetch(key: string): Promise<string> {
    const own = await this.jwts.load(key);
    if (own !== undefined && own !== '') return own;
    if (this.lookups === undefined) {
      throw new AccountFetchError('ACCOUNT_MISSING', 'account jwt not found');
    }
    const found = await this.lookups.lookup(key, this.timeoutMs);
    await this.jwts.saveIfNewer(key, found);
    return found;
  }

  store(key: string, jwt: string): Promise<void> {
    return this.jwts.saveIfNewer(key, jwt);
  }

  async close(): Promise<void> {
    this.expiryTimer?.clear();
    this.expiryTimer = undefined;
    await this.jwts.settled();
  }
}
