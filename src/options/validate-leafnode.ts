import { isPublicNkey } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import { parseGoUrl, redactUrl, UrlError } from './go-url.ts';
import { permissionSubjectsProblem } from './permissions.ts';
import { pinnedCertsProblem } from './pinned-certs.ts';
import type { Options, RemoteLeafOptions } from './types.ts';
import { normalizeCompression } from './validate-cluster.ts';

/*
 * What is wrong with the options of leaf nodes, in nats-server's words and order.
 */

export function leafNodeProblem(options: Options): string | undefined {
  return (
    usersProblem(options) ??
    remotesProblem(options) ??
    accountsProblem(options) ??
    compressionProblem(options) ??
    connectionsProblem(options) ??
    listenerProblem(options)
  );
}

function usersProblem({ leafNode }: Options): string | undefined {
  if (leafNode.users.length === 0) return undefined;
  if (leafNode.username !== '') return 'can not have a single user/pass and a users array';
  if (leafNode.nkey !== '') return 'can not have a single nkey and a users array';
  const names = leafNode.users.map((user) => user.username);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined
    ? undefined
    : `duplicate user ${goQuote(twice)} detected in leafnode authorization`;
}

/**
 * How messages name a remote: its URLs, account, and credentials or nkey. With `redacted`, secrets
 * are left out.
 */
export function remoteLeafName(remote: RemoteLeafOptions, redacted: boolean): string {
  const urls = remote.urls.map((url) => goQuote(redacted ? redactUrl(url) : url.href)).join(' ');
  let login = '';
  if (remote.credentials !== '') login = `, credentials=${goQuote(remote.credentials)}`;
  else if (remote.nkey !== '') {
    login = `, nkey=${goQuote(redacted ? '[REDACTED]' : remote.nkey)}`;
  }
  return `urls=[${urls}], account=${goQuote(remote.localAccount || '$G')}${login}`;
}

function remotesProblem({ leafNode }: Options): string | undefined {
  const names = new Set<string>();
  for (const remote of leafNode.remotes) {
    remote.localAccount ||= '$G';
    const shown = () => remoteLeafName(remote, true);
    const imports = permissionSubjectsProblem(remote.denyImports, false);
    if (imports !== undefined) return `invalid deny_imports for remote ${shown()}: ${imports}`;
    const exports = permissionSubjectsProblem(remote.denyExports, false);
    if (exports !== undefined) return `invalid deny_exports for remote ${shown()}: ${exports}`;
    const name = remoteLeafName(remote, false);
    if (names.has(name)) return `duplicate remote ${shown()}`;
    names.add(name);
  }
  return undefined;
}

function accountsProblem(options: Options): string | undefined {
  return options.operatorJwts.length > 0
    ? operatorAccountsProblem(options)
    : configuredAccountsProblem(options);
}

function configuredAccountsProblem(options: Options): string | undefined {
  const { leafNode } = options;
  const known = new Set(['$G', '', ...options.accounts.map((account) => account.name)]);
  if (options.systemAccount === '' && !options.noSystemAccount) known.add('$SYS');
  const missing = (name: string, where: string) =>
    known.has(name)
      ? undefined
      : `cannot find local account ${goQuote(name)} specified in leafnode ${where}`;
  for (const name of [leafNode.account, ...leafNode.users.map((user) => user.account ?? '')]) {
    const problem = missing(name, 'authorization');
    if (problem !== undefined) return problem;
  }
  for (const remote of leafNode.remotes) {
    const problem = missing(remote.localAccount, 'remote');
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function operatorAccountsProblem({ leafNode }: Options): string | undefined {
  if (leafNode.users.length > 0) {
    return 'operator mode does not allow specifying users in leafnode config';
  }
  if (leafNode.remotes.some((remote) => !isPublicNkey(remote.localAccount, 'account'))) {
    return (
      'operator mode requires account nkeys in remotes. ' +
      'Please add an `account` key to each remote in your `leafnodes` section, to assign it to an account. ' +
      "Each account value should be a 56 character public key, starting with the letter 'A'"
    );
  }
  const foreign = leafNode.account !== '' && !isPublicNkey(leafNode.account, 'account');
  return leafNode.port !== 0 && foreign
    ? 'operator mode and non account nkeys are incompatible'
    : undefined;
}

function compressionProblem({ leafNode }: Options): string | undefined {
  return leafNode.compression.mode === ''
    ? undefined
    : normalizeCompression(leafNode.compression, 's2_auto');
}

function connectionsProblem({ leafNode }: Options): string | undefined {
  for (const remote of leafNode.remotes) {
    const problem = proxyProblem(remote) ?? schemesProblem(remote);
    if (problem !== undefined) return problem;
    if (remote.compression.mode === '') continue;
    const compression = normalizeCompression(remote.compression, 's2_auto');
    if (compression !== undefined) return compression;
  }
  return undefined;
}

function isWebsocket(scheme: string): boolean {
  return scheme === 'ws' || scheme === 'wss';
}

function schemesProblem(remote: RemoteLeafOptions): string | undefined {
  const [first, ...others] = remote.urls.map((url) => isWebsocket(url.scheme));
  if (others.every((other) => other === first)) return undefined;
  const urls = remote.urls.map((url) => goQuote(redactUrl(url))).join(' ');
  return `remote leaf node configuration cannot have a mix of websocket and non-websocket urls: [${urls}]`;
}

/** What is wrong with the HTTP proxy of a remote. */
export function proxyProblem({ proxy, urls, tls }: RemoteLeafOptions): string | undefined {
  const { username, password } = proxy;
  if (proxy.url === '') {
    const others = username !== '' || password !== '' || proxy.timeoutNs !== 0n || proxy.tls;
    return others ? 'proxy URL must be specified when other proxy options are set' : undefined;
  }
  const url = proxyUrl(proxy.url);
  if (typeof url === 'string') return url;
  if (url.scheme !== 'http' && url.scheme !== 'https') {
    return `proxy URL scheme must be http or https, got: ${url.scheme}`;
  }
  if (url.host === '') return 'proxy URL must specify a host';
  if (proxy.tls !== undefined && url.scheme !== 'https') {
    return `proxy TLS configuration requires an https proxy URL, got: ${url.scheme}`;
  }
  if (proxy.timeoutNs < 0n) return 'proxy timeout must be >= 0';
  if ((proxy.tls?.timeoutSeconds ?? 0) < 0) return 'proxy TLS timeout must be >= 0';
  if ((username === '') !== (password === '')) {
    return 'proxy username and password must both be specified or both be empty';
  }
  const bare = tls === undefined ? urls.find((one) => one.scheme === 'wss') : undefined;
  if (bare === undefined) return undefined;
  return (
    `proxy is configured but remote URL ${bare.href} requires TLS and no TLS configuration is provided. ` +
    'When using proxy with TLS endpoints, ensure TLS is properly configured for the leafnode remote'
  );
}

function proxyUrl(text: string): { scheme: string; host: string } | string {
  try {
    return parseGoUrl(text);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    return `invalid proxy URL: parse ${goQuote(text)}: ${error.message}`;
  }
}

function listenerProblem(options: Options): string | undefined {
  const { leafNode, gateway } = options;
  if (leafNode.port === 0) return undefined;
  const version = minVersionProblem(leafNode.minVersion);
  if (version !== undefined) return version;
  if (gateway.name === '' && gateway.port === 0) return undefined;
  if (options.systemAccount === '') {
    return 'leaf nodes and gateways (both being defined) require a system account to also be configured';
  }
  const pinned = pinnedCertsProblem(leafNode.tls);
  return pinned && `leafnode: ${pinned}`;
}

/** What is wrong with the lowest version of leaf nodes that is accepted. */
export function minVersionProblem(version: string): string | undefined {
  if (version === '') return undefined;
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (match === null) return "invalid leafnode's minimum version: invalid semver";
  const [major = 0, minor = 0] = match.slice(1).map(Number);
  const enough = major > 2 || (major === 2 && minor >= 8);
  return enough ? undefined : 'the minimum version should be at least 2.8.0';
}
