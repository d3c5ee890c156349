/**
 * Who is connecting: decides from what CONNECT says and from how the connection came in which user it
 * is. Rules of nats-server 2.15.2 (auth.go):
 *
 * - A proxy that signed must be a trusted one.
 * - Operator mode: a user JWT decides, and nothing else (jwt-users.ts).
 * - Nothing configured: everyone is let in, whatever they send.
 * - With nkey users: an nkey in CONNECT is looked up there and nowhere else, and must have signed the
 *   nonce. With users: the one that the certificate stands for (`verify_and_map`), or that is named.
 * - Who sends no credentials at all is the `no_auth_user`, if there is one (whose password must then
 *   be plain, and whose connection types and proxy count as if it had logged in: GHSA-hmmp-q8cx-v964).
 * - Without a user name, or without a list: the token, else the single user. With a token configured,
 *   the single user cannot log in. The websocket block may have its own of these.
 * - An empty configured password is matched by an empty password, unless the user is one that
 *   certificates are mapped to.
 * - Whoever has been let in or refused by these rules, but is not a user of the authorization service
 *   itself, is judged by that service when there is one.
 *
 * Built anew at every reload. Hashes, account lookups and services make the answer asynchronous;
 * everything else answers at once.
 */
import type { AuthOptions } from './auth-options.ts';
import {
  type AuthRequest,
  type AuthResult,
  type AuthUser,
  type ConnectionType,
  plainUser,
} from './auth-user.ts';
import type { PasswordChecker } from './bcrypt-checker.ts';
import { admit, ConfiguredUsers } from './configured-users.ts';
import {
  andThen,
  type CalloutService,
  type CalloutTerms,
  type Judgement,
  type JwtJudge,
  type Pending,
} from './delegation.ts';
import { TrustedProxies } from './trusted-proxies.ts';

/** What an Authenticator works with besides the options. */
export interface AuthSurroundings {
  readonly passwords: PasswordChecker;
  /** Name of the user that everybody is when only the system account is configured. */
  readonly guestName?: string;
  /** Operator mode. */
  readonly jwts?: JwtJudge | undefined;
  readonly callouts?: CalloutService | undefined;
}

const globalAccount = '$G';

export class Authenticator {
  /** Does a client need to prove anything? */
  readonly required: boolean;
  /** Users are known by JWTs. */
  readonly operatorMode: boolean;
  readonly proxies: TrustedProxies;
  private readonly options: AuthOptions;
  private readonly surroundings: AuthSurroundings;
  private readonly users: ConfiguredUsers;
  private readonly terms: CalloutTerms | undefined;

  /** Throws InvalidPermission when a user's permissions were not checked before. */
  constructor(options: AuthOptions, surroundings: AuthSurroundings) {
    this.options = options;
    this.surroundings = surroundings;
    this.operatorMode = surroundings.jwts !== undefined;
    const { passwords, guestName = 'nats-guest' } = surroundings;
    const { operatorMode } = this;
    this.users = new ConfiguredUsers(options, passwords, { operatorMode, guestName });
    this.proxies = new TrustedProxies(options.proxies?.trusted.map(({ key }) => key) ?? []);
    this.terms = options.authCallout && configuredTerms(options.authCallout);
    this.required = operatorMode || this.users.any || this.terms !== undefined;
  }

  /** Must a connection of this type send CONNECT first? */
  requiredFor(type: ConnectionType): boolean {
    return this.required || this.users.rules(type).own;
  }

  /** `auth_required` in the first INFO; guests of a TCP listener do not see it. */
  advertisedFor(type: ConnectionType): boolean {
    if (type === 'WEBSOCKET') return this.requiredFor(type);
    return this.required && this.options.noAuthUser === '';
  }

  /** Does INFO need a challenge? */
  get nonceNeeded(): boolean {
    return this.users.table.byNkey.size > 0 || this.operatorMode || this.proxies.any;
  }

  /** May a connection of this type speak before CONNECT, as `no_auth_user`? It must still be asked. */
  admitsGuests(type: ConnectionType): boolean {
    const name = this.users.rules(type).noAuthUser || this.options.noAuthUser || this.users.guest;
    const known = this.users.table.byName.get(name);
    return known?.allows(type) === true && !known.proxyRequired;
  }

  /** The configured user of that name or nkey. */
  user(name: string): AuthUser | undefined {
    return (this.users.table.byNkey.get(name) ?? this.users.table.byName.get(name))?.user;
  }

  /**
   * A reload took this user away or gave it to another account: nats-server closes its connections
   * without a word. Whoever has neither nkey nor name is asked again.
   */
  hasMoved(sent: { nkey: string; user: string }, boundAccount: string): boolean {
    if (this.operatorMode) return false;
    const { byNkey, byName } = this.users.table;
    if (sent.nkey === '' && sent.user === '') return false;
    // The single user may have been one of several before.
    if (sent.nkey === '' && sent.user === this.options.username) return false;
    const known = sent.nkey === '' ? byName.get(sent.user) : byNkey.get(sent.nkey);
    return known === undefined || (known.user.account || globalAccount) !== boundAccount;
  }

  /**
   * `isGone` tells that the connection was closed meanwhile, so that no time is spent on it. Check
   * again after a promise: the server may have been reloaded.
   */
  authenticate(request: AuthRequest, isGone?: () => boolean): Pending<AuthResult> {
    const proxyKey = this.proxies.check(request.proxySig, request.nonce);
    if (proxyKey === undefined) return { ok: false, reason: 'proxyNotTrusted' };
    const trusted = proxyKey !== '';
    const result = andThen(this.judge(request, trusted, isGone), (judgement) =>
      this.delegate(judgement, request, trusted, isGone),
    );
    return trusted ? andThen(result, (found) => ({ ...found, proxyKey })) : result;
  }

  private judge(
    request: AuthRequest,
    trusted: boolean,
    isGone: (() => boolean) | undefined,
  ): Pending<Judgement> {
    const { jwts } = this.surroundings;
    if (jwts !== undefined) return jwts.judge(request, trusted);
    if (!this.requiredFor(request.connectionType)) return admit(plainUser(''));
    return this.users.judge(request, trusted, isGone);
  }

  /** Leaves the decision to the authorization service where it is responsible. */
  private delegate(
    { result, identified, terms = this.terms }: Judgement,
    request: AuthRequest,
    trusted: boolean,
    isGone: (() => boolean) | undefined,
  ): Pending<AuthResult> {
    if (terms === undefined || this.surroundings.callouts === undefined) return result;
    if (!result.ok && result.reason !== 'authorization') return result;
    if (identified !== undefined && terms.authUsers.includes(identified)) return result;
    // Users in the global account are those that nobody configured.
    const account = (result.ok ? result.user.account : request.boundAccount) || globalAccount;
    if (!terms.operatorMode && account !== globalAccount) {
      const { allowedAccounts } = terms;
      if (allowedAccounts.length > 0 && !allowedAccounts.includes(account)) return result;
    }
    return this.surroundings.callouts.ask({
      terms,
      request: { ...request, ...result.adopt },
      trustedProxy: trusted,
      sentinel: terms.operatorMode && result.ok ? result.user : undefined,
      isGone: isGone ?? (() => false),
    });
  }
}

function configuredTerms(callout: NonNullable<AuthOptions['authCallout']>): CalloutTerms {
  return { ...callout, operatorMode: false };
}
