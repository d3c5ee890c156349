import { second } from './duration.ts';
import { joinHostPort, parseGoUrl } from './go-url.ts';
import type { CompressionOptions, Options, OptionUrl, TlsOptions } from './types.ts';

/*
 * Fills the defaults of what was not set, in place, as nats-server does when a server is made of
 * options. What `-1` for a random port means is settled here too: the port becomes 0.
 */

const defaultHost = '0.0.0.0';
const leafNodePort = 7422;
const tlsTimeoutSeconds = 2;

/** Fills the defaults into `options`. */
export function setBaselineOptions(options: Options): void {
  setListeners(options);
  setClientDefaults(options);
  if (options.cluster.port !== 0 || options.cluster.listenStr !== '') setCluster(options);
  setLeafNode(options);
  setGateway(options);
  setOtherListeners(options);
  setJetStream(options);
}

function setListeners(options: Options): void {
  options.host ||= defaultHost;
  options.httpHost ||= options.host;
  if (options.port === 0) options.port = 4222;
  else if (options.port === -1) options.port = 0;
}

function setClientDefaults(options: Options): void {
  options.maxConn ||= 64 * 1024;
  options.pingIntervalNs ||= 120n * second;
  options.maxPingsOut ||= 2;
  options.tlsTimeoutSeconds ||= tlsTimeoutSeconds;
  options.authTimeoutSeconds ||= authTimeout(options.tls, options.tlsTimeoutSeconds);
  options.maxControlLine ||= 4096;
  options.maxPayload ||= 1024 * 1024;
  options.maxPending ||= 64 * 1024 * 1024;
  options.writeDeadlineNs ||= 10n * second;
  options.maxClosedClients ||= 10_000;
  options.lameDuckDurationNs ||= 120n * second;
  options.lameDuckGracePeriodNs ||= 10n * second;
  options.connectErrorReports ||= 3600;
  options.reconnectErrorReports ||= 1;
}

/** Two seconds, or one more than the handshake may take. */
function authTimeout(tls: TlsOptions | undefined, timeoutSeconds: number): number {
  return tls === undefined ? 2 : timeoutSeconds + 1;
}

/** The handshake's default timeout, filled in; returns the timeout for authentication. */
function setTimeouts(tls: TlsOptions | undefined, authTimeoutSeconds: number): number {
  if (tls !== undefined) tls.timeoutSeconds ||= tlsTimeoutSeconds;
  return authTimeoutSeconds || authTimeout(tls, tls?.timeoutSeconds ?? tlsTimeoutSeconds);
}

function setMode(compression: CompressionOptions, mode: string): void {
  compression.mode ||= mode;
}

function setCluster(options: Options): void {
  const { cluster } = options;
  cluster.host ||= defaultHost;
  cluster.authTimeoutSeconds = setTimeouts(cluster.tls, cluster.authTimeoutSeconds);
  cluster.poolSize ||= 3;
  setMode(cluster.compression, 'accept');
  if (cluster.poolSize < 0) return;
  // The system account has a route of its own.
  const system = options.systemAccount || (options.noSystemAccount ? '' : '$SYS');
  if (system !== '' && !cluster.pinnedAccounts.includes(system)) {
    cluster.pinnedAccounts.push(system);
  }
}

function setLeafNode(options: Options): void {
  const { leafNode } = options;
  if (leafNode.port !== 0) {
    leafNode.host ||= defaultHost;
    leafNode.authTimeoutSeconds = setTimeouts(leafNode.tls, leafNode.authTimeoutSeconds);
    setMode(leafNode.compression, 's2_auto');
  }
  for (const remote of leafNode.remotes) {
    remote.urls = remote.urls.map(withLeafNodePort);
    setMode(remote.compression, 's2_auto');
    if (remote.firstInfoTimeoutNs <= 0n) remote.firstInfoTimeoutNs = second;
  }
  leafNode.reconnectIntervalNs ||= second;
}

function withLeafNodePort(url: OptionUrl): OptionUrl {
  if (url.port !== '') return url;
  const host = joinHostPort(url.host, leafNodePort);
  const at = url.href.indexOf('//') + 2;
  const rest = url.href.slice(at);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const credentials = authority.slice(0, authority.lastIndexOf('@') + 1);
  const tail = end < 0 ? '' : rest.slice(end);
  return parseGoUrl(`${url.href.slice(0, at)}${credentials}${host}${tail}`);
}

function setGateway(options: Options): void {
  const { gateway } = options;
  if (gateway.port === 0) return;
  gateway.host ||= defaultHost;
  gateway.authTimeoutSeconds = setTimeouts(gateway.tls, gateway.authTimeoutSeconds);
}

function setOtherListeners({ websocket, mqtt }: Options): void {
  if (websocket.port !== 0) websocket.host ||= defaultHost;
  if (mqtt.port === 0) return;
  mqtt.host ||= defaultHost;
  if (mqtt.tls !== undefined) mqtt.tls.timeoutSeconds ||= tlsTimeoutSeconds;
}

function setJetStream({ jetstream }: Options): void {
  if (jetstream.maxMemory === 0n && !jetstream.maxMemorySet) jetstream.maxMemory = -1n;
  if (jetstream.maxStore === 0n && !jetstream.maxStoreSet) jetstream.maxStore = -1n;
  if (jetstream.syncIntervalNs === 0n && !jetstream.syncSet) {
    jetstream.syncIntervalNs = 120n * second;
  }
  if (jetstream.requestQueueLimit <= 0n) jetstream.requestQueueLimit = 10_000n;
  if (jetstream.infoQueueLimit <= 0n) jetstream.infoQueueLimit = jetstream.requestQueueLimit;
  if (jetstream.concurrentIos <= 0) jetstream.concurrentIos = 4096;
  jetstream.limits.defaultMaxConsumers ||= 1000;
}
