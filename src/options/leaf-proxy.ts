import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfMap } from '../conf/node.ts';
import { parseGoUrl, UrlError } from './go-url.ts';
import { goTypeName } from './go-values.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { readDuration } from './readers.ts';
import { factsOf, stringRow } from './row-makers.ts';
import { readTls, tlsRows } from './tls-block.ts';
import type { OptionUrl, RemoteLeafOptions } from './types.ts';

/** The `proxy {}` block of a remote: the HTTP proxy through which it is reached. */

type Proxy = RemoteLeafOptions['proxy'];

/** Keys of a tls block that make sense for the client of a proxy. */
const PROXY_TLS_KEYS = new Set([
  'cert_file',
  'key_file',
  'ca_file',
  'insecure',
  'cipher_suites',
  'allow_insecure_cipher_suites',
  'curve_preferences',
  'min_version',
  'timeout',
  'cert_store',
  'cert_match_by',
  'cert_match',
  'cert_match_skip_invalid',
  'ca_certs_match',
  'certs',
  'certificates',
]);

const proxyRows: OptionRow<Proxy>[] = [
  stringRow(['url'], { doc: 'URL of the proxy: http or https.' }, (proxy, value) => {
    proxy.url = value;
  }),
  stringRow(['username'], { doc: 'User at the proxy.' }, (proxy, value) => {
    proxy.username = value;
  }),
  stringRow(['password'], { doc: 'Password at the proxy.' }, (proxy, value) => {
    proxy.password = value;
  }),
  {
    keys: ['timeout'],
    shape: 'duration',
    ...factsOf({ doc: 'How long connecting through the proxy may take.', byDefault: '5s' }),
    read: (context, node, proxy) => {
      proxy.timeoutNs = readDuration(context, 'proxy timeout', node);
    },
  },
  {
    keys: ['tls'],
    shape: 'block',
    children: asChildren(tlsRows),
    ...factsOf({ doc: 'TLS of the connection to an https proxy.' }),
    read: readProxyTls,
  },
];

function readProxyTls(context: ParseContext, node: ConfNode, proxy: Proxy): void {
  let supported = true;
  for (const [key, entry] of isConfMap(node.value) ? node.value.entries : []) {
    if (PROXY_TLS_KEYS.has(key.toLowerCase())) continue;
    context.error(entry, `${goQuote(key)} is not supported for proxy TLS`);
    supported = false;
  }
  if (supported) proxy.tls = readTls(context, node, true);
}

export const leafProxyRow: OptionRow<RemoteLeafOptions> = {
  keys: ['proxy'],
  shape: 'block',
  children: asChildren(proxyRows),
  ...factsOf({ doc: 'HTTP proxy through which the remote is reached.' }),
  read: (context, node, remote) => {
    if (!isConfMap(node.value)) {
      throw new ConfigError(node, `Expected proxy to be a map, got ${goTypeName(node.value)}`);
    }
    readEntries(context, node.value, proxyRows, remote.proxy);
  },
};

/** What is wrong with the proxy of a remote as a whole, in nats-server's words. */
export function leafProxyProblem(remote: RemoteLeafOptions): string | undefined {
  const { proxy } = remote;
  if (proxy.url !== '') return proxyUrlProblem(proxy) ?? proxyUseProblem(remote);
  const otherSet = proxy.username !== '' || proxy.password !== '' || proxy.timeoutNs !== 0n;
  if (!otherSet && proxy.tls === undefined) return undefined;
  return 'proxy URL must be specified when other proxy options are set';
}

function proxyUrlProblem(proxy: Proxy): string | undefined {
  let url: OptionUrl;
  try {
    url = parseGoUrl(proxy.url);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    return `invalid proxy URL: parse ${goQuote(proxy.url)}: ${error.message}`;
  }
  const scheme = url.scheme.toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') {
    return `proxy URL scheme must be http or https, got: ${scheme}`;
  }
  if (url.host === '') return 'proxy URL must specify a host';
  if (proxy.tls !== undefined && scheme !== 'https') {
    return `proxy TLS configuration requires an https proxy URL, got: ${scheme}`;
  }
  return undefined;
}

function proxyUseProblem({ proxy, urls, tls }: RemoteLeafOptions): string | undefined {
  if (proxy.timeoutNs < 0n) return 'proxy timeout must be >= 0';
  if ((proxy.tls?.timeoutSeconds ?? 0) < 0) return 'proxy TLS timeout must be >= 0';
  if ((proxy.username === '') !== (proxy.password === '')) {
    return 'proxy username and password must both be specified or both be empty';
  }
  const secure = urls.find((url) => url.scheme.toLowerCase() === 'wss');
  if (secure === undefined || tls !== undefined) return undefined;
  return (
    `proxy is configured but remote URL ${secure.href} requires TLS and no TLS configuration is ` +
    'provided. When using proxy with TLS endpoints, ensure TLS is properly configured for the ' +
    'leafnode remote'
  );
}
