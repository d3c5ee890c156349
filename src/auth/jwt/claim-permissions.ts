import type { ClaimPermission, ClaimPermissions } from './user-claims.ts';

/** Permissions of claims in the form of the options' Permissions. */
export interface PermissionsOfClaims {
  publish: { allow: string[] | undefined; deny: string[] | undefined } | undefined;
  subscribe: { allow: string[] | undefined; deny: string[] | undefined } | undefined;
  response: { maxMsgs: number; expiresNs: bigint } | undefined;
}

/** Undefined when the claims have none: then the defaults of the account count. */
export function permissionsOfClaims(claims: ClaimPermissions): PermissionsOfClaims | undefined {
  const publish = subjectsOf(claims.pub);
  const subscribe = subjectsOf(claims.sub);
  const response = claims.resp && { maxMsgs: claims.resp.max, expiresNs: claims.resp.ttl };
  if (publish === undefined && subscribe === undefined && response === undefined) return undefined;
  return { publish, subscribe, response };
}

function subjectsOf({ allow, deny }: ClaimPermission): PermissionsOfClaims['publish'] {
  if (allow.length === 0 && deny.length === 0) return undefined;
  const listOf = (entries: string[]) => (entries.length > 0 ? [...entries] : undefined);
  return { allow: listOf(allow), deny: listOf(deny) };
}
