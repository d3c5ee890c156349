import { isPublicNkey, shownNkey } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import { isValidPublishSubject } from '../subject/validate.ts';
import { exportRows, readExports } from './account-exports-block.ts';
import { importRows, readImports } from './account-imports-block.ts';
import { accountJetStreamRows, readAccountJetStream } from './account-jetstream-block.ts';
import { accountLinkProblems } from './account-links.ts';
import { takenNames } from './authorization-block.ts';
import { goQuoteValue, goTypeName, goValueText } from './go-values.ts';
import { readMappings } from './mappings-block.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { permissionRows, readPermissions } from './permissions.ts';
import { asInt32, asString, parseGoInt } from './readers.ts';
import { boolRow, factsOf } from './row-makers.ts';
import type { AccountLimits, AccountOptions, Options } from './types.ts';
import { applyDefaultPermissions, readUsers, type Users, userRows } from './users-block.ts';

/*
 * `accounts {}`, the mappings of the global account, and the system account. Accounts are read one
 * by one; only when the whole file is free of errors so far are their exports and imports linked,
 * and what is wrong then is named at the place of the block.
 */

const globalAccount = '$G';

/** While an account is read: its users wait until their names are known to be free. */
interface Reading {
  account: AccountOptions;
  users: Users;
  usersNode: ConfNode | undefined;
}

export function emptyAccount(name: string): AccountOptions {
  return {
    name,
    nkey: '',
    streamExports: [],
    serviceExports: [],
    streamImports: [],
    serviceImports: [],
    limits: { maxConnections: -1, maxSubscriptions: -1, maxPayload: -1, maxLeafnodes: -1 },
    jetstream: undefined,
    clusterTrafficOwner: false,
    traceDest: '',
    traceSampling: 0,
    mappings: [],
    defaultPermissions: undefined,
  };
}

function limit(
  keys: OptionRow<AccountLimits>['keys'],
  field: keyof AccountLimits,
  doc: string,
): OptionRow<AccountLimits> {
  return {
    keys,
    shape: 'integer',
    ...factsOf({ doc, byDefault: 'unlimited' }),
    read: (_context, node, limits) => {
      limits[field] = asInt32(node);
    },
  };
}

const limitRows: OptionRow<AccountLimits>[] = [
  limit(['max_connections', 'max_conn'], 'maxConnections', 'Connections of the account.'),
  limit(['max_subscriptions', 'max_subs'], 'maxSubscriptions', 'Subscriptions of a connection.'),
  limit(['max_payload', 'max_pay'], 'maxPayload', 'Largest message.'),
  limit(['max_leafnodes', 'max_leafs'], 'maxLeafnodes', 'Leaf node connections.'),
];

const traceRows: OptionRow<AccountOptions>[] = [
  {
    keys: ['dest'],
    shape: 'string',
    ...factsOf({ doc: 'Subject to which traces of messages are sent.' }),
    read: (_context, node, account, key) => readTraceDest(node, account, key),
  },
  {
    keys: ['sampling'],
    shape: { oneOf: ['integer', 'string'] },
    ...factsOf({ doc: 'Percentage of messages that are traced.', byDefault: '100' }),
    read: (_context, node, account) => {
      account.traceSampling = readTraceSampling(node);
    },
  },
];

function readTraceDest(node: ConfNode, account: AccountOptions, key: string): void {
  if (typeof node.value !== 'string') {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `Field ${goQuote(key)} should be a string, got ${type}`);
  }
  if (!isValidPublishSubject(node.value)) {
    throw new ConfigError(node, `Trace destination ${goQuote(node.value)} is not valid`);
  }
  account.traceDest = node.value;
}

function readTraceSampling(node: ConfNode): number {
  const value = node.value;
  if (typeof value !== 'bigint' && typeof value !== 'string') {
    const type = goTypeName(value);
    throw new ConfigError(
      node,
      `Trace destination sampling field "sampling" should be an integer or a percentage, got ${type}`,
    );
  }
  const percent = parseGoInt(String(value).replace(/%$/, ''));
  if (percent === undefined) {
    const shown = goQuote(String(value));
    throw new ConfigError(node, `Invalid trace destination sampling value ${shown}`);
  }
  if (percent > 0 && percent <= 100) return percent;
  throw new ConfigError(
    node,
    `Ttrace destination sampling value ${percent} is invalid, needs to be [1..100]`,
  );
}

function readTrace(
  context: ParseContext,
  node: ConfNode,
  account: AccountOptions,
  topKey: string,
): void {
  if (typeof node.value === 'string') readTraceDest(node, account, topKey);
  else if (!isConfMap(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(
      node,
      `Expected account message trace ${goQuote(topKey)} to be a string or a map/struct, got ${type}`,
    );
  } else {
    readEntries(context, node.value, traceRows, account, {
      strict: true,
      unknown: (key) =>
        `Unknown field ${goQuote(key)} parsing account message trace map/struct ${goQuote(topKey)}`,
    });
  }
  if (account.traceDest !== '') account.traceSampling ||= 100;
  else if (account.traceSampling > 0) {
    context.warn(node, 'Trace destination sampling ignored since no destination was set');
    account.traceSampling = 0;
  }
}

export const accountRows: OptionRow<Reading>[] = [
  {
    keys: ['users'],
    shape: 'block array',
    children: asChildren(userRows),
    ...factsOf({ doc: 'Users of the account.' }),
    read: (context, node, reading) => {
      reading.usersNode = node;
      reading.users = readUsers(context, node.value, undefined);
    },
  },
  {
    keys: ['default_permissions'],
    shape: 'block',
    children: asChildren(permissionRows),
    ...factsOf({ doc: 'Permissions of users that have none of their own.' }),
    read: (context, node, { account }) => {
      account.defaultPermissions = readPermissions(context, node.value, node);
    },
  },
  {
    keys: ['exports'],
    shape: 'block array',
    children: asChildren(exportRows),
    ...factsOf({ doc: 'What other accounts may import.' }),
    read: (context, node, { account }) => readExports(context, node, account),
  },
  {
    keys: ['imports'],
    shape: 'block array',
    children: asChildren(importRows),
    ...factsOf({ doc: 'What is imported from other accounts.' }),
    read: (context, node, { account }) => readImports(context, node, account),
  },
  {
    keys: ['jetstream'],
    shape: { oneOf: ['boolean', 'string', 'block'] },
    children: asChildren(accountJetStreamRows),
    ...factsOf({ doc: 'JetStream of the account: enabled, disabled or its limits.' }),
    read: (context, node, { account }) => readAccountJetStream(context, node, account),
  },
  {
    keys: ['mappings', 'maps'],
    shape: 'any',
    ...factsOf({ doc: 'Subject mappings of the account: as the top-level mappings.' }),
    read: (context, node, { account }) => {
      account.mappings.push(...readMappings(context, node));
    },
  },
  {
    keys: ['limits'],
    shape: 'block',
    children: asChildren(limitRows),
    ...factsOf({ doc: 'Limits of the account.' }),
    read: (context, node, { account }) => {
      if (!isConfMap(node.value)) {
        const shown = goValueText(node.value);
        throw new ConfigError(node, `Expected account limits to be a map/struct, got ${shown}`);
      }
      readEntries(context, node.value, limitRows, account.limits, {
        unknown: (key) => `Unknown field ${goQuote(key)} parsing account limits`,
      });
    },
  },
  {
    keys: ['msg_trace', 'trace_dest'],
    shape: { oneOf: ['string', 'block'] },
    children: asChildren(traceRows),
    ...factsOf({ doc: 'Where traces of messages with a traceparent header are sent.' }),
    read: (context, node, { account }, key) => readTrace(context, node, account, key),
  },
  {
    keys: ['nkey'],
    shape: 'string',
    ...factsOf({ doc: 'Public nkey of the account.' }),
    read: (_context, node, { account }) => {
      if (typeof node.value !== 'string' || !isPublicNkey(node.value, 'account')) {
        const { value } = node;
        const shown = goQuoteValue(typeof value === 'string' ? shownNkey(value) : value);
        throw new ConfigError(node, `Not a valid public nkey for an account: ${shown}`);
      }
      account.nkey = node.value;
    },
  },
];

function readAccounts(context: ParseContext, node: ConfNode, options: Options): void {
  const before = options.accounts.length;
  if (isConfArray(node.value)) readAccountNames(context, node.value.items, options);
  else if (isConfMap(node.value)) {
    const taken = takenNames(options);
    for (const [name, entry] of node.value.entries) {
      context.guard(() => readAccount(context, name, entry, options, taken));
    }
  }
  if (context.errors.length > 0) return;
  const known = [...options.accounts];
  if (options.mappings.length > 0) known.push(emptyAccount(globalAccount));
  const newest = options.accounts.slice(before);
  for (const why of accountLinkProblems(known, newest, options.noSystemAccount)) {
    context.error(node, why);
  }
}

function readAccountNames(context: ParseContext, items: ConfNode[], options: Options): void {
  const seen = new Set<string>();
  context.guardItems(items, (item) => {
    const name = asString(item);
    refuseReserved(item, name);
    if (seen.has(name)) throw new ConfigError(item, `Duplicate Account Entry: ${name}`);
    seen.add(name);
    options.accounts.push(emptyAccount(name));
  });
}

function refuseReserved(node: ConfNode, name: string): void {
  if (name !== globalAccount) return;
  throw new ConfigError(node, `${goQuote(name)} is a Reserved Account`);
}

function readAccount(
  context: ParseContext,
  name: string,
  node: ConfNode,
  options: Options,
  taken: Set<string>,
): void {
  if (node.usedVariable) return;
  if (!isConfMap(node.value)) throw new ConfigError(node, 'Expected map entries for accounts');
  refuseReserved(node, name);
  const reading: Reading = {
    account: emptyAccount(name),
    users: { users: [], nkeys: [] },
    usersNode: undefined,
  };
  options.accounts.push(reading.account);
  readEntries(context, node.value, accountRows, reading);
  addUsers(context, reading, options, taken);
}

/** Adds the users of an account; all names are unique over accounts and `authorization`. */
function addUsers(
  context: ParseContext,
  { account, users, usersNode }: Reading,
  options: Options,
  taken: Set<string>,
): void {
  if (users.users.length > 0 || users.nkeys.length > 0) {
    if (options.username !== '') {
      throw new ConfigError(usersNode, 'Can not have a single user/pass and accounts');
    }
    if (options.authorization !== '') {
      throw new ConfigError(usersNode, 'Can not have a token and accounts');
    }
  }
  applyDefaultPermissions(users, account.defaultPermissions);
  for (const user of [...users.nkeys, ...users.users]) {
    const [kind, id] = user.nkey === '' ? ['user', user.username] : ['nkey', user.nkey];
    if (taken.has(id)) context.error(usersNode, `Duplicate ${kind} ${goQuote(id)} detected`);
    taken.add(id);
    user.account = account.name;
  }
  options.nkeys.push(...users.nkeys);
  options.users.push(...users.users);
}

/** Accounts and what belongs to the global one. */
export const accountOptionRows: OptionRow<Options>[] = [
  {
    keys: ['accounts'],
    shape: 'named blocks',
    children: asChildren(accountRows),
    ...factsOf({
      doc: 'Accounts by name (or an array of names): users and subjects of their own.',
      byDefault: '$G and $SYS',
      reload: 'hot',
      fields: ['accounts'],
      shownBy: 'inactive',
    }),
    read: readAccounts,
  },
  {
    keys: ['mappings', 'maps'],
    shape: 'any',
    ...factsOf({
      doc:
        'Subject mappings of the global account: source to destination, to { destination, weight, cluster } ' +
        'or to an array of these.',
      reload: 'hot',
      fields: ['mappings'],
      shownBy: 'test/options/behaviour.test.ts: mappings: a message',
    }),
    read: (context, node, options) => {
      options.mappings.push(...readMappings(context, node));
    },
  },
  {
    keys: ['system_account', 'system'],
    shape: 'string',
    ...factsOf({
      doc: 'Account in which the server publishes and answers about itself.',
      byDefault: '$SYS',
      reload: 'partly',
      fields: ['systemAccount'],
      shownBy: 'test/resolver/options.test.ts: operator, system_account and resolver_preload',
    }),
    // Read before all others: see process-config.ts.
    read: () => {},
  },
  boolRow(
    ['no_system_account', 'no_system', 'no_sys_acc'],
    {
      doc: 'Have no system account.',
      byDefault: 'false',
      reload: 'refused',
      fields: ['noSystemAccount'],
      shownBy: 'test/options/behaviour.test.ts: no_system_account',
    },
    (options, value) => {
      options.noSystemAccount = value;
    },
  ),
];
