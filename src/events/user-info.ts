/**
 * `$SYS.REQ.USER.INFO`: who the requester is, what it may and for how long. The request comes through
 * an import that shares who asks; asked directly in the system account nobody is told about.
 */
import type { Account } from '../account/account.ts';
import type { PermissionsInput, SubjectPermissionInput } from '../auth/permissions.ts';
import { utf8FromLatin1 } from '../base/go-json.ts';
import { omitEmpty } from '../base/omit-empty.ts';
import type { Connection } from '../connection/connection.ts';
import { accountNameTag } from './account-stat.ts';

interface SubjectPermissionDocument {
  allow: readonly string[] | undefined;
  deny: readonly string[] | undefined;
}

export interface UserInfo {
  user: string;
  account: string;
  account_name: string | undefined;
  user_name: string | undefined;
  permissions:
    | {
        publish: SubjectPermissionDocument;
        subscribe: SubjectPermissionDocument;
        responses: { max: number; ttl: bigint } | undefined;
      }
    | undefined;
  /** Nanoseconds, whole seconds. */
  expires: number | undefined;
}

/** `shared` says that the request came through the import. */
export function buildUserInfo(
  from: Connection | undefined,
  shared: boolean,
  nowMs: number,
): UserInfo {
  const named = shared ? from : undefined;
  return {
    user: named === undefined ? '' : utf8FromLatin1(named.rawUser),
    account: named?.account.name ?? '',
    account_name: omitEmpty(nameTagOf(named?.account)),
    user_name: omitEmpty(named?.nameTag ?? ''),
    permissions: from && permissionsDocument(from),
    expires: omitEmpty(expiresNs(from?.user?.expiresMs, nowMs)),
  };
}

function nameTagOf(account: Account | undefined): string {
  return account === undefined ? '' : accountNameTag(account);
}

function permissionsDocument({ permissions }: Connection): UserInfo['permissions'] {
  if (permissions === undefined) return undefined;
  const { publish, subscribe } = permissions.source satisfies PermissionsInput;
  const { response } = permissions;
  return {
    publish: subjectsDocument(publish),
    subscribe: subjectsDocument(subscribe),
    responses: response && { max: response.maxMsgs, ttl: response.expiresNs },
  };
}

function subjectsDocument(input: SubjectPermissionInput | undefined): SubjectPermissionDocument {
  return { allow: omitEmpty(input?.allow ?? []), deny: omitEmpty(input?.deny ?? []) };
}

function expiresNs(expiresMs: number | undefined, nowMs: number): number {
  return expiresMs === undefined ? 0 : Math.trunc((expiresMs - nowMs) / 1000) * 1e9;
}
