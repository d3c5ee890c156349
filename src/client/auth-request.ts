/** The question who a connection is, in the words of its CONNECT and of how it came in. */
import type { AuthRequest, ClientDescription, ConnectionType } from '../auth/auth-user.ts';
import { goQuote } from '../base/go-quote.ts';
import type { Connection } from '../connection/connection.ts';
import { clientCertificate } from '../transport/certificate-identities.ts';

const connectionTypes = {
  nats: 'STANDARD',
  websocket: 'WEBSOCKET',
  mqtt: 'MQTT',
  'in-process': 'IN_PROCESS',
} as const satisfies Record<Connection['transport'], ConnectionType>;

export function connectionType(connection: Connection): ConnectionType {
  return connectionTypes[connection.transport];
}

export function authRequest(connection: Connection): AuthRequest {
  const { options, tls } = connection;
  const { user, pass, auth_token: token, nkey, jwt, sig, proxy_sig: proxySig } = options;
  const { peerIdentities } = tls ?? {};
  return {
    ...{ user, pass, token, nkey, jwt, sig, proxySig },
    connectionType: connectionType(connection),
    nonce: connection.nonce,
    host: connection.remoteHost,
    certificate: peerIdentities && clientCertificate(peerIdentities),
    boundAccount: connection.account.name,
    describe: () => describe(connection),
  };
}

function describe(connection: Connection): ClientDescription {
  const { options, transport, tls } = connection;
  const { name, lang, version, protocol } = options;
  const type = transport === 'in-process' ? 'nats' : transport;
  return {
    ...{ id: connection.id, name, lang, version, protocol, type },
    tls: tls && {
      version: tls.version,
      cipher: tls.cipherSuite,
      certificates: tls.peerChain ?? [],
    },
  };
}

/** Fills what CONNECT left empty from the cookies of a WebSocket's upgrade. */
export function takeCookies({ cookies, options }: Connection): void {
  if (cookies === undefined) return;
  options.jwt ||= cookies.jwt;
  options.user ||= cookies.user;
  options.pass ||= cookies.pass;
  options.auth_token ||= cookies.token;
}

/** The user as a line of the log names it; empty when nothing tells. */
export function loggedUser({ options, rawUser }: Connection): string {
  if (rawUser === '') return '';
  const shown = goQuote(rawUser);
  if (options.nkey !== '') return `Nkey ${shown}`;
  if (options.user !== '') return `User ${shown}`;
  return options.jwt === '' ? `Token ${shown}` : `JWT User ${shown}`;
}

/** The same for the prefix of log lines. */
export function userLabel({ options, rawUser }: Connection): string {
  if (options.nkey !== '') return `nkey:${rawUser}`;
  if (options.user !== '') return `user:${options.user}`;
  if (options.jwt !== '') return `jwt:${rawUser}`;
  return options.auth_token === '' ? '' : 'token';
}
