import { connectionTypes } from '../auth/auth-user.ts';
import { isPublicNkey } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, type ConfValue, isConfArray, isConfMap } from '../conf/node.ts';
import { emptyUser } from './default-options.ts';
import { goValueText } from './go-values.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, endsBlock, type ParseContext } from './parse-context.ts';
import { permissionRows, readPermissions } from './permissions.ts';
import { readStrings } from './readers.ts';
import { boolRow, factsOf, stringRow } from './row-makers.ts';
import type { Permissions, UserOptions } from './types.ts';

export interface Users {
  users: UserOptions[];
  nkeys: UserOptions[];
  /** A wrong type ended the array: nats-server goes on as if there were no users at all. */
  brokenOff?: boolean;
}

/** True for a connection type in upper case that a user may be limited to. */
export function isConnectionType(name: string): boolean {
  return connectionTypes.some((one) => one === name);
}

export const userRows: OptionRow<UserOptions>[] = [
  stringRow(['user', 'username'], { doc: 'Name of the user.' }, (user, value) => {
    user.username = value;
  }),
  stringRow(['password', 'pass'], { doc: 'Password, plain or as bcrypt hash.' }, (user, value) => {
    user.password = value;
  }),
  stringRow(['nkey'], { doc: 'Public user nkey, instead of name and password.' }, (user, value) => {
    user.nkey = value;
  }),
  {
    keys: ['permissions', 'permission', 'authorization'],
    shape: 'block',
    children: asChildren(permissionRows),
    ...factsOf({ doc: 'What the user may publish and subscribe to.', byDefault: 'everything' }),
    read: (context, node, user) => {
      user.permissions = readPermissions(context, node.value, node);
    },
  },
  {
    keys: ['allowed_connection_types', 'connection_types', 'clients'],
    shape: 'strings',
    ...factsOf({ doc: `Kinds of connection: ${connectionTypes.join(', ')}.`, byDefault: 'all' }),
    read: readConnectionTypes,
  },
  boolRow(
    ['proxy_required'],
    { doc: 'The user must connect through a trusted proxy.', byDefault: 'false' },
    (user, value) => {
      user.proxyRequired = value;
    },
  ),
];

function readConnectionTypes(context: ParseContext, node: ConfNode, user: UserOptions): void {
  const names = readStrings(context, node, 'allowed connection types');
  if (names === undefined) return;
  const types = names.map((name) => name.toUpperCase());
  const unknown = types.filter((type) => !isConnectionType(type));
  user.allowedConnectionTypes = [...new Set(types.filter(isConnectionType))];
  if (unknown.length > 0) {
    context.error(
      node,
      `invalid connection types [${unknown.map((type) => goQuote(type)).join(' ')}]`,
    );
  }
}

/**
 * An array of users. `node` is where an error of the whole array stands: undefined inside an
 * account, where nats-server has lost the place.
 */
export function readUsers(
  context: ParseContext,
  value: ConfValue,
  node: ConfNode | undefined,
): Users {
  if (!isConfArray(value)) {
    throw new ConfigError(node, `Expected users field to be an array, got ${goValueText(value)}`);
  }
  const read: Users = { users: [], nkeys: [] };
  for (const item of value.items) {
    if (!isConfMap(item.value)) {
      const shown = goValueText(item.value);
      context.error(item, `Expected user entry to be a map/struct, got ${shown}`);
      continue;
    }
    const user = emptyUser();
    const last = readUserEntries(context, item, user);
    if (last === undefined) return { users: [], nkeys: [], brokenOff: true };
    checkUser(last, user);
    (user.nkey === '' ? read.users : read.nkeys).push(user);
  }
  return read;
}

/** Reads a user's keys; returns the node that nats-server names afterwards, undefined when it broke off. */
function readUserEntries(
  context: ParseContext,
  item: ConfNode,
  user: UserOptions,
): ConfNode | undefined {
  const before = context.errors.length;
  if (!isConfMap(item.value)) return undefined;
  readEntries(context, item.value, userRows, user);
  if (context.errors.slice(before).some((error) => endsBlock(item, error))) return undefined;
  return [...item.value.entries.values()].at(-1) ?? item;
}

function checkUser(node: ConfNode, user: UserOptions): void {
  if (user.nkey === '' && user.username === '') {
    throw new ConfigError(node, 'User entry requires a user');
  }
  if (user.nkey === '') return;
  if (!isPublicNkey(user.nkey, 'user')) {
    throw new ConfigError(node, 'Not a valid public nkey for a user');
  }
  if (user.username !== '' || user.password !== '') {
    throw new ConfigError(node, 'Nkey users do not take usernames or passwords');
  }
}

/** Gives the default permissions to the users that have none of their own. */
export function applyDefaultPermissions(
  { users, nkeys }: Users,
  permissions: Permissions | undefined,
): void {
  if (permissions === undefined) return;
  for (const user of [...users, ...nkeys]) user.permissions ??= permissions;
}
