import { isPublicNkey } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import { goValueText } from './go-values.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, endsBlock, type ParseContext, TypeMismatch } from './parse-context.ts';
import { permissionRows, readPermissions } from './permissions.ts';
import { asMap, asString, readSeconds, warnHighTimeout } from './readers.ts';
import { boolRow, factsOf, stringRow } from './row-makers.ts';
import type { AuthCalloutOptions, Options, Permissions, UserOptions } from './types.ts';
import { applyDefaultPermissions, readUsers, userRows } from './users-block.ts';

/** What an `authorization {}` block says, at the top level or inside `cluster` and `gateway`. */
export interface Authorization {
  user: string;
  password: string;
  token: string;
  timeoutSeconds: number;
  proxyRequired: boolean;
  /** Undefined when there is no `users` key; an empty array counts as several users. */
  users: UserOptions[] | undefined;
  nkeys: UserOptions[];
  defaultPermissions: Permissions | undefined;
  callout: AuthCalloutOptions | undefined;
}

export const calloutRows: OptionRow<AuthCalloutOptions>[] = [
  {
    keys: ['issuer'],
    shape: 'string',
    ...factsOf({ doc: 'Public account nkey that signs the answers.' }),
    read: (_context, node, target) => {
      target.issuer = asString(node);
      if (!isPublicNkey(target.issuer, 'account')) {
        const shown = goQuote(target.issuer);
        throw new ConfigError(
          node,
          `Expected callout user to be a valid public account nkey, got ${shown}`,
        );
      }
    },
  },
  stringRow(
    ['account', 'acc'],
    { doc: 'Account of the authorization service.', byDefault: '$G' },
    (target, value) => {
      target.account = value;
    },
  ),
  {
    keys: ['auth_users', 'users'],
    shape: 'string array',
    ...factsOf({ doc: 'Users that bypass the callout: the service itself.' }),
    read: (_context, node, target) => {
      target.authUsers.push(...calloutNames(node, 'auth_users'));
    },
  },
  {
    keys: ['xkey', 'key'],
    shape: 'string',
    ...factsOf({ doc: 'Public curve key to which requests are encrypted.' }),
    read: (_context, node, target) => {
      target.xkey = asString(node);
      if (!isPublicNkey(target.xkey, 'curve')) {
        const shown = goQuote(target.xkey);
        throw new ConfigError(
          node,
          `Expected callout xkey to be a valid public xkey, got ${shown}`,
        );
      }
    },
  },
  {
    keys: ['allowed_accounts'],
    shape: 'string array',
    ...factsOf({ doc: 'Accounts that the service may place users in.', byDefault: 'all' }),
    read: (_context, node, target) => {
      target.allowedAccounts.push(...calloutNames(node, 'allowed accounts'));
    },
  },
];

function calloutNames(node: ConfNode, field: string): string[] {
  if (!isConfArray(node.value)) {
    // nats-server prints the type of its own wrapper of the value here.
    throw new ConfigError(node, `Expected ${field} field to be an array, got *conf.token`);
  }
  return node.value.items.map(asString);
}

function readCallout(context: ParseContext, node: ConfNode): AuthCalloutOptions {
  if (!isConfMap(node.value)) {
    const shown = goValueText(node.value);
    throw new ConfigError(node, `Expected authorization callout to be a map/struct, got ${shown}`);
  }
  const callout = { issuer: '', account: '', authUsers: [], xkey: '', allowedAccounts: [] };
  readEntries(context, node.value, calloutRows, callout as AuthCalloutOptions, {
    unknown: (key) => `Unknown field ${goQuote(key)} parsing authorization callout`,
    strict: true,
    unknownGoesOn: true,
  });
  callout.account ||= '$G';
  const last = [...node.value.entries.values()].at(-1) ?? node;
  if (callout.issuer === '') {
    throw new ConfigError(last, 'Authorization callouts require an issuer to be specified');
  }
  if (callout.authUsers.length === 0) {
    throw new ConfigError(last, 'Authorization callouts require authorized users to be specified');
  }
  return callout;
}

export const authorizationRows: OptionRow<Authorization>[] = [
  stringRow(['user', 'username'], { doc: 'The single user.' }, (target, value) => {
    target.user = value;
  }),
  stringRow(
    ['password', 'pass'],
    { doc: 'Password of the single user, plain or as bcrypt hash.' },
    (target, value) => {
      target.password = value;
    },
  ),
  stringRow(
    ['token'],
    { doc: 'Token that every client must present, plain or as bcrypt hash.' },
    (target, value) => {
      target.token = value;
    },
  ),
  {
    keys: ['timeout'],
    shape: 'seconds',
    ...factsOf({
      doc: 'How long a client may take to authenticate.',
      byDefault: '2 (with TLS: the TLS timeout and one second)',
    }),
    read: (context, node, target, key) => {
      target.timeoutSeconds = readSeconds(node, 'authorization');
      warnHighTimeout(context, node, key, target.timeoutSeconds);
    },
  },
  {
    keys: ['users'],
    shape: 'block array',
    children: asChildren(userRows),
    ...factsOf({ doc: 'Several users, each with permissions of its own.' }),
    read: (context, node, target) => {
      const { users, nkeys, brokenOff } = readUsers(context, node.value, node);
      target.users = brokenOff ? undefined : users;
      target.nkeys = nkeys;
    },
  },
  {
    keys: ['default_permissions', 'default_permission', 'permissions'],
    shape: 'block',
    children: asChildren(permissionRows),
    ...factsOf({ doc: 'Permissions of users that have none of their own.', byDefault: 'all' }),
    read: (context, node, target) => {
      target.defaultPermissions = readPermissions(context, node.value, node);
    },
  },
  {
    keys: ['auth_callout', 'auth_hook'],
    shape: 'block',
    children: asChildren(calloutRows),
    ...factsOf({ doc: 'Asks a service whether a client may connect.' }),
    read: (context, node, target) => {
      target.callout = readCallout(context, node);
    },
  },
  boolRow(
    ['proxy_required'],
    { doc: 'Clients must connect through a trusted proxy.', byDefault: 'false' },
    (target, value) => {
      target.proxyRequired = value;
    },
  ),
];

/**
 * Reads an authorization block. Undefined when a value had a wrong type: the errors are noted then,
 * with the second line that nats-server adds at the place of the block when it goes on without it.
 */
export function readAuthorization(
  context: ParseContext,
  node: ConfNode,
): Authorization | undefined {
  const authorization: Authorization = {
    user: '',
    password: '',
    token: '',
    timeoutSeconds: 0,
    proxyRequired: false,
    users: undefined,
    nkeys: [],
    defaultPermissions: undefined,
    callout: undefined,
  };
  const before = context.errors.length;
  try {
    readBlockEntries(context, node, authorization);
  } catch (error) {
    // A bad timeout ends the block at once.
    context.note(error);
    if (!(error instanceof TypeMismatch)) return undefined;
  }
  const broken = context.errors.slice(before).some((error) => endsBlock(node, error));
  if (broken) {
    context.error(node, 'runtime error: invalid memory address or nil pointer dereference');
    return undefined;
  }
  const users = { users: authorization.users ?? [], nkeys: authorization.nkeys };
  applyDefaultPermissions(users, authorization.defaultPermissions);
  return authorization;
}

function readBlockEntries(context: ParseContext, node: ConfNode, target: Authorization): void {
  readEntries(context, asMap(node), authorizationRows, target);
}

/** The top-level block. Throws what is wrong with the block as a whole. */
export function readTopAuthorization(
  context: ParseContext,
  node: ConfNode,
  options: Options,
): void {
  const read = readAuthorization(context, node);
  if (read === undefined) return;
  options.authBlockDefined = true;
  options.username = read.user;
  options.password = read.password;
  options.proxyRequired = read.proxyRequired;
  options.authorization = read.token;
  options.authTimeoutSeconds = read.timeoutSeconds;
  options.authCallout = read.callout;
  options.defaultPermissions = read.defaultPermissions;
  if ((read.user !== '' || read.password !== '') && read.token !== '') {
    throw new ConfigError(node, 'Cannot have a user/pass and token');
  }
  const taken = takenNames(options);
  if (read.users !== undefined || taken.size > 0) {
    if (read.user !== '') {
      throw new ConfigError(node, 'Can not have a single user/pass and a users array');
    }
    if (read.token !== '') throw new ConfigError(node, 'Can not have a token and a users array');
    for (const user of read.users ?? []) takeName(node, taken, 'user', user.username);
    options.users.push(...(read.users ?? []));
  }
  for (const user of read.nkeys) takeName(node, taken, 'nkey', user.nkey);
  options.nkeys.push(...read.nkeys);
}

/** Names and nkeys of the users read so far. */
export function takenNames(options: Options): Set<string> {
  return new Set([
    ...options.users.map((user) => user.username),
    ...options.nkeys.map((user) => user.nkey),
  ]);
}

function takeName(node: ConfNode, taken: Set<string>, kind: string, name: string): void {
  if (taken.has(name)) throw new ConfigError(node, `Duplicate ${kind} ${goQuote(name)} detected`);
  taken.add(name);
}
