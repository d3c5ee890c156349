/**
 * Who is connecting: decides from CONNECT's user, pass and auth_token, and from how the connection
 * came in, which user it is. Rules of nats-server 2.15.2 (auth.go):
 *
 * - Nothing configured: everyone is let in, whatever they send.
 * - A list of users: a user name is looked up there and nowhere else. Who sends no credentials at all
 *   is the `no_auth_user`, if there is one (whose password must then be plain).
 * - Without a user name, or without a list: the token, else the single user. With a token configured,
 *   the single user cannot log in.
 * - An empty configured password is matched by an empty password.
 *
 * Built anew at every reload. A bcrypt hash makes the answer asynchronous; everything else answers at
 * once.
 */
import type { PasswordChecker } from './bcrypt-checker.ts';
import { equalSecrets, isBcrypt } from './password.ts';
import { PermissionSet, type PermissionsInput } from './permissions.ts';

/** As `allowed_connection_types` names them. */
export type ConnectionType =
  | 'STANDARD'
  | 'WEBSOCKET'
  | 'LEAFNODE'
  | 'LEAFNODE_WS'
  | 'MQTT'
  | 'MQTT_WS'
  | 'IN_PROCESS';

export interface UserInput {
  readonly username: string;
  readonly password: string;
  readonly permissions: PermissionsInput | undefined;
  readonly account: string | undefined;
  /** Upper case; undefined or empty allows all. */
  readonly allowedConnectionTypes: readonly string[] | undefined;
  readonly connectionDeadline: number | undefined;
  readonly proxyRequired: boolean;
}

/** The part of the options that says who may connect; default permissions are already applied. */
export interface AuthOptions {
  readonly users: readonly UserInput[];
  readonly username: string;
  readonly password: string;
  /** The token. */
  readonly authorization: string;
  readonly noAuthUser: string;
  readonly proxyRequired: boolean;
}

/** What a client sent; absent fields are empty. */
export interface Credentials {
  readonly user: string;
  readonly pass: string;
  readonly token: string;
  /** Default STANDARD. */
  readonly connectionType?: ConnectionType;
  /** The connection came through a proxy that proved to be trusted. */
  readonly trustedProxy?: boolean;
}

/** One per configured user, shared by all its connections. */
export interface AuthUser {
  /** Empty for a token and when no authentication is configured. */
  readonly name: string;
  /** Undefined: everything is allowed. */
  readonly permissions: PermissionSet | undefined;
  /** Undefined: the global account. */
  readonly account: string | undefined;
  /** As configured: when connections of this user are closed. */
  readonly connectionDeadline: number | undefined;
}

/** `busy`: too many are waiting for a password comparison; like a refusal to the client. */
export type AuthFailure = 'authorization' | 'proxyRequired' | 'busy';

export type AuthResult =
  | {
      readonly ok: true;
      readonly user: AuthUser;
      /** Let in as `no_auth_user`: the connection counts as having sent these from now on. */
      readonly guest?: { readonly user: string; readonly pass: string };
    }
  | { readonly ok: false; readonly reason: AuthFailure };

interface KnownUser {
  readonly password: string;
  readonly types: ReadonlySet<string> | undefined;
  readonly proxyRequired: boolean;
  readonly user: AuthUser;
}

function plainUser(name: string): AuthUser {
  return { name, permissions: undefined, account: undefined, connectionDeadline: undefined };
}

function knownUser(input: UserInput): KnownUser {
  const types = input.allowedConnectionTypes;
  return {
    password: input.password,
    types: types?.length ? new Set(types) : undefined,
    proxyRequired: input.proxyRequired,
    user: {
      name: input.username,
      permissions: input.permissions && new PermissionSet(input.permissions),
      account: input.account,
      connectionDeadline: input.connectionDeadline,
    },
  };
}

const refused: AuthResult = { ok: false, reason: 'authorization' };
const busy: AuthResult = { ok: false, reason: 'busy' };
const needsProxy: AuthResult = { ok: false, reason: 'proxyRequired' };

export class Authenticator {
  /** Does a client need to prove anything? */
  readonly required: boolean;
  /** INFO's `auth_required`: absent also when there is a `no_auth_user`. */
  readonly advertised: boolean;
  private readonly options: AuthOptions;
  private readonly bcrypt: PasswordChecker;
  private readonly users: ReadonlyMap<string, KnownUser>;
  private readonly anonymous: AuthResult;
  private readonly single: AuthUser;

  /** Throws InvalidPermission when a user's permissions were not checked before. */
  constructor(options: AuthOptions, bcrypt: PasswordChecker) {
    this.options = options;
    this.bcrypt = bcrypt;
    this.users = new Map(options.users.map((user) => [user.username, knownUser(user)]));
    this.required = this.users.size > 0 || options.username !== '' || options.authorization !== '';
    this.advertised = this.required && options.noAuthUser === '';
    this.anonymous = { ok: true, user: plainUser('') };
    this.single = plainUser(options.authorization === '' ? options.username : '');
  }

  /** The configured user of that name, for reload: has it changed, does it still exist? */
  user(name: string): AuthUser | undefined {
    return this.users.get(name)?.user;
  }

  /**
   * `isGone` tells that the connection was closed meanwhile, so that no time is spent on it. Check
   * again after a promise: the server may have been reloaded.
   */
  authenticate(credentials: Credentials, isGone?: () => boolean): AuthResult | Promise<AuthResult> {
    if (!this.required) return this.anonymous;
    const { user, pass, token } = credentials;
    if (this.users.size > 0) {
      if (user !== '') return this.checkUser(credentials, isGone);
      const guest = this.options.noAuthUser;
      if (guest !== '' && pass === '' && token === '') {
        const known = this.users.get(guest);
        if (known) return this.admitGuest(known, credentials);
      }
    }
    return this.checkSingle(credentials, isGone);
  }

  private checkUser(credentials: Credentials, isGone: (() => boolean) | undefined) {
    const known = this.users.get(credentials.user);
    if (!known || !typeAllowed(known, credentials)) return refused;
    if (known.proxyRequired && credentials.trustedProxy !== true) return needsProxy;
    return this.compare(known.password, credentials.pass, known.user, isGone);
  }

  /** nats-server compares the configured password with itself, which a hash does not survive. */
  private admitGuest(known: KnownUser, credentials: Credentials): AuthResult {
    if (!typeAllowed(known, credentials)) return refused;
    if (known.proxyRequired && credentials.trustedProxy !== true) return needsProxy;
    if (isBcrypt(known.password)) return refused;
    const guest = { user: known.user.name, pass: known.password };
    return { ok: true, user: known.user, guest };
  }

  private checkSingle(credentials: Credentials, isGone: (() => boolean) | undefined) {
    const { authorization, username, password, proxyRequired } = this.options;
    if (proxyRequired && credentials.trustedProxy !== true) return needsProxy;
    if (authorization !== '') {
      return this.compare(authorization, credentials.token, this.single, isGone);
    }
    if (username === '' || username !== credentials.user) return refused;
    return this.compare(password, credentials.pass, this.single, isGone);
  }

  private compare(
    configured: string,
    sent: string,
    user: AuthUser,
    isGone: (() => boolean) | undefined,
  ): AuthResult | Promise<AuthResult> {
    const result = (answer: boolean | undefined): AuthResult =>
      answer === true ? { ok: true, user } : answer === undefined ? busy : refused;
    if (!isBcrypt(configured)) return result(equalSecrets(configured, sent));
    const answer = this.bcrypt.compare(configured, sent, isGone);
    return answer instanceof Promise ? answer.then(result) : result(answer);
  }
}

function typeAllowed(known: KnownUser, credentials: Credentials): boolean {
  return !known.types || known.types.has(credentials.connectionType ?? 'STANDARD');
}
