import type { Options } from './types.ts';

export type FlagKind = 'bool' | 'string' | 'int' | 'int64' | 'duration';

/** A command-line flag with all its spellings, without dashes. */
export interface FlagRow {
  readonly names: readonly string[];
  readonly kind: FlagKind;
  /** What the usage text calls the value, e.g. `port`; empty for a boolean. */
  readonly argument: string;
  readonly doc: string;
  /** The value before any flag is parsed; only `logtime` differs from Go's zero value. */
  readonly byDefault?: boolean;
  /**
   * Sets the option. The value is as parsed: boolean, string, number (int), bigint (int64, duration).
   * Undefined for flags that the command line handles itself (help, version, signal, config).
   */
  readonly apply?: (options: Options, value: FlagValue) => void;
  /** Names (as nats-server's inCmdLine) of the booleans that the flag sets explicitly. */
  readonly explicit?: readonly string[];
}

export type FlagValue = boolean | string | number | bigint;

type Setter = (options: Options, value: FlagValue) => void;

function text(set: (options: Options, value: string) => void): Setter {
  return (options, value) => set(options, String(value));
}

function int(set: (options: Options, value: number) => void): Setter {
  return (options, value) => set(options, Number(value));
}

function bool(set: (options: Options, value: boolean) => void): Setter {
  return (options, value) => set(options, Boolean(value));
}

function setDebugAndTrace(options: Options, value: boolean): void {
  options.debug = value;
  options.trace = value;
}

const serverFlags: FlagRow[] = [
  {
    names: ['a', 'addr', 'net'],
    kind: 'string',
    argument: 'host',
    doc: 'Address to listen on (default: 0.0.0.0)',
    apply: text((options, value) => (options.host = value)),
  },
  {
    names: ['p', 'port'],
    kind: 'int',
    argument: 'port',
    doc: 'Port for clients, -1 for any free one (default: 4222)',
    apply: int((options, value) => (options.port = value)),
  },
  {
    names: ['n', 'name', 'server_name'],
    kind: 'string',
    argument: 'server_name',
    doc: 'Name of this server (default: its id)',
    apply: text((options, value) => (options.serverName = value)),
  },
  {
    names: ['P', 'pid'],
    kind: 'string',
    argument: 'file',
    doc: 'Write the process id to this file',
    apply: text((options, value) => (options.pidFile = value)),
  },
  {
    names: ['m', 'http_port'],
    kind: 'int',
    argument: 'port',
    doc: 'Port for monitoring over HTTP',
    apply: int((options, value) => (options.httpPort = value)),
  },
  {
    names: ['ms', 'https_port'],
    kind: 'int',
    argument: 'port',
    doc: 'Port for monitoring over HTTPS',
    apply: int((options, value) => (options.httpsPort = value)),
  },
  {
    names: ['c', 'config'],
    kind: 'string',
    argument: 'file',
    doc: 'Read options from this file; flags win over it',
  },
  {
    names: ['t'],
    kind: 'bool',
    argument: '',
    doc: 'Check the configuration file and exit',
    apply: bool((options, value) => (options.checkConfig = value)),
  },
  {
    names: ['sl', 'signal'],
    kind: 'string',
    argument: 'signal',
    doc: 'Signal a running server: ldm, stop, quit, term, reopen or reload, optionally =<pid> or =<pid file>',
  },
  {
    names: ['client_advertise'],
    kind: 'string',
    argument: 'string',
    doc: 'Address that clients of other servers are told for this one',
    apply: text((options, value) => (options.clientAdvertise = value)),
  },
  {
    names: ['ports_file_dir'],
    kind: 'string',
    argument: 'dir',
    doc: 'Write nats-server_<pid>.ports there, with the URL of every listener',
    apply: text((options, value) => (options.portsFileDir = value)),
  },
];

const loggingFlags: FlagRow[] = [
  {
    names: ['l', 'log'],
    kind: 'string',
    argument: 'file',
    doc: 'Log to this file',
    apply: text((options, value) => (options.logFile = value)),
  },
  {
    names: ['T', 'logtime'],
    kind: 'bool',
    argument: '',
    doc: 'Put the time into log lines (default: true)',
    byDefault: true,
    explicit: ['Logtime'],
    apply: bool((options, value) => (options.logtime = value)),
  },
  {
    names: ['logtime_utc'],
    kind: 'bool',
    argument: '',
    doc: 'Log times in UTC, not in the local zone (default: false)',
    apply: bool((options, value) => (options.logtimeUtc = value)),
  },
  {
    names: ['s', 'syslog'],
    kind: 'bool',
    argument: '',
    doc: 'Log to the syslog of this machine',
    explicit: ['Syslog'],
    apply: bool((options, value) => (options.syslog = value)),
  },
  {
    names: ['r', 'remote_syslog'],
    kind: 'string',
    argument: 'addr',
    doc: 'Log to this syslog server, e.g. udp://localhost:514',
    apply: text((options, value) => (options.remoteSyslog = value)),
  },
  {
    names: ['D', 'debug'],
    kind: 'bool',
    argument: '',
    doc: 'Log debug lines',
    explicit: ['Debug'],
    apply: bool((options, value) => (options.debug = value)),
  },
  {
    names: ['V', 'trace'],
    kind: 'bool',
    argument: '',
    doc: 'Log every protocol operation',
    explicit: ['Trace'],
    apply: bool((options, value) => (options.trace = value)),
  },
  {
    names: ['VV'],
    kind: 'bool',
    argument: '',
    doc: 'As -V, also of the system account',
    explicit: ['Trace', 'TraceVerbose'],
    apply: bool((options, value) => {
      options.trace = value;
      options.traceVerbose = value;
    }),
  },
  {
    names: ['DV'],
    kind: 'bool',
    argument: '',
    doc: 'Both -D and -V',
    explicit: ['Debug', 'Trace'],
    apply: bool(setDebugAndTrace),
  },
  {
    names: ['DVV'],
    kind: 'bool',
    argument: '',
    doc: 'Both -D and -VV',
    explicit: ['Debug', 'Trace', 'TraceVerbose'],
    apply: bool((options, value) => {
      setDebugAndTrace(options, value);
      options.traceVerbose = value;
    }),
  },
  {
    names: ['log_size_limit'],
    kind: 'int64',
    argument: 'limit',
    doc: 'Rotate the log file beyond this many bytes (default: never)',
    apply: (options, value) => (options.logSizeLimit = BigInt(value)),
  },
  {
    names: ['max_traced_msg_len'],
    kind: 'int',
    argument: 'len',
    doc: 'Cut payloads in trace lines to this length (default: not cut)',
    apply: int((options, value) => (options.maxTracedMsgLen = value)),
  },
];

const jetStreamFlags: FlagRow[] = [
  {
    names: ['js', 'jetstream'],
    kind: 'bool',
    argument: '',
    doc: 'Switch JetStream on',
    explicit: ['JetStream'],
    apply: bool((options, value) => (options.jetstream.enabled = value)),
  },
  {
    names: ['sd', 'store_dir'],
    kind: 'string',
    argument: 'dir',
    doc: 'Where JetStream keeps its data',
    apply: text((options, value) => (options.storeDir = value)),
  },
];

const authorizationFlags: FlagRow[] = [
  {
    names: ['user'],
    kind: 'string',
    argument: 'user',
    doc: 'Clients must log in as this user',
    apply: text((options, value) => (options.username = value)),
  },
  {
    names: ['pass'],
    kind: 'string',
    argument: 'password',
    doc: 'with this password',
    apply: text((options, value) => (options.password = value)),
  },
  {
    names: ['auth'],
    kind: 'string',
    argument: 'token',
    doc: 'Clients must bring this token',
    apply: text((options, value) => (options.authorization = value)),
  },
];

const tlsFlags: FlagRow[] = [
  {
    names: ['tls'],
    kind: 'bool',
    argument: '',
    doc: 'Require TLS of clients (default: false)',
    apply: bool((options, value) => (options.tlsFlag = value)),
  },
  {
    names: ['tlscert'],
    kind: 'string',
    argument: 'file',
    doc: 'Certificate of this server, with its chain',
    apply: text((options, value) => (options.tlsCert = value)),
  },
  {
    names: ['tlskey'],
    kind: 'string',
    argument: 'file',
    doc: 'Private key of that certificate',
    apply: text((options, value) => (options.tlsKey = value)),
  },
  {
    names: ['tlsverify'],
    kind: 'bool',
    argument: '',
    doc: 'Require TLS and a valid certificate of clients',
    apply: bool((options, value) => (options.tlsVerify = value)),
  },
  {
    names: ['tlscacert'],
    kind: 'string',
    argument: 'file',
    doc: 'Authorities that sign the certificates of clients',
    apply: text((options, value) => (options.tlsCaCert = value)),
  },
];

const clusterFlags: FlagRow[] = [
  {
    names: ['routes'],
    kind: 'string',
    argument: 'rurl-1, rurl-2',
    doc: 'Servers to form a cluster with',
    apply: text((options, value) => (options.routesStr = value)),
  },
  {
    names: ['cluster', 'cluster_listen'],
    kind: 'string',
    argument: 'cluster-url',
    doc: 'Listen here for the other servers of the cluster',
    apply: text((options, value) => (options.cluster.listenStr = value)),
  },
  {
    names: ['cluster_name'],
    kind: 'string',
    argument: 'string',
    doc: 'Name of the cluster (default: a generated one)',
    apply: text((options, value) => (options.cluster.name = value)),
  },
  {
    names: ['no_advertise'],
    kind: 'bool',
    argument: '',
    doc: 'Do not tell clients the addresses of the cluster',
    explicit: ['Cluster.NoAdvertise'],
    apply: bool((options, value) => (options.cluster.noAdvertise = value)),
  },
  {
    names: ['cluster_advertise'],
    kind: 'string',
    argument: 'string',
    doc: 'Address that other servers are told for this one',
    apply: text((options, value) => (options.cluster.advertise = value)),
  },
  {
    names: ['connect_retries'],
    kind: 'int',
    argument: 'number',
    doc: 'Attempts to reach a server learnt of by gossip',
    apply: int((options, value) => (options.cluster.connectRetries = value)),
  },
];

const profilingFlags: FlagRow[] = [
  {
    names: ['profile'],
    kind: 'int',
    argument: 'port',
    doc: 'Port for profiling over HTTP',
    apply: int((options, value) => (options.profPort = value)),
  },
];

const commonFlags: FlagRow[] = [
  { names: ['h', 'help'], kind: 'bool', argument: '', doc: 'Show this message' },
  { names: ['v', 'version'], kind: 'bool', argument: '', doc: 'Show version' },
  { names: ['help_tls'], kind: 'bool', argument: '', doc: 'TLS help' },
  {
    names: ['json-schema'],
    kind: 'bool',
    argument: '',
    doc: 'Print a JSON Schema of the configuration file',
  },
];

/** The flags in the groups of the usage text. */
export const flagGroups: readonly { title: string; rows: readonly FlagRow[] }[] = [
  { title: 'Server Options', rows: serverFlags },
  { title: 'Logging Options', rows: loggingFlags },
  { title: 'JetStream Options', rows: jetStreamFlags },
  { title: 'Authorization Options', rows: authorizationFlags },
  { title: 'TLS Options', rows: tlsFlags },
  { title: 'Cluster Options', rows: clusterFlags },
  { title: 'Profiling Options', rows: profilingFlags },
  { title: 'Common Options', rows: commonFlags },
];

/** Every flag of nats-server 2.15 and of gnatsd 0.8, and ours. */
export const flagRows: readonly FlagRow[] = flagGroups.flatMap((group) => group.rows);
