/** Methods that know only one user, who has the permissions of all cases together. */
import { hashSync } from 'bcryptjs';
import { accounts, limitedTo, listeners, passwordUser, peer, written } from './config-text.ts';
import type { Credential, Group } from './matrix.ts';
import { type PermissionCase, unionOf } from './permission-cases.ts';
import {
  good,
  login,
  nkey,
  nothing,
  over,
  special,
  together,
  togetherInOneAccount,
  token,
} from './rows.ts';

const unionUser = (cases: PermissionCase[]) =>
  passwordUser('union', 'secret', limitedTo(unionOf(cases)));

export function noAuthUser(): Group {
  return {
    name: 'no_auth_user',
    config: { text: `${listeners()}${accounts(peer + unionUser(together))}no_auth_user: union` },
    peer: login('peer', 'peer'),
    exporter: login('exporter', 'exporter'),
    rows: [
      ...good('no_auth_user', together, () => nothing),
      ...special('no_auth_user', {
        'its password': login('union', 'secret'),
        'wrong password': login('union', 'Secret'),
        'unknown user': login('nobody', 'secret'),
        'a token': token('x'),
        'an nkey': nkey('user-a'),
      }),
    ],
  };
}

export function websocketNoAuthUser(): Group {
  const denied = passwordUser(
    'denied',
    'secret',
    limitedTo({ pub: { deny: ['*.ok'] }, sub: { deny: ['*.ok'] } }),
  );
  return {
    name: 'no_auth_user of websocket',
    config: {
      text: `${listeners(', no_auth_user: denied')}${accounts(peer + denied + unionUser(together))}no_auth_user: union`,
    },
    peer: login('peer', 'peer'),
    exporter: login('exporter', 'exporter'),
    rows: [
      ...good('no_auth_user of websocket', together, () => nothing),
      ...special('no_auth_user of websocket', { 'wrong password': login('denied', 'Secret') }),
    ],
  };
}

export function single(): Group {
  const password = hashSync('secret', 4);
  return {
    name: 'single user',
    config: {
      text: `${listeners(', authorization { user: web, password: web, timeout: 5 }')}
        authorization { user: one, password: ${JSON.stringify(password)}, permissions: ${written(unionOf(togetherInOneAccount))} }`,
    },
    peer: login('one', 'secret'),
    rows: [
      ...over(
        ['tcp', 'tls'],
        good('single user', togetherInOneAccount, () => login('one', 'secret')),
      ),
      ...over(
        ['websocket'],
        good('authorization of websocket', togetherInOneAccount, () => login('web', 'web')),
      ),
      ...special('single user', {
        none: nothing,
        'the user of the other listener': login('web', 'web'),
        'wrong password': login('one', 'Secret'),
        'wrong password of websocket': login('web', 'Web'),
        'unknown user': login('two', 'secret'),
        'right user': login('one', 'secret'),
      }),
    ],
  };
}

export function tokens(): Group {
  return {
    name: 'token',
    config: { text: `${listeners(', token_cookie: proof')}authorization { token: "s3cret" }` },
    peer: token('s3cret'),
    rows: [
      ...good('token', togetherInOneAccount, () => token('s3cret')),
      ...special('token', {
        none: nothing,
        wrong: token('S3cret'),
        'as a password': login('', 's3cret'),
        'as a user': login('s3cret', ''),
      }),
      ...over(
        ['websocket'],
        [
          ...good('token cookie', togetherInOneAccount, () => ({ cookie: 'proof=s3cret' })),
          ...special('token cookie', {
            wrong: { cookie: 'proof=S3cret' },
            'of another name': { cookie: 'other=s3cret' },
            'wrong, right in CONNECT': { ...token('s3cret'), cookie: 'proof=x' },
          }),
        ],
      ),
    ],
  };
}

export function websocketToken(): Group {
  const name = 'token of websocket';
  return {
    name,
    config: {
      text: `${listeners(', authorization { token: "w3b" }')}authorization { token: "s3cret" }`,
    },
    peer: token('s3cret'),
    rows: [
      ...over(
        ['websocket'],
        good(name, togetherInOneAccount, () => token('w3b')),
      ),
      ...special(name, {
        right: token('w3b'),
        wrong: token('W3b'),
        'of the other listener': token('s3cret'),
        'a user': login('w3b', ''),
        none: nothing,
      }),
    ],
  };
}

export function certificates(): Group {
  const more = ', verify_and_map: true';
  const mapped = `{ user: "derek@example.com"${limitedTo(unionOf(together))} }\n{ user: localhost }\n`;
  const certificate = (name: string): Credential => ({ certificate: name });
  return {
    name: 'certificates',
    config: {
      text:
        listeners('', more) +
        accounts(mapped).replace(
          passwordUser('exporter', 'exporter'),
          '{ user: "nobody@example.com" }',
        ),
    },
    peer: certificate('server'),
    peerKind: 'tls',
    secureWebsocket: true,
    rows: [
      ...over(
        ['tls', 'websocket'],
        good('certificate', togetherInOneAccount, () => certificate('client')),
      ),
      ...special('certificate', {
        none: nothing,
        'of nobody': certificate('client-odd'),
        'of another authority': certificate('client-other'),
        'and a user': { ...login('localhost', ''), certificate: 'client' },
        'of nobody, and a user': { ...login('localhost', ''), certificate: 'client-odd' },
        'only a user': login('localhost', ''),
      }),
    ],
  };
}

/** A certificate as well as a password. */
export function verified(): Group {
  const name = 'verified certificate and user';
  const user = (certificate: string, pass = 'secret'): Credential => ({
    ...login('union', pass),
    certificate,
  });
  const users = peer + unionUser(togetherInOneAccount);
  return {
    name,
    config: { text: `${listeners('', ', verify: true')}authorization { users [ ${users} ] }` },
    peer: login('peer', 'peer'),
    secureWebsocket: true,
    rows: [
      ...over(
        ['tls', 'websocket'],
        good(name, togetherInOneAccount, () => user('client')),
      ),
      ...special(name, {
        'no certificate': login('union', 'secret'),
        'wrong password': user('client', 'Secret'),
        'no user': { certificate: 'client' },
        'a certificate of another authority': user('client-other'),
        'a certificate of a server': user('server'),
      }),
    ],
  };
}
