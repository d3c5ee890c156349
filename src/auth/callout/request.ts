/** What an authorization service is asked: claims that this server signs. */
import type { AuthRequest, AuthUser, ClientDescription } from '../auth-user.ts';
import type {
  AuthorizationClient,
  AuthorizationConnect,
  AuthorizationRequestClaims,
  AuthorizationServer,
  AuthorizationTls,
} from '../jwt/authorization-claims.ts';

/** Audience of every request. */
const audience = 'nats-authorization-request';

export interface CalloutRequest {
  /** The key that has to sign the answer. */
  readonly issuer: string;
  /** The key that the user has to get: a fresh one, so that no answer serves twice. */
  readonly userNkey: string;
  readonly server: AuthorizationServer;
  readonly expiresSeconds: number;
  readonly request: AuthRequest;
  /** Whom the JWT that was sent stands for. */
  readonly sentinel: AuthUser | undefined;
}

/** What `encodeJwt` fills in is empty. */
export function requestClaims(asked: CalloutRequest): AuthorizationRequestClaims {
  const { request, sentinel } = asked;
  const client = request.describe();
  return {
    ...{ aud: audience, sub: asked.issuer, exp: asked.expiresSeconds },
    ...{ iss: '', jti: '', name: '', iat: 0, nbf: 0 },
    nats: {
      server_id: asked.server,
      user_nkey: asked.userNkey,
      client_info: clientInfo(request, client, sentinel),
      connect_opts: connectOptions(request, client),
      client_tls: client.tls && clientTls(client.tls),
      request_nonce: '',
      tags: [],
      type: '',
      version: 0,
    },
  };
}

function clientInfo(
  request: AuthRequest,
  client: ClientDescription,
  sentinel: AuthUser | undefined,
): AuthorizationClient {
  return {
    host: request.host,
    id: BigInt(client.id),
    user: shownUser(request, sentinel),
    name: client.name,
    tags: [...(sentinel?.tags ?? [])],
    name_tag: sentinel?.nameTag ?? '',
    kind: 'Client',
    type: client.type,
    mqtt_id: '',
    nonce: request.sig === '' ? '' : request.nonce,
  };
}

function shownUser({ nkey, user, jwt, token }: AuthRequest, sentinel: AuthUser | undefined) {
  if (nkey !== '' || user !== '') return nkey || user;
  if (jwt !== '') return sentinel?.nkey ?? '';
  return token === '' ? '' : '[REDACTED]';
}

function connectOptions(request: AuthRequest, client: ClientDescription): AuthorizationConnect {
  const { jwt, nkey, sig, token, user, pass } = request;
  const { name, lang, version, protocol } = client;
  return { jwt, nkey, sig, auth_token: token, user, pass, name, lang, version, protocol };
}

function clientTls(tls: NonNullable<ClientDescription['tls']>): AuthorizationTls {
  const { version, cipher, certificates } = tls;
  const chains = certificates.length > 0 ? [[...certificates]] : [];
  return { version, cipher, certs: [], verified_chains: chains };
}
