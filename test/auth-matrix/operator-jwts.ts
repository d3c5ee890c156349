/** JWTs, and what clients show who have them. The official library makes every one. */
import {
  type Account,
  type Export,
  encodeAccount,
  encodeOperator,
  encodeUser,
  type Import,
  newScopedSigner,
  type Permissions,
  type SigningKey,
  type User,
} from '@nats-io/jwt';
import { keyPairOf, publicKeyOf, signWith } from '../conformance/keys.ts';
import { listeners } from './config-text.ts';
import type { Credential } from './matrix.ts';
import {
  crossing,
  type PermissionCase,
  permissionCases,
  type Rules,
  unionOf,
} from './permission-cases.ts';

const nanoseconds = 1_000_000_000;
const unlimited = {
  ...{ conn: -1, leaf: -1, imports: -1, exports: -1, subs: -1, payload: -1, data: -1 },
  wildcards: true,
};

export const nowSeconds = () => Math.floor(Date.now() / 1_000);
export const ofAccountA = () => ({ issuer_account: publicKeyOf('account-a') });

/** As claims have them. */
export function claimed({ pub, sub, responses }: Rules = {}): Partial<Permissions> {
  const resp = responses && { max: responses.max, ttl: responses.ttlSeconds * nanoseconds };
  return { ...(pub ? { pub } : {}), ...(sub ? { sub } : {}), ...(resp ? { resp } : {}) };
}

/** The rules of a case for any user who has the name of the case. */
function template(rules: Rules | undefined): Partial<Permissions> {
  const text = JSON.stringify(claimed(rules));
  return JSON.parse(text.replace(/"(\w+)\.([^"]*)"/g, '"{{name()}}.$2"')) as Permissions;
}

export function signed(jwt: string, signer = 'user-client', nonce?: string): Credential {
  return {
    connect: (own) => ({ jwt, sig: signWith(signer, nonce ?? own).toString('base64url') }),
  };
}

export const shown = (jwt: string): Credential => ({ connect: () => ({ jwt }) });

interface Making {
  issuer?: string;
  user?: string;
  exp?: number;
  nbf?: number;
  scopedUser?: boolean;
}

/** Of the user `client` in the account A, unless told otherwise. */
export function userJwt(
  name: string,
  claims: Partial<User> = {},
  { issuer = 'account-a', user = 'user-client', ...times }: Making = {},
): Promise<string> {
  return encodeUser(name, publicKeyOf(user), keyPairOf(issuer), claims, times);
}

export function accountJwt(
  name: string,
  account: Partial<Account> = {},
  { limits = {}, exp }: { limits?: object; exp?: number } = {},
): Promise<string> {
  const all = { ...account, limits: { ...unlimited, ...limits } };
  const times = exp === undefined ? {} : { exp };
  return encodeAccount(name, publicKeyOf(name), all, { signer: keyPairOf('operator-o'), ...times });
}

/** The library lets everybody answer, and who may answer may publish nothing else: not so here. */
function scope({ name, rules }: PermissionCase): SigningKey {
  const limits = { ...template(rules), subs: -1, payload: -1, data: -1 };
  const made = newScopedSigner(publicKeyOf(`account-scope-${name}`), name, limits);
  if (!rules?.responses) delete made.template.resp;
  return made;
}

function imported(type: 'service' | 'stream', [subject, to]: readonly [string, string]): Import {
  return { name: to, account: publicKeyOf('account-b'), subject, local_subject: to, type };
}

function accountA(): Promise<string> {
  return accountJwt('account-a', {
    signing_keys: [publicKeyOf('account-signer'), ...permissionCases.map(scope)],
    revocations: { [publicKeyOf('user-revoked')]: nowSeconds() + 60 },
    imports: [
      ...crossing.services.map((one) => imported('service', one)),
      ...crossing.streams.map((one) => imported('stream', one)),
    ],
  });
}

const exported: Export[] = [
  { name: 'svc', subject: 'svc.>', type: 'service' },
  { name: 'st', subject: 'st.>', type: 'stream' },
];

export async function operatorConfig(): Promise<string> {
  const defaults = claimed(unionOf(permissionCases.filter((one) => !one.alone)));
  const jwts: Record<string, Promise<string>> = {
    'account-s': accountJwt('account-s'),
    'account-a': accountA(),
    'account-b': accountJwt('account-b', { exports: exported }),
    'account-nobearer': accountJwt('account-nobearer', {}, { limits: { disallow_bearer: true } }),
    'account-full': accountJwt('account-full', {}, { limits: { conn: 0 } }),
    'account-defaults': accountJwt('account-defaults', { default_permissions: defaults }),
    'account-expired': accountJwt('account-expired', {}, { exp: nowSeconds() - 10 }),
  };
  const preload: string[] = [];
  for (const [name, jwt] of Object.entries(jwts))
    preload.push(`${publicKeyOf(name)}: ${await jwt}`);
  const system_account = publicKeyOf('account-s');
  return `${listeners(', jwt_cookie: jwt')}
    operator: ${await encodeOperator('O', keyPairOf('operator-o'), { system_account })}
    resolver: MEMORY
    resolver_preload { ${preload.join('\n')} }`;
}
