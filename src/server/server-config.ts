/**
 * Typed options of the embed API. They are the configuration file's options in camelCase; every
 * value goes through the same parser and the same checks as a file, so that nothing behaves
 * differently in library mode. What has no name here can be given as `config` text.
 */

export interface PermissionConfig {
  publish?: string | string[] | { allow?: string | string[]; deny?: string | string[] };
  subscribe?: string | string[] | { allow?: string | string[]; deny?: string | string[] };
  allowResponses?: boolean | { max?: number; expires?: string };
}

export interface UserConfig {
  user: string;
  password: string;
  permissions?: PermissionConfig;
  allowedConnectionTypes?: string[];
}

export interface AuthorizationConfig {
  user?: string;
  password?: string;
  token?: string;
  /** Seconds, or a duration such as `"500ms"`. */
  timeout?: number | string;
  users?: UserConfig[];
  defaultPermissions?: PermissionConfig;
}

export interface TlsConfig {
  certFile: string;
  keyFile: string;
  caFile?: string;
  verify?: boolean;
  timeout?: number | string;
  handshakeFirst?: boolean | string;
  minVersion?: '1.2' | '1.3';
  cipherSuites?: string[];
  curvePreferences?: string[];
}

/** Clients over WebSocket. Needs `tls`, or `noTls: true`. */
export interface WebSocketConfig {
  host?: string;
  /** -1 picks a free port. */
  port: number;
  advertise?: string;
  tls?: TlsConfig;
  noTls?: boolean;
  sameOrigin?: boolean;
  allowedOrigins?: string[];
  compression?: boolean;
  handshakeTimeout?: string;
  pingInterval?: string;
  authorization?: Pick<AuthorizationConfig, 'user' | 'password' | 'token' | 'timeout'>;
  noAuthUser?: string;
  jwtCookie?: string;
  userCookie?: string;
  passCookie?: string;
  tokenCookie?: string;
  /** Added to the answer of an upgrade. */
  headers?: Record<string, string>;
}

export interface MappingDestination {
  destination: string;
  weight: number | string;
  cluster?: string;
}

/** The configuration of an embedded server. Sizes take units (`"64kb"`), durations are `"2s"`. */
export interface ServerConfig {
  host?: string;
  /** -1 picks a free port: the default of an embedded server. 0 means 4222, as for nats-server. */
  port?: number;
  serverName?: string;
  serverTags?: string[];
  clientAdvertise?: string;
  authorization?: AuthorizationConfig;
  noAuthUser?: string;
  tls?: TlsConfig;
  allowNonTls?: boolean;
  websocket?: WebSocketConfig;
  /** Monitoring: port or `"host:port"`; -1 picks a free port. */
  http?: number | string;
  https?: number | string;
  httpBasePath?: string;
  maxConnections?: number;
  maxControlLine?: number | string;
  maxPayload?: number | string;
  maxPending?: number | string;
  maxSubscriptions?: number;
  maxSubTokens?: number;
  pingInterval?: string;
  pingMax?: number;
  writeDeadline?: string;
  lameDuckDuration?: string;
  lameDuckGracePeriod?: string;
  writeTimeout?: 'default' | 'close' | 'retry';
  maxClosedClients?: number;
  /** Drop what a lagging receiver cannot take instead of slowing the publishers down. */
  noFastProducerStall?: boolean;
  /** A subject to its destination, or to several by weight: a number of percent, or `"40%"`. */
  mappings?: Record<string, string | MappingDestination[]>;
  noHeaderSupport?: boolean;
  serverMetadata?: Record<string, string>;
  /** Answer `?callback=` of the monitoring pages with JSONP. */
  jsonp?: boolean;
  debug?: boolean;
  trace?: boolean;
  traceHeaders?: boolean;
  maxTracedMsgLen?: number;
  pidFile?: string;
  portsFileDir?: string;
}

/** `maxPayload` → `max_payload`; keys with a dot or blank (subjects, user names) stay. */
function snakeCase(key: string): string {
  return /^[a-z][A-Za-z0-9]*$/.test(key)
    ? key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)
    : key;
}

/** Maps whose keys are names of the user's, not options. */
const freeKeys = new Set(['mappings', 'server_metadata', 'headers']);

/** Options that are sizes: a file takes their units in a bare number only. */
const sizeKeys = new Set(['max_control_line', 'max_payload', 'max_pending']);
const size = /^\d+[kmgt]i?b?$/i;

/** The configuration text of typed options. Throws TypeError for values a file cannot hold. */
export function configText(config: ServerConfig): string {
  return entries(config as Record<string, unknown>, '', false);
}

function entries(map: Record<string, unknown>, indent: string, free: boolean): string {
  let text = '';
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue;
    const name = free ? key : snakeCase(key);
    text += `${indent}${quote(name)}: ${valueText(value, indent, freeKeys.has(name), name)}\n`;
  }
  return text;
}

function valueText(value: unknown, indent: string, free: boolean, name: string): string {
  if (typeof value === 'string') {
    return sizeKeys.has(name) && size.test(value) ? value : quote(value);
  }
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return value.toFixed(9);
  if (Array.isArray(value)) {
    return `[${value.map((item) => valueText(item, indent, free, name)).join(', ')}]`;
  }
  if (value !== null && typeof value === 'object') {
    return `{\n${entries(value as Record<string, unknown>, `${indent}  `, free)}${indent}}`;
  }
  throw new TypeError(`option ${name}: a ${typeof value} cannot be configured`);
}

/** A double-quoted string of the configuration language. */
function quote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (char === '"' || char === '\\') out += `\\${char}`;
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else out += char;
  }
  return `${out}"`;
}
