/**
 * Operator mode: a user is who shows a JWT signed by an account (or a signing key of it) whose own JWT
 * an operator signed, and proves by a signature of the nonce to own its key; a bearer token needs no
 * proof. Everything that such a JWT restricts is judged here, in nats-server's order, and the account
 * is fetched when it is not known. Who shows no JWT of a user gets the `default_sentinel`.
 *
 * A text that is refused says nothing of the JWT but its keys.
 */
import type { AuthFailure, AuthRequest } from './auth-user.ts';
import {
  allowsConnection,
  claimedUser,
  connectionEnd,
  hasAuthorization,
  type UserAccount,
} from './claimed-user.ts';
import {
  andThen,
  type CalloutTerms,
  type Judgement,
  type JwtJudge,
  type Pending,
} from './delegation.ts';
import { isRevoked } from './jwt/revocations.ts';
import { JwtError } from './jwt/shape.ts';
import { isFromSource } from './jwt/source-networks.ts';
import { decodeUserClaims } from './jwt/token.ts';
import { accountOf, scopedClaims, signersOf, type TrustedKeys } from './jwt/trust.ts';
import { type UserClaims, validateUserClaims } from './jwt/user-claims.ts';
import { InvalidPermission } from './permissions.ts';
import { signedNonce } from './signatures.ts';

export interface JwtUsersParts {
  readonly trusted: TrustedKeys;
  readonly accounts: { lookup(name: string): Pending<UserAccount | undefined> };
  readonly defaultSentinel: string;
  /** Accounts that users may belong to; undefined is all. */
  readonly pinnedAccounts: readonly string[] | undefined;
  nowMs(): number;
  onPinnedAccountFail(): void;
}

/** A refusal, with what the log says about it. */
class Refused extends Error {
  readonly reason: AuthFailure;
  readonly loud: boolean;

  constructor(why: string, { reason = 'authorization' as AuthFailure, loud = false } = {}) {
    super(why);
    this.reason = reason;
    this.loud = loud;
  }
}

export class JwtUsers implements JwtJudge {
  private readonly parts: JwtUsersParts;

  constructor(parts: JwtUsersParts) {
    this.parts = parts;
  }

  judge(request: AuthRequest, trustedProxy: boolean): Pending<Judgement> {
    const shown = decoded(request.jwt);
    const jwt = shown === undefined ? this.parts.defaultSentinel : request.jwt;
    const adopt = shown === undefined && jwt !== '' ? { jwt } : {};
    const refused = (error: unknown): Judgement => ({ result: { ...refusal(error), adopt } });
    try {
      const claims = shown ?? this.sentinel(jwt);
      this.checkAlone(claims, trustedProxy);
      const account = this.parts.accounts.lookup(accountOf(claims));
      return andThen(account, (found) => {
        try {
          const judged = this.judgeMember(claims, found, request, trustedProxy);
          return { ...judged, result: { ...judged.result, adopt } };
        } catch (error) {
          return refused(error);
        }
      });
    } catch (error) {
      return refused(error);
    }
  }

  private sentinel(jwt: string): UserClaims {
    if (jwt === '') throw new Refused('Authentication requires a user JWT');
    const claims = decoded(jwt);
    if (claims === undefined) throw new Refused('User JWT not valid');
    return claims;
  }

  /** What the JWT itself tells. */
  private checkAlone(claims: UserClaims, trustedProxy: boolean): void {
    checkProxy(claims, trustedProxy);
    const nowSeconds = Math.floor(this.parts.nowMs() / 1000);
    if (validateUserClaims(claims, nowSeconds).blocks(true)) {
      throw new Refused('User JWT no longer valid');
    }
    const { pinnedAccounts } = this.parts;
    const account = accountOf(claims);
    if (pinnedAccounts?.includes(account) !== false) return;
    this.parts.onPinnedAccountFail();
    throw new Refused(`Account ${account} not listed as operator pinned account`);
  }

  private judgeMember(
    shown: UserClaims,
    account: UserAccount | undefined,
    request: AuthRequest,
    trustedProxy: boolean,
  ): Judgement {
    const { claims: owner } = account ?? {};
    if (account === undefined || owner === undefined) {
      throw new Refused('Account JWT lookup error');
    }
    const { trusted } = this.parts;
    if (!trusted.has(owner.iss)) throw new Refused('Account JWT not signed by trusted operator');
    const signers = signersOf(owner, trusted.isStrict(owner.iss));
    const claims = scopedClaims(shown, { name: owner.name, tags: owner.nats.tags, signers });
    checkProxy(claims, trustedProxy);
    if (account.expired) throw new Refused('Account JWT has expired');
    if (claims.nats.bearer_token && owner.nats.limits.disallow_bearer) {
      throw new Refused('Account does not allow bearer tokens');
    }
    this.checkConnection(claims, account, request);
    const expiresMs = connectionEnd(claims, this.parts.nowMs());
    if (expiresMs === 'late') throw new Refused('Outside connect times', { loud: true });
    const deniesCallouts = hasAuthorization(account);
    const user = claimedUser(claims, account, { expiresMs, deniesCallouts });
    const judgement: Judgement = { result: { ok: true, user }, identified: claims.sub };
    return deniesCallouts ? { ...judgement, terms: termsOf(account) } : judgement;
  }

  private checkConnection(claims: UserClaims, account: UserAccount, request: AuthRequest): void {
    if (!allowsConnection(claims, request.connectionType)) {
      throw new Refused('Connection type not allowed');
    }
    if (!claims.nats.bearer_token && !signedNonce(claims.sub, request.nonce, request.sig)) {
      throw new Refused(request.sig === '' ? 'Signature missing' : 'Signature not verified');
    }
    if (isRevoked(account.claims!.nats.revocations, claims.sub, claims.iat)) {
      throw new Refused('User authentication revoked');
    }
    if (!isFromSource(claims.nats.src, request.host)) {
      throw new Refused(`Bad src Ip ${request.host}`, { loud: true });
    }
  }
}

function checkProxy({ nats }: UserClaims, trustedProxy: boolean): void {
  if (!nats.proxy_required || trustedProxy) return;
  throw new Refused('proxy connection required', { reason: 'proxyRequired' });
}

/** The claims of a user's JWT; undefined for anything else. */
function decoded(jwt: string): UserClaims | undefined {
  if (jwt === '') return undefined;
  try {
    return decodeUserClaims(jwt);
  } catch (error) {
    if (error instanceof JwtError) return undefined;
    throw error;
  }
}

function refusal(error: unknown) {
  if (error instanceof Refused) {
    const { reason, message: why, loud } = error;
    return { ok: false, reason, why, loud } as const;
  }
  if (!(error instanceof JwtError) && !(error instanceof InvalidPermission)) throw error;
  return { ok: false, reason: 'authorization', why: error.message, loud: false } as const;
}

/** The authorization service of an account may place users where the account says. */
function termsOf({ name, claims }: UserAccount): CalloutTerms {
  const { auth_users: authUsers, allowed_accounts, xkey } = claims!.nats.authorization;
  return {
    operatorMode: true,
    account: name,
    issuer: name,
    xkey,
    authUsers,
    allowedAccounts: allowed_accounts,
  };
}
