/** Rows of the matrix, and what their clients show. */
import { publicKeyOf, signWith } from '../conformance/keys.ts';
import type { Credential, Row } from './matrix.ts';
import { type PermissionCase, permissionCases } from './permission-cases.ts';

export const inOneAccount = permissionCases.filter((one) => !one.crossesAccounts);
/** Cases that go into the permissions of one user. */
export const together = permissionCases.filter((one) => !one.alone);
export const togetherInOneAccount = inOneAccount.filter((one) => !one.alone);
export const [anyCase] = permissionCases as [PermissionCase];
export const connectionTypes = ['STANDARD', 'WEBSOCKET', 'LEAFNODE'] as const;

export const nothing: Credential = {};
export const login = (user: string, pass: string): Credential => ({
  connect: () => ({ user, pass }),
});
export const token = (auth_token: string): Credential => ({ connect: () => ({ auth_token }) });

/** `nonce` is another one than the connection's. */
export function nkey(name: string, signer = name, nonce?: string): Credential {
  return {
    connect: (ownNonce) => ({
      nkey: publicKeyOf(name),
      sig: signWith(signer, nonce ?? ownNonce).toString('base64url'),
    }),
  };
}

/** Each case with its credential. */
export const good = (
  method: string,
  cases: PermissionCase[],
  shows: (of: PermissionCase) => Credential,
): Row[] =>
  cases.map((permissionCase) => ({
    method,
    credential: 'good',
    shows: shows(permissionCase),
    permissionCase,
  }));

/** Credentials of which one case says enough: mostly they are refused. */
export const special = (method: string, credentials: Record<string, Credential>): Row[] =>
  Object.entries(credentials).map(([credential, shows]) => ({
    method,
    credential,
    shows,
    permissionCase: anyCase,
  }));

/** A credential per type of connection that a user is restricted to. */
export const perType = (shows: (type: string) => Credential): Record<string, Credential> =>
  Object.fromEntries(connectionTypes.map((type) => [`only ${type}`, shows(type)]));

export const over = (kinds: NonNullable<Row['kinds']>, rows: Row[]): Row[] =>
  rows.map((row) => ({ ...row, kinds }));
