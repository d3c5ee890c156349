/**
 * Operator mode as one piece of a server: accounts come from JWTs that operators sign, found by a
 * resolver. Opened before anybody can log in, since the system account may be one of them. Without
 * operators nothing of this exists.
 */
import type { Account } from '../account/account.ts';
import { accountSpecFromClaims } from '../account/account-claims.ts';
import type { Accounts } from '../account/accounts.ts';
import { ClaimAccounts } from '../account/claim-accounts.ts';
import type { KnownAccounts } from '../account/resolver.ts';
import { decodeOperatorClaims } from '../auth/jwt/token.ts';
import { TrustedKeys, verifyAccountJwt } from '../auth/jwt/trust.ts';
import { onAccountExpired, onClaimsChanged } from '../client/account-changes.ts';
import type { Client } from '../client/client.ts';
import type { Connection } from '../connection/connection.ts';
import type { Deliverer } from '../deliver/deliver.ts';
import { InternalClient } from '../deliver/internal-client.ts';
import type { EventPublisher } from '../events/event-publisher.ts';
import type { Options, TlsOptions } from '../options/types.ts';
import type { HttpClient } from '../platform/http-client.ts';
import type { Logger } from '../platform/logger.ts';
import type { Platform } from '../platform/platform.ts';
import { Resolvers } from './resolvers.ts';

export interface OperatorModeParts {
  readonly options: Options;
  readonly platform: Platform;
  readonly logger: Logger;
  readonly accounts: Accounts;
  readonly deliverer: Deliverer;
  clientOf(connection: Connection): Client | undefined;
  openHttp(tls: TlsOptions | undefined): Promise<HttpClient>;
}

/** Do operators decide who is who? */
export function isOperatorMode({ operatorJwts, trustedKeys }: Options): boolean {
  return operatorJwts.length > 0 || trustedKeys.length > 0;
}

/** The keys that may sign accounts. */
export function trustedKeysOf({ operatorJwts, trustedKeys }: Options): TrustedKeys {
  return new TrustedKeys(operatorJwts.map(decodeOperatorClaims), trustedKeys);
}

export class OperatorMode implements KnownAccounts {
  private readonly parts: OperatorModeParts;
  private readonly trusted: TrustedKeys;
  private readonly resolvers: Resolvers;
  private readonly claims: ClaimAccounts;

  constructor(parts: OperatorModeParts) {
    const { options, platform, logger, accounts } = parts;
    this.parts = parts;
    this.trusted = trustedKeysOf(options);
    this.resolvers = new Resolvers(options, {
      platform,
      logger,
      openHttp: (tls) => parts.openHttp(tls),
    });
    this.claims = new ClaimAccounts({
      accounts,
      clock: platform.clock,
      timers: platform.timers,
      logger,
      fetchJwt: (name) => this.resolvers.fetch(name),
      verify: (jwt, name) => {
        const nowSeconds = Math.floor(platform.clock.nowMs() / 1000);
        return verifyAccountJwt(jwt, name, this.trusted, nowSeconds);
      },
      specOf: (found) =>
        accountSpecFromClaims(found, {
          nowMs: () => platform.clock.nowMs(),
          strict: this.trusted.isStrict(found.iss),
          onProblem: (text) => logger.error(text),
        }),
      onUpdated: (account, before) =>
        onClaimsChanged(account, before, (connection) => parts.clientOf(connection)),
      onExpired: onAccountExpired,
    });
    accounts.fetch = (name) => this.claims.fetch(name);
  }

  /** Opens the resolver and finds the system account. Rejects with the text the program dies with. */
  async open(): Promise<void> {
    await this.resolvers.open();
    this.resolvers.warnOfPreloads();
    const { systemAccount } = this.parts.options;
    if (systemAccount === '' || systemAccount === '$SYS') return;
    const found = await this.claims.fetch(systemAccount);
    if (found !== undefined) return;
    if (this.resolvers.kind === 'memory' || this.resolvers.kind === undefined) {
      throw new Error('error resolving system account: account missing');
    }
    this.resolvers.awaitSystemAccount(systemAccount, async (jwt) => {
      await this.claims.update(systemAccount, jwt);
    });
  }

  /** The system account answers requests about JWTs from now on. */
  start(publisher: EventPublisher, systemAccount: Account): void {
    const { deliverer } = this.parts;
    this.resolvers.startRequests({
      publisher,
      accounts: this,
      openClient: () => new InternalClient(deliverer, systemAccount),
    });
  }

  /** Takes over changed options; accounts of a configuration are read from it again. */
  async reload(next: Options): Promise<void> {
    await this.resolvers.reload(next);
    if (this.resolvers.kind !== 'memory') return;
    const { accounts, logger } = this.parts;
    for (const account of [...accounts.all()]) {
      if (account.claims === undefined) continue;
      await this.readAgain(account).catch((error: Error) => {
        logger.notice(`Reloaded: deleting account [${error.message}]: "${account.name}"`);
        for (const member of [...account.connections] as Connection[]) {
          this.parts.clientOf(member)?.login.refuse();
        }
        this.claims.disable(account);
      });
    }
  }

  private async readAgain(account: Account): Promise<void> {
    const jwt = await this.resolvers.fetch(account.name).catch(() => undefined);
    if (jwt === undefined) throw new Error('removed');
    await this.claims.update(account.name, jwt).catch(() => {
      throw new Error('bad claims');
    });
  }

  async close(): Promise<void> {
    this.claims.close();
    await this.resolvers.close();
  }

  // ---- KnownAccounts ----

  isKnown(key: string): boolean {
    return this.parts.accounts.get(key) !== undefined;
  }

  async updateClaims(key: string, jwt: string): Promise<void> {
    await this.claims.update(key, jwt);
  }

  disable(key: string): void {
    const account = this.parts.accounts.get(key);
    if (account === undefined) return;
    this.parts.logger.debug(`Disable account ${key} due to remove`);
    this.claims.disable(account);
  }
}
