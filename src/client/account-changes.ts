/**
 * What the claims of an account mean for the clients that are bound to it, when they change or
 * expire: too many go, the latest first; limits, default permissions and revocations hold at once;
 * who was let in by a signing key that is gone or says something else has to come again.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Account } from '../account/account.ts';
import type { AccountClaims } from '../auth/jwt/account-claims.ts';
import { isRevoked } from '../auth/jwt/revocations.ts';
import { PermissionSet } from '../auth/permissions.ts';
import { ResponsePermits } from '../auth/response-permits.ts';
import { closeReasons } from '../connection/close-reason.ts';
import { type Connection, connectionKinds } from '../connection/connection.ts';
import { protocolErrors } from '../wire/protocol-errors.ts';
import type { Client } from './client.ts';

export type ClientOf = (connection: Connection) => Client | undefined;

/** The claims of `account` are new; `before` were those until now. */
export function onClaimsChanged(
  account: Account,
  before: AccountClaims | undefined,
  clientOf: ClientOf,
): void {
  const { claims } = account;
  if (claims === undefined) return;
  const { maxConnections } = account.limits;
  const altered = alteredKeys(claims, before);
  const permissions = changedPermissions(account, before);
  let count = 0;
  for (const connection of clientsOf(account)) {
    if (maxConnections >= 0 && count >= maxConnections) {
      connection.logError(protocolErrors.maxAccountConnections.text);
      connection.fail(
        protocolErrors.maxAccountConnections.text,
        closeReasons.maxAccountConnectionsExceeded,
      );
      continue;
    }
    count++;
    connection.applyLimits();
    if (permissions !== undefined) adoptPermissions(connection, permissions, clientOf);
    checkCredentials(connection, claims, altered);
  }
}

/** The claims have expired. */
export function onAccountExpired(account: Account): void {
  const { text } = protocolErrors.accountAuthenticationExpired;
  for (const connection of clientsOf(account)) {
    connection.logDebug(text);
    connection.fail(text, closeReasons.authenticationExpired);
  }
}

/** In the order in which they came. */
function clientsOf(account: Account): Connection[] {
  const members = [...account.connections] as Connection[];
  return members
    .filter(({ kind, closed }) => kind === connectionKinds.client && !closed)
    .sort((a, b) => a.id - b.id);
}

function checkCredentials(
  connection: Connection,
  claims: AccountClaims,
  altered: ReadonlySet<string>,
): void {
  const { user } = connection;
  if (user === undefined || user.nkey === '') return;
  if (user.bearer && claims.nats.limits.disallow_bearer) {
    connection.logDebug('Bearer User JWT not allowed');
    connection.fail(
      protocolErrors.authorizationViolation.text,
      closeReasons.authenticationViolation,
    );
  } else if (user.issuedAt > 0 && isRevoked(claims.nats.revocations, user.nkey, user.issuedAt)) {
    const { text } = protocolErrors.userAuthenticationRevoked;
    connection.logDebug(text);
    connection.fail(text, closeReasons.revocation);
  } else if (altered.has(user.issuerKey)) {
    connection.close(closeReasons.authenticationViolation);
  }
}

/** Signing keys that are gone or give another role. */
function alteredKeys(claims: AccountClaims, before: AccountClaims | undefined): Set<string> {
  const altered = new Set<string>();
  const now = claims.nats.signing_keys;
  for (const [key, scope] of before?.nats.signing_keys ?? []) {
    if (!now.has(key) || !isDeepStrictEqual(now.get(key), scope)) altered.add(key);
  }
  return altered;
}

/** New default permissions (none: everything is allowed); undefined when they are as before. */
function changedPermissions(
  account: Account,
  before: AccountClaims | undefined,
): { set: PermissionSet | undefined } | undefined {
  const now = account.claims?.nats.default_permissions;
  if (before === undefined || isDeepStrictEqual(now, before.nats.default_permissions)) {
    return undefined;
  }
  const source = account.spec?.defaultPermissions;
  return { set: source && new PermissionSet(source) };
}

/** For users whose own JWT says nothing of permissions. */
function adoptPermissions(
  connection: Connection,
  { set }: { set: PermissionSet | undefined },
  clientOf: ClientOf,
): void {
  if (connection.user?.accountPermissions !== true) return;
  const keepsReplies = isDeepStrictEqual(connection.permissions?.response, set?.response);
  connection.permissions = set;
  if (!keepsReplies) connection.responses = ResponsePermits.for(set, connection.host.clock);
  clientOf(connection)?.dropForbidden();
}
