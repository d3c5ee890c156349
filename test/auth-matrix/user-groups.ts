/** Users of the configuration file, each with the permissions of a case. */
import { hashSync } from 'bcryptjs';
import { publicKeyOf } from '../conformance/keys.ts';
import {
  accounts,
  limitedTo,
  listeners,
  nkeyUser,
  onlyOver,
  passwordUser,
  peer,
  written,
} from './config-text.ts';
import type { Credential, Group, Row } from './matrix.ts';
import { permissionCases, unionOf } from './permission-cases.ts';
import {
  anyCase,
  connectionTypes,
  good,
  inOneAccount,
  login,
  nkey,
  nothing,
  over,
  perType,
  special,
  together,
  togetherInOneAccount,
  token,
} from './rows.ts';

export function open(): Group {
  return {
    name: 'none',
    config: { text: listeners() },
    peer: nothing,
    rows: [
      ...good('none', inOneAccount, () => nothing),
      ...special('none', {
        'a user': login('x', 'y'),
        'a token': token('x'),
        'an nkey': nkey('user-a'),
      }),
    ],
  };
}

const cookie = (text: string): Credential => ({ cookie: text });

function cookieRows(): Row[] {
  const right = `who=${anyCase.name}; proof=secret`;
  return over(
    ['websocket'],
    [
      ...good('cookies', inOneAccount, ({ name }) => cookie(`who=${name}; proof=secret`)),
      ...special('cookies', {
        'wrong password': cookie(`who=${anyCase.name}; proof=Secret`),
        'no password': cookie(`who=${anyCase.name}`),
        'another in CONNECT': { ...login('publishDeny', 'secret'), cookie: right },
        'wrong, right in CONNECT': { ...login(anyCase.name, 'secret'), cookie: 'who=x; proof=x' },
        'only STANDARD': cookie('who=STANDARD; proof=secret'),
      }),
    ],
  );
}

/** Without accounts, with passwords in the clear and hashed, which browsers may also have in cookies. */
export function users(): Group {
  const hashed = hashSync('secret', 4);
  const each = inOneAccount.flatMap(({ name, rules }) => [
    passwordUser(name, 'secret', limitedTo(rules)),
    passwordUser(`${name}-bcrypt`, hashed, limitedTo(rules)),
  ]);
  const only = connectionTypes.map((type) => passwordUser(type, 'secret', onlyOver(type)));
  const all = [peer, ...each, ...only].join('');
  return {
    name: 'users',
    config: {
      text: `${listeners(', user_cookie: who, pass_cookie: proof')}authorization { users [ ${all} ] }`,
    },
    peer: login('peer', 'peer'),
    rows: [
      ...good('users', inOneAccount, ({ name }) => login(name, 'secret')),
      ...good('users bcrypt', inOneAccount, ({ name }) => login(`${name}-bcrypt`, 'secret')),
      ...special('users', {
        none: nothing,
        'wrong password': login(anyCase.name, 'Secret'),
        'no password': { connect: () => ({ user: anyCase.name }) },
        'unknown user': login('nobody', 'secret'),
        'a token': token('secret'),
        ...perType((type) => login(type, 'secret')),
      }),
      ...special('users bcrypt', {
        'wrong password': login(`${anyCase.name}-bcrypt`, 'Secret'),
        'empty password': login(`${anyCase.name}-bcrypt`, ''),
        'the hash': login(`${anyCase.name}-bcrypt`, hashed),
      }),
      ...cookieRows(),
    ],
  };
}

function nkeyRows(): Row[] {
  const key = `user-${anyCase.name}`;
  return [
    ...good('nkey', permissionCases, ({ name }) => nkey(`user-${name}`)),
    ...special('nkey', {
      'signed by another': nkey(key, 'user-peer'),
      'another nonce': nkey(key, key, 'AAAAAAAAAAAAAAA'),
      'no signature': { connect: () => ({ nkey: publicKeyOf(key) }) },
      'signature of a wrong size': { connect: () => ({ nkey: publicKeyOf(key), sig: 'AAAA' }) },
      unknown: nkey('user-nobody'),
      'no nkey': { connect: () => ({ nkey: 'UNKNOWN', sig: 'AAAA' }) },
      ...perType((type) => nkey(`user-${type}`)),
    }),
  ];
}

export function usersInAccounts(): Group {
  const each = permissionCases.map(
    ({ name, rules }) =>
      passwordUser(name, 'secret', limitedTo(rules)) + nkeyUser(`user-${name}`, limitedTo(rules)),
  );
  const only = connectionTypes.map(
    (type) =>
      passwordUser(type, 'secret', onlyOver(type)) + nkeyUser(`user-${type}`, onlyOver(type)),
  );
  return {
    name: 'accounts',
    config: { text: listeners() + accounts([peer, ...each, ...only].join('')) },
    peer: login('peer', 'peer'),
    exporter: login('exporter', 'exporter'),
    rows: [
      ...good('users in accounts', permissionCases, ({ name }) => login(name, 'secret')),
      ...special('users in accounts', {
        none: nothing,
        'wrong password': login(anyCase.name, 'Secret'),
        'unknown user': login('nobody', 'secret'),
        ...perType((type) => login(type, 'secret')),
      }),
      ...nkeyRows(),
    ],
  };
}

const everything = limitedTo({ pub: { allow: ['>'] }, sub: { allow: ['>'] } });
const freePeer = passwordUser('peer', 'peer', everything);

/** Users without permissions of their own. */
export function defaultPermissions(): Group {
  const defaults = `default_permissions: ${written(unionOf(togetherInOneAccount))}`;
  const own = limitedTo({ pub: { deny: ['*.ok'] } });
  return {
    name: 'default permissions',
    config: {
      text: `${listeners()}authorization {
        ${defaults}
        users [ ${freePeer}${passwordUser('plain', 'secret')}${passwordUser('own', 'secret', own)} ]
      }`,
    },
    peer: login('peer', 'peer'),
    rows: [
      ...good('default permissions', togetherInOneAccount, () => login('plain', 'secret')),
      ...good('instead of default permissions', togetherInOneAccount, () => login('own', 'secret')),
    ],
  };
}

export function defaultPermissionsOfAccount(): Group {
  const defaults = `, default_permissions: ${written(unionOf(together))}`;
  const users = freePeer + passwordUser('plain', 'secret');
  return {
    name: 'default permissions of the account',
    config: { text: listeners() + accounts(users, defaults) },
    peer: login('peer', 'peer'),
    exporter: login('exporter', 'exporter'),
    rows: [...good('default permissions of the account', together, () => login('plain', 'secret'))],
  };
}
