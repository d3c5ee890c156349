/**
 * Applies changed options to a running server. What may change is decided before anything does
 * (options/diff-options.ts); here every change takes effect on live connections as in nats-server's
 * reload.go, with its log lines.
 */
import { goQuote } from '../base/go-quote.ts';
import { closeReasons } from '../connection/close-reason.ts';
import { setBaselineOptions } from '../options/baseline-options.ts';
import { diffOptions, type OptionChange } from '../options/diff-options.ts';
import { formatDuration } from '../options/duration.ts';
import type { Options } from '../options/types.ts';
import { refuseUnsupported } from '../options/unsupported-options.ts';
import { validateOptions } from '../options/validate-options.ts';
import { protocolErrors } from '../wire/protocol-errors.ts';
import { logTlsReload, recheckPinnedCerts } from './reload-tls.ts';
import type { Server } from './server.ts';

/** What only the surroundings of a server can change. */
export interface ReloadSurroundings {
  /** Log level, file or form changed. */
  configureLog(options: Options): void;
  writePidFile(options: Options): void;
  rewritePortsFile(old: Options): Promise<void>;
}

const loggingFields = new Set<keyof Options>([
  'debug',
  'trace',
  'traceVerbose',
  'traceHeaders',
  'logtime',
  'logtimeUtc',
  'logFormat',
  'logFile',
  'logSizeLimit',
  'logMaxFiles',
  'syslog',
  'remoteSyslog',
  'maxTracedMsgLen',
]);

const authFields = new Set<keyof Options>([
  'username',
  'password',
  'authorization',
  'users',
  'nkeys',
  'accounts',
  'noAuthUser',
  'defaultPermissions',
  'proxyRequired',
  'proxies',
  'authCallout',
  'websocket',
]);

/** Lines `Reloaded: …` of the fields that have one; undefined prints nothing. */
const messages: Partial<Record<keyof Options, (value: unknown, options: Options) => string>> = {
  trace: (v) => `trace = ${v}`,
  traceVerbose: (v) => `trace_verbose = ${v}`,
  traceHeaders: (v) => `trace_headers = ${v}`,
  debug: (v) => `debug = ${v}`,
  logtime: (v) => `logtime = ${v}`,
  logtimeUtc: (v) => `logtime_utc = ${v}`,
  logFile: (v) => `log_file = ${v}`,
  logFormat: (v) => `log_format = ${v}`,
  syslog: (v) => `syslog = ${v}`,
  remoteSyslog: (v) => `remote_syslog = ${v}`,
  username: () => 'authorization username',
  password: () => 'authorization password',
  authorization: () => 'authorization token',
  authTimeoutSeconds: (v) => `authorization timeout = ${v}`,
  users: () => 'authorization users',
  nkeys: () => 'authorization nkey users',
  tags: () => 'tags',
  metadata: () => 'metadata',
  pidFile: (v) => `pid_file = ${v}`,
  portsFileDir: (v) => `ports_file_dir = ${v}`,
  maxConn: (v) => `max_connections = ${v}`,
  maxControlLine: (v) => `max_control_line = ${v}`,
  maxPayload: (v) => `max_payload = ${v}`,
  pingIntervalNs: (v) => `ping_interval = ${formatDuration(v as bigint)}`,
  maxPingsOut: (v) => `ping_max = ${v}`,
  writeDeadlineNs: (v) => `write_deadline = ${formatDuration(v as bigint)}`,
  accounts: () => 'accounts',
  connectErrorReports: (v) => `connect_error_reports = ${v}`,
  reconnectErrorReports: (v) => `reconnect_error_reports = ${v}`,
  maxTracedMsgLen: (v) => `max_traced_msg_len = ${v}`,
  profBlockRate: (v) => `prof_block_rate = ${v}`,
  ocsp: () => 'OCSP',
  noFastProducerStall: (v) => `fast producers will ${v ? 'not ' : ''}be stalled`,
};

/**
 * Takes over `next`, which was read from the file and flags. Throws, and changes nothing, when it is
 * not valid or a change needs a restart.
 */
export async function reloadServer(
  server: Server,
  next: Options,
  around: ReloadSurroundings,
): Promise<void> {
  const old = server.options;
  setBaselineOptions(next);
  if (next.port === 0 || next.port === -1) next.port = old.port;
  if (next.websocket.port === -1) next.websocket.port = old.websocket.port;
  validateOptions(next);
  const changes = diffOptions(old, next);
  const notActive = refuseUnsupported(next);
  const useTls = await server.listeners.prepare(next);
  server.useOptions(next);
  useTls();
  const fields = new Set(changes.map((change) => change.field));
  for (const change of changes) await apply(server, change, old, around);
  logTlsReload(server, old);
  if ([...fields].some((field) => loggingFields.has(field))) reloadLogging(server, around);
  await server.operatorMode?.reload(next);
  if ([...fields].some((field) => authFields.has(field))) await reloadAuthorization(server);
  for (const line of notActive) server.logger.warn(line);
  const digest = next.configDigest === '' ? '' : ` (${next.configDigest})`;
  server.logger.notice(`Reloaded server configuration${digest}`);
  recheckPinnedCerts(server, old);
}

async function apply(
  server: Server,
  change: OptionChange,
  old: Options,
  around: ReloadSurroundings,
): Promise<void> {
  const { options, logger } = server;
  switch (change.field) {
    case 'maxConn':
      shrinkConnections(server);
      break;
    case 'maxPayload':
      for (const connection of server.clients.values()) connection.applyLimits();
      break;
    case 'pidFile':
      if (options.pidFile !== '') around.writePidFile(options);
      break;
    case 'portsFileDir':
      await around.rewritePortsFile(old);
      break;
    case 'proxies':
      logProxies(server, old);
      break;
    case 'mappings':
    case 'accounts':
    case 'systemAccount':
      // Limits of accounts reach their connections when these are judged again.
      server.applyAccounts(options);
      break;
    case 'ocspCache':
      logger.notice('Reloaded OCSP peer cache');
      break;
    case 'clientAdvertise':
      logger.notice(`Reload: client_advertise = ${options.clientAdvertise}`);
      break;
    default:
      break;
  }
  const message = messages[change.field];
  if (message !== undefined) logger.notice(`Reloaded: ${message(change.newValue, options)}`);
}

function reloadLogging(server: Server, around: ReloadSurroundings): void {
  around.configureLog(server.options);
  for (const [connection, client] of server.clientOf) {
    connection.trace = server.logger.traceEnabled;
    client.traceIn = connection.trace;
  }
}

/** Closes connections, oldest first, until the rest fits. */
function shrinkConnections(server: Server): void {
  const excess = server.clients.size - Math.max(0, server.options.maxConn);
  if (excess <= 0) return;
  for (const connection of [...server.clients.values()].slice(0, excess)) {
    connection.logError(protocolErrors.maxConnections.text);
    connection.fail(protocolErrors.maxConnections.text, closeReasons.maxConnectionsExceeded);
  }
  server.logger.notice(`Closed ${excess} connections to fall within max_connections`);
}

/** Every client must still be who it said it was, and may keep only what it may still have. */
async function reloadAuthorization(server: Server): Promise<void> {
  const clients = [...server.clientOf.values()];
  for (let from = 0; from < clients.length; from += askedAtOnce) {
    await Promise.all(
      clients.slice(from, from + askedAtOnce).map(async (client) => {
        if (await client.login.reauthenticate()) client.dropForbidden();
      }),
    );
  }
}

/** What has to be asked elsewhere (hashes, accounts, authorization services) is asked together. */
const askedAtOnce = 64;

/** Says which proxies came and went; their clients are judged with all others. */
function logProxies(server: Server, old: Options): void {
  const keys = (options: Options) => options.proxies?.trusted.map(({ key }) => key) ?? [];
  const [before, now] = [keys(old), keys(server.options)];
  const gone = before.filter((key) => !now.includes(key));
  const added = now.filter((key) => !before.includes(key));
  const shown = (list: string[]) => `[${list.map((key) => goQuote(key)).join(' ')}]`;
  const line = (list: string[], what: string) =>
    server.logger.notice(`Reloaded: proxies trusted keys ${shown(list)} were ${what}`);
  if (gone.length > 0) line(gone, 'removed');
  if (added.length > 0) line(added, 'added');
}
