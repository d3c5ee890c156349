/**
 * The users of the configuration: which of them a client is by what it sent, and whether it proved it.
 * What holds for which way in: auth-options.ts; the rules in words: users.ts.
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
import { andThen, type Judgement, type Pending } from './delegation.ts';
import { equalSecrets, isBcrypt } from './password.ts';
import { signedNonce } from './signatures.ts';
import { type KnownUser, UserTable } from './user-table.ts';

export class ConfiguredUsers {
  readonly table: UserTable;
  /** Everybody who is not of the system account is this user; empty: nobody is. */
  readonly guest: string;
  private readonly options: AuthOptions;
  private readonly passwords: PasswordChecker;

  /** Throws InvalidPermission when a user's permissions were not checked before. */
  constructor(
    options: AuthOptions,
    passwords: PasswordChecker,
    { operatorMode, guestName }: { operatorMode: boolean; guestName: string },
  ) {
    this.options = options;
    this.passwords = passwords;
    const open = admitsEverybodyElse(options, operatorMode);
    this.guest = open ? guestName : '';
    this.table = new UserTable(
      open ? [...options.users, guestUser(guestName)] : options.users,
      options,
    );
  }

  /** Do any exist, or a token? */
  get any(): boolean {
    const { username, authorization } = this.options;
    const { byName, byNkey } = this.table;
    return byName.size > 0 || byNkey.size > 0 || username !== '' || authorization !== '';
  }

  rules(type: ConnectionType): EntryRules {
    const rules = entryRules(this.options, type);
    return rules.own || this.guest === '' ? rules : { ...rules, noAuthUser: this.guest };
  }

  judge(
    request: AuthRequest,
    trusted: boolean,
    isGone: (() => boolean) | undefined,
  ): Pending<Judgement> {
    const rules = this.rules(request.connectionType);
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
    return andThen(this.passwords.compare(configured, sent, isGone), failure);
  }
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

export function admit(user: AuthUser, identified?: string, adopt: Adopted = {}): Judgement {
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
