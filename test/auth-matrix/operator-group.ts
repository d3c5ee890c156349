/** Operator mode: user JWTs of every kind, good ones and those that must be refused. */
import type { User } from '@nats-io/jwt';
import type { Credential, Group, Row } from './matrix.ts';
import {
  accountJwt,
  claimed,
  nowSeconds,
  ofAccountA,
  operatorConfig,
  shown,
  signed,
  userJwt,
} from './operator-jwts.ts';
import { type PermissionCase, permissionCases } from './permission-cases.ts';
import { anyCase, connectionTypes, good, over, special, together } from './rows.ts';

type ByName = Record<string, string>;

async function made<T>(
  keys: readonly T[],
  make: (key: T) => Promise<string>,
  nameOf: (key: T) => string,
): Promise<ByName> {
  const jwts: ByName = {};
  for (const key of keys) jwts[nameOf(key)] = await make(key);
  return jwts;
}

/** Of every case one. */
const perCase = (make: (of: PermissionCase) => Promise<string>) =>
  made(permissionCases, make, ({ name }) => name);
const perType = (claims: Partial<User> = {}) =>
  made(
    connectionTypes,
    (type) => userJwt('x', { ...claims, allowed_connection_types: [type] }),
    (type) => `only ${type}`,
  );

const mapped = (jwts: ByName, to: (jwt: string) => Credential): Record<string, Credential> =>
  Object.fromEntries(Object.entries(jwts).map(([name, jwt]) => [name, to(jwt)]));

/** Says more than was signed. */
function changed(jwt: string): string {
  const [head, body = '', signature] = jwt.split('.');
  const text = Buffer.from(body, 'base64url').toString().replace('"subs":-1', '"subs":99');
  return [head, Buffer.from(text).toString('base64url'), signature].join('.');
}

/** An hour of the day that is far from now. */
function elsewhen() {
  const early = new Date().getUTCHours() >= 12;
  return early ? { start: '03:00:00', end: '04:00:00' } : { start: '20:00:00', end: '21:00:00' };
}

/** The client can sign for them all. */
async function oddJwts(): Promise<ByName> {
  const foreign = { issuer: 'account-foreign' };
  return {
    'the JWT of an account': await accountJwt('account-a'),
    'changed claims': changed(await userJwt('x')),
    'not a JWT': 'eyJ.x.y',
    expired: await userJwt('x', {}, { exp: nowSeconds() - 10 }),
    'not valid yet': await userJwt('x', {}, { nbf: nowSeconds() + 600 }),
    'of an unknown account': await userJwt('x', {}, { issuer: 'account-unknown' }),
    'of an expired account': await userJwt('x', {}, { issuer: 'account-expired' }),
    'of a full account': await userJwt('x', {}, { issuer: 'account-full' }),
    'of a foreign signing key': await userJwt('x', ofAccountA(), foreign),
    'of another source': await userJwt('x', { src: ['192.0.2.0/24'] }),
    'of this source': await userJwt('x', { src: ['127.0.0.0/8'] }),
    'of another time': await userJwt('x', { times: [elsewhen()], locale: 'UTC' }),
    'of one subscription': await userJwt('x', { subs: 1 }),
    'of small payloads': await userJwt('x', { payload: 12 }),
    ...(await perType()),
  };
}

async function plainRows(): Promise<Row[]> {
  const jwts = await perCase(({ name, rules }) => userJwt(name, claimed(rules)));
  const fine = jwts[anyCase.name] ?? '';
  const revoked = await userJwt('x', {}, { user: 'user-revoked' });
  return [
    ...good('JWT', permissionCases, ({ name }) => signed(jwts[name] ?? '')),
    ...special('JWT', {
      'no JWT': { connect: () => ({ user: 'x', pass: 'y' }) },
      'no signature': shown(fine),
      'signed by another': signed(fine, 'user-peer'),
      'another nonce': signed(fine, 'user-client', 'AAAAAAAAAAAAAAA'),
      revoked: signed(revoked, 'user-revoked'),
      ...mapped(await oddJwts(), signed),
    }),
  ];
}

async function oddBearers(): Promise<ByName> {
  const bearer = { bearer_token: true };
  return {
    expired: await userJwt('x', bearer, { exp: nowSeconds() - 10 }),
    revoked: await userJwt('x', bearer, { user: 'user-revoked' }),
    'of an account without bearers': await userJwt('x', bearer, { issuer: 'account-nobearer' }),
    'not a bearer': await userJwt('x'),
    ...(await perType(bearer)),
  };
}

async function bearerRows(): Promise<Row[]> {
  const bearer = { bearer_token: true };
  const jwts = await perCase(({ name, rules }) => userJwt(name, { ...claimed(rules), ...bearer }));
  const odd = await oddBearers();
  const cookie = (jwt = ''): Credential => ({ cookie: `jwt=${jwt}` });
  const twoJwts = { ...shown(jwts.publishDeny ?? ''), ...cookie(odd.expired) };
  return [
    ...good('bearer JWT', permissionCases, ({ name }) => shown(jwts[name] ?? '')),
    ...special('bearer JWT', mapped(odd, shown)),
    ...over(
      ['websocket'],
      [
        ...good('JWT cookie', permissionCases, ({ name }) => cookie(jwts[name])),
        ...special('JWT cookie', mapped(odd, cookie)),
        ...special('JWT cookie', { 'another in CONNECT': twoJwts }),
      ],
    ),
  ];
}

async function signingKeyRows(): Promise<Row[]> {
  const jwts = await perCase(({ name, rules }) =>
    userJwt(name, { ...claimed(rules), ...ofAccountA() }, { issuer: 'account-signer' }),
  );
  const nameless = await userJwt('x', {}, { issuer: 'account-signer' });
  return [
    ...good('JWT by a signing key', permissionCases, ({ name }) => signed(jwts[name] ?? '')),
    ...special('JWT by a signing key', { 'no account named': signed(nameless) }),
  ];
}

async function scopedRows(): Promise<Row[]> {
  const scopedUser = true;
  const jwts = await perCase(({ name }) =>
    userJwt(name, ofAccountA(), { issuer: `account-scope-${name}`, scopedUser }),
  );
  const issuer = `account-scope-${anyCase.name}`;
  const ownLimits = await userJwt('x', { ...ofAccountA(), subs: 5 }, { issuer });
  return [
    ...good('JWT by a scoped key', permissionCases, ({ name }) => signed(jwts[name] ?? '')),
    ...special('JWT by a scoped key', { 'with limits of its own': signed(ownLimits) }),
  ];
}

async function defaultRows(): Promise<Row[]> {
  const jwt = await userJwt('x', {}, { issuer: 'account-defaults' });
  // In an account of its own, so without the peer.
  const alone = together.filter((one) => !one.crossesAccounts && one.name !== 'trace');
  return good('JWT with default permissions', alone, () => signed(jwt));
}

export async function operatorGroup(): Promise<Group> {
  const exporter = { issuer: 'account-b', user: 'user-exporter' };
  return {
    name: 'operator',
    config: { text: await operatorConfig() },
    peer: signed(await userJwt('peer', {}, { user: 'user-peer' }), 'user-peer'),
    exporter: signed(await userJwt('exporter', {}, exporter), 'user-exporter'),
    rows: [
      ...(await plainRows()),
      ...(await bearerRows()),
      ...(await signingKeyRows()),
      ...(await scopedRows()),
      ...(await defaultRows()),
    ],
  };
}
