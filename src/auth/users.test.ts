import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PasswordChecker } from './bcrypt-checker.ts';
import { Authenticator, type AuthOptions, type AuthResult, type UserInput } from './users.ts';

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
    permissions: undefined,
    account: undefined,
    allowedConnectionTypes: undefined,
    connectionDeadline: undefined,
    proxyRequired: false,
    ...more,
  };
}

function authenticator(options: Partial<AuthOptions>) {
  const none: AuthOptions = {
    users: [],
    username: '',
    password: '',
    authorization: '',
    noAuthUser: '',
    proxyRequired: false,
  };
  return new Authenticator({ ...none, ...options }, fake);
}

/** `name` when let in (`-` for an empty name), else the reason. */
function outcome(auth: Authenticator, user = '', pass = '', token = '', more = {}): string {
  const result = auth.authenticate({ user, pass, token, ...more }) as AuthResult;
  assert.ok(!(result instanceof Promise));
  return result.ok ? result.user.name || '-' : result.reason;
}

test('nothing configured lets everyone in, whatever they send', () => {
  const auth = authenticator({ password: 'unused' });
  assert.equal(auth.required, false);
  assert.equal(outcome(auth), '-');
  assert.equal(outcome(auth, 'x', 'y', 'z'), '-');
});

test('a single user, plain or bcrypt', () => {
  const plain = authenticator({ username: 'a', password: 'pw' });
  assert.equal(plain.advertised, true);
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
  assert.equal(auth.advertised, false);
  assert.equal(outcome(auth), 'a');
  assert.equal(outcome(auth, 'b', 'secret'), 'b');
  assert.equal(outcome(auth, 'a'), 'authorization');
  assert.equal(outcome(auth, '', 'pa'), 'authorization');
  assert.equal(outcome(auth, '', '', 'x'), 'authorization');
  // As recorded from nats-server 2.15.2.
  assert.equal(outcome(authenticator({ users, noAuthUser: 'b' })), 'authorization');
});

test('connection types and trusted proxies restrict users, the guest too', () => {
  const users = [
    user('ws', 'p', { allowedConnectionTypes: ['WEBSOCKET', 'IN_PROCESS'] }),
    user('any', 'p', { allowedConnectionTypes: [] }),
    user('proxy', 'p', { proxyRequired: true }),
  ];
  const auth = authenticator({ users, noAuthUser: 'ws' });
  assert.equal(outcome(auth, 'ws', 'p'), 'authorization');
  assert.equal(outcome(auth, 'ws', 'p', '', { connectionType: 'WEBSOCKET' }), 'ws');
  assert.equal(outcome(auth), 'authorization');
  assert.equal(outcome(auth, '', '', '', { connectionType: 'IN_PROCESS' }), 'ws');
  assert.equal(outcome(auth, 'any', 'p', '', { connectionType: 'MQTT' }), 'any');
  assert.equal(outcome(auth, 'proxy', 'p'), 'proxyRequired');
  assert.equal(outcome(auth, 'proxy', 'p', '', { trustedProxy: true }), 'proxy');
  const guest = authenticator({ users, noAuthUser: 'proxy' });
  assert.equal(outcome(guest), 'proxyRequired');
  const single = authenticator({ username: 'a', password: 'p', proxyRequired: true });
  assert.equal(outcome(single, 'a', 'p'), 'proxyRequired');
  assert.equal(outcome(single, 'a', 'p', '', { trustedProxy: true }), 'a');
});

test('a user comes with its permissions, built once', () => {
  const permissions = {
    publish: { allow: ['a'], deny: undefined },
    subscribe: undefined,
    response: undefined,
  };
  const auth = authenticator({ users: [user('a', 'p', { permissions, account: 'ACC' })] });
  const login = () => auth.authenticate({ user: 'a', pass: 'p', token: '' }) as AuthResult;
  const first = login();
  assert.ok(first.ok);
  assert.equal(first.user.permissions?.canPublish('a'), true);
  assert.equal(first.user.permissions?.canPublish('b'), false);
  assert.equal(first.user.account, 'ACC');
  const second = login();
  assert.equal(second.ok && second.user, first.user);
});
