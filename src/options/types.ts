/**
 * The parsed, validated configuration of a server: what the configuration file, the flags and the
 * embed API all end in. Field names follow nats-server's `Options` in camelCase with units last;
 * durations are nanoseconds as bigint so that no value is ever rounded.
 *
 * Zero values mean "not set" as in nats-server until `setBaselineOptions` filled the defaults.
 */
import type { GoUrl } from '../base/go-url.ts';
import type { OcspPeerOptions } from './ocsp-peer-block.ts';
import type { OcspCache } from './ocsp-rows.ts';

/** A parsed URL that keeps its text; `hostname` has no brackets. Never log `href`: see redactUrl. */
export type OptionUrl = GoUrl;

/** Subjects allowed and denied; a subscribe entry may carry a queue: `"foo.* workers"`. */
export interface SubjectPermission {
  allow: string[] | undefined;
  deny: string[] | undefined;
}

/** `allow_responses`: how many replies, for how long. Defaults 1 and 2 minutes; -1 is unlimited. */
export interface ResponsePermission {
  maxMsgs: number;
  expiresNs: bigint;
}

export interface Permissions {
  publish: SubjectPermission | undefined;
  subscribe: SubjectPermission | undefined;
  response: ResponsePermission | undefined;
}

/** A user of `authorization` or of an account; exactly one of `nkey` or `username` is set. */
export interface UserOptions {
  username: string;
  password: string;
  nkey: string;
  permissions: Permissions | undefined;
  /** Name of the account; undefined is the global account. */
  account: string | undefined;
  allowedConnectionTypes: string[] | undefined;
  connectionDeadline: number | undefined;
  proxyRequired: boolean;
}

/** A `tls {}` block, checked but not yet loaded: the transport layer builds contexts from it. */
export interface TlsOptions {
  certFile: string;
  keyFile: string;
  caFile: string;
  /** `certs: [{cert_file, key_file}]` */
  certificates: { certFile: string; keyFile: string }[];
  verify: boolean;
  insecure: boolean;
  map: boolean;
  checkKnownUrls: boolean;
  timeoutSeconds: number;
  connectionRateLimit: number;
  allowInsecureCiphers: boolean;
  /** Go names, e.g. TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; empty means the default list. */
  cipherSuites: string[];
  /** Go names, e.g. CurveP256, X25519; empty means the default list. */
  curvePreferences: string[];
  pinnedCerts: string[] | undefined;
  handshakeFirst: boolean;
  handshakeFirstFallbackNs: bigint;
  /** `1.2` or `1.3`; empty is the default 1.2. */
  minVersion: '' | '1.2' | '1.3';
  certStore: string;
  certMatchBy: string;
  certMatch: string;
  caCertsMatch: string[];
  certMatchSkipInvalid: boolean;
  ocspPeer: OcspPeerOptions | undefined;
}

export type WriteTimeoutPolicy = 'default' | 'close' | 'retry';

export interface CompressionOptions {
  mode: string;
  rttThresholdsNs: bigint[];
}

export interface ClusterOptions {
  name: string;
  host: string;
  port: number;
  username: string;
  password: string;
  authTimeoutSeconds: number;
  permissions:
    | { import: SubjectPermission | undefined; export: SubjectPermission | undefined }
    | undefined;
  tls: TlsOptions | undefined;
  listenStr: string;
  advertise: string;
  noAdvertise: boolean;
  connectRetries: number;
  connectBackoff: boolean;
  poolSize: number;
  pinnedAccounts: string[];
  compression: CompressionOptions;
  pingIntervalNs: bigint;
  maxPingsOut: number;
  writeDeadlineNs: bigint;
  writeTimeout: WriteTimeoutPolicy;
}

export interface RemoteGatewayOptions {
  name: string;
  tls: TlsOptions | undefined;
  urls: OptionUrl[];
}

export interface GatewayOptions {
  name: string;
  host: string;
  port: number;
  username: string;
  password: string;
  authTimeoutSeconds: number;
  tls: TlsOptions | undefined;
  advertise: string;
  connectRetries: number;
  connectBackoff: boolean;
  gateways: RemoteGatewayOptions[];
  rejectUnknown: boolean;
  writeDeadlineNs: bigint;
  writeTimeout: WriteTimeoutPolicy;
}

export interface RemoteLeafOptions {
  localAccount: string;
  noRandomize: boolean;
  urls: OptionUrl[];
  credentials: string;
  nkey: string;
  tls: TlsOptions | undefined;
  hub: boolean;
  denyImports: string[];
  denyExports: string[];
  firstInfoTimeoutNs: bigint;
  dialTimeoutNs: bigint;
  compression: CompressionOptions;
  websocketCompression: boolean;
  websocketNoMasking: boolean;
  proxy: {
    url: string;
    username: string;
    password: string;
    timeoutNs: bigint;
    tls: TlsOptions | undefined;
  };
  jetstreamClusterMigrate: boolean;
  jetstreamClusterMigrateDelayNs: bigint;
  localIsolation: boolean;
  requestIsolation: boolean;
  disabled: boolean;
  ignoreDiscoveredServers: boolean;
}

export interface LeafNodeOptions {
  host: string;
  port: number;
  username: string;
  password: string;
  proxyRequired: boolean;
  nkey: string;
  account: string;
  users: UserOptions[];
  authTimeoutSeconds: number;
  tls: TlsOptions | undefined;
  advertise: string;
  noAdvertise: boolean;
  reconnectIntervalNs: bigint;
  writeDeadlineNs: bigint;
  writeTimeout: WriteTimeoutPolicy;
  compression: CompressionOptions;
  remotes: RemoteLeafOptions[];
  minVersion: string;
  isolateLeafnodeInterest: boolean;
  dialTimeoutNs: bigint;
}

export interface WebsocketOptions {
  host: string;
  port: number;
  advertise: string;
  noAuthUser: string;
  jwtCookie: string;
  usernameCookie: string;
  passwordCookie: string;
  tokenCookie: string;
  username: string;
  password: string;
  token: string;
  authTimeoutSeconds: number;
  noTls: boolean;
  tls: TlsOptions | undefined;
  sameOrigin: boolean;
  allowedOrigins: string[];
  compression: boolean;
  handshakeTimeoutNs: bigint;
  pingIntervalNs: bigint;
  headers: Record<string, string>;
}

export interface MqttOptions {
  host: string;
  port: number;
  noAuthUser: string;
  username: string;
  password: string;
  token: string;
  jsDomain: string;
  streamReplicas: number;
  consumerReplicas: number;
  consumerMemoryStorage: boolean;
  consumerInactiveThresholdNs: bigint;
  authTimeoutSeconds: number;
  tls: TlsOptions | undefined;
  ackWaitNs: bigint;
  jsApiTimeoutNs: bigint;
  maxAckPending: number;
  rejectQoS2Publish: boolean;
  downgradeQoS2Subscribe: boolean;
}

export interface JetStreamOptions {
  enabled: boolean;
  strict: boolean;
  maxMemory: bigint;
  maxStore: bigint;
  maxMemorySet: boolean;
  maxStoreSet: boolean;
  domain: string;
  extensionHint: string;
  key: string;
  oldKey: string;
  cipher: '' | 'aes' | 'chacha';
  uniqueTag: string;
  limits: {
    maxRequestBatch: number;
    maxAckPending: number;
    maxHaAssets: number;
    duplicatesNs: bigint;
    maxBatchInflightPerStream: number;
    maxBatchInflightTotal: number;
    maxBatchSize: number;
    maxBatchTimeoutNs: bigint;
    defaultMaxConsumers: number;
  };
  tpm: { keysFile: string; keyPassword: string; srkPassword: string; pcr: number } | undefined;
  maxCatchup: bigint;
  requestQueueLimit: bigint;
  infoQueueLimit: bigint;
  metaCompact: bigint;
  metaCompactSize: bigint;
  metaCompactSync: boolean;
  concurrentIos: number;
  streamMaxBufferedMsgs: number;
  streamMaxBufferedSize: bigint;
  syncIntervalNs: bigint;
  syncAlways: boolean;
  syncSet: boolean;
}

/** One destination of a subject mapping. `cluster` empty applies everywhere. */
export interface MappingDestination {
  subject: string;
  weight: number;
  cluster: string;
}

export interface SubjectMappingOptions {
  source: string;
  destinations: MappingDestination[];
}

/** `latency` of a service export: percentage of requests sampled, 0 when headers trigger it. */
export interface ServiceLatencyOptions {
  sampling: number;
  subject: string;
}

export interface StreamExportOptions {
  subject: string;
  /** Accounts that may import; undefined for everybody. */
  accounts: string[] | undefined;
  /** Token (from 1) that must be the importing account's name; 0 for none. */
  accountTokenPosition: number;
}

export interface ServiceExportOptions extends StreamExportOptions {
  responseType: 'singleton' | 'stream' | 'chunked';
  /** 0 for the default of 2 minutes. */
  responseThresholdNs: bigint;
  latency: ServiceLatencyOptions | undefined;
  allowTrace: boolean;
}

export interface StreamImportOptions {
  account: string;
  subject: string;
  to: string;
  prefix: string;
  allowTrace: boolean;
}

/** `subject` is the exporter's, `to` the local one. */
export interface ServiceImportOptions {
  account: string;
  subject: string;
  to: string;
  share: boolean;
}

/** -1 is unlimited. */
export interface AccountLimits {
  maxConnections: number;
  maxSubscriptions: number;
  maxPayload: number;
  maxLeafnodes: number;
}

/** -1 is unlimited. */
export interface AccountJetStreamOptions {
  maxMemory: bigint;
  maxStore: bigint;
  maxStreams: number;
  maxConsumers: number;
  maxAckPending: number;
  memoryMaxStreamBytes: bigint;
  storeMaxStreamBytes: bigint;
  maxBytesRequired: boolean;
}

/** `accounts {}` as configured and validated; the account layer turns it into live accounts. */
export interface AccountOptions {
  name: string;
  nkey: string;
  streamExports: StreamExportOptions[];
  serviceExports: ServiceExportOptions[];
  streamImports: StreamImportOptions[];
  serviceImports: ServiceImportOptions[];
  limits: AccountLimits;
  /** Undefined when JetStream is not enabled for the account. */
  jetstream: AccountJetStreamOptions | undefined;
  /** `cluster_traffic: owner`: replication traffic runs in this account. */
  clusterTrafficOwner: boolean;
  traceDest: string;
  traceSampling: number;
  mappings: SubjectMappingOptions[];
  defaultPermissions: Permissions | undefined;
}

export interface AuthCalloutOptions {
  issuer: string;
  account: string;
  authUsers: string[];
  xkey: string;
  allowedAccounts: string[];
}

export interface Options {
  configFile: string;
  /** `sha256:…` of the parsed file; empty without one. */
  configDigest: string;
  checkConfig: boolean;
  serverName: string;
  host: string;
  port: number;
  dontListen: boolean;
  clientAdvertise: string;
  trace: boolean;
  debug: boolean;
  traceVerbose: boolean;
  traceHeaders: boolean;
  noLog: boolean;
  noSigs: boolean;
  noSublistCache: boolean;
  noHeaderSupport: boolean;
  disableShortFirstPing: boolean;
  logtime: boolean;
  logtimeUtc: boolean;
  /** Our addition: `text` (nats-server's lines) or `json`. */
  logFormat: 'text' | 'json';
  maxConn: number;
  maxSubs: number;
  maxSubTokens: number;
  users: UserOptions[];
  nkeys: UserOptions[];
  accounts: AccountOptions[];
  /** Top-level `mappings` of the global account. */
  mappings: SubjectMappingOptions[];
  defaultPermissions: Permissions | undefined;
  noAuthUser: string;
  defaultSentinel: string;
  systemAccount: string;
  noSystemAccount: boolean;
  username: string;
  password: string;
  /** The token. */
  authorization: string;
  authBlockDefined: boolean;
  proxyRequired: boolean;
  proxyProtocol: boolean;
  authCallout: AuthCalloutOptions | undefined;
  pingIntervalNs: bigint;
  maxPingsOut: number;
  httpHost: string;
  httpPort: number;
  httpBasePath: string;
  httpsPort: number;
  /** Our addition: answer `?callback=` with JSONP, as the gnatsd 0.8 manual has it. */
  jsonp: boolean;
  authTimeoutSeconds: number;
  maxControlLine: number;
  maxPayload: number;
  maxPending: number;
  noFastProducerStall: boolean;
  cluster: ClusterOptions;
  gateway: GatewayOptions;
  leafNode: LeafNodeOptions;
  jetstream: JetStreamOptions;
  storeDir: string;
  jsAccDefaultDomain: Record<string, string>;
  websocket: WebsocketOptions;
  mqtt: MqttOptions;
  profPort: number;
  profBlockRate: number;
  pidFile: string;
  portsFileDir: string;
  logFile: string;
  logSizeLimit: bigint;
  logMaxFiles: bigint;
  syslog: boolean;
  remoteSyslog: string;
  routes: OptionUrl[];
  routesStr: string;
  tls: TlsOptions | undefined;
  tlsTimeoutSeconds: number;
  /** The `--tls…` flags, before `tls` is made of them. */
  tlsFlag: boolean;
  tlsVerify: boolean;
  tlsCert: string;
  tlsKey: string;
  tlsCaCert: string;
  allowNonTls: boolean;
  writeDeadlineNs: bigint;
  writeTimeout: WriteTimeoutPolicy;
  maxClosedClients: number;
  lameDuckDurationNs: bigint;
  lameDuckGracePeriodNs: bigint;
  maxTracedMsgLen: number;
  connectErrorReports: number;
  reconnectErrorReports: number;
  tags: string[];
  metadata: Record<string, string>;
  featureFlags: Record<string, boolean>;
  trustedKeys: string[];
  /** Operator JWTs as text, validated. */
  operatorJwts: string[];
  resolver: { type: string; definition: Record<string, unknown> } | undefined;
  resolverTls: TlsOptions | undefined;
  resolverPreloads: Record<string, string>;
  /** Undefined: all; empty: none, not even the system account. */
  resolverPinnedAccounts: string[] | undefined;
  ocsp: { mode: string; overrideUrls: string[] } | undefined;
  ocspCache: OcspCache | undefined;
  proxies: { trusted: { key: string }[] } | undefined;
  disableJetStreamBanner: boolean;
  /** Keys of boolean options that the file (or a flag) set explicitly. */
  inConfig: Record<string, boolean>;
  inCmdLine: Record<string, boolean>;
}
