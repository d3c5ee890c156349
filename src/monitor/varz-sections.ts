/**
 * The sections of /varz: what is configured for clusters, gateways, leaf nodes, MQTT and WebSocket.
 * Everything is left out when empty, so that a section which is not configured prints as `{}`.
 * As in nats-server the sections gateway and leaf show the write deadline of the cluster.
 */

import { omitEmpty } from '../base/omit-empty.ts';
import type {
  MqttOptions,
  Options,
  OptionUrl,
  RemoteLeafOptions,
  TlsOptions,
  WebsocketOptions,
  WriteTimeoutPolicy,
} from '../options/types.ts';

/** When the certificate of a block expires, as text. */
export type NotAfter = (tls: TlsOptions | undefined) => string | undefined;

type Omit0<T> = T | undefined;

interface WriteVarz {
  write_deadline: Omit0<bigint>;
  write_timeout: Omit0<string>;
  tls_cert_not_after: Omit0<string>;
}

export interface ClusterVarz extends WriteVarz {
  name: Omit0<string>;
  addr: Omit0<string>;
  cluster_port: Omit0<number>;
  auth_timeout: Omit0<number>;
  urls: Omit0<string[]>;
  tls_timeout: Omit0<number>;
  tls_required: Omit0<boolean>;
  tls_verify: Omit0<boolean>;
  pool_size: Omit0<number>;
}

export interface GatewayVarz extends WriteVarz {
  name: Omit0<string>;
  host: Omit0<string>;
  port: Omit0<number>;
  auth_timeout: Omit0<number>;
  tls_timeout: Omit0<number>;
  tls_required: Omit0<boolean>;
  tls_verify: Omit0<boolean>;
  advertise: Omit0<string>;
  connect_retries: Omit0<number>;
  gateways: Omit0<{ name: string; tls_timeout: Omit0<number>; urls: Omit0<string[]> }[]>;
  reject_unknown: Omit0<boolean>;
}

export interface RemoteLeafVarz {
  local_account: Omit0<string>;
  tls_timeout: Omit0<number>;
  urls: Omit0<string[]>;
  deny: Omit0<{ exports: Omit0<string[]>; imports: Omit0<string[]> }>;
}

export interface LeafVarz extends WriteVarz {
  host: Omit0<string>;
  port: Omit0<number>;
  auth_timeout: Omit0<number>;
  tls_timeout: Omit0<number>;
  tls_required: Omit0<boolean>;
  tls_verify: Omit0<boolean>;
  remotes: Omit0<RemoteLeafVarz[]>;
}

export interface MqttVarz {
  host: Omit0<string>;
  port: Omit0<number>;
  no_auth_user: Omit0<string>;
  auth_timeout: Omit0<number>;
  tls_map: Omit0<boolean>;
  tls_timeout: Omit0<number>;
  tls_pinned_certs: Omit0<string[]>;
  js_domain: Omit0<string>;
  ack_wait: Omit0<bigint>;
  max_ack_pending: Omit0<number>;
  tls_ocsp_peer_verify: Omit0<boolean>;
  tls_cert_not_after: Omit0<string>;
}

export interface WebsocketVarz {
  host: Omit0<string>;
  port: Omit0<number>;
  advertise: Omit0<string>;
  no_auth_user: Omit0<string>;
  jwt_cookie: Omit0<string>;
  handshake_timeout: Omit0<bigint>;
  auth_timeout: Omit0<number>;
  no_tls: Omit0<boolean>;
  tls_map: Omit0<boolean>;
  tls_pinned_certs: Omit0<string[]>;
  same_origin: Omit0<boolean>;
  allowed_origins: Omit0<string[]>;
  compression: Omit0<boolean>;
  tls_ocsp_peer_verify: Omit0<boolean>;
  tls_cert_not_after: Omit0<string>;
}

/** The policy as configured, nothing for the default. */
export function writeTimeoutText(policy: WriteTimeoutPolicy): string | undefined {
  return policy === 'default' ? undefined : policy;
}

/** Seconds a handshake may take: of the block, or the default 2 where something listens. */
function tlsTimeout(tls: TlsOptions | undefined, port: number): number | undefined {
  return omitEmpty((tls?.timeoutSeconds ?? 0) || (port === 0 ? 0 : 2));
}

function hostsOf(urls: readonly OptionUrl[]): string[] | undefined {
  return omitEmpty(urls.map((url) => url.host));
}

function writeFields(options: Options, notAfter: string | undefined): WriteVarz {
  return {
    write_deadline: omitEmpty(options.cluster.writeDeadlineNs),
    write_timeout: writeTimeoutText(options.cluster.writeTimeout),
    tls_cert_not_after: notAfter,
  };
}

/** `name` is the cluster's name in use, which a server without a configured one makes up. */
export function buildClusterVarz(
  options: Options,
  name: string | undefined,
  notAfter: NotAfter,
): ClusterVarz {
  const { cluster, routes } = options;
  const secured = omitEmpty(cluster.tls !== undefined);
  return {
    name: omitEmpty(cluster.port === 0 ? cluster.name : (name ?? cluster.name)),
    addr: omitEmpty(cluster.host),
    cluster_port: omitEmpty(cluster.port),
    auth_timeout: omitEmpty(cluster.authTimeoutSeconds),
    urls: hostsOf(routes),
    tls_timeout: tlsTimeout(cluster.tls, cluster.port),
    tls_required: secured,
    tls_verify: secured,
    pool_size: omitEmpty(cluster.poolSize),
    ...writeFields(options, notAfter(cluster.tls)),
  };
}

export function buildGatewayVarz(options: Options, notAfter: NotAfter): GatewayVarz {
  const { gateway } = options;
  const secured = omitEmpty(gateway.tls !== undefined);
  return {
    name: omitEmpty(gateway.name),
    host: omitEmpty(gateway.host),
    port: omitEmpty(gateway.port),
    auth_timeout: omitEmpty(gateway.authTimeoutSeconds),
    tls_timeout: tlsTimeout(gateway.tls, gateway.port),
    tls_required: secured,
    tls_verify: secured,
    advertise: omitEmpty(gateway.advertise),
    connect_retries: omitEmpty(gateway.connectRetries),
    gateways: omitEmpty(
      gateway.gateways.map((remote) => ({
        name: remote.name,
        tls_timeout: tlsTimeout(remote.tls, 0),
        urls: hostsOf(remote.urls),
      })),
    ),
    reject_unknown: omitEmpty(gateway.rejectUnknown),
    ...writeFields(options, notAfter(gateway.tls)),
  };
}

export function buildLeafVarz(options: Options, notAfter: NotAfter): LeafVarz {
  const { leafNode } = options;
  return {
    host: omitEmpty(leafNode.host),
    port: omitEmpty(leafNode.port),
    auth_timeout: omitEmpty(leafNode.authTimeoutSeconds),
    tls_timeout: tlsTimeout(leafNode.tls, leafNode.port),
    tls_required: omitEmpty(leafNode.tls !== undefined),
    tls_verify: omitEmpty(leafNode.tls?.verify ?? false),
    remotes: omitEmpty(leafNode.remotes.map(remoteLeaf)),
    ...writeFields(options, notAfter(leafNode.tls)),
  };
}

function remoteLeaf(remote: RemoteLeafOptions): RemoteLeafVarz {
  const exports = omitEmpty(remote.denyExports);
  const imports = omitEmpty(remote.denyImports);
  return {
    local_account: omitEmpty(remote.localAccount),
    tls_timeout: remote.tls === undefined ? undefined : tlsTimeout(remote.tls, 1),
    urls: hostsOf(remote.urls),
    deny: exports === undefined && imports === undefined ? undefined : { exports, imports },
  };
}

export function buildMqttVarz(mqtt: MqttOptions, notAfter: NotAfter): MqttVarz {
  return {
    host: omitEmpty(mqtt.host),
    port: omitEmpty(mqtt.port),
    no_auth_user: omitEmpty(mqtt.noAuthUser),
    auth_timeout: omitEmpty(mqtt.authTimeoutSeconds),
    tls_map: omitEmpty(mqtt.tls?.map ?? false),
    tls_timeout: tlsTimeout(mqtt.tls, mqtt.port),
    tls_pinned_certs: omitEmpty(mqtt.tls?.pinnedCerts ?? []),
    js_domain: omitEmpty(mqtt.jsDomain),
    ack_wait: omitEmpty(mqtt.ackWaitNs),
    max_ack_pending: omitEmpty(mqtt.maxAckPending),
    tls_ocsp_peer_verify: omitEmpty(mqtt.tls?.ocspPeer?.verify ?? false),
    tls_cert_not_after: notAfter(mqtt.tls),
  };
}

export function buildWebsocketVarz(websocket: WebsocketOptions, notAfter: NotAfter): WebsocketVarz {
  return {
    host: omitEmpty(websocket.host),
    port: omitEmpty(websocket.port),
    advertise: omitEmpty(websocket.advertise),
    no_auth_user: omitEmpty(websocket.noAuthUser),
    jwt_cookie: omitEmpty(websocket.jwtCookie),
    handshake_timeout: omitEmpty(websocket.handshakeTimeoutNs),
    auth_timeout: omitEmpty(websocket.authTimeoutSeconds),
    no_tls: omitEmpty(websocket.noTls),
    tls_map: omitEmpty(websocket.tls?.map ?? false),
    tls_pinned_certs: omitEmpty(websocket.tls?.pinnedCerts ?? []),
    same_origin: omitEmpty(websocket.sameOrigin),
    allowed_origins: omitEmpty(websocket.allowedOrigins),
    compression: omitEmpty(websocket.compression),
    tls_ocsp_peer_verify: omitEmpty(websocket.tls?.ocspPeer?.verify ?? false),
    tls_cert_not_after: notAfter(websocket.tls),
  };
}
