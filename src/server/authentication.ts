/** Puts together what decides who may connect, as the options want it. */
import type { PasswordChecker } from '../auth/bcrypt-checker.ts';
import type { TrustedKeys } from '../auth/jwt/trust.ts';
import { JwtUsers } from '../auth/jwt-users.ts';
import { Authenticator } from '../auth/users.ts';
import type { ServerCounters } from '../connection/connection-host.ts';
import type { Options } from '../options/types.ts';
import { AuthCallouts, type AuthCalloutsHost } from './auth-callouts.ts';
import { isOperatorMode, trustedKeysOf } from './operator-mode.ts';

export interface AuthenticationHost extends AuthCalloutsHost {
  readonly counters: ServerCounters;
  readonly systemAccount: { readonly name: string };
}

export class Authentication {
  private readonly host: AuthenticationHost;
  private readonly passwords: PasswordChecker;
  /** Who everybody is when only the system account is configured; the same over reloads. */
  private readonly guestName: string;
  private readonly callouts: AuthCallouts;
  /** The operators' keys; undefined outside operator mode. They cannot change. */
  private readonly trustedKeys: TrustedKeys | undefined;

  constructor(host: AuthenticationHost, options: Options, passwords: PasswordChecker) {
    this.host = host;
    this.passwords = passwords;
    this.guestName = `nats-${host.random.bytes(6).toString('base64url')}`;
    this.trustedKeys = isOperatorMode(options) ? trustedKeysOf(options) : undefined;
    this.callouts = new AuthCallouts(host, this.trustedKeys);
  }

  /** For each set of options anew. */
  authenticator(options: Options): Authenticator {
    const { passwords, guestName, callouts } = this;
    const jwts = this.trustedKeys && this.jwtUsers(options, this.trustedKeys);
    return new Authenticator(options, { passwords, guestName, jwts, callouts });
  }

  private jwtUsers(options: Options, trusted: TrustedKeys): JwtUsers {
    const { accounts, clock, counters, systemAccount } = this.host;
    const { resolverPinnedAccounts: pinned, defaultSentinel } = options;
    return new JwtUsers({
      trusted,
      accounts,
      defaultSentinel,
      pinnedAccounts: pinned?.length ? [...pinned, systemAccount.name] : pinned,
      nowMs: () => clock.nowMs(),
      onPinnedAccountFail: () => counters.pinnedAccountFails++,
    });
  }
}
