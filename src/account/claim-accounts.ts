/**
 * Accounts of operator mode: fetched from the resolver when somebody asks for them, built from the
 * claims of their JWT, and changed when a newer JWT comes. Accounts that are imported from are
 * fetched first; where that fails, the import waits until the exporter appears (`incomplete`).
 * What a change means for connections is the business of the layers above (`onUpdated`).
 */
import type { AccountClaims } from '../auth/jwt/account-claims.ts';
import { errorText } from '../base/error-text.ts';
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
  /** The JWT of an account. Rejects with the reason to log. */
  fetchJwt(name: string): Promise<string>;
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
  private readonly activations = new Map<Account, Timer>();

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
    const complete = known?.claims !== undefined && !known.incomplete;
    if (complete && clock.nowMs() - known.updatedMs < refetchMs) {
      return known.expired ? undefined : known;
    }
    let jwt: string;
    try {
      jwt = await this.parts.fetchJwt(name);
    } catch (error) {
      logger.warn(`Account fetch failed: ${errorText(error)}`);
      return undefined;
    }
    try {
      const account = await this.apply(name, jwt, building);
      this.completeImporters(account);
      return account.expired ? undefined : account;
    } catch (error) {
      logger.debug(`Account JWT lookup error: ${errorText(error)}`);
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
    const spec = { ...this.parts.specOf(claims), jwt };
    const problems = accounts.configure([spec]);
    this.watchActivations(account, spec);
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
    account.expired = claims.exp !== 0 && claims.exp * 1000 <= this.parts.clock.nowMs();
    this.cancel(this.expiry, account);
    if (account.expired || claims.exp === 0) return;
    this.at(this.expiry, account, claims.exp * 1000, () => this.expire(account));
  }

  /** When an activation token of an import expires the imports are judged again. */
  private watchActivations(account: Account, spec: AccountSpec): void {
    this.cancel(this.activations, account);
    const nowMs = this.parts.clock.nowMs();
    const next = spec.activationsExpireMs?.find((ms) => ms > nowMs);
    if (next === undefined) return;
    this.at(this.activations, account, next, () => {
      const { spec: current } = account;
      if (current === undefined) return;
      account.incomplete = this.parts.accounts.configure([current]).length > 0;
      this.watchActivations(account, current);
    });
  }

  private at(timers: Map<Account, Timer>, account: Account, ms: number, action: () => void): void {
    const leftMs = ms - this.parts.clock.nowMs();
    const timer = this.parts.timers.after(Math.min(Math.max(0, leftMs), longestTimerMs), () => {
      timers.delete(account);
      if (leftMs > longestTimerMs) this.at(timers, account, ms, action);
      else action();
    });
    timers.set(account, timer);
  }

  private cancel(timers: Map<Account, Timer>, account: Account): void {
    timers.get(account)?.clear();
    timers.delete(account);
  }

  private expire(account: Account): void {
    account.expired = true;
    this.parts.onExpired(account);
  }

  /** The account was deleted: its clients are disconnected and nobody gets in. */
  disable(account: Account): void {
    this.cancel(this.expiry, account);
    this.cancel(this.activations, account);
    account.limits = { maxConnections: 0, maxSubscriptions: 0, maxPayload: 0, maxLeafnodes: 0 };
    account.updatedMs = this.parts.clock.nowMs();
    this.parts.accounts.clearImports(account);
    // A later JWT, also the same, must count as a change.
    if (account.spec !== undefined) delete account.spec.jwt;
    this.expire(account);
  }

  close(): void {
    for (const timers of [this.expiry, this.activations]) {
      for (const timer of timers.values()) timer.clear();
      timers.clear();
    }
  }
}

function importsFrom(account: Account, exporter: Account): boolean {
  const { spec } = account;
  if (spec === undefined || account === exporter) return false;
  const { name } = exporter;
  return [...spec.streamImports, ...spec.serviceImports].some((one) => one.account === name);
}
