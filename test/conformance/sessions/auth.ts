/** Authentication and its failures. */
import type { Action, Session } from '../session.ts';
import { each, named, ping, pub, session } from './build.ts';

const login = (o: Record<string, unknown>) =>
  `CONNECT ${JSON.stringify({ verbose: false, ...o })}\r\n`;
const userCases: Record<string, string> = {
  right: login({ user: 'u', pass: 'p' }),
  'wrong password': login({ user: 'u', pass: 'x' }),
  'wrong user': login({ user: 'x', pass: 'p' }),
  'no password': login({ user: 'u' }),
  'no credentials': login({}),
  empty: login({ user: '', pass: '' }),
  'password only': login({ pass: 'p' }),
  'token instead': login({ auth_token: 'p' }),
  'longer password': login({ user: 'u', pass: 'pp' }),
  'right with token too': login({ user: 'u', pass: 'p', auth_token: 'x' }),
  'nkey instead': login({ nkey: 'UABC', sig: 'x' }),
  'jwt instead': login({ jwt: 'x.y.z', sig: 'x' }),
  'verbose right': login({ user: 'u', pass: 'p', verbose: true }),
  'verbose wrong': login({ user: 'u', pass: 'x', verbose: true }),
  'case of the user': login({ user: 'U', pass: 'p' }),
  'broken JSON': 'CONNECT {"user":"u"\r\n',
  'wrong type': 'CONNECT {"user":1}\r\n',
  'protocol 9': login({ user: 'u', pass: 'p', protocol: 9 }),
  'no_responders alone': login({ user: 'u', pass: 'p', no_responders: true }),
};
const firstBytes = named([
  'PING\r\n',
  'ping\r\n',
  'PONG\r\n',
  'SUB a 1\r\n',
  'PUB a 0\r\n\r\n',
  'UNSUB 1\r\n',
  'FOO\r\n',
  '\r\n',
  'X',
  'INFO {}\r\n',
  '+OK\r\n',
  "-ERR 'x'\r\n",
  'CX\r\n',
  'HPUB a 0 0\r\n',
  '\u0000',
  'GET / HTTP/1.1\r\n\r\n',
  'C',
  'c',
]);
const tokenCases: Record<string, string> = {
  right: login({ auth_token: 's3cret' }),
  wrong: login({ auth_token: 'x' }),
  none: login({}),
  'as user': login({ user: 's3cret' }),
  'as password': login({ pass: 's3cret' }),
  'user and pass': login({ user: 'u', pass: 's3cret' }),
  prefix: login({ auth_token: 's3cre' }),
  longer: login({ auth_token: 's3crets' }),
};
const secretCases = (field: (secret: string) => string): Record<string, string> => ({
  right: field('secret'),
  wrong: field('Secret'),
  'the hash itself': field('$2b$04$NciWzjp9Ig/yCnbZ0ajVE.MfP7E0WzDJw/xwnOgEmM2X.GouVW.EW'),
  empty: field(''),
});

function both(name: string, config: string, rows: string, actions: Action[]): Session {
  return session(name, config, rows, actions, { whole: true });
}

export const auths = [
  ...each('user', 'user', 'AU-01 AU-29 T2', userCases, { after: ping }),
  ...each('first bytes with authentication on', 'user', 'CP-10 T4', firstBytes, { after: ping }),
  ...each('token', 'token', 'AU-02 AU-29', tokenCases, { after: ping }),
  ...each(
    'bcrypt user',
    'bcryptUser',
    'AU-04',
    secretCases((s) => login({ user: 'u', pass: s })),
    { after: ping },
  ),
  ...each(
    'bcrypt token',
    'bcryptToken',
    'AU-04',
    secretCases((s) => login({ auth_token: s })),
    { after: ping },
  ),
  ...each(
    'several users',
    'users',
    'AU-03',
    {
      first: login({ user: 'a', pass: 'pa' }),
      second: login({ user: 'b', pass: 'pb' }),
      crossed: login({ user: 'a', pass: 'pb' }),
      unknown: login({ user: 'c', pass: 'pa' }),
      none: login({}),
      token: login({ auth_token: 'pa' }),
      'prototype name': login({ user: '__proto__', pass: 'pa' }),
      constructor: login({ user: 'constructor', pass: '' }),
    },
    { after: ping },
  ),
  ...each(
    'connection types',
    'connectionTypes',
    'AU-27',
    {
      'not for this': login({ user: 'ws', pass: 'p' }),
      'for this': login({ user: 'std', pass: 'p' }),
    },
    { after: ping },
  ),
  session('bcrypt does not lose what follows', 'bcryptUser', 'AU-04 CP-26', [
    ['a', `${login({ user: 'u', pass: 'secret' })}SUB a 1\r\n${pub('a', 'x')}PING\r\n`],
    ['a', ping],
  ]),
  session('wrong bcrypt drops what follows', 'bcryptUser', 'AU-04 AU-29', [
    ['a', `${login({ user: 'u', pass: 'no' })}SUB a 1\r\n${pub('a', 'x')}PING\r\n`],
  ]),
  session('second CONNECT with a wrong password', 'user', 'CP-11 AU-29', [
    ['a', `${login({ user: 'u', pass: 'p' })}PING\r\n`],
    ['a', login({ user: 'u', pass: 'x' })],
  ]),
  session('second CONNECT as another user', 'users', 'CP-11 AU-03', [
    ['a', `${login({ user: 'a', pass: 'pa' })}PING\r\n`],
    ['a', `${login({ user: 'b', pass: 'pb' })}PING\r\n`],
  ]),
  session('no_auth_user without CONNECT', 'noAuthUser', 'AU-21 T21', [
    ['a', `SUB g.a 1\r\nSUB x 2\r\n${pub('g.a', '1')}${pub('x', '2')}PING\r\n`],
  ]),
  session('no_auth_user with an empty CONNECT', 'noAuthUser', 'AU-21', [
    ['a', `${login({})}SUB g.a 1\r\nSUB x 2\r\nPING\r\n`],
  ]),
  session('no_auth_user and credentials', 'noAuthUser', 'AU-21', [
    ['a', `${login({ user: 'a', pass: 'pa' })}SUB x 2\r\nPING\r\n`],
  ]),
  session('no_auth_user and wrong credentials', 'noAuthUser', 'AU-21 AU-29', [
    ['a', `${login({ user: 'a', pass: 'x' })}SUB x 2\r\nPING\r\n`],
  ]),
  session('no_auth_user after commands, then a CONNECT', 'noAuthUser', 'AU-21 CP-11', [
    ['a', 'SUB g.a 1\r\nPING\r\n'],
    ['a', `${login({ user: 'a', pass: 'pa' })}SUB x 2\r\nPING\r\n`],
  ]),
  session('protocol 1 tells the account', 'user', 'CP-05', [
    ['a', `${login({ user: 'u', pass: 'p', protocol: 1 })}PING\r\n`],
  ]),
  both('authentication timeout', 'userShort', 'CP-36 T2', [
    ['!open', 'a'],
    ['!wait', 900],
  ]),
  both('authentication timeout with half a CONNECT', 'userShort', 'CP-36', [
    ['a', 'CONNECT {"user":"u"'],
    ['!wait', 900],
  ]),
  both('no timeout once authenticated', 'userShort', 'CP-36', [
    ['a', `${login({ user: 'u', pass: 'p' })}PING\r\n`],
    ['!wait', 700],
    ['a', ping],
  ]),
  session('no_auth_user: the second INFO', 'noAuthUser', 'AU-21 T21 CP-05', [
    ['a', `${login({ protocol: 1 })}PING\r\n`],
  ]),
  ...each(
    'no_auth_user, then',
    'noAuthUser',
    'AU-21 CP-11',
    {
      token: login({ auth_token: 'p' }),
      nkey: login({ nkey: 'p' }),
      'user alone': login({ user: 'q' }),
      'password alone': login({ pass: 'q' }),
      'empty names': login({ user: '', pass: '' }),
      'another user, then none': `${login({ user: 'a', pass: 'pa' })}PING\r\nCONNECT {}\r\n`,
    },
    { before: ping, after: `SUB x 1\r\n${ping}` },
  ),
];
