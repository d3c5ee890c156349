/** Claims of authorization callouts: the server asks, a service of an account answers. */
import { goQuote } from '../../base/go-quote.ts';
import { isPublicNkey } from '../nkeys.ts';
import {
  type ClaimsData,
  claimsDataMembers,
  type GenericFields,
  genericMembers,
  stringList,
  tagList,
  validateTimeFrame,
} from './claims-data.ts';
import { always, bigInteger, integer, list, member, optional, struct, text } from './shape.ts';
import { Issues } from './validation.ts';

export interface AuthorizationServer {
  name: string;
  host: string;
  id: string;
  version: string;
  cluster: string;
  tags: string[];
  xkey: string;
}

export interface AuthorizationClient {
  host: string;
  id: bigint;
  user: string;
  name: string;
  tags: string[];
  name_tag: string;
  kind: string;
  type: string;
  mqtt_id: string;
  nonce: string;
}

export interface AuthorizationConnect {
  jwt: string;
  nkey: string;
  sig: string;
  auth_token: string;
  user: string;
  pass: string;
  name: string;
  lang: string;
  version: string;
  protocol: number;
}

export interface AuthorizationTls {
  version: string;
  cipher: string;
  certs: string[];
  verified_chains: string[][];
}

export interface AuthorizationRequestBody extends GenericFields {
  server_id: AuthorizationServer;
  user_nkey: string;
  client_info: AuthorizationClient;
  connect_opts: AuthorizationConnect;
  client_tls: AuthorizationTls | undefined;
  request_nonce: string;
}

export interface AuthorizationRequestClaims extends ClaimsData {
  nats: AuthorizationRequestBody;
}

export interface AuthorizationResponseBody extends GenericFields {
  jwt: string;
  error: string;
  issuer_account: string;
}

export interface AuthorizationResponseClaims extends ClaimsData {
  nats: AuthorizationResponseBody;
}

const server = struct<AuthorizationServer>('jwt.ServerID', {
  name: always(text),
  host: always(text),
  id: always(text),
  version: member(text),
  cluster: member(text),
  tags: member(tagList),
  xkey: member(text),
});

const client = struct<AuthorizationClient>('jwt.ClientInformation', {
  host: member(text),
  id: member(bigInteger('uint64')),
  user: member(text),
  name: member(text),
  tags: member(tagList),
  name_tag: member(text),
  kind: member(text),
  type: member(text),
  mqtt_id: member(text),
  nonce: member(text),
});

const connect = struct<AuthorizationConnect>('jwt.ConnectOptions', {
  jwt: member(text),
  nkey: member(text),
  sig: member(text),
  auth_token: member(text),
  user: member(text),
  pass: member(text),
  name: member(text),
  lang: member(text),
  version: member(text),
  protocol: always(integer('int')),
});

const tls = struct<AuthorizationTls>('jwt.ClientTLS', {
  version: member(text),
  cipher: member(text),
  certs: member(stringList),
  verified_chains: member(list(stringList, '[]jwt.StringList')),
});

export const authorizationRequestShape = struct<AuthorizationRequestClaims>(
  'jwt.AuthorizationRequestClaims',
  {
    ...claimsDataMembers,
    nats: always(
      struct<AuthorizationRequestBody>('jwt.AuthorizationRequest', {
        server_id: always(server),
        user_nkey: always(text),
        client_info: always(client),
        connect_opts: always(connect),
        client_tls: member(optional(tls)),
        request_nonce: member(text),
        ...genericMembers,
      }),
    ),
  },
);

export const authorizationResponseShape = struct<AuthorizationResponseClaims>(
  'jwt.AuthorizationResponseClaims',
  {
    ...claimsDataMembers,
    nats: always(
      struct<AuthorizationResponseBody>('jwt.AuthorizationResponse', {
        jwt: member(text),
        error: member(text),
        issuer_account: member(text),
        ...genericMembers,
      }),
    ),
  },
);

export function validateAuthorizationRequest(
  claims: AuthorizationRequestClaims,
  nowSeconds: number,
): Issues {
  const issues = new Issues();
  const { user_nkey: user } = claims.nats;
  if (user === '') issues.error('User nkey is required');
  else if (!isPublicNkey(user, 'user')) {
    issues.error(`User nkey ${goQuote(user)} is not a valid user public key`);
  }
  validateTimeFrame(claims, nowSeconds, issues);
  return issues;
}

/** nats-server refuses an answer with any issue, blocking or not. */
export function validateAuthorizationResponse(
  claims: AuthorizationResponseClaims,
  nowSeconds: number,
): Issues {
  const issues = new Issues();
  const { jwt, error, issuer_account: account } = claims.nats;
  if (!isPublicNkey(claims.sub, 'user')) issues.error('Subject must be a user public key');
  if (!isPublicNkey(claims.aud, 'server')) issues.error('Audience must be a server public key');
  if (error === '' && jwt === '') issues.error('Error or Jwt is required');
  if (error !== '' && jwt !== '') issues.error('Only Error or Jwt can be set');
  if (account !== '' && !isPublicNkey(account, 'account')) {
    issues.error('issuer_account is not an account public key');
  }
  validateTimeFrame(claims, nowSeconds, issues);
  return issues;
}
