import { decodeOperatorClaims } from '../auth/jwt/token.ts';
import { operatorKeys } from '../auth/jwt/trust.ts';
import { isAnyPublicNkey, isPublicNkey } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import { isValidSubject } from '../subject/validate.ts';
import { formatDuration } from './duration.ts';
import { parseGoUrl, splitHostPort, UrlError } from './go-url.ts';
import { permissionSubjectsProblem } from './permissions.ts';
import { pinnedCertsProblem } from './pinned-certs.ts';
import type { Options, Permissions, UserOptions } from './types.ts';
import { isConnectionType } from './users-block.ts';
import { clusterProblem } from './validate-cluster.ts';
import { leafNodeProblem } from './validate-leafnode.ts';
import { operatorProblem } from './validate-operator.ts';

/*
 * What a file alone cannot tell: rules over several options, checked when a server is made, whether
 * its options come from a file, flags or a program. The order is nats-server's, because only the
 * first broken rule is reported. Defaults are filled in before (setBaselineOptions).
 */

/** Options that contradict each other. The message is nats-server's. */
export class OptionsError extends Error {
  readonly code = 'OPTIONS_INVALID';

  constructor(message: string) {
    super(message);
    this.name = 'OptionsError';
  }
}

/** Throws OptionsError for the first rule that is broken; normalizes compression and cluster name. */
export function validateOptions(options: Options): void {
  const problem =
    generalProblem(options) ??
    operatorProblem(options) ??
    leafNodeProblem(options) ??
    authProblem(options) ??
    proxiesProblem(options) ??
    gatewayProblem(options) ??
    clusterProblem(options) ??
    mqttProblem(options) ??
    jetStreamProblem(options) ??
    websocketProblem(options) ??
    trustedKeysProblem(options) ??
    systemAccountProblem(options);
  if (problem !== undefined) throw new OptionsError(problem);
}

function generalProblem(options: Options): string | undefined {
  const { lameDuckDurationNs: duration, lameDuckGracePeriodNs: grace } = options;
  if (duration > 0n && grace >= duration) {
    return (
      `lame duck grace period (${formatDuration(grace)}) should be strictly lower than ` +
      `lame duck duration (${formatDuration(duration)})`
    );
  }
  if (options.maxPayload > options.maxPending) {
    return `max_payload (${options.maxPayload}) cannot be higher than max_pending (${options.maxPending})`;
  }
  return options.serverName.includes(' ') ? 'server name cannot contain spaces' : undefined;
}

function authProblem(options: Options): string | undefined {
  const pinned = pinnedCertsProblem(options.tls);
  if (pinned !== undefined) return pinned;
  for (const user of [...options.users, ...options.nkeys]) {
    const problem = userProblem(user);
    if (problem !== undefined) return problem;
  }
  return noAuthUserProblem(options, options.noAuthUser);
}

function userProblem(user: UserOptions): string | undefined {
  const unknown = user.allowedConnectionTypes?.find(
    (type) => !isConnectionType(type.toUpperCase()),
  );
  if (unknown !== undefined) return `unknown connection type ${goQuote(unknown)}`;
  const problem = permissionsProblem(user.permissions);
  if (problem === undefined) return undefined;
  const who = user.nkey === '' ? `user ${goQuote(user.username)}` : `nkey ${goQuote(user.nkey)}`;
  return `invalid permissions for ${who}: ${problem}`;
}

function permissionsProblem(permissions: Permissions | undefined): string | undefined {
  const lists = [
    ['publish allow', permissions?.publish?.allow, false],
    ['publish deny', permissions?.publish?.deny, false],
    ['subscribe allow', permissions?.subscribe?.allow, true],
    ['subscribe deny', permissions?.subscribe?.deny, true],
  ] as const;
  for (const [name, subjects, queues] of lists) {
    const problem = permissionSubjectsProblem(subjects, queues);
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  return undefined;
}

function noAuthUserProblem(options: Options, name: string): string | undefined {
  if (name === '') return undefined;
  if (options.operatorJwts.length > 0) return 'no_auth_user not compatible with Trusted Operator';
  if (options.users.length === 0 && options.nkeys.length === 0) {
    return `no_auth_user: "${name}" present, but users/nkeys are not defined`;
  }
  const known =
    options.users.some((user) => user.username === name) ||
    options.nkeys.some((user) => user.nkey === name);
  if (known) return undefined;
  return `no_auth_user: "${name}" not present as user or nkey in authorization block or account configuration`;
}

function proxiesProblem(options: Options): string | undefined {
  const bad = options.proxies?.trusted.find(({ key }) => !isAnyPublicNkey(key));
  return bad && `proxy trusted key ${goQuote(bad.key)} is invalid`;
}

function gatewayProblem({ gateway }: Options): string | undefined {
  if (gateway.name === '' && gateway.port === 0) return undefined;
  if (gateway.name === '') return 'gateway has no name';
  if (gateway.name.includes(' ')) return 'gateway name cannot contain spaces';
  const name = goQuote(gateway.name);
  if (gateway.port === 0) {
    return `gateway ${name} has no port specified (select -1 for random port)`;
  }
  for (const [index, remote] of gateway.gateways.entries()) {
    if (remote.name === '') return `gateway in the list ${index} has no name`;
    if (remote.urls.length === 0) return `gateway ${goQuote(remote.name)} has no URL`;
  }
  const pinned = pinnedCertsProblem(gateway.tls);
  return pinned && `gateway ${name}: ${pinned}`;
}

function mqttProblem(options: Options): string | undefined {
  const { mqtt } = options;
  if (mqtt.port === 0) return undefined;
  const alone = options.cluster.port === 0 && options.gateway.port === 0;
  if (options.serverName === '' && !alone) return 'mqtt requires server name to be explicitly set';
  const noAuthUser = noAuthUserProblem(options, mqtt.noAuthUser);
  if (noAuthUser !== undefined) return noAuthUser;
  if (hasUsers(options) && mqtt.username !== '') {
    return 'mqtt authentication username not compatible with presence of users/nkeys';
  }
  if (hasUsers(options) && mqtt.token !== '') {
    return 'mqtt authentication token not compatible with presence of users/nkeys';
  }
  if (mqtt.ackWaitNs < 0n) return 'ack wait must be a positive value';
  if (mqtt.jsApiTimeoutNs < 0n) return 'JS API timeout must be a positive value';
  const { leafNode } = options;
  const noLeafNodes = leafNode.port === 0 && leafNode.remotes.length === 0;
  if (!options.jetstream.enabled && alone && noLeafNodes) {
    return 'mqtt requires JetStream to be enabled if running in standalone mode';
  }
  const pinned = pinnedCertsProblem(mqtt.tls);
  if (pinned !== undefined) return `mqtt: ${pinned}`;
  const { consumerReplicas: consumers, streamReplicas: streams } = mqtt;
  if (consumers <= 0 || streams <= 0 || consumers <= streams) return undefined;
  return `mqtt: consumer_replicas (${consumers}) cannot be higher than stream_replicas (${streams})`;
}

function hasUsers(options: Options): boolean {
  return options.users.length > 0 || options.nkeys.length > 0;
}

function jetStreamProblem(options: Options): string | undefined {
  const { jetstream } = options;
  const domains = defaultDomainsProblem(options);
  if (domains !== undefined) return domains;
  if (jetstream.domain !== '') {
    const subject = domainSubject(jetstream.domain);
    if (!isValidSubject(subject)) {
      return `invalid domain name: derived ${goQuote(subject)} is not a valid subject`;
    }
    if (/[ \t\r\n\f.*>]/.test(jetstream.domain)) {
      return 'invalid domain name: may not contain ., * or >';
    }
  }
  if (!jetstream.enabled || options.cluster.port === 0) return undefined;
  if (options.serverName === '') return 'jetstream cluster requires `server_name` to be set';
  if (options.cluster.name === '') return 'jetstream cluster requires `cluster.name` to be set';
  const hint = jetstream.extensionHint.toLowerCase();
  if (!['will_extend', 'no_extend', ''].includes(hint)) {
    return `expected 'no_extend' for string value, got '${hint}'`;
  }
  jetstream.extensionHint = hint;
  return jetstream.maxCatchup < 0n ? 'jetstream max catchup cannot be negative' : undefined;
}

function domainSubject(domain: string): string {
  return `$JS.${domain}.API.>`;
}

function defaultDomainsProblem(options: Options): string | undefined {
  const domains = Object.entries(options.jsAccDefaultDomain);
  for (const [account, domain] of domains) {
    const problem = domainAccountProblem(options, account, domain);
    if (problem !== undefined) return problem;
  }
  const system = options.systemAccount || '$SYS';
  for (const [account, domain] of domains) {
    if (account === system) {
      return `system account ${goQuote(account)} can not be in default_js_domain`;
    }
    if (domain !== '' && !isValidSubject(domainSubject(domain))) {
      return `default_js_domain contains account ${goQuote(account)} with invalid domain name ${goQuote(domain)}`;
    }
  }
  return undefined;
}

function domainAccountProblem(options: Options, name: string, domain: string): string | undefined {
  if (options.operatorJwts.length > 0) {
    if (isPublicNkey(name, 'account')) return undefined;
    return `default_js_domain contains account name ${goQuote(name)}, which is not a valid public account nkey`;
  }
  if (name === '$G') return undefined;
  const account = options.accounts.find((one) => one.name === name);
  if (account === undefined) {
    return `in non operator mode, \`default_js_domain\` references non existing account ${goQuote(name)}`;
  }
  if (account.jetstream === undefined || domain === '') return undefined;
  return `default_js_domain contains account name ${goQuote(name)} with enabled JetStream`;
}

const reservedHeaders = ['host', 'content-length', 'connection', 'upgrade', 'nats-no-masking'];

function websocketProblem(options: Options): string | undefined {
  const { websocket } = options;
  if (websocket.port === 0) return undefined;
  if (websocket.tls === undefined && !websocket.noTls) {
    return 'websocket requires TLS configuration';
  }
  for (const origin of websocket.allowedOrigins) {
    const problem = originProblem(origin);
    if (problem !== undefined) return `unable to parse allowed origin${problem}`;
  }
  const noAuthUser = noAuthUserProblem(options, websocket.noAuthUser);
  if (noAuthUser !== undefined) return noAuthUser;
  if (hasUsers(options) && websocket.username !== '') {
    return 'websocket authentication username not compatible with presence of users/nkeys';
  }
  if (hasUsers(options) && websocket.token !== '') {
    return 'websocket authentication token not compatible with presence of users/nkeys';
  }
  const trusts = options.operatorJwts.length > 0 || options.trustedKeys.length > 0;
  if (websocket.jwtCookie !== '' && !trusts) {
    return (
      'trusted operators or trusted keys configuration is required for JWT authentication via ' +
      `cookie ${goQuote(websocket.jwtCookie)}`
    );
  }
  const pinned = pinnedCertsProblem(websocket.tls);
  if (pinned !== undefined) return `websocket: ${pinned}`;
  return headersProblem(Object.keys(websocket.headers));
}

function headersProblem(names: readonly string[]): string | undefined {
  for (const name of names) {
    const lower = name.toLowerCase();
    if (reservedHeaders.includes(lower)) {
      return `websocket: invalid header ${goQuote(name)} not allowed`;
    }
    if (lower.startsWith('sec-websocket-')) {
      return `websocket: invalid header ${goQuote(name)}, "Sec-WebSocket-" prefix not allowed`;
    }
  }
  return undefined;
}

function originProblem(origin: string): string | undefined {
  const shown = goQuote(origin);
  try {
    const url = parseGoUrl(origin);
    // Go's ParseRequestURI wants an absolute path where there is no scheme.
    if (url.scheme === '' && !origin.startsWith('/')) {
      return `: parse ${shown}: invalid URI for request`;
    }
    if (url.scheme !== 'http' && url.scheme !== 'https') {
      return ` ${shown}: allowed origins must be absolute URLs with http or https scheme`;
    }
    if (url.host === '') return ` ${shown}: host is required`;
    const hasPort = url.port !== '' || url.host.endsWith(':');
    const plain = hasPort || url.host.startsWith('[') || !url.host.includes(':');
    if (!plain && splitHostPort(url.host) === undefined) {
      return `: address ${url.host}: too many colons in address`;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    return `: parse ${shown}: ${error.message}`;
  }
}

function trustedKeysProblem(options: Options): string | undefined {
  const keys = [
    ...options.trustedKeys,
    ...operatorKeys(options.operatorJwts.map(decodeOperatorClaims)),
  ];
  const bad = keys.some((key) => !isPublicNkey(key, 'operator'));
  return bad ? 'Error processing trusted operator keys' : undefined;
}

/** Without a resolver, the system account is one of those configured. */
function systemAccountProblem(options: Options): string | undefined {
  const { systemAccount: name } = options;
  if (name === '' || name === '$G' || options.resolver !== undefined) return undefined;
  if (options.accounts.some((account) => account.name === name)) return undefined;
  return 'error resolving system account: account missing';
}
