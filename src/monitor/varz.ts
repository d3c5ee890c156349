/** /varz: the server in general. Field order is that of nats-server's Varz. */

import { shownClaims } from '../auth/shown-claims.ts';
import { omitEmpty } from '../base/omit-empty.ts';
import type { ServerCounters } from '../connection/connection-host.ts';
import type { Options, TlsOptions } from '../options/types.ts';
import type { ServerInfo } from '../wire/info.ts';
import type { MonitorContext } from './context.ts';
import { mergedFeatureFlags } from './feature-flags.ts';
import { timeText, uptimeText } from './time-text.ts';
import * as sections from './varz-sections.ts';

export interface SlowOrStaleStats {
  clients: number;
  routes: number;
  gateways: number;
  leafs: number;
}

export interface Varz {
  server_id: string;
  server_name: string;
  version: string;
  proto: number;
  git_commit: string | undefined;
  go: string;
  host: string;
  port: number;
  auth_required: true | undefined;
  tls_required: true | undefined;
  tls_verify: true | undefined;
  tls_ocsp_peer_verify: true | undefined;
  ip: string | undefined;
  connect_urls: readonly string[] | undefined;
  ws_connect_urls: readonly string[] | undefined;
  max_connections: number;
  max_subscriptions: number | undefined;
  ping_interval: bigint;
  ping_max: number;
  http_host: string;
  http_port: number;
  http_base_path: string;
  https_port: number;
  auth_timeout: number;
  max_control_line: number;
  max_payload: number;
  max_pending: number;
  cluster: sections.ClusterVarz;
  gateway: sections.GatewayVarz;
  leaf: sections.LeafVarz;
  mqtt: sections.MqttVarz;
  websocket: sections.WebsocketVarz;
  jetstream: Record<string, never>;
  tls_timeout: number;
  write_deadline: bigint;
  write_timeout: string | undefined;
  start: string;
  now: string;
  uptime: string;
  mem: number;
  cores: number;
  gomaxprocs: number;
  cpu: number;
  connections: number;
  total_connections: number;
  routes: number;
  remotes: number;
  leafnodes: number;
  in_msgs: number;
  in_bytes: number;
  in_client_msgs: number;
  in_client_bytes: number;
  out_msgs: number;
  out_bytes: number;
  out_client_msgs: number;
  out_client_bytes: number;
  slow_consumers: number;
  stale_connections: number;
  stalled_clients: number;
  subscriptions: number;
  http_req_stats: ReadonlyMap<string, number>;
  config_load_time: string;
  config_digest: string;
  tags: readonly string[] | undefined;
  metadata: ReadonlyMap<string, string> | undefined;
  feature_flags: ReadonlyMap<string, boolean>;
  trusted_operators_jwt: readonly string[] | undefined;
  trusted_operators_claim: readonly object[] | undefined;
  system_account: string | undefined;
  pinned_account_fails: number | undefined;
  ocsp_peer_cache: OcspCacheVarz | undefined;
  slow_consumer_stats: SlowOrStaleStats;
  stale_connection_stats: SlowOrStaleStats;
  disk_io_wait_stats: { waiters: number; waits: number; wait_time: number; max_wait_time: number };
  proxies: { trusted: { key: string }[] | undefined } | undefined;
  tls_cert_not_after: string | undefined;
  /** Our addition, last. */
  tnatsd_version: string;
}

export function buildVarz(context: MonitorContext): Varz {
  const { options } = context;
  const notAfter = (tls: TlsOptions | undefined): string | undefined => {
    const ms = tls === undefined ? undefined : context.certificateNotAfterMs(tls);
    return ms === undefined ? undefined : timeText(ms);
  };
  const info = context.info();
  return {
    ...identity(info, context),
    ...limits(options),
    cluster: sections.buildClusterVarz(options, info.cluster, notAfter),
    gateway: sections.buildGatewayVarz(options, notAfter),
    leaf: sections.buildLeafVarz(options, notAfter),
    mqtt: sections.buildMqttVarz(options.mqtt, notAfter),
    websocket: sections.buildWebsocketVarz(options.websocket, notAfter),
    jetstream: {},
    tls_timeout: options.tlsTimeoutSeconds,
    write_deadline: options.writeDeadlineNs,
    write_timeout: sections.writeTimeoutText(options.writeTimeout),
    ...runtime(context),
    ...traffic(context.counters),
    subscriptions: countSubscriptions(context),
    ...configuration(context),
    ...stats(context.counters),
    proxies: trustedProxies(options),
    tls_cert_not_after: notAfter(options.tls),
    tnatsd_version: context.tnatsdVersion,
  };
}

function identity(info: ServerInfo, context: MonitorContext) {
  return {
    server_id: info.server_id,
    server_name: info.server_name,
    version: info.version,
    proto: info.proto,
    git_commit: omitEmpty(info.git_commit ?? ''),
    go: info.go,
    host: info.host,
    port: info.port,
    auth_required: authConfigured(context.options),
    tls_required: info.tls_required,
    tls_verify: info.tls_verify,
    tls_ocsp_peer_verify: verifiesByOcsp(info, context.options),
    ip: omitEmpty(info.ip ?? ''),
    connect_urls: omitEmpty(info.connect_urls ?? []),
    ws_connect_urls: omitEmpty(context.websocketConnectUrls()),
  };
}

/** Not where clients may stay in the clear. */
function verifiesByOcsp(info: ServerInfo, { tls }: Options): true | undefined {
  return info.tls_required && tls?.ocspPeer?.verify === true ? true : undefined;
}

/** Answers about peers' certificates that are kept; keys as nats-server names them. */
export interface OcspCacheVarz {
  cache_type: string;
  cache_hits: number | undefined;
  cache_misses: number | undefined;
  cached_responses: number | undefined;
  cached_revoked_responses: number | undefined;
  cached_good_responses: number | undefined;
  cached_unknown_responses: number | undefined;
}

function ocspCache(context: MonitorContext): OcspCacheVarz | undefined {
  const stats = context.ocspCacheStats?.();
  return (
    stats && {
      cache_type: stats.type,
      cache_hits: omitEmpty(stats.hits),
      cache_misses: omitEmpty(stats.misses),
      cached_responses: omitEmpty(stats.responses),
      cached_revoked_responses: omitEmpty(stats.revokes),
      cached_good_responses: omitEmpty(stats.goods),
      cached_unknown_responses: omitEmpty(stats.unknowns),
    }
  );
}

/** Unlike INFO, which leaves it out when there is a `no_auth_user`. */
function authConfigured(options: Options): true | undefined {
  const { users, nkeys, username, authorization, operatorJwts, authCallout } = options;
  const listed = users.length + nkeys.length + operatorJwts.length > 0;
  const single = username !== '' || authorization !== '' || authCallout !== undefined;
  return listed || single ? true : undefined;
}

function limits(options: Options) {
  return {
    max_connections: options.maxConn,
    max_subscriptions: omitEmpty(options.maxSubs),
    ping_interval: options.pingIntervalNs,
    ping_max: options.maxPingsOut,
    http_host: options.httpHost,
    http_port: options.httpPort,
    http_base_path: options.httpBasePath,
    https_port: options.httpsPort,
    auth_timeout: options.authTimeoutSeconds,
    max_control_line: options.maxControlLine,
    max_payload: options.maxPayload,
    max_pending: options.maxPending,
  };
}

function runtime(context: MonitorContext) {
  const now = context.clock.nowMs();
  const { process } = context;
  return {
    start: timeText(context.startMs),
    now: timeText(now),
    uptime: uptimeText(now - context.startMs),
    mem: process.residentBytes(),
    cores: process.cores,
    gomaxprocs: process.cores,
    cpu: process.cpuPercent(),
    connections: context.openConnectionCount(),
    total_connections: context.counters.totalConnections,
    routes: 0,
    remotes: 0,
    leafnodes: 0,
  };
}

function traffic(counters: ServerCounters) {
  return {
    in_msgs: counters.inMsgs,
    in_bytes: counters.inBytes,
    in_client_msgs: counters.inClientMsgs,
    in_client_bytes: counters.inClientBytes,
    out_msgs: counters.outMsgs,
    out_bytes: counters.outBytes,
    out_client_msgs: counters.outClientMsgs,
    out_client_bytes: counters.outClientBytes,
    slow_consumers: counters.slowConsumers,
    stale_connections: counters.staleConnections,
    stalled_clients: counters.stalledClients,
  };
}

function countSubscriptions(context: MonitorContext): number {
  let count = 0;
  for (const account of context.accounts()) count += account.sublist.count;
  return count;
}

function configuration(context: MonitorContext) {
  const { options } = context;
  return {
    http_req_stats: context.httpRequests,
    config_load_time: timeText(context.configLoadMs),
    config_digest: options.configDigest,
    tags: omitEmpty(options.tags),
    metadata: omitEmpty(new Map(Object.entries(options.metadata))),
    feature_flags: mergedFeatureFlags(options.featureFlags),
    trusted_operators_jwt: omitEmpty(options.operatorJwts),
    trusted_operators_claim: omitEmpty(
      options.operatorJwts.map((jwt) => shownClaims(jwt)).filter((claims) => claims !== undefined),
    ),
    system_account: context.systemAccount?.name,
    pinned_account_fails: omitEmpty(context.counters.pinnedAccountFails),
    ocsp_peer_cache: ocspCache(context),
  };
}

function stats(counters: ServerCounters) {
  return {
    slow_consumer_stats: { clients: counters.slowClients, routes: 0, gateways: 0, leafs: 0 },
    stale_connection_stats: { clients: counters.staleClients, routes: 0, gateways: 0, leafs: 0 },
    disk_io_wait_stats: { waiters: 0, waits: 0, wait_time: 0, max_wait_time: 0 },
  };
}

function trustedProxies(options: Options): Varz['proxies'] {
  if (options.proxies === undefined) return undefined;
  return { trusted: omitEmpty(options.proxies.trusted.map(({ key }) => ({ key }))) };
}
