/**
 * Who may sign for whom: operators and their signing keys for accounts, accounts and their signing keys
 * for users. What is refused here is refused in nats-server's words.
 */
import { goQuote } from '../../base/go-quote.ts';
import { isPublicNkey } from '../nkeys.ts';
import type { AccountClaims, UserScope } from './account-claims.ts';
import { validateAccountClaims } from './account-validation.ts';
import type { OperatorClaims } from './operator-claims.ts';
import { JwtError } from './shape.ts';
import { expandTemplates, type TemplateSubject } from './templates.ts';
import { decodeAccountClaims } from './token.ts';
import type { UserClaims, UserPermissionLimits } from './user-claims.ts';

/** Keys that sign accounts, from `trusted_keys` and operators. */
export class TrustedKeys {
  private readonly keys: ReadonlySet<string>;
  private readonly strict: ReadonlySet<string>;

  /** `operators` in the order of the configuration. */
  constructor(operators: readonly OperatorClaims[], configured: readonly string[] = []) {
    this.keys = new Set([...configured, ...operatorKeys(operators)]);
    const strict = operators.filter((one) => one.nats.strict_signing_key_usage);
    this.strict = new Set(strict.flatMap((one) => one.nats.signing_keys));
  }

  get size(): number {
    return this.keys.size;
  }

  has(issuer: string): boolean {
    return this.keys.has(issuer);
  }

  /** Do accounts of this issuer need signing keys for their users too? */
  isStrict(issuer: string): boolean {
    return this.strict.has(issuer);
  }
}

/** Keys that sign for the operators; the own one of a strict operator does not. */
export function operatorKeys(operators: readonly OperatorClaims[]): string[] {
  return operators.flatMap(({ sub, nats }) => [
    ...(nats.strict_signing_key_usage ? [] : [sub]),
    ...nats.signing_keys,
  ]);
}

/** A key that should be one of an operator and is not. */
export function trustedKeyProblem(keys: readonly string[]): string | undefined {
  const bad = keys.find((key) => !isPublicNkey(key, 'operator'));
  return bad === undefined
    ? undefined
    : `trusted Keys ${goQuote(bad)} are required to be a valid public operator nkey`;
}

/** nats-server's error for accounts whose claims it does not take. */
export const accountValidationText = 'account validation failed';

/**
 * Decodes the JWT of account `name`, which must be signed by a trusted key and valid at `nowSeconds`.
 * Throws JwtError.
 */
export function verifyAccountJwt(
  token: string,
  name: string,
  trusted: Pick<TrustedKeys, 'has'>,
  nowSeconds: number,
): AccountClaims {
  const claims = decodeAccountClaims(token);
  const valid =
    trusted.has(claims.iss) &&
    claims.sub === name &&
    !validateAccountClaims(claims, nowSeconds).blocks(true);
  if (!valid) throw new JwtError(accountValidationText);
  return claims;
}

/** Keys that sign users of an account, with their scopes. */
export type Signers = ReadonlyMap<string, UserScope | undefined>;

/** The account's own key is one of them, unless its operator is strict. */
export function signersOf(claims: AccountClaims, strict: boolean): Signers {
  const signers = new Map(claims.nats.signing_keys);
  if (!strict) signers.set(claims.sub, undefined);
  return signers;
}

/** The account that a user belongs to. */
export function accountOf({ iss, nats }: UserClaims): string {
  return nats.issuer_account || iss;
}

/** The account of a user, for its scope. */
export interface ScopeAccount {
  readonly name: string;
  readonly tags: readonly string[];
  readonly signers: Signers;
}

/**
 * The user's claims as they count: those of a scoped signing key's user get the key's template.
 * Throws JwtError with the text that nats-server logs.
 */
export function scopedClaims(user: UserClaims, account: ScopeAccount): UserClaims {
  if (!account.signers.has(user.iss)) throw new JwtError('User JWT issuer is not known');
  const scope = account.signers.get(user.iss);
  if (scope === undefined) return user;
  if (!hasEmptyPermissions(user.nats)) {
    const why = 'scoped users require no permissions or limits set';
    throw new JwtError(`User JWT is not valid: ${why}`);
  }
  return { ...user, nats: { ...user.nats, ...expandScope(scope, user, account) } };
}

function expandScope(
  scope: UserScope,
  user: UserClaims,
  account: ScopeAccount,
): UserPermissionLimits {
  const subject: TemplateSubject = {
    userName: user.name,
    userSubject: user.sub,
    userTags: user.nats.tags,
    accountName: account.name,
    accountSubject: user.nats.issuer_account,
    accountTags: account.tags,
  };
  try {
    return { ...scope.template, ...expandTemplates(scope.template, subject) };
  } catch (error) {
    if (error instanceof JwtError) throw new JwtError('User JWT generated invalid permissions');
    throw error;
  }
}

/** No permission and no limit is set; a limit of 0 is none. */
export function hasEmptyPermissions(limits: UserPermissionLimits): boolean {
  const { pub, sub, resp, src, times, allowed_connection_types: types } = limits;
  const lists = [pub.allow, pub.deny, sub.allow, sub.deny, src, times, types];
  const flags = limits.bearer_token || limits.proxy_required || limits.times_location !== '';
  const { subs, data, payload } = limits;
  const numbers = [subs, data, payload].some((one) => one !== 0);
  return !flags && !numbers && resp === undefined && lists.every((one) => one.length === 0);
}
