/** What the claims of a user's JWT, judged already, make of a connection. */
import type { AuthUser, ConnectionType } from './auth-user.ts';
import type { AccountClaims } from './jwt/account-claims.ts';
import { userMayConnectNow } from './jwt/connect-times.ts';
import { allowedConnectionTypes, mayConnectBy } from './jwt/connection-types.ts';
import type { ClaimPermission, ClaimPermissions, UserClaims } from './jwt/user-claims.ts';
import {
  denyPublish,
  PermissionSet,
  type PermissionsInput,
  type SubjectPermissionInput,
} from './permissions.ts';
import { calloutSubject } from './user-table.ts';

/** The account of a user, as far as it decides about the user. */
export interface UserAccount {
  readonly name: string;
  /** Undefined for an account of the configuration. */
  readonly claims: AccountClaims | undefined;
  /** The claims are not valid any more. */
  readonly expired: boolean;
  readonly spec: { readonly defaultPermissions: PermissionsInput | undefined } | undefined;
}

/** Does an authorization service of this account decide about its users? */
export function hasAuthorization({ claims }: UserAccount): boolean {
  return (claims?.nats.authorization.auth_users.length ?? 0) > 0;
}

/** `deniesCallouts`: the account is that of the authorization service. Throws InvalidPermission. */
export function claimedUser(
  claims: UserClaims,
  account: UserAccount,
  facts: { readonly expiresMs: number | undefined; readonly deniesCallouts: boolean },
): AuthUser {
  const { nats } = claims;
  const own = claimedPermissions(nats);
  const permissions = own ?? account.spec?.defaultPermissions;
  const kept = facts.deniesCallouts ? denyPublish(permissions, calloutSubject) : permissions;
  return {
    name: claims.sub,
    nkey: claims.sub,
    account: account.name,
    permissions: kept && new PermissionSet(kept),
    limits: { subs: nats.subs, payload: nats.payload, data: nats.data },
    expiresMs: facts.expiresMs,
    issuerKey: nats.issuer_account === '' ? '' : claims.iss,
    tags: nats.tags,
    nameTag: claims.name,
    bearer: nats.bearer_token,
    issuedAt: claims.iat,
    accountPermissions: own === undefined && !facts.deniesCallouts,
  };
}

/** Undefined when the claims say nothing. */
function claimedPermissions({ pub, sub, resp }: ClaimPermissions): PermissionsInput | undefined {
  const publish = given(pub);
  const subscribe = given(sub);
  if (publish === undefined && subscribe === undefined && resp === undefined) return undefined;
  const response = resp && { maxMsgs: resp.max, expiresNs: resp.ttl };
  return { publish, subscribe, response };
}

function given({ allow, deny }: ClaimPermission): SubjectPermissionInput | undefined {
  return allow.length > 0 || deny.length > 0 ? { allow, deny } : undefined;
}

/** When the connection must end; `late` when it may not even begin now. */
export function connectionEnd(claims: UserClaims, nowMs: number): number | undefined | 'late' {
  const { allowed, endsMs } = userMayConnectNow(claims.nats, nowMs);
  if (!allowed) return 'late';
  if (claims.exp === 0) return endsMs;
  return Math.min(claims.exp * 1000, endsMs ?? Number.POSITIVE_INFINITY);
}

/** Types that this server does not know allow nothing, and do not turn the restriction off. */
export function allowsConnection({ nats }: UserClaims, type: ConnectionType): boolean {
  return mayConnectBy(allowedConnectionTypes(nats.allowed_connection_types), type);
}
