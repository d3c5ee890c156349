/**
 * The answer of an auth callout service: it names the user key and the server of the request that it
 * answers, so it is made while the session runs. Keys: `account-issuer`.
 */
import { publicKeyOf, signWith } from './keys.ts';

interface Answer {
  /** The account that the user is placed in. */
  account?: string;
  /** A refusal instead of a user. */
  error?: string;
  /** Fields that replace those of the user's claims, of their `nats` part, and of the response. */
  user?: Record<string, unknown>;
  nats?: Record<string, unknown>;
  response?: Record<string, unknown>;
  /** Who signs the user and the response; `account-issuer` unless named. */
  userIssuer?: string;
  issuer?: string;
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function sign(issuer: string, claims: Record<string, unknown>): string {
  const head = encoded({ typ: 'JWT', alg: 'ed25519-nkey' });
  const text = `${head}.${encoded({ jti: 'X', iat: 1_700_000_000, iss: publicKeyOf(issuer), ...claims })}`;
  return `${text}.${signWith(issuer, text).toString('base64url')}`;
}

/** `request` is the JWT that the service received, `json` an Answer. */
export function answerCallout(request: string, json: string): string {
  if (request === '') return 'no request';
  const answer = JSON.parse(json) as Answer;
  const asked = JSON.parse(Buffer.from(request.split('.')[1] ?? '', 'base64url').toString()) as {
    iss: string;
    nats: { user_nkey: string };
  };
  const subject = asked.nats.user_nkey;
  const unlimited = { pub: {}, sub: {}, subs: -1, data: -1, payload: -1 };
  const user = sign(answer.userIssuer ?? answer.issuer ?? 'account-issuer', {
    name: 'called out',
    sub: subject,
    ...(answer.account === undefined ? {} : { aud: answer.account }),
    nats: { ...unlimited, ...answer.nats, type: 'user', version: 2 },
    ...answer.user,
  });
  const outcome = answer.error === undefined ? { jwt: user } : { error: answer.error };
  return sign(answer.issuer ?? 'account-issuer', {
    sub: subject,
    aud: asked.iss,
    nats: { ...outcome, type: 'authorization_response', version: 2 },
    ...answer.response,
  });
}
