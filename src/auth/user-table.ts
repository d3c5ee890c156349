/** The configured users by name and by nkey, ready to be compared with. */

import { type AuthOptions, mapsCertificateTo, type UserInput } from './auth-options.ts';
import { type AuthUser, type ConnectionType, plainUser } from './auth-user.ts';
import { denyPublish, PermissionSet } from './permissions.ts';

/** Where an authorization service asks and answers. */
export const calloutSubject = '$SYS.REQ.USER.AUTH';

export class KnownUser {
  readonly user: AuthUser;
  readonly password: string;
  readonly proxyRequired: boolean;
  /** Nothing but a certificate proves to be this user. */
  readonly certificateOnly: boolean;
  private readonly types: ReadonlySet<string> | undefined;

  /** Throws InvalidPermission. */
  constructor(input: UserInput, options: AuthOptions) {
    const { allowedConnectionTypes: types } = input;
    this.password = input.password;
    this.proxyRequired = input.proxyRequired;
    this.types = types?.length ? new Set(types) : undefined;
    const account = input.account ?? '';
    // Nobody but the server asks the authorization service.
    this.certificateOnly = input.password === '' && mapsCertificateTo(options, input);
    const permissions =
      options.authCallout?.account === (account || '$G')
        ? denyPublish(input.permissions, calloutSubject)
        : input.permissions;
    this.user = {
      ...plainUser(input.username || input.nkey),
      nkey: input.nkey,
      account,
      permissions: permissions && new PermissionSet(permissions),
      expiresMs: input.connectionDeadline,
    };
  }

  /** May the user connect this way? */
  allows(type: ConnectionType): boolean {
    return this.types === undefined || this.types.has(type);
  }
}

export class UserTable {
  readonly byName: ReadonlyMap<string, KnownUser>;
  readonly byNkey: ReadonlyMap<string, KnownUser>;

  constructor(users: readonly UserInput[], options: AuthOptions) {
    const known = (input: UserInput) => new KnownUser(input, options);
    this.byName = new Map(users.map((user) => [user.username, known(user)]));
    this.byNkey = new Map(options.nkeys.map((user) => [user.nkey, known(user)]));
  }

  /** Names of the users that may connect this way. */
  namesFor(type: ConnectionType): string[] {
    return [...this.byName].filter(([, user]) => user.allows(type)).map(([name]) => name);
  }
}
