/**
 * Judges a request to upgrade to WebSocket as nats-server's wsUpgrade does, check by check, and words
 * the answer. What is refused gets a status and nothing about the reason; the reason is for the log.
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { readCookies } from './cookies.ts';
import type { WebSocketSettings } from './frame-sender.ts';
import type { HttpRequestHead } from './http-head.ts';
import { type OriginRules, originProblem } from './origin.ts';

/** Names of the cookies that carry credentials; empty ones are not looked for. */
export interface CookieNames {
  readonly jwtCookie: string;
  readonly usernameCookie: string;
  readonly passwordCookie: string;
  readonly tokenCookie: string;
}

/** What a listener demands and offers. */
export interface UpgradeRules extends OriginRules, CookieNames {
  readonly compression: boolean;
  /** Added to the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** MQTT is spoken here at all. */
  readonly mqtt: boolean;
}

/** Credentials from cookies, for a CONNECT that has none; absent ones are empty. */
export interface WebSocketCookies {
  readonly jwt: string;
  readonly user: string;
  readonly pass: string;
  readonly token: string;
}

export type WebSocketKind = 'client' | 'leafnode' | 'mqtt';

export interface Upgraded {
  readonly kind: WebSocketKind;
  readonly settings: WebSocketSettings;
  readonly cookies: WebSocketCookies;
  /** Address that a proxy says the client has; '' when it says none. */
  readonly forwardedFor: string;
  /** The answer. */
  readonly answer: string;
}

export interface UpgradeRefused {
  readonly status: 400 | 403 | 404 | 405;
  readonly reason: string;
}

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const deflateExtension = 'permessage-deflate';

export function judgeUpgrade(
  request: HttpRequestHead,
  rules: UpgradeRules,
  secure: boolean,
): Upgraded | UpgradeRefused {
  const { headers } = request;
  const kind = kindOf(request.path);
  if (kind === 'mqtt' && !rules.mqtt) {
    return { status: 404, reason: 'mqtt websocket endpoint not enabled' };
  }
  if (request.method !== 'GET') return { status: 405, reason: 'request method must be GET' };
  const bad = (reason: string): UpgradeRefused => ({ status: 400, reason });
  if (request.host === '') return bad("'Host' missing in request");
  if (!hasToken(headers.get('Upgrade'), 'websocket')) {
    return bad("invalid value for header 'Upgrade'");
  }
  if (!hasToken(headers.get('Connection'), 'upgrade')) {
    return bad("invalid value for header 'Connection'");
  }
  const key = headers.get('Sec-Websocket-Key')?.[0] ?? '';
  if (key === '') return bad('key missing');
  if (!isKey(key)) return bad('invalid websocket key');
  if (!hasToken(headers.get('Sec-Websocket-Version'), '13')) return bad('invalid version');
  const origin = headers.get('Origin')?.[0] || (headers.get('Sec-Websocket-Origin')?.[0] ?? '');
  const problem = originProblem(rules, origin, request.host, secure);
  if (problem !== undefined) return { status: 403, reason: `origin not allowed: ${problem}` };
  return accept(request, rules, kind, key);
}

function kindOf(path: string): WebSocketKind {
  if (path.endsWith('/leafnode')) return 'leafnode';
  return path.endsWith('/mqtt') ? 'mqtt' : 'client';
}

function hasToken(values: readonly string[] | undefined, token: string): boolean {
  return (values ?? []).some((value) =>
    value.split(',').some((one) => one.replaceAll(/^[ \t]+|[ \t]+$/g, '').toLowerCase() === token),
  );
}

/** 16 bytes in base64, as Go decodes it: padded, canonical alphabet. */
function isKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{22}==$/.test(key);
}

function accept(
  request: HttpRequestHead,
  rules: UpgradeRules,
  kind: WebSocketKind,
  key: string,
): Upgraded {
  const { headers } = request;
  const compression = rules.compression && offersDeflate(headers.get('Sec-Websocket-Extensions'));
  const masked = headers.get('Nats-No-Masking')?.[0] !== 'true';
  const agent = kind === 'leafnode' ? '' : (headers.get('User-Agent')?.[0] ?? '');
  const browser = agent.startsWith('Mozilla/');
  const safari = browser && agent.includes('Version/') && agent.includes('Safari/');
  const forwarded = headers.get('X-Forwarded-For')?.[0] ?? '';
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
  ];
  if (compression) {
    lines.push(
      `Sec-WebSocket-Extensions: ${deflateExtension}; server_no_context_takeover; client_no_context_takeover`,
    );
  }
  if (!masked) lines.push('Nats-No-Masking: true');
  if (kind === 'mqtt') lines.push('Sec-Websocket-Protocol: mqtt');
  for (const [name, value] of Object.entries(rules.headers)) lines.push(`${name}: ${value}`);
  return {
    kind,
    settings: { masked, compression, browser, wholeCompressed: compression && safari },
    cookies: credentialsOf(kind === 'leafnode' ? [] : headers.get('Cookie'), rules),
    forwardedFor: isIP(forwarded) === 0 ? '' : forwarded,
    answer: `${lines.join('\r\n')}\r\n\r\n`,
  };
}

function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}${guid}`).digest('base64');
}

/** Whatever parameters it is offered with: contexts are never taken over here. */
function offersDeflate(values: readonly string[] | undefined): boolean {
  return (values ?? []).some((value) =>
    value.split(/[,;]/).some((one) => one.trim().toLowerCase() === deflateExtension),
  );
}

function credentialsOf(lines: readonly string[] | undefined, names: CookieNames): WebSocketCookies {
  const found = { jwt: '', user: '', pass: '', token: '' };
  for (const { name, value } of readCookies(lines ?? [])) {
    if (name === names.jwtCookie) found.jwt = value;
    else if (name === names.usernameCookie) found.user = value;
    else if (name === names.passwordCookie) found.pass = value;
    else if (name === names.tokenCookie) found.token = value;
  }
  return found;
}
