import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUser } from '@nats-io/nkeys';
import type { AuthOptions, UserInput } from './auth-options.ts';
import { type AuthRequest, type AuthResult, noCredentials } from './auth-user.ts';
import type { PasswordChecker } from './bcrypt-checker.ts';
import type { CalloutQuestion } from './delegation.ts';
import { Authenticator, type AuthSurroundings } from './users.ts';

const hash = '$2a$04$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

/** Answers at once: the password of every hash is `secret`; `busy` finds no place in the line. */
const fake: PasswordChecker = {
  compare: (_hash, password) => (password === 'busy' ? undefined : password === 'secret'),
  close() {},
};

function user(username: string, password: string, more: Partial<UserInput> = {}): UserInput {
  return {
    username,
    password,
    nkey: '',
    permissions: undefined,
    account: undefined,
    allowedConnectionTypes: undefined,
    connectionDeadline: undefined,
    proxyRequired: false,
    ...more,
  };
}

const listener = {
  port: 0,
  noAuthUser: '',
  username: '',
  password: '',
  token: '',
  tls: undefined,
};

function authenticator(options: Partial<AuthOptions>, more: Partial<AuthSurroundings> = {}) {
  const none: AuthOptions = {
    users: [],
    nkeys: [],
    username: '',
    password: '',
    authorization: '',
    noAuthUser: '',
    proxyRequired: false,
    authBlockDefined: true,
    dontListen: false,
    systemAccount: '',
    accounts: [],
    tls: undefined,
    websocket: listener,
    mqtt: listener,
    leafNode: { port: 0, username: '', nkey: '', users: [], tls: undefined },
    proxies: undefined,
    authCallout: undefined,
  };
  return new Authenticator({ ...none, ...options }, { passwords: fake, ...more });
}

function request(more: Partial<AuthRequest>): AuthRequest {
  return {
    ...noCredentials,
    connectionType: 'STANDARD',
    nonce: '',
    host: '127.0.0.1',
    certificate: undefined,
    boundAccount: '$G',
    describe: () => assert.fail('nobody asks'),
    ...more,
  };
}

/** `name` when let in (`-` for an empty name), else the reason. */
function outcomeOf(auth: Authenticator, more: Partial<AuthRequest>): string {
  const result = auth.authenticate(request(more));
  assert.ok(!(result instanceof Promise));
  return result.ok ? result.user.name || '-' : result.reason;
}

function outcome(auth: Authenticator, user = '', pass = '', token = '', more = {}): string {
  return outcomeOf(auth, { user, pass, token, ...more });
}

test('nothing configured lets everyone in, whatever they send', () => {
  const auth = authenticator({ password: 'unused' });
  assert.equal(auth.required, false);
  assert.equal(outcome(auth), '-');
  assert.equal(outcome(auth, 'x', 'y', 'z'), '-');
});

test('a single user, plain or bcrypt', () => {
  const plain = authenticator({ username: 'a', password: 'pw' });
  assert.equal(plain.advertisedFor('STANDARD'), true);
  assert.equal(outcome(plain, 'a', 'pw'), 'a');
  for (const [u, p, t] of [['a', 'PW'], ['a', ''], ['b', 'pw'], ['', 'pw'], ['', '', 'pw'], []]) {
    assert.equal(outcome(plain, u, p, t), 'authorization', `${u} ${p} ${t}`);
  }
  const hashed = authenticator({ username: 'a', password: hash });
  assert.equal(outcome(hashed, 'a', 'secret'), 'a');
  assert.equal(outcome(hashed, 'a', hash), 'authorization', 'a hash is not a password');
  assert.equal(outcome(hashed, 'a', 'busy'), 'busy');
});

test('an empty password is matched by an empty password only', () => {
  const auth = authenticator({ username: 'a' });
  assert.equal(outcome(auth, 'a'), 'a');
  assert.equal(outcome(auth, 'a', 'x'), 'authorization');
  assert.equal(outcome(auth), 'authorization');
});

test('a token, plain or bcrypt, shuts the single user out', () => {
  const auth = authenticator({ authorization: 'tok', username: 'a', password: 'pw' });
  assert.equal(outcome(auth, '', '', 'tok'), '-');
  assert.equal(outcome(auth, 'a', 'pw'), 'authorization');
  assert.equal(outcome(auth, 'tok'), 'authorization');
  const hashed = authenticator({ authorization: `${hash} trailing` });
  assert.equal(outcome(hashed, '', '', 'secret'), '-');
  assert.equal(outcome(hashed, '', '', 'other'), 'authorization');
});

test('several users: looked up by name, never mixed with the single one', () => {
  const users = [user('a', 'pa'), user('b', hash), user('empty', '')];
  const auth = authenticator({ users, username: 'z', password: 'pz' });
  assert.equal(outcome(auth, 'a', 'pa'), 'a');
  assert.equal(outcome(auth, 'b', 'secret'), 'b');
  assert.equal(outcome(auth, 'empty'), 'empty');
  assert.equal(outcome(auth, 'a', 'secret'), 'authorization');
  assert.equal(outcome(auth, 'z', 'pz'), 'authorization');
  assert.equal(outcome(auth, '__proto__', ''), 'authorization');
  assert.equal(outcome(auth), 'authorization');
  assert.equal(auth.user('a')?.name, 'a');
  const withToken = authenticator({ users, authorization: 'tok' });
  assert.equal(outcome(withToken, '', '', 'tok'), '-');
  assert.equal(outcome(withToken, 'a', 'pa', 'tok'), 'a');
});

test('no_auth_user is who sends nothing', () => {
  const users = [user('a', 'pa'), user('b', hash)];
  const auth = authenticator({ users, noAuthUser: 'a' });
  assert.equal(auth.required, true);
  assert.equal(auth.advertisedFor('STANDARD'), false);
  assert.equal(outcome(auth), 'a');
  assert.equal(outcome(auth, 'b', 'secret'), 'b');
  assert.equal(outcome(auth, 'a'), 'authorization');
  assert.equal(outcome(auth, '', 'pa'), 'authorization');
  assert.equal(outcome(auth, '', '', 'x'), 'authorization');
  // As recorded from nats-server 2.15.2.
  assert.equal(outcome(authenticator({ users, noAuthUser: 'b' })), 'authorization');
});

test('connection types restrict users, the guest too', () => {
  const users = [
    user('ws', 'p', { allowedConnectionTypes: ['WEBSOCKET', 'IN_PROCESS'] }),
    user('any', 'p', { allowedConnectionTypes: [] }),
  ];
  const auth = authenticator({ users, noAuthUser: 'ws' });
  assert.equal(outcome(auth, 'ws', 'p'), 'authorization');
  assert.equal(outcome(auth, 'ws', 'p', '', { connectionType: 'WEBSOCKET' }), 'ws');
  // GHSA-hmmp-q8cx-v964, also before CONNECT.
  assert.equal(outcome(auth), 'authorization');
  assert.equal(auth.admitsGuests('STANDARD'), false);
  assert.equal(outcome(auth, '', '', '', { connectionType: 'IN_PROCESS' }), 'ws');
  assert.equal(auth.admitsGuests('IN_PROCESS'), true);
  assert.equal(outcome(auth, 'any', 'p', '', { connectionType: 'MQTT' }), 'any');
});

const nonce = 'abcdefghijklmno';

function signatureBy(pair: { sign(data: Uint8Array): Uint8Array }): Buffer {
  return Buffer.from(pair.sign(Buffer.from(nonce)));
}

test('a proxy must be trusted, and where one is required it must have signed', () => {
  const [proxy, other] = [createUser(), createUser()];
  const proxies = {
    trusted: [{ key: createUser().getPublicKey() }, { key: proxy.getPublicKey() }],
  };
  const users = [user('proxy', 'p', { proxyRequired: true }), user('plain', 'p')];
  const auth = authenticator({ users, proxies });
  assert.equal(auth.nonceNeeded, true);
  const proxySig = signatureBy(proxy).toString('base64url');
  assert.equal(outcome(auth, 'proxy', 'p'), 'proxyRequired');
  assert.equal(outcome(auth, 'proxy', 'p', '', { nonce, proxySig }), 'proxy');
  const found = auth.authenticate(request({ user: 'plain', pass: 'p', nonce, proxySig }));
  assert.equal((found as AuthResult).proxyKey, proxy.getPublicKey());
  const wrong = [
    signatureBy(other).toString('base64url'),
    signatureBy(proxy).toString('base64'),
    'x',
    '%',
  ];
  for (const sig of wrong) {
    assert.equal(outcome(auth, 'plain', 'p', '', { nonce, proxySig: sig }), 'proxyNotTrusted', sig);
  }
  assert.equal(outcome(auth, 'proxy', 'p', '', { nonce: 'other', proxySig }), 'proxyNotTrusted');
  // Without trusted proxies a signature means nothing.
  assert.equal(outcome(authenticator({ users }), 'proxy', 'p', '', { proxySig }), 'proxyRequired');
  const guest = authenticator({ users, noAuthUser: 'proxy', proxies });
  assert.equal(outcome(guest), 'proxyRequired');
  assert.equal(guest.admitsGuests('STANDARD'), false);
  const single = authenticator({ username: 'a', password: 'p', proxyRequired: true, proxies });
  assert.equal(outcome(single, 'a', 'p'), 'proxyRequired');
  assert.equal(outcome(single, 'a', 'p', '', { nonce, proxySig }), 'a');
});

test('an nkey user signs the nonce, in either base64', () => {
  const [pair, other] = [createUser(), createUser()];
  const nkey = pair.getPublicKey();
  const users = [user('a', 'p')];
  const auth = authenticator({ nkeys: [user('', '', { nkey, account: 'A' })], users });
  assert.equal(auth.nonceNeeded, true);
  const signature = signatureBy(pair);
  const padded = signature.toString('base64');
  const login = (more: Partial<AuthRequest>) => outcomeOf(auth, { nkey, nonce, ...more });
  assert.equal(login({ sig: signature.toString('base64url') }), nkey);
  assert.equal(login({ sig: padded }), nkey);
  const refused = [
    padded.slice(0, -1),
    `${signature.toString('base64url')}=`,
    signature.subarray(1).toString('base64url'),
    signatureBy(other).toString('base64url'),
    '',
  ];
  // Standard base64 without padding passes when it has no character of its own.
  for (const sig of refused) assert.equal(login({ sig }), 'authorization', sig);
  assert.equal(login({ sig: padded, nonce: '' }), 'authorization');
  assert.equal(login({ sig: padded, nonce: 'another' }), 'authorization');
  assert.equal(login({ nkey: other.getPublicKey(), sig: padded }), 'authorization');
  // An unknown nkey is not saved by a known name, a known one needs none.
  assert.equal(login({ nkey: 'UX', user: 'a', pass: 'p' }), 'authorization');
  assert.equal(login({ sig: padded, user: 'a', pass: 'wrong' }), nkey);
  assert.equal(login({ nkey: '', user: 'a', pass: 'p' }), 'a');
  const known = auth.user(nkey);
  assert.deepEqual([known?.nkey, known?.account], [nkey, 'A']);
});

test('no_auth_user may be an nkey, which then needs no signature', () => {
  const nkey = createUser().getPublicKey();
  const auth = authenticator({ nkeys: [user('', '', { nkey })], noAuthUser: nkey });
  const found = auth.authenticate(request({})) as AuthResult;
  assert.equal(found.ok && found.user.nkey, nkey);
  assert.deepEqual(found.adopt, { nkey });
  assert.equal(outcomeOf(auth, { nkey }), nkey);
  assert.equal(outcomeOf(auth, { user: 'x' }), 'authorization');
  // nats-server looks for the guest among the names only before CONNECT.
  assert.equal(auth.admitsGuests('STANDARD'), false);
});

test('websocket clients have the credentials of their block, when it has any', () => {
  const websocket = { ...listener, port: 1, username: 'w', password: 'pw' };
  const auth = authenticator({ username: 'a', password: 'p', websocket });
  const ws = { connectionType: 'WEBSOCKET' };
  assert.equal(outcome(auth, 'w', 'pw', '', ws), 'w');
  assert.equal(outcome(auth, 'a', 'p', '', ws), 'authorization');
  assert.equal(outcome(auth, 'w', 'pw'), 'authorization');
  const open = authenticator({ websocket: { ...listener, token: 'tok' } });
  assert.equal(outcome(open), '-');
  assert.equal(open.requiredFor('STANDARD'), false);
  assert.equal(open.requiredFor('WEBSOCKET'), true);
  assert.equal(outcome(open, '', '', '', ws), 'authorization');
  assert.equal(outcome(open, '', '', 'tok', ws), '-');
  const users = [user('a', 'p'), user('g', 'p')];
  const guests = authenticator({ users, websocket: { ...listener, noAuthUser: 'g' } });
  assert.equal(outcome(guests, '', '', '', ws), 'g');
  assert.equal(outcome(guests), 'authorization');
  assert.equal(guests.advertisedFor('WEBSOCKET'), true);
});

test('verify_and_map: the certificate says who it is', () => {
  const tls = { verify: true, map: true };
  const users = [user('CN=a', ''), user('CN=ws', '', { allowedConnectionTypes: ['WEBSOCKET'] })];
  const auth = authenticator({ users, tls });
  const certificate = (name: string) => ({
    match: (names: readonly string[]) => names.find((one) => one === name),
  });
  assert.equal(outcomeOf(auth, { certificate: certificate('CN=a') }), 'CN=a');
  assert.equal(outcomeOf(auth, { certificate: certificate('CN=a'), user: 'CN=ws' }), 'CN=a');
  assert.equal(outcomeOf(auth, { certificate: certificate('CN=ws') }), 'authorization');
  assert.equal(outcomeOf(auth, { certificate: certificate('CN=b') }), 'authorization');
  assert.equal(outcomeOf(auth, { user: 'CN=a' }), 'authorization');
  // On another listener its empty password lets nobody in.
  const websocket = { ...listener, port: 1 };
  const both = authenticator({ users: [user('CN=a', ''), user('plain', '')], tls, websocket });
  assert.equal(outcomeOf(both, { user: 'CN=a', connectionType: 'WEBSOCKET' }), 'authorization');
  const off = authenticator({ users, tls, dontListen: true });
  assert.equal(outcomeOf(off, { user: 'CN=ws', connectionType: 'WEBSOCKET' }), 'CN=ws');
});

// CVE-2023-47090: with an authorization block nobody but the configured users gets in.
test('who gets in when only the system account has users', () => {
  const users = [user('sys', 'p', { account: '$SYS' })];
  const accounts = [{ name: '$SYS' }];
  const guestName = 'nats-x';
  const matrix: [string, Partial<AuthOptions>, string][] = [
    ['system account only', { accounts, users }, guestName],
    ['and without users', { accounts }, guestName],
    ['with an authorization block', { accounts, users, authBlockDefined: true }, 'authorization'],
    ['with a guest', { accounts, users, noAuthUser: 'sys' }, 'sys'],
    ['another account', { accounts: [...accounts, { name: 'A' }], users }, 'authorization'],
    ['named otherwise', { accounts: [{ name: 'S' }], systemAccount: 'S', users }, guestName],
    ['not the system account', { accounts: [{ name: 'S' }], users }, 'authorization'],
  ];
  for (const [name, options, expected] of matrix) {
    const auth = authenticator({ authBlockDefined: false, ...options }, { guestName });
    assert.equal(outcome(auth), expected, name);
    assert.equal(auth.requiredFor('STANDARD'), true, name);
    if (expected !== guestName) continue;
    assert.equal(auth.user(guestName)?.account, '');
    assert.equal(auth.advertisedFor('STANDARD'), true, name);
    assert.equal(auth.admitsGuests('STANDARD'), true, name);
    assert.equal(outcome(auth, 'other', 'p'), 'authorization', name);
  }
});

test('who was taken away or given to another account has moved', () => {
  const nkey = createUser().getPublicKey();
  const users = [user('a', 'p', { account: 'A' }), user('g', 'p')];
  const auth = authenticator({ users, nkeys: [user('', '', { nkey, account: 'A' })] });
  const moved = (sent: { user?: string; nkey?: string }, account: string) =>
    auth.hasMoved({ user: '', nkey: '', ...sent }, account);
  assert.equal(moved({}, 'B'), false);
  assert.equal(moved({ user: 'a' }, 'A'), false);
  assert.equal(moved({ user: 'a' }, 'B'), true);
  assert.equal(moved({ user: 'g' }, '$G'), false);
  assert.equal(moved({ user: 'gone' }, '$G'), true);
  assert.equal(moved({ nkey }, 'A'), false);
  assert.equal(moved({ nkey: 'UX', user: 'a' }, 'A'), true);
});

test('an authorization service judges all but its own users', async () => {
  const asked: CalloutQuestion[] = [];
  const callouts = {
    ask: (question: CalloutQuestion) => {
      asked.push(question);
      return Promise.resolve({ ok: false, reason: 'authorization' } as const);
    },
  };
  const callout = { issuer: 'A', account: 'AUTH', authUsers: ['auth'], xkey: '' };
  const users = [
    user('auth', 'p', { account: 'AUTH' }),
    user('app', 'p', { account: 'APP' }),
    user('g', 'p'),
  ];
  const outcomes = async (allowedAccounts: string[], user = '', pass = '', account = '$G') => {
    asked.length = 0;
    const authCallout = { ...callout, allowedAccounts };
    const auth = authenticator({ users, authCallout }, { callouts });
    assert.equal(auth.required, true);
    const result = await auth.authenticate(request({ user, pass, boundAccount: account }));
    return [result.ok ? result.user.name : result.reason, asked.length];
  };
  assert.deepEqual(await outcomes([], 'auth', 'p'), ['auth', 0]);
  assert.deepEqual(await outcomes([], 'auth', 'wrong'), ['authorization', 0]);
  assert.deepEqual(await outcomes([], 'other', 'p'), ['authorization', 1]);
  assert.deepEqual(await outcomes([]), ['authorization', 1]);
  assert.deepEqual(await outcomes([], 'app', 'p'), ['authorization', 1]);
  assert.deepEqual(await outcomes(['APP'], 'app', 'p'), ['authorization', 1]);
  assert.deepEqual(await outcomes(['OTHER'], 'app', 'p'), ['app', 0]);
  assert.deepEqual(await outcomes(['OTHER'], 'g', 'p'), ['authorization', 1]);
  assert.deepEqual(await outcomes(['OTHER'], 'x', 'p', 'APP'), ['authorization', 0]);
  const only = authenticator({ authCallout: { ...callout, allowedAccounts: [] }, users });
  const denied = only.user('auth')?.permissions;
  assert.equal(denied?.canPublish('$SYS.REQ.USER.AUTH'), false);
  assert.equal(denied?.canPublish('other'), true);
  assert.equal(only.user('app')?.permissions, undefined);
});

test('a user comes with its permissions, built once', () => {
  const permissions = {
    publish: { allow: ['a'], deny: undefined },
    subscribe: undefined,
    response: undefined,
  };
  const auth = authenticator({ users: [user('a', 'p', { permissions, account: 'ACC' })] });
  const login = () => auth.authenticate(request({ user: 'a', pass: 'p' })) as AuthResult;
  const first = login();
  assert.ok(first.ok);
  assert.equal(first.user.permissions?.canPublish('a'), true);
  assert.equal(first.user.permissions?.canPublish('b'), false);
  assert.equal(first.user.account, 'ACC');
  const second = login();
  assert.equal(second.ok && second.user, first.user);
});
