import type { ConfNode } from '../conf/node.ts';
import { authorizationRows, readAuthorization } from './authorization-block.ts';
import { formatDuration, second } from './duration.ts';
import {
  advertiseRow,
  compressionRow,
  listenRows,
  noAdvertiseRow,
  retryRows,
  writeRows,
} from './listen-rows.ts';
import { asChildren, type OptionRow } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { permissionRows, permissionSubjectsProblem, readPermissions } from './permissions.ts';
import { asString, readDuration, readStrings, readUrls } from './readers.ts';
import { factsOf, intRow } from './row-makers.ts';
import { readTls, tlsRow } from './tls-block.ts';
import type { ClusterOptions, Options, Permissions } from './types.ts';

/*
 * The `cluster {}` block. Its rows write into Options, because `routes` and the record of what was set
 * explicitly stand beside the block. Routes always verify certificates in both directions.
 */

/** The longest ping interval of a route; a longer one is cut down when the server starts. */
const ROUTE_PING_MAX_NS = 30n * second;

const ofCluster = (options: Options): ClusterOptions => options.cluster;

/** A cluster or gateway name: no blanks, and not the one that leaf nodes use for "none". */
export function readClusterName(node: ConfNode, kind: 'cluster' | 'gateway'): string {
  const name = asString(node);
  if (name.includes(' ')) throw new ConfigError(node, `${kind} name cannot contain spaces`);
  if (name === '_') throw new ConfigError(node, 'cluster name is reserved');
  return name;
}

/** Single user of a cluster or gateway; throws for the forms that do not fit there. */
export function readPeerAuthorization(context: ParseContext, node: ConfNode, block: string) {
  const read = readAuthorization(context, node);
  if (read === undefined) return undefined;
  const refuse = (what: string): never => {
    throw new ConfigError(node, `${block} authorization does not ${what}`);
  };
  if (read.users !== undefined) refuse('allow multiple users');
  if (read.token !== '') refuse('support tokens');
  if (read.callout !== undefined) refuse('support callouts');
  return read;
}

function readClusterAuthorization(
  context: ParseContext,
  node: ConfNode,
  { cluster }: Options,
  key: string,
): void {
  const read = readPeerAuthorization(context, node, 'Cluster');
  if (read === undefined) return;
  cluster.username = read.user;
  cluster.password = read.password;
  cluster.authTimeoutSeconds = read.timeoutSeconds;
  if (read.defaultPermissions === undefined) return;
  checkSubjects(node, read.defaultPermissions);
  const reason = 'setting "permissions" within cluster authorization block is deprecated';
  context.warnField(node, key, reason);
  cluster.permissions ??= routePermissions(read.defaultPermissions);
}

/** What a route may send us is what we import: nats-server calls it publish. */
function routePermissions(permissions: Permissions): ClusterOptions['permissions'] {
  return { import: permissions.publish, export: permissions.subscribe };
}

function readClusterPermissions(context: ParseContext, node: ConfNode, { cluster }: Options): void {
  const permissions = readPermissions(context, node.value, undefined);
  if (permissions.response !== undefined) {
    throw new ConfigError(node, 'Cluster permissions do not support dynamic responses');
  }
  checkSubjects(node, permissions);
  cluster.permissions = routePermissions(permissions);
}

function checkSubjects(node: ConfNode, { publish, subscribe }: Permissions): void {
  const lists = [
    ['import allow', publish?.allow],
    ['import deny', publish?.deny],
    ['export allow', subscribe?.allow],
    ['export deny', subscribe?.deny],
  ] as const;
  for (const [name, subjects] of lists) {
    const problem = permissionSubjectsProblem(subjects, false);
    if (problem !== undefined) throw new ConfigError(node, `cluster ${name}: ${problem}`);
  }
}

function readPingInterval(context: ParseContext, node: ConfNode, { cluster }: Options): void {
  cluster.pingIntervalNs = readDuration(context, 'ping_interval', node);
  if (cluster.pingIntervalNs <= ROUTE_PING_MAX_NS) return;
  const max = formatDuration(ROUTE_PING_MAX_NS);
  context.warn(node, `Cluster 'ping_interval' will reset to ${max} which is the max for routes`);
}

export const clusterRows: OptionRow<Options>[] = [
  {
    keys: ['name'],
    shape: 'string',
    ...factsOf({ doc: 'Name of the cluster.', byDefault: 'a generated one' }),
    read: (_context, node, { cluster }) => {
      cluster.name = readClusterName(node, 'cluster');
    },
  },
  ...listenRows(ofCluster),
  {
    keys: ['authorization'],
    shape: 'block',
    children: asChildren(authorizationRows),
    ...factsOf({ doc: 'User and password that routes must present.' }),
    read: readClusterAuthorization,
  },
  {
    keys: ['routes'],
    shape: 'string array',
    ...factsOf({ doc: 'URLs of servers of the cluster.' }),
    read: (context, node, options) => {
      options.routes = readUrls(context, node, 'route') ?? options.routes;
    },
  },
  {
    ...tlsRow<Options>(false, () => undefined),
    read: (context, node, { cluster }) => {
      cluster.tls = { ...readTls(context, node, false), verify: true };
    },
  },
  advertiseRow(['cluster_advertise', 'advertise'], ofCluster),
  noAdvertiseRow('Cluster.NoAdvertise', ofCluster),
  ...retryRows(ofCluster),
  {
    keys: ['permissions'],
    shape: 'block',
    children: asChildren(permissionRows),
    ...factsOf({ doc: 'Subjects that routes import and export.', byDefault: 'all' }),
    read: readClusterPermissions,
  },
  intRow(
    ['pool_size'],
    { doc: 'Connections per route; -1 is one without pooling.', byDefault: '3' },
    ({ cluster }, value) => {
      cluster.poolSize = value;
    },
  ),
  {
    keys: ['accounts'],
    shape: 'strings',
    ...factsOf({ doc: 'Accounts that get a connection of their own.' }),
    read: (context, node, { cluster }) => {
      cluster.pinnedAccounts = readStrings(context, node, 'accounts') ?? [];
    },
  },
  compressionRow('s2_fast', ofCluster),
  {
    keys: ['ping_interval'],
    shape: 'duration',
    ...factsOf({ doc: 'How often routes are pinged; at most 30s.', byDefault: '30s' }),
    read: readPingInterval,
  },
  intRow(['ping_max'], { doc: 'Unanswered pings before a route is closed.' }, (options, value) => {
    options.cluster.maxPingsOut = value;
  }),
  ...writeRows(ofCluster),
];
