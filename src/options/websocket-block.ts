import { type ConfNode, isConfMap } from '../conf/node.ts';
import { second } from './duration.ts';
import { goTypeName } from './go-values.ts';
import { advertiseRow, listenRows, plainDuration, simpleAuthorizationRow } from './listen-rows.ts';
import type { OptionRow } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { readStrings } from './readers.ts';
import { boolRow, durationRow, factsOf, stringRow } from './row-makers.ts';
import { tlsRow } from './tls-block.ts';
import type { WebsocketOptions } from './types.ts';

function readHandshakeTimeout(
  context: ParseContext,
  node: ConfNode,
  target: WebsocketOptions,
): void {
  const { value } = node;
  if (typeof value === 'bigint') target.handshakeTimeoutNs = BigInt.asIntN(64, value * second);
  else if (typeof value === 'string') target.handshakeTimeoutNs = plainDuration(node, value);
  else {
    const type = goTypeName(value);
    context.error(node, `error parsing handshake timeout: unsupported type ${type}`);
    target.handshakeTimeoutNs = 0n;
  }
}

function readHeaders(context: ParseContext, node: ConfNode, target: WebsocketOptions): void {
  if (!isConfMap(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `error parsing headers: unsupported type ${type}`);
  }
  const headers: [string, string][] = [];
  for (const [name, entry] of node.value.entries) {
    if (typeof entry.value === 'string') headers.push([name, entry.value]);
    else {
      const type = goTypeName(entry.value);
      context.error(entry, `error parsing header key ${name}: unsupported type ${type}`);
    }
  }
  target.headers = Object.fromEntries(headers);
}

function cookie(
  key: string,
  field: 'jwtCookie' | 'usernameCookie' | 'passwordCookie' | 'tokenCookie',
  what: string,
): OptionRow<WebsocketOptions> {
  const doc = `Cookie whose value is the ${what} of a client that sends none.`;
  return stringRow([key], { doc }, (target, value) => {
    target[field] = value;
  });
}

const itself = (websocket: WebsocketOptions): WebsocketOptions => websocket;

/** The `websocket {}` block. */
export const websocketRows: OptionRow<WebsocketOptions>[] = [
  ...listenRows(itself),
  advertiseRow(['advertise'], itself),
  boolRow(['no_tls'], { doc: 'Allow WebSocket without TLS.', byDefault: 'false' }, (ws, value) => {
    ws.noTls = value;
  }),
  tlsRow(true, (ws, tls) => {
    ws.tls = tls;
  }),
  boolRow(
    ['same_origin'],
    { doc: 'The origin must be the host that was asked.', byDefault: 'false' },
    (ws, value) => {
      ws.sameOrigin = value;
    },
  ),
  {
    keys: [
      'allowed_origins',
      'allowed_origin',
      'allow_origins',
      'allow_origin',
      'origins',
      'origin',
    ],
    shape: 'strings',
    ...factsOf({ doc: 'Origins that may connect.', byDefault: 'all' }),
    read: (context, node, ws) => {
      ws.allowedOrigins = readStrings(context, node, 'allowed origins') ?? [];
    },
  },
  {
    keys: ['handshake_timeout'],
    shape: 'duration',
    ...factsOf({ doc: 'How long the upgrade may take.', byDefault: '2s' }),
    read: readHandshakeTimeout,
  },
  boolRow(
    ['compress', 'compression'],
    { doc: 'Accept compression when a client offers it.', byDefault: 'false' },
    (ws, value) => {
      ws.compression = value;
    },
  ),
  simpleAuthorizationRow(itself),
  cookie('jwt_cookie', 'jwtCookie', 'user JWT'),
  cookie('user_cookie', 'usernameCookie', 'user name'),
  cookie('pass_cookie', 'passwordCookie', 'password'),
  cookie('token_cookie', 'tokenCookie', 'token'),
  stringRow(['no_auth_user'], { doc: 'User of clients without credentials.' }, (ws, value) => {
    ws.noAuthUser = value;
  }),
  {
    keys: ['headers'],
    shape: 'string map',
    ...factsOf({ doc: 'Headers added to the answer of an upgrade.' }),
    read: readHeaders,
  },
  durationRow(['ping_interval'], { doc: 'How often clients are pinged.' }, (ws, ns) => {
    ws.pingIntervalNs = ns;
  }),
];
