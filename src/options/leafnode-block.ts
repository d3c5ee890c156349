import { isPublicNkey } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray } from '../conf/node.ts';
import { emptyUser } from './default-options.ts';
import { goValueText } from './go-values.ts';
import { leafRemoteRows, readLeafRemotes } from './leaf-remote-block.ts';
import {
  advertiseRow,
  compressionRow,
  listenRows,
  noAdvertiseRow,
  readBlockArray,
  readOrFailBlock,
  writeRows,
} from './listen-rows.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { asMap, asString, readSeconds, warnHighTimeout } from './readers.ts';
import { boolRow, durationRow, factsOf, stringRow } from './row-makers.ts';
import { tlsRow } from './tls-block.ts';
import type { LeafNodeOptions, Options, UserOptions } from './types.ts';

/*
 * The `leafnodes {}` block: where leaf nodes connect to, who they are, and (leaf-remote-block.ts) the
 * servers to which this one is a leaf.
 */

type LeafAuthorization = Pick<
  LeafNodeOptions,
  'username' | 'password' | 'nkey' | 'account' | 'users' | 'authTimeoutSeconds' | 'proxyRequired'
>;

const leafUserRows: OptionRow<UserOptions>[] = [
  stringRow(['user', 'username'], { doc: 'The user.' }, (user, value) => {
    user.username = value;
  }),
  stringRow(['pass', 'password'], { doc: 'The password.' }, (user, value) => {
    user.password = value;
  }),
  stringRow(['account'], { doc: 'Account of the user.', byDefault: '$G' }, (user, value) => {
    user.account = value;
  }),
  boolRow(['proxy_required'], { doc: 'Must connect through a trusted proxy.' }, (user, value) => {
    user.proxyRequired = value;
  }),
];

const leafAuthorizationRows: OptionRow<LeafAuthorization>[] = [
  stringRow(['user', 'username'], { doc: 'The single user.' }, (target, value) => {
    target.username = value;
  }),
  stringRow(['pass', 'password'], { doc: 'Its password.' }, (target, value) => {
    target.password = value;
  }),
  {
    keys: ['nkey'],
    shape: 'string',
    ...factsOf({ doc: 'Public nkey of the single user.' }),
    read: (context, node, target) => {
      target.nkey = asString(node);
      if (isPublicNkey(target.nkey, 'user')) return;
      context.error(node, 'Not a valid public nkey for leafnode authorization');
    },
  },
  {
    keys: ['timeout'],
    shape: 'seconds',
    ...factsOf({ doc: 'How long a leaf node may take to authenticate.', byDefault: '2' }),
    read: (context, node, target, key) => {
      target.authTimeoutSeconds = readSeconds(node, 'leafnode authorization');
      warnHighTimeout(context, node, key, target.authTimeoutSeconds);
    },
  },
  {
    keys: ['users'],
    shape: 'block array',
    children: asChildren(leafUserRows),
    ...factsOf({ doc: 'Several users, each bound to an account.' }),
    read: (context, node, target) => {
      target.users = readLeafUsers(context, node);
    },
  },
  stringRow(
    ['account'],
    { doc: 'Account of the single user.', byDefault: '$G' },
    (target, value) => {
      target.account = value;
    },
  ),
  boolRow(['proxy_required'], { doc: 'Must connect through a trusted proxy.' }, (target, value) => {
    target.proxyRequired = value;
  }),
];

function readLeafUsers(context: ParseContext, node: ConfNode): UserOptions[] {
  if (!isConfArray(node.value)) {
    const shown = goValueText(node.value);
    throw new ConfigError(node, `Expected users field to be an array, got ${shown}`);
  }
  return readBlockArray(context, node.value.items, {
    rows: leafUserRows,
    create: emptyUser,
    notMap: (item) => `Expected user entry to be a map/struct, got ${goValueText(item.value)}`,
  });
}

function readLeafAuthorization(context: ParseContext, node: ConfNode, options: Options): void {
  const target: LeafAuthorization = {
    username: '',
    password: '',
    nkey: '',
    account: '',
    users: [],
    authTimeoutSeconds: 0,
    proxyRequired: false,
  };
  readOrFailBlock(context, node, () =>
    readEntries(context, asMap(node), leafAuthorizationRows, target),
  );
  Object.assign(options.leafNode, target);
  const problem = leafUsersProblem(options.leafNode);
  if (problem !== undefined) throw new ConfigError(node, problem);
}

/** Why a single user and several do not go together, in nats-server's words. */
function leafUsersProblem({ users, username, nkey }: LeafNodeOptions): string | undefined {
  if (users.length === 0) return undefined;
  if (username !== '') return 'can not have a single user/pass and a users array';
  if (nkey !== '') return 'can not have a single nkey and a users array';
  const seen = new Set<string>();
  for (const user of users) {
    if (seen.has(user.username)) {
      return `duplicate user ${goQuote(user.username)} detected in leafnode authorization`;
    }
    seen.add(user.username);
  }
  return undefined;
}

/** Semantic versions, as semver.org writes them. */
const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

function readMinVersion(node: ConfNode): string {
  const text = asString(node);
  const parts = SEMVER.exec(text);
  if (parts === null) {
    throw new ConfigError(node, "invalid leafnode's minimum version: invalid semver");
  }
  const [major = 0, minor = 0] = parts.slice(1).map(Number);
  if (major < 2 || (major === 2 && minor < 8)) {
    throw new ConfigError(node, 'the minimum version should be at least 2.8.0');
  }
  return text;
}

const ofLeafNode = (options: Options): LeafNodeOptions => options.leafNode;

export const leafNodeRows: OptionRow<Options>[] = [
  ...listenRows(ofLeafNode),
  {
    keys: ['authorization'],
    shape: 'block',
    children: asChildren(leafAuthorizationRows),
    ...factsOf({ doc: 'Who may connect as a leaf node.' }),
    read: readLeafAuthorization,
  },
  {
    keys: ['remotes'],
    shape: 'block array',
    children: asChildren(leafRemoteRows),
    ...factsOf({ doc: 'Servers to which this one connects as a leaf node.' }),
    read: (context, node, { leafNode }) => {
      leafNode.remotes = readLeafRemotes(context, node);
    },
  },
  durationRow(
    ['reconnect', 'reconnect_delay', 'reconnect_interval'],
    { doc: 'How long to wait before connecting again.', byDefault: '1s' },
    ({ leafNode }, ns) => {
      leafNode.reconnectIntervalNs = ns;
    },
  ),
  durationRow(
    ['dial_timeout'],
    { doc: 'How long connecting to a remote may take.', byDefault: '1s' },
    ({ leafNode }, ns) => {
      leafNode.dialTimeoutNs = ns;
    },
  ),
  tlsRow(true, ({ leafNode }, tls) => {
    leafNode.tls = tls;
  }),
  advertiseRow(['leafnode_advertise', 'advertise'], ofLeafNode),
  noAdvertiseRow('LeafNode.NoAdvertise', ofLeafNode),
  {
    keys: ['min_version', 'minimum_version'],
    shape: 'string',
    ...factsOf({ doc: 'Lowest version of nats-server that may connect; at least 2.8.0.' }),
    read: (_context, node, { leafNode }) => {
      leafNode.minVersion = readMinVersion(node);
    },
  },
  compressionRow('s2_auto', ofLeafNode),
  boolRow(
    ['isolate_leafnode_interest', 'isolate'],
    { doc: 'Do not pass interest of one leaf node to another.', byDefault: 'false' },
    ({ leafNode }, value) => {
      leafNode.isolateLeafnodeInterest = value;
    },
  ),
  ...writeRows(ofLeafNode),
];
