/**
 * Who is connecting: decides from what CONNECT says and from how the connection came in which user it
 * is. Rules of nats-server 2.15.2 (auth.go):
 *
 * - A proxy that signed must be a trusted one.
 * - Operator mode: a user JWT decides, and nothing else (jwt-login.ts).
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
import {
  type AuthOptions,
  admitsEverybodyElse,
  type EntryRules,
  entryRules,
} from './auth-options.ts';
import {
  type Adopted,
  type AuthFailure,
  type AuthRequest,
  type AuthResult,
  type AuthUser,
  type ConnectionType,
  plainUser,
} from './auth-user.ts';
import type { PasswordChecker } from './bcrypt-checker.ts';
import {
  andThen,
  type CalloutService,
  type CalloutTerms,
  type Judgement,
  type JwtJudge,
  type Pending,
} from './delegation.ts';
import { equalSecrets, isBcrypt } from './password.ts';
import { signedNonce } from './signatures.ts';
import { TrustedProxies } from './trusted-proxies.ts';
import { type KnownUser, UserTable } from './user-table.ts';

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
  private readonly table: UserTable;
  private readonly terms: CalloutTerms | undefined;
  /** Everybody who is not of the system account is this user. */
  private readonly guest: string;

  /** Throws InvalidPermission when a user's permissions were not checked before. */
  constructor(options: AuthOptions, surroundings: AuthSurroundings) {
    this.options = options;
    this.surroundings = surroundings;
    this.operatorMode = surroundings.jwts !== undefined;
    const open = admitsEverybodyElse(options, this.operatorMode);
    this.guest = open ? (surroundings.guestName ?? 'nats-guest') : '';
    const users = open ? [...options.users, guestUser(this.guest)] : options.users;
    this.table = new UserTable(users, options);
    this.proxies = new TrustedProxies(options.proxies?.trusted.map(({ key }) => key) ?? []);
    this.terms = options.authCallout && configuredTerms(options.authCallout);
    this.required =
      this.operatorMode ||
      this.table.byName.size > 0 ||
      this.table.byNkey.size > 0 ||
      options.username !== '' ||
      options.authorization !== '' ||
      this.terms !== undefined;
  }

  /** Must a connection of this type send CONNECT first? */
  requiredFor(type: ConnectionType): boolean {
    return this.required || this.rules(type).own;
  }

  /** `auth_required` in the first INFO; guests of a TCP listener do not see it. */
  advertisedFor(type: ConnectionType): boolean {
    if (type === 'WEBSOCKET') return this.requiredFor(type);
    return this.required && this.options.noAuthUser === '';
  }

  /** Does INFO need a challenge? */
  get nonceNeeded(): boolean {
    return this.table.byNkey.size > 0 || this.operatorMode || this.proxies.any;
  }

  /** May a connection of this type speak before CONNECT, as `no_auth_user`? It must still be asked. */
  admitsGuests(type: ConnectionType): boolean {
    const name = this.rules(type).noAuthUser || this.options.noAuthUser || this.guest;
    const known = this.table.byName.get(name);
    return known?.allows(type) === true && !known.proxyRequired;
  }

  /** The configured user of that name or nkey. */
  user(name: string): AuthUser | undefined {
    return (this.table.byNkey.get(name) ?? this.table.byName.get(name))?.user;
  }

  /**
   * A reload took this user away or gave it to another account: nats-server closes its connections
   * without a word. Whoever has neither nkey nor name is asked again.
   */
  hasMoved(sent: { nkey: string; user: string }, boundAccount: string): boolean {
    if (this.operatorMode) return false;
    const { byNkey, byName } = this.table;
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
    const judged = this.surroundings.jwts
      ? this.surroundings.jwts.judge(request, trusted)
      : this.judge(request, trusted, isGone);
    const result = andThen(judged, (judgement) =>
      this.delegate(judgement, request, trusted, isGone),
    );
    return trusted ? andThen(result, (found) => ({ ...found, proxyKey })) : result;
  }

  private rules(type: ConnectionType): EntryRules {
    const rules = entryRules(this.options, type);
    return rules.own || this.guest === '' ? rules : { ...rules, noAuthUser: this.guest };
  }

  private judge(
    request: AuthRequest,
    trusted: boolean,
    isGone: (() => boolean) | undefined,
  ): Pending<Judgement> {
    const { connectionType } = request;
    if (!this.requiredFor(connectionType)) return admit(plainUser(''));
    const rules = this.rules(connectionType);
    return (
      this.judgeNkey(request, rules, trusted) ??
      this.judgeUser(request, rules, trusted, isGone) ??
      this.judgeSingle(request, rules, trusted, isGone)
    );
  }

  private judgeNkey(
    request: AuthRequest,
    rules: EntryRules,
    trusted: boolean,
  ): Judgement | undefined {
    const { byNkey } = this.table;
    if (byNkey.size === 0) return undefined;
    const guest = request.nkey === '' && sendsNothing(request) && byNkey.has(rules.noAuthUser);
    const nkey = guest ? rules.noAuthUser : request.nkey;
    if (nkey === '') return undefined;
    const known = byNkey.get(nkey);
    if (known === undefined) return refuse();
    const adopt = guest ? { nkey } : {};
    if (!known.allows(request.connectionType)) return refuse('authorization', nkey, adopt);
    if (known.proxyRequired && !trusted) return refuse('proxyRequired', nkey, adopt);
    const proven = nkey === rules.noAuthUser || signedNonce(nkey, request.nonce, request.sig);
    return proven ? admit(known.user, nkey, adopt) : refuse('authorization', nkey, adopt);
  }

  private judgeUser(
    request: AuthRequest,
    rules: EntryRules,
    trusted: boolean,
    isGone: (() => boolean) | undefined,
  ): Pending<Judgement> | undefined {
    if (this.table.byName.size === 0) return undefined;
    const claim = this.claimOf(request, rules);
    if (claim === undefined) return rules.byCertificate ? refuse() : undefined;
    const { known, pass, adopt } = claim;
    if (known === undefined) return refuse();
    const { name } = known.user;
    if (!known.allows(request.connectionType)) return refuse('authorization', name, adopt);
    if (known.proxyRequired && !trusted) return refuse('proxyRequired', name, adopt);
    const unproven = !rules.byCertificate && name !== rules.noAuthUser && known.certificateOnly;
    // nats-server compares a guest's password with itself, which a hash does not survive.
    if (unproven || (adopt.pass !== undefined && isBcrypt(known.password))) {
      return refuse('authorization', name, adopt);
    }
    return andThen(this.compare(known.password, pass, isGone), (failure) =>
      failure === undefined ? admit(known.user, name, adopt) : refuse(failure, name, adopt),
    );
  }

  /** Which user is meant, with the password that was sent; undefined: none. */
  private claimOf(
    request: AuthRequest,
    rules: EntryRules,
  ): { known: KnownUser | undefined; pass: string; adopt: Adopted } | undefined {
    const { byName } = this.table;
    const { user, pass } = request;
    if (rules.byCertificate) {
      const name = request.certificate?.match(this.table.namesFor(request.connectionType));
      if (name === undefined) return undefined;
      return { known: byName.get(name), pass, adopt: { user: name } };
    }
    const guest = sendsNothing(request) ? byName.get(rules.noAuthUser) : undefined;
    if (guest !== undefined) {
      const { password } = guest;
      return { known: guest, pass: password, adopt: { user: guest.user.name, pass: password } };
    }
    return user === '' ? undefined : { known: byName.get(user), pass, adopt: {} };
  }

  private judgeSingle(
    request: AuthRequest,
    { token, username, password }: EntryRules,
    trusted: boolean,
    isGone: (() => boolean) | undefined,
  ): Pending<Judgement> {
    if (this.options.proxyRequired && !trusted) return refuse('proxyRequired');
    const named = token === '' && username !== '' && username === request.user;
    if (token === '' && !named) return refuse();
    const name = named ? username : undefined;
    const [configured, sent] = named ? [password, request.pass] : [token, request.token];
    return andThen(this.compare(configured, sent, isGone), (failure) =>
      failure === undefined ? admit(plainUser(name ?? ''), name) : refuse(failure, name),
    );
  }

  /** Undefined when the secret is right. */
  private compare(
    configured: string,
    sent: string,
    isGone: (() => boolean) | undefined,
  ): Pending<AuthFailure | undefined> {
    const failure = (right: boolean | undefined): AuthFailure | undefined =>
      right === true ? undefined : right === undefined ? 'busy' : 'authorization';
    if (!isBcrypt(configured)) return failure(equalSecrets(configured, sent));
    return andThen(this.surroundings.passwords.compare(configured, sent, isGone), failure);
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

function guestUser(name: string): AuthOptions['users'][number] {
  return {
    username: name,
    password: '',
    nkey: '',
    permissions: undefined,
    account: undefined,
    allowedConnectionTypes: undefined,
    connectionDeadline: undefined,
    proxyRequired: false,
  };
}

/** No password, no token: as guests do. (An nkey that nobody is configured for does not count.) */
function sendsNothing({ user, pass, token }: AuthRequest): boolean {
  return user === '' && pass === '' && token === '';
}

function admit(user: AuthUser, identified?: string, adopt: Adopted = {}): Judgement {
  const result: AuthResult = { ok: true, user, adopt };
  return identified === undefined ? { result } : { result, identified };
}

function refuse(
  reason: AuthFailure = 'authorization',
  identified?: string,
  adopt: Adopted = {},
): Judgement {
  const result: AuthResult = { ok: false, reason, adopt };
  return identified === undefined ? { result } : { result, identified };
}
