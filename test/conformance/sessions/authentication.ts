/** Authentication by nkeys, JWTs under an operator, behind proxies, by callout. */
import type { Action, Session } from '../session.ts';
import { named, ping, pub, session } from './build.ts';

type Fields = Record<string, unknown>;
const connect = (fields: Fields) => `CONNECT ${JSON.stringify({ verbose: false, ...fields })}\r\n`;
const sub = (subject: string, sid: number | string = 1) => `SUB ${subject} ${sid}\r\n`;

const nkey = (name: string, o: Fields = {}) =>
  connect({ nkey: `@KEY(${name})@`, sig: `@SIG(${name})@`, ...o });
const nkeyCases: Record<string, string> = {
  good: nkey('user-one'),
  'good, protocol 1': nkey('user-one', { protocol: 1 }),
  'good, verbose': nkey('user-one', { verbose: true }),
  'with permissions': `${nkey('user-two')}${sub('x.a')}${sub('y', 2)}${pub('x.a', '1')}${pub('y', '2')}`,
  'standard base64': nkey('user-one', { sig: '@SIGSTD(user-one)@' }),
  'signature of another key': nkey('user-one', { sig: '@SIG(user-two)@' }),
  'no signature': connect({ nkey: '@KEY(user-one)@' }),
  'empty signature': nkey('user-one', { sig: '' }),
  'signature that is no base64': nkey('user-one', { sig: '***' }),
  'short signature': nkey('user-one', { sig: 'YWJj' }),
  'signature and more': nkey('user-one', { sig: '@SIG(user-one)@AAAA' }),
  'the nonce itself': nkey('user-one', { sig: '@NONCE@' }),
  'unknown key': nkey('user-three'),
  'key in lower case': nkey('user-one', { nkey: '@KEY(user-one)@'.toLowerCase() }),
  'key of an account': nkey('account-a'),
  'key cut': nkey('user-one', { nkey: 'UA' }),
  'empty key': nkey('user-one', { nkey: '' }),
  'signature without a key': connect({ sig: '@SIG(user-one)@' }),
  'and a good user': nkey('user-one', { user: 'u', pass: 'p' }),
  'and a wrong user': nkey('user-one', { user: 'u', pass: 'x' }),
  'bad, and a good user': connect({ nkey: '@KEY(user-one)@', sig: 'YWJj', user: 'u', pass: 'p' }),
  'and a token': nkey('user-one', { auth_token: 'x' }),
  'and a jwt': nkey('user-one', { jwt: 'x.y.z' }),
  'user alone': connect({ user: 'u', pass: 'p' }),
  'wrong user alone': connect({ user: 'u', pass: 'x' }),
  'the key as the user': connect({ user: '@KEY(user-one)@', pass: '' }),
  'the key as the user, with a signature': connect({
    user: '@KEY(user-one)@',
    sig: '@SIG(user-one)@',
  }),
  'for websockets only': nkey('user-ws'),
  nothing: connect({}),
};
const nkeys: Session[] = [
  ...Object.entries(nkeyCases).map(([name, bytes]) =>
    session(`nkey: ${name}`, 'nkeys', 'AU-06 AU-07 AU-29', [['a', bytes + ping]]),
  ),
  session('nkey: INFO', 'nkeys', 'AU-07', [['!open', 'a']]),
  session('nkey: the nonce of another connection', 'nkeys', 'AU-06', [
    ['!open', 'b'],
    ['a', nkey('user-one', { sig: '@SIG(user-one,b)@' }) + ping],
    ['b', nkey('user-one') + ping],
  ]),
  session('nkey: a second CONNECT', 'nkeys', 'AU-06 CP-11', [
    ['a', nkey('user-one') + ping],
    ['a', nkey('user-two') + sub('y') + ping],
    ['a', nkey('user-one', { sig: 'x' }) + ping],
  ]),
  session('nkey: accounts', 'nkeyAccounts', 'AU-06 AC-03 AC-21', [
    [
      'a',
      `${nkey('user-one', { protocol: 1 })}${sub('>')}${pub('x', '1')}${pub('a.x', '2')}${ping}`,
    ],
    ['b', `${nkey('user-two', { protocol: 1 })}${sub('>')}${pub('x', '1')}${ping}`],
    ['c', connect({ user: 'b', pass: 'p' }) + pub('a.x', '2') + ping],
  ]),
  ...Object.entries({
    nothing: connect({ protocol: 1 }),
    'another key': nkey('user-two', { protocol: 1 }),
    'another key, badly signed': nkey('user-two', { sig: 'x' }),
    'unknown key': nkey('user-three'),
    'its own key': nkey('user-one', { protocol: 1 }),
    'its own key, badly signed': nkey('user-one', { sig: 'x' }),
    'a user': connect({ user: 'b', pass: 'p', protocol: 1 }),
    'a wrong user': connect({ user: 'b', pass: 'x' }),
    'no CONNECT': '',
  }).map(([name, bytes]) =>
    session(`nkey as no_auth_user: ${name}`, 'nkeyNoAuthUser', 'AU-21 AU-06', [
      ['a', bytes + ping],
    ]),
  ),
  ...Object.entries({
    nothing: connect({}),
    'no CONNECT': '',
    itself: connect({ user: 'u', pass: 'p' }),
    another: connect({ user: 'v', pass: 'p' }),
  }).map(([name, bytes]) =>
    session(
      `no_auth_user not for this connection type: ${name}`,
      'noAuthUserTyped',
      'AU-21 AU-27',
      [['a', bytes + ping]],
    ),
  ),
  ...Object.entries({
    'empty password': connect({ user: 'u', pass: '' }),
    'no password': connect({ user: 'u' }),
    'a password': connect({ user: 'u', pass: 'x' }),
    nothing: connect({}),
  }).map(([name, bytes]) =>
    session(`user with an empty password: ${name}`, 'emptyPassword', 'AU-03 AU-29', [
      ['a', bytes + ping],
    ]),
  ),
];

/** CONNECT of the user of a token, signed with its own key. */
const jwt = (name: string, o: Fields = {}) =>
  connect({
    jwt: `@JWT(user-${name})@`,
    sig: `@SIG(user-${name})@`,
    headers: true,
    no_responders: true,
    ...o,
  });
const good = (name: string, o: Fields = {}) => jwt(name, { sig: '@SIG(user-good)@', ...o });

const verdicts = [
  'good expired lasting early bearer revoked renewed signing signing-alone unknown-signing wrong-account',
  'own-account missing-account role role-untagged role-own role-default role-odd role-bearer perms resp',
  'src-no src-yes src-bad src-six times-all times-zone times-no times-bad times-bad-zone type-ws',
  'type-standard type-both type-unknown type-unknown-too subs payload zero proxy sys b noactivation',
  'foreign selfmade narrow revokedact expiredact signact garbageact nowhere signed stranger missing v1',
  'in-expired star-old star-new nobearer nobearer-bearer defaults defaults-own old old-signing in-v1',
]
  .join(' ')
  .split(' ');
const damages = [
  'cut long two-parts four-parts no-signature other-signature other-body alg-none alg-none-signed alg-old',
  'alg-rs256 type-other type-lower newer version-0 generic untyped as-account as-activation subject-account',
  'subject-empty subject-other issuer-cut issuer-one issuer-empty issuer-operator issuer-lower issuer-checksum',
  'expires-text expires-float expires-negative unknown-field audience deny-number bad-subject body-array',
  'body-text body-null deep by-operator by-user',
]
  .join(' ')
  .split(' ');
const signatures: Record<string, string> = {
  'no signature': jwt('good', { sig: undefined }),
  'another’s signature': jwt('good', { sig: '@SIG(user-perms)@' }),
  'standard base64': jwt('good', { sig: '@SIGSTD(user-good)@' }),
  'a signature that is no base64': jwt('good', { sig: '*' }),
  'bearer without a signature': jwt('bearer', { sig: undefined }),
  'bearer with a bad signature': jwt('bearer', { sig: '@SIG(user-good)@' }),
  'no bearer where it is disallowed': jwt('nobearer', { sig: undefined }),
  'scoped bearer without a signature': jwt('role-bearer', { sig: undefined }),
  'with its nkey': jwt('good', { nkey: '@KEY(user-good)@' }),
  'with another nkey': jwt('good', { nkey: '@KEY(user-perms)@' }),
  'nkey without jwt': nkey('user-good'),
  'user and password': connect({ user: 'u', pass: 'p' }),
  'user and password too': jwt('good', { user: 'u', pass: 'p' }),
  'a token too': jwt('good', { auth_token: 'x' }),
  'the jwt as the password': connect({ user: 'x', pass: '@JWT(user-bearer)@' }),
  'the jwt as the token': connect({ auth_token: '@JWT(user-bearer)@' }),
  'an account’s jwt': connect({ jwt: '@JWT(account-a)@', sig: '@SIG(account-a)@' }),
  'the operator’s jwt': connect({ jwt: '@JWT(operator-main)@', sig: '@SIG(operator-main)@' }),
  'an activation': connect({ jwt: '@JWT(activation-b)@', sig: '@SIG(account-b)@' }),
  nothing: connect({}),
  'empty jwt': connect({ jwt: '', sig: 'x' }),
  dots: connect({ jwt: '..', sig: 'x' }),
  garbage: connect({ jwt: 'garbage', sig: 'x' }),
  'good, protocol 1': jwt('good', { protocol: 1 }),
  'good, verbose': jwt('good', { verbose: true }),
  'wrong, verbose': jwt('expired', { verbose: true }),
};
const tries = (...subjects: string[]) =>
  subjects.map((s, i) => sub(s, i + 1)).join('') + subjects.map((s) => pub(s, 'x')).join('') + ping;
const info = `${sub('_INBOX.>', 99)}${ping}`;
const asksInfo = (who: string): Action => [who, pub('$SYS.REQ.USER.INFO', '', '_INBOX.1')];

const operators: Session[] = [
  session('operator: INFO', 'operator', 'AU-08 AU-07 AU-15', [['!open', 'a']]),
  ...verdicts.map((name) =>
    session(`jwt: ${name}`, 'operator', 'AU-08 AU-09 AU-29', [
      ['a', jwt(name) + tries('x', 'x.a')],
    ]),
  ),
  ...damages.map((name) =>
    session(`damaged jwt: ${name}`, 'operator', 'AU-08 AU-29', [
      ['a', good(`good-${name}`) + ping],
    ]),
  ),
  ...Object.entries(signatures).map(([name, bytes]) =>
    session(`jwt: ${name}`, 'operator', 'AU-08 AU-11 AU-29', [['a', bytes + ping]]),
  ),
  ...Object.entries(named(['PING\r\n', 'SUB a 1\r\n', 'CONNECT {}\r\n'])).map(([name, bytes]) =>
    session(`operator: first bytes ${name}`, 'operator', 'AU-08 CP-10', [['a', bytes]]),
  ),
  session('jwt: permissions', 'operator', 'AU-08 AZ-01 AZ-03', [
    ['a', jwt('perms') + tries('x.a', 'x.no', 'x.y.no', 'y')],
    ['a', `SUB w q.1 7\r\nSUB w r 8\r\nSUB w 9\r\n${ping}`],
    ['b', `${jwt('good')}${pub('x.y.no', '1')}${pub('w', '2')}${ping}`],
  ]),
  ...['role', 'role-untagged', 'role-odd', 'role-default', 'role-own'].map((name) =>
    session(
      `jwt: what ${name} may do`,
      'operator',
      'AU-10',
      [
        [
          'a',
          jwt(name) +
            tries(
              `${name}.x`,
              'team.blue.test',
              'team.red.dev',
              'team.x.test',
              't.x',
              'a.x',
              'a.no',
              '@KEY(account-a)@',
              `@KEY(user-${name})@.x`,
            ),
        ],
        ['b', jwt(name) + info],
        asksInfo('b'),
      ],
      { whole: true },
    ),
  ),
  session('jwt: scoped limits', 'operator', 'AU-10 AU-12', [
    ['a', jwt('role', { protocol: 1 }) + ping],
    ['a', [1, 2, 3, 4, 5, 6].map((n) => sub(`a.${n}`, n)).join('') + ping],
    ['a', pub('t.x', 'x'.repeat(21))],
  ]),
  session('jwt: responses', 'operator', 'AU-08 AZ-04', [
    ['a', jwt('resp') + sub('svc') + ping],
    ['b', `${jwt('good')}${sub('_INBOX.>')}${pub('svc', 'q', '_INBOX.1')}${ping}`],
    ['a', pub('_INBOX.1', '1') + pub('_INBOX.1', '2') + pub('_INBOX.1', '3') + ping],
  ]),
  session('jwt: a limit of subscriptions', 'operator', 'AU-12', [
    ['a', jwt('subs', { protocol: 1 }) + sub('x', 1) + sub('y', 2) + ping],
    ['a', `UNSUB 1\r\n${sub('y', 3)}${ping}`],
  ]),
  session('jwt: a limit of payload', 'operator', 'AU-12 T6', [
    ['a', jwt('payload', { protocol: 1 }) + sub('x') + pub('x', '12345') + ping],
    ['a', pub('x', '123456')],
  ]),
  session(
    'jwt: limits of an account',
    'operator',
    'AC-28',
    [
      ['a', jwt('limits', { protocol: 1 }) + sub('x', 1) + sub('y', 2) + sub('z', 3) + ping],
      ['b', jwt('limits') + ping],
      ['a', pub('x', '12345678901')],
    ],
    { fresh: true },
  ),
  session('jwt: default permissions', 'operator', 'AC-21 AC-28', [
    ['a', jwt('defaults') + tries('d.x', 'd.no', 'x')],
    ['b', jwt('defaults-own') + tries('own', 'd.x')],
  ]),
  session('jwt: mappings of an account', 'operator', 'AC-28', [
    ['a', jwt('mapped') + sub('n.*', 1) + sub('half.a', 2) + ping],
    ['a', pub('m.x', '1') + pub('half', '2') + ping],
  ]),
  session(
    'jwt: imports',
    'operator',
    'AU-08 AC-05 AC-06 AC-07',
    [
      ['a', jwt('good') + sub('q', 1) + sub('pq', 2) + sub('tp.*', 3) + ping],
      ['b', jwt('b') + sub('from.a.>', 1) + sub('p.>', 2) + sub('_INBOX.>', 3) + ping],
      ['a', pub('s.x', '1') + pub('p.x', '2') + ping],
      ['b', pub('b.q', 'shared', '_INBOX.1') + ping],
      ['a', pub('@REPLY@', 'answer') + ping],
      ['b', pub('pq', 'private', '_INBOX.1') + ping],
      ['b', pub('tp', 'token', '_INBOX.1') + ping],
    ],
    { whole: true },
  ),
  ...[
    'noactivation',
    'foreign',
    'selfmade',
    'narrow',
    'revokedact',
    'expiredact',
    'signact',
    'garbageact',
  ].map((name) =>
    session(`jwt: private import, ${name}`, 'operator', 'AC-07', [
      ['b', jwt(name) + sub('p.>', 1) + sub('s.>', 2) + ping],
      ['a', jwt('good') + pub('p.x', '1') + pub('p.y', '2') + pub('s.x', '3') + ping],
    ]),
  ),
  session('jwt: account traces', 'operator', 'AC-23 AC-28', [
    ['w', jwt('traced') + sub('acc.trace') + ping],
    [
      'a',
      `${jwt('traced')}HPUB x 82 84\r\nNATS/1.0\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\nhi\r\n${ping}`,
    ],
  ]),
  ...['good', 'perms', 'lasting', 'bearer', 'signing', 'sys', 'old', 'resp', 'subs', 'src-yes'].map(
    (name) =>
      session(`jwt: user info of ${name}`, 'operator', 'SY-17 AC-22', [
        ['a', jwt(name) + info],
        asksInfo('a'),
      ]),
  ),
  session(
    'jwt: expires while connected',
    'operator',
    'AU-13',
    [
      ['a', jwt('good', { jwt: '@JWT(user-good+2)@', protocol: 1 }) + sub('x') + ping],
      ['!wait', 2_300],
    ],
    { whole: true },
  ),
  session(
    'jwt: expires while connected, verbose',
    'operator',
    'AU-13 CP-20',
    [
      ['a', jwt('good', { jwt: '@JWT(user-good+1)@', verbose: true }) + sub('x') + ping],
      ['!wait', 1_500],
    ],
    { whole: true },
  ),
  session(
    'jwt: expires at once',
    'operator',
    'AU-13',
    [
      ['a', jwt('good', { jwt: '@JWT(user-good+0)@' }) + ping],
      ['!wait', 300],
    ],
    { whole: true },
  ),
  session('jwt: a second CONNECT', 'operator', 'AU-08 CP-11', [
    ['a', jwt('good') + ping],
    ['a', jwt('perms') + tries('y')],
    ['a', jwt('expired') + ping],
  ]),
  session('jwt: the nonce of another connection', 'operator', 'AU-08', [
    ['!open', 'b'],
    ['a', jwt('good', { sig: '@SIG(user-good,b)@' }) + ping],
  ]),
  session('jwt: two users of one account, two of others', 'operator', 'AU-08 AC-04', [
    ['a', jwt('good') + sub('x') + ping],
    ['b', jwt('b') + sub('x') + ping],
    ['c', jwt('signing') + pub('x', '1') + ping],
    ['d', jwt('b') + pub('x', '2') + ping],
  ]),
  ...Object.entries({
    nothing: connect({ protocol: 1 }),
    'no CONNECT': '',
    user: connect({ user: 'u', pass: 'p' }),
    'another jwt': jwt('perms'),
    'a bad jwt': jwt('expired'),
    'empty jwt': connect({ jwt: '' }),
  }).map(([name, bytes]) =>
    session(`default sentinel: ${name}`, 'operatorStrict', 'AU-20', [['a', bytes + tries('x')]]),
  ),
  ...['good', 'signed', 'b', 'signing'].map((name) =>
    session(`trusted keys: ${name}`, 'trustedKeys', 'AU-08', [['a', jwt(name) + ping]]),
  ),
];

const proxySig = (name: string) => ({ proxy_sig: `@SIG(${name})@` });
const u = { user: 'u', pass: 'p' };
const v = { user: 'v', pass: 'p' };
const proxyCases: Record<string, Fields> = {
  'required, none': u,
  'required, right': { ...u, ...proxySig('user-proxy') },
  'required, second proxy': { ...u, ...proxySig('server-proxy') },
  'required, another key': { ...u, ...proxySig('user-one') },
  'required, broken': { ...u, proxy_sig: 'x' },
  'required, empty': { ...u, proxy_sig: '' },
  'required, standard base64': { ...u, proxy_sig: '@SIGSTD(user-proxy)@' },
  'required, right, wrong password': { ...u, pass: 'x', ...proxySig('user-proxy') },
  'required, none, wrong password': { ...u, pass: 'x' },
  'required, as sig': { ...u, sig: '@SIG(user-proxy)@' },
  'not required, none': v,
  'not required, right': { ...v, ...proxySig('user-proxy') },
  'not required, another key': { ...v, ...proxySig('user-one') },
  'not required, broken': { ...v, proxy_sig: 'x' },
  'not required, another key, wrong password': { ...v, pass: 'x', ...proxySig('user-one') },
  'nkey, none': { nkey: '@KEY(user-one)@', sig: '@SIG(user-one)@' },
  'nkey, right': { nkey: '@KEY(user-one)@', sig: '@SIG(user-one)@', ...proxySig('user-proxy') },
  'nobody, right': proxySig('user-proxy'),
};
const proxies: Session[] = [
  session('proxy: INFO', 'proxies', 'AU-26 AU-07', [['!open', 'a']]),
  ...Object.entries(proxyCases).flatMap(([name, fields]) => [
    session(`proxy: ${name}`, 'proxies', 'AU-26 AU-29', [
      ['a', connect({ ...fields, protocol: 1 }) + ping],
    ]),
  ]),
  session('proxy: verbose', 'proxies', 'AU-26 CP-20', [
    ['a', connect({ ...u, verbose: true }) + ping],
    ['b', connect({ ...u, ...proxySig('user-one'), verbose: true }) + ping],
  ]),
  ...Object.entries({
    none: u,
    right: { ...u, ...proxySig('user-proxy') },
    wrong: { ...u, ...proxySig('user-one') },
  }).map(([name, fields]) =>
    session(`proxy, one user: ${name}`, 'proxyRequiredOne', 'AU-26', [
      ['a', connect(fields) + ping],
    ]),
  ),
];

const service: Action = [
  'svc',
  `${connect({ user: 'auth', pass: 'p', headers: true })}${sub('$SYS.REQ.USER.AUTH')}${ping}`,
];
const answer = (o: Fields): Action => [
  'svc',
  `PUB @REPLY@ @SIZE@\r\n@ANSWER(${JSON.stringify(o)})@\r\n`,
];
const caller = (o: Fields = {}) =>
  connect({ user: 'x', pass: 'y', name: 'caller', protocol: 1, ...o });
const granted = ['SUB x 1\r\n', pub('x', '1'), ping].join('');
const answers: Record<string, Fields> = {
  granted: { account: 'A' },
  'granted in another account': { account: 'B' },
  'granted with permissions': { account: 'A', nats: { pub: { allow: ['y'] } } },
  'no account': {},
  'unknown account': { account: 'NONE' },
  'the global account': { account: '$G' },
  'the system account': { account: '$SYS' },
  refused: { error: 'no such user' },
  'refused without a reason': { error: '' },
  'another issuer of the user': { account: 'A', userIssuer: 'account-other' },
  'another issuer of the response': {
    account: 'A',
    issuer: 'account-other',
    userIssuer: 'account-issuer',
  },
  'another subject of the user': { account: 'A', user: { sub: '@KEY(user-good)@' } },
  'another subject of the response': { account: 'A', response: { sub: '@KEY(user-good)@' } },
  'another audience of the response': { account: 'A', response: { aud: '@KEY(account-a)@' } },
  'expired user': { account: 'A', user: { exp: 1_700_000_001 } },
  'early user': { account: 'A', user: { nbf: 4_000_000_000 } },
  'expired response': { account: 'A', response: { exp: 1_700_000_001 } },
  'a user of other connection types': {
    account: 'A',
    nats: { allowed_connection_types: ['WEBSOCKET'] },
  },
  'a user from elsewhere': { account: 'A', nats: { src: ['10.0.0.0/8'] } },
  'a bearer': { account: 'A', nats: { bearer_token: true } },
  'a user with limits': { account: 'A', nats: { subs: 1, payload: 5 } },
  'a user behind a proxy': { account: 'A', nats: { proxy_required: true } },
};
const callouts: Session[] = [
  session('callout: INFO', 'callout', 'AU-22', [['!open', 'a']]),
  session(
    'callout: the service and users of the file',
    'callout',
    'AU-22',
    [
      service,
      ['a', connect({ user: 'auth', pass: 'x' }) + ping],
      ['b', connect({ user: 'a', pass: 'p' })],
      answer({ error: 'no' }),
      ['b', ping],
    ],
    { fresh: true },
  ),
  ...Object.entries(answers).map(([name, o]) =>
    session(
      `callout: ${name}`,
      'callout',
      'AU-22',
      [service, ['a', caller()], answer(o), ['a', granted]],
      { fresh: true, whole: true },
    ),
  ),
  ...['A', 'B', 'AUTH'].map((account) =>
    session(
      `callout: allowed accounts, ${account}`,
      'calloutAllowed',
      'AU-22',
      [service, ['a', caller()], answer({ account }), ['a', granted]],
      { fresh: true, whole: true },
    ),
  ),
  ...Object.entries({
    nothing: connect({}),
    token: connect({ auth_token: 't', name: 'n', lang: 'l', version: 'v' }),
    nkey: connect({ nkey: '@KEY(user-good)@', sig: '@SIG(user-good)@' }),
    jwt: connect({ jwt: '@JWT(user-good)@', sig: 'x' }),
  }).map(([name, bytes]) =>
    session(
      `callout: the request for ${name}`,
      'callout',
      'AU-22',
      [service, ['a', bytes], answer({ error: 'no' }), ['a', granted]],
      {
        fresh: true,
        whole: true,
      },
    ),
  ),
  session(
    'callout: nobody answers',
    'calloutShort',
    'AU-22 CP-36',
    [
      ['a', caller()],
      ['!wait', 900],
    ],
    { fresh: true, whole: true },
  ),
  session(
    'callout: the service does not answer',
    'calloutShort',
    'AU-22 CP-36',
    [service, ['a', caller()], ['!wait', 900]],
    { fresh: true, whole: true },
  ),
  session(
    'callout: garbage, then an answer',
    'calloutShort',
    'AU-22',
    [service, ['a', caller()], ['svc', pub('@REPLY@', 'garbage')], ['!wait', 800]],
    { fresh: true, whole: true },
  ),
  session(
    'callout: an empty answer',
    'calloutShort',
    'AU-22',
    [service, ['a', caller()], ['svc', pub('@REPLY@', '')], ['!wait', 800]],
    { fresh: true, whole: true },
  ),
  session(
    'callout: what follows CONNECT waits',
    'callout',
    'AU-22 CP-26',
    [service, ['a', caller() + granted], answer({ account: 'A' })],
    { fresh: true, whole: true },
  ),
  session(
    'callout: the caller leaves',
    'callout',
    'AU-22',
    [
      service,
      ['a', caller()],
      ['!close', 'a'],
      ['!wait', 60],
      answer({ account: 'A' }),
      ['svc', ping],
    ],
    { fresh: true, whole: true },
  ),
];

export const authentication: Session[] = [...nkeys, ...operators, ...proxies, ...callouts];
