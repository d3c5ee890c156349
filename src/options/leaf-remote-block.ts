import { isUserSeed } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import { emptyRemoteLeaf } from './default-options.ts';
import { expandPath } from './expand-path.ts';
import { goTypeName, goValueText } from './go-values.ts';
import { leafProxyProblem, leafProxyRow } from './leaf-proxy.ts';
import { compressionRow, readBlockArray } from './listen-rows.ts';
import type { OptionRow } from './option-row.ts';
import { ConfigError, type ParseContext, TypeMismatch } from './parse-context.ts';
import { readSubjects } from './permissions.ts';
import { asString, readDuration, readUrl, readUrls } from './readers.ts';
import { boolRow, factsOf, stringRow } from './row-makers.ts';
import { readTls, tlsRow } from './tls-block.ts';
import type { OptionUrl, RemoteLeafOptions } from './types.ts';

/*
 * The entries of `leafnodes { remotes: [ … ] }`: servers to which this one connects as a leaf node.
 * Two remotes with the same URLs, account and credentials are one too many.
 */

/** How long a TLS handshake with a remote may take when nothing is said. */
const TLS_TIMEOUT_SECONDS = 2;

function readRemoteUrls(context: ParseContext, node: ConfNode, remote: RemoteLeafOptions): void {
  if (typeof node.value === 'string') {
    remote.urls.push(readUrl(node, node.value, 'leafnode'));
  } else if (isConfArray(node.value)) {
    remote.urls = readUrls(context, node, 'leafnode') ?? remote.urls;
  } else {
    const shown = goValueText(node.value);
    const wanted = 'Expected remote leafnode url to be an array or string';
    throw new ConfigError(node, `${wanted}, got ${shown}`);
  }
}

const BOTH = 'Remote leafnode can not have both creds and nkey defined';

function readCredentials(context: ParseContext, node: ConfNode, remote: RemoteLeafOptions): void {
  const text = asString(node);
  let path: string;
  try {
    path = expandPath(text, (name) => context.io.env(name));
  } catch (error) {
    throw new ConfigError(node, (error as Error).message);
  }
  if (remote.nkey !== '') throw new ConfigError(node, BOTH);
  remote.credentials = path;
}

function readSeed(_context: ParseContext, node: ConfNode, remote: RemoteLeafOptions): void {
  const seed = asString(node);
  if (!isUserSeed(seed)) {
    const shown = goQuote(seed);
    throw new ConfigError(node, `Remote leafnode nkey is not a valid seed: ${shown}`);
  }
  if (remote.credentials !== '') throw new ConfigError(node, BOTH);
  remote.nkey = seed;
}

function readMigrate(context: ParseContext, node: ConfNode, remote: RemoteLeafOptions): void {
  if (typeof node.value === 'boolean') {
    remote.jetstreamClusterMigrate = node.value;
    return;
  }
  if (!isConfMap(node.value)) {
    const type = goTypeName(node.value);
    const wanted = 'Expected boolean or map for jetstream_cluster_migrate';
    // nats-server has lost the place here.
    throw new ConfigError(undefined, `${wanted}, got ${type}`);
  }
  remote.jetstreamClusterMigrate = true;
  const delay = node.value.entries.get('leader_migrate_delay');
  if (delay === undefined) return;
  remote.jetstreamClusterMigrateDelayNs = atPlaceOf(node, () =>
    readDuration(context, 'leader_migrate_delay', delay),
  );
}

/** Reports a wrong type at `node`, where nats-server does. */
function atPlaceOf<T>(node: ConfNode, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeMismatch) || error.node === undefined) throw error;
    throw error.at(node);
  }
}

function flag(
  keys: OptionRow<RemoteLeafOptions>['keys'],
  field:
    | 'noRandomize'
    | 'hub'
    | 'websocketCompression'
    | 'websocketNoMasking'
    | 'localIsolation'
    | 'requestIsolation'
    | 'disabled'
    | 'ignoreDiscoveredServers',
  doc: string,
): OptionRow<RemoteLeafOptions> {
  return boolRow(keys, { doc, byDefault: 'false' }, (remote, value) => {
    remote[field] = value;
  });
}

function denied(
  keys: OptionRow<RemoteLeafOptions>['keys'],
  field: 'denyImports' | 'denyExports',
  doc: string,
): OptionRow<RemoteLeafOptions> {
  return {
    keys,
    shape: 'strings',
    ...factsOf({ doc }),
    read: (_context, node, remote) => {
      remote[field] = readSubjects(node.value, node, false);
    },
  };
}

function duration(
  key: string,
  field: 'firstInfoTimeoutNs' | 'dialTimeoutNs',
  doc: string,
): OptionRow<RemoteLeafOptions> {
  return {
    keys: [key],
    shape: 'duration',
    ...factsOf({ doc, byDefault: '1s' }),
    // The error names the key as it was written.
    read: (context, node, remote, written) => {
      remote[field] = readDuration(context, written, node);
    },
  };
}

export const leafRemoteRows: OptionRow<RemoteLeafOptions>[] = [
  flag(['no_randomize', 'dont_randomize'], 'noRandomize', 'Try the URLs in the order given.'),
  {
    keys: ['url', 'urls'],
    shape: 'strings',
    ...factsOf({ doc: 'URLs of the remote server or cluster.' }),
    read: readRemoteUrls,
  },
  stringRow(
    ['account', 'local'],
    { doc: 'Account on this side.', byDefault: '$G' },
    (remote, value) => {
      remote.localAccount = value;
    },
  ),
  {
    keys: ['creds', 'credentials'],
    shape: 'string',
    ...factsOf({ doc: 'File with the JWT and seed to present.' }),
    read: readCredentials,
  },
  {
    keys: ['nkey', 'seed'],
    shape: 'string',
    ...factsOf({ doc: 'Seed of the user nkey to present.' }),
    read: readSeed,
  },
  {
    ...tlsRow<RemoteLeafOptions>(true, () => undefined),
    read: (context, node, remote) => {
      const tls = readTls(context, node, true);
      const given = tls.timeoutSeconds;
      remote.tls = { ...tls, timeoutSeconds: given > 0 ? given : TLS_TIMEOUT_SECONDS };
    },
  },
  flag(['hub'], 'hub', 'This side is the hub although it connects.'),
  denied(['deny_imports', 'deny_import'], 'denyImports', 'Subjects that are not imported.'),
  denied(['deny_exports', 'deny_export'], 'denyExports', 'Subjects that are not exported.'),
  flag(
    ['ws_compress', 'ws_compression', 'websocket_compress', 'websocket_compression'],
    'websocketCompression',
    'Offer WebSocket compression.',
  ),
  flag(
    ['ws_no_masking', 'websocket_no_masking'],
    'websocketNoMasking',
    'Offer to leave out the masking of WebSocket frames.',
  ),
  {
    keys: ['jetstream_cluster_migrate', 'js_cluster_migrate'],
    shape: { oneOf: ['boolean', 'any'] },
    ...factsOf({ doc: 'Move JetStream leaders away while the remote is not connected.' }),
    read: readMigrate,
  },
  flag(['isolate_leafnode_interest', 'isolate'], 'localIsolation', 'Keep interest local.'),
  flag(['request_isolation'], 'requestIsolation', 'Ask the remote to keep its interest local.'),
  compressionRow('s2_auto', (remote) => remote),
  duration('first_info_timeout', 'firstInfoTimeoutNs', 'How long to wait for INFO.'),
  duration('dial_timeout', 'dialTimeoutNs', 'How long connecting may take.'),
  flag(['disabled'], 'disabled', 'Do not connect.'),
  leafProxyRow,
  flag(['ignore_discovered_servers'], 'ignoreDiscoveredServers', 'Use the given URLs only.'),
];

/** Reads the array of remotes; throws when it is none. */
export function readLeafRemotes(context: ParseContext, node: ConfNode): RemoteLeafOptions[] {
  if (!isConfArray(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `Expected remotes field to be an array, got ${type}`);
  }
  const names = new Set<string>();
  return readBlockArray(context, node.value.items, {
    rows: leafRemoteRows,
    create: emptyRemoteLeaf,
    notMap: (item) =>
      `Expected remote leafnode entry to be a map/struct, got ${goValueText(item.value)}`,
    finish: (remote, item) => judgeRemote(context, remote, item, names),
  });
}

function judgeRemote(
  context: ParseContext,
  remote: RemoteLeafOptions,
  item: ConfNode,
  names: Set<string>,
): boolean {
  const entries = isConfMap(item.value) ? item.value.entries : new Map<string, ConfNode>();
  const problem = leafProxyProblem(remote);
  if (problem !== undefined) {
    context.error(entries.get('proxy'), problem);
    return false;
  }
  const name = remoteName(remote, false);
  if (names.has(name)) {
    const last = [...entries.values()].at(-1) ?? item;
    context.error(last, `duplicate remote ${remoteName(remote, true)}`);
    return false;
  }
  names.add(name);
  return true;
}

/** What tells two remotes apart; `redacted` hides secrets. */
export function remoteName(remote: RemoteLeafOptions, redacted: boolean): string {
  const { urls, localAccount, credentials, nkey } = remote;
  const shown = urls.map((url) => goQuote(redacted ? redactedUrl(url) : url.href));
  const seed = redacted ? '[REDACTED]' : nkey;
  let extra = '';
  if (credentials !== '') extra = `, credentials=${goQuote(credentials)}`;
  else if (nkey !== '') extra = `, nkey=${goQuote(seed)}`;
  return `urls=[${shown.join(' ')}], account=${goQuote(localAccount || '$G')}${extra}`;
}

function redactedUrl(url: OptionUrl): string {
  if (url.password === undefined) return url.href;
  const start = url.href.indexOf('//') + 2;
  const end = url.href.indexOf(url.host, url.href.lastIndexOf('@') + 1);
  return `${url.href.slice(0, start)}${url.user}:xxxxx@${url.href.slice(end)}`;
}
