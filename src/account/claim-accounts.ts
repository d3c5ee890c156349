/**
 * Accounts of operator mode: fetched from the resolver when somebody asks for them, built from the
 * claims of their JWT, and changed when a newer JWT comes. Accounts that are imported from are
 * fetched first; where that fails, the import waits until the exporter appears (`incomplete`).
 * What a change means for connections is the business of the layers above (`onUpdated`).
 */
import type { AccountClaims } from '../auth/jwt/account-claims.ts';
import type { Clock, Timer, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Account } from './account.ts';
import type { AccountSpec } from './account-spec.ts';
import type { Accounts } from './accounts.ts';

/** A JWT is not asked for again within this time. */
const refetchMs = 1000;
/** Timers count to 24 days at most. */
const longestTimerMs = 2_000_000_000;
/** Fetches under way at once; who comes later is refused. */
const fetchesMax = 1024;

export interface ClaimAccountsParts {
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** The JWT of an account; undefined when there is none. Rejects with the reason to log. */
  fetchJwt(name: string): Promise<string | undefined>;
  /** Verified claims of the account `name`; throws an Error to log. */
  verify(jwt: string, name: string): AccountClaims;
  specOf(claims: AccountClaims): AccountSpec;
  /** Members and limits follow. `before` is undefined for a new account. */
  onUpdated(account: Account, before: AccountClaims | undefined): void;
  onExpired(account: Account): void;
}

export class ClaimAccounts {
  private readonly parts: ClaimAccountsParts;
  private readonly pending = new Map<string, Promise<Account | undefined>>();
  private readonly expiry = new Map<Account, Timer>();

  constructor(parts: ClaimAccountsParts) {
    this.parts = parts;
  }

  /** The account, asked of the resolver; undefined when it is not there or not valid. */
  fetch(name: string): Promise<Account | undefined> {
    const known = this.pending.get(name);
    if (known !== undefined) return known;
    if (this.pending.size >= fetchesMax) {
      this.parts.logger.warn(`Account fetch failed: ${fetchesMax} are under way`);
      return Promise.resolve(undefined);
    }
    const asked = this.fetchNow(name, new Set()).finally(() => this.pending.delete(name));
    this.pending.set(name, asked);
    return asked;
  }

  private async fetchNow(name: string, building: Set<string>): Promise<Account | undefined> {
    const { accounts, clock, logger } = this.parts;
    const known = accounts.get(name);
    if (known !== undefined && !known.incomplete && clock.nowMs() - known.updatedMs < refetchMs) {
      return known.expired ? undefined : known;
    }
    let jwt: string | undefined;
    try {
      jwt = await this.parts.fetchJwt(name);
    } catch (error) {
      logger.warn(`Account fetch failed: ${(error as Error).message}`);
    }
    if (jwt === undefined) return undefined;
    try {
      return await this.apply(name, jwt, building);
    } catch (error) {
      logger.warn(`Account [${name}] cannot be used: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Makes the account what this JWT says. Rejects with an Error to show. */
  async update(name: string, jwt: string): Promise<Account> {
    const account = await this.apply(name, jwt, new Set());
    this.completeImporters(account);
    return account;
  }

  private async apply(name: string, jwt: string, building: Set<string>): Promise<Account> {
    const { accounts } = this.parts;
    const before = accounts.get(name);
    if (before?.spec?.jwt === jwt && !before.incomplete) return before;
    const claims = this.parts.verify(jwt, name);
    building.add(name);
    // Known at once, so that accounts that import from each other find each other.
    const account = accounts.ensure(name);
    await this.fetchExporters(account, claims, building);
    this.build(account, claims, jwt);
    return account;
  }

  private async fetchExporters(
    account: Account,
    claims: AccountClaims,
    building: Set<string>,
  ): Promise<void> {
    const { accounts, logger } = this.parts;
    for (const one of claims.nats.imports) {
      if (one === undefined || one.account === account.name) continue;
      const known = accounts.get(one.account);
      if ((known?.spec !== undefined && !known.expired) || building.has(one.account)) continue;
      building.add(one.account);
      const found = await this.fetchNow(one.account, building);
      if (found === undefined) {
        logger.error(
          `Can't locate account [${one.account}] for import of [${one.subject}] ${one.type}`,
        );
      }
    }
  }

  private build(account: Account, claims: AccountClaims, jwt: string): void {
    const { accounts, logger } = this.parts;
    const before = account.claims;
    account.claims = claims;
    this.watchExpiry(account, claims);
    const problems = accounts.configure([{ ...this.parts.specOf(claims), jwt }]);
    account.incomplete = problems.length > 0;
    for (const problem of problems) logger.debug(`${problem} [account ${account.name}]`);
    // Whoever imports from it is judged again: a right may have come or gone.
    const importers = [...accounts.all()].filter((other) => importsFrom(other, account));
    const specs = importers.flatMap(({ spec }) => (spec === undefined ? [] : [spec]));
    accounts.configure(specs);
    this.parts.onUpdated(account, before);
  }

  /** An account that was missing is here: those that wait for it are built again. */
  private completeImporters(exporter: Account): void {
    const { accounts } = this.parts;
    for (const account of accounts.all()) {
      const { claims, spec } = account;
      if (!account.incomplete || claims === undefined || account === exporter) continue;
      if (spec?.jwt !== undefined && importsFrom(account, exporter)) {
        account.incomplete = accounts.configure([spec]).length > 0;
      }
    }
  }

  private watchExpiry(account: Account, claims: AccountClaims): void {
    this.expiry.get(account)?.clear();
    this.expiry.delete(account);
    account.expired = false;
    if (claims.exp === 0) return;
    const leftMs = claims.exp * 1000 - this.parts.clock.nowMs();
    if (leftMs <= 0) {
      account.expired = true;
      return;
    }
    const again = leftMs > longestTimerMs;
    const timer = this.parts.timers.after(again ? longestTimerMs : leftMs, () => {
      if (again) this.watchExpiry(account, claims);
      else this.expire(account);
    });
    this.expiry.set(account, timer);
  }

  private expire(account: Account): void {
    this.expiry.delete(account);
    account.expired = true;
    this.parts.onExpired(account);
  }

  close(): void {
    for (const timer of this.expiry.values()) timer.clear();
    this.expiry.clear();
  }
}

function importsFrom(account: Account, exporter: Account): boolean {
  const { spec } = account;
  if (spec === undefined || account === exporter) return false;
  const { name } = exporter;
  return [...spec.streamImports, ...spec.serviceImports].some((one) => one.account === name);
}
