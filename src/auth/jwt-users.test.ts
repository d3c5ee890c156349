import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type AuthRequest, type AuthResult, noCredentials } from './auth-user.ts';
import type { UserAccount } from './claimed-user.ts';
import type { Judgement } from './delegation.ts';
import { type AccountClaims, newAccountClaims } from './jwt/account-claims.ts';
import { encodeJwt } from './jwt/token.ts';
import { TrustedKeys } from './jwt/trust.ts';
import { newUserClaims, type UserClaims } from './jwt/user-claims.ts';
import { JwtUsers, type JwtUsersParts } from './jwt-users.ts';
import { KeyPair, type NkeyKind } from './nkeys.ts';

const now = 1_700_000_000;

function pair(kind: NkeyKind, name: string): KeyPair {
  return KeyPair.fromSeedBytes(kind, createHash('sha256').update(name).digest());
}

const operator = pair('operator', 'o');
const account = pair('account', 'a');
const signer = pair('account', 'signing');
const user = pair('user', 'u');
const nonce = 'abcdefghijklmno';

function accountWith(change: (claims: AccountClaims) => void = () => {}): UserAccount {
  const claims = { ...newAccountClaims(account.publicKey), iss: operator.publicKey, name: 'Acc' };
  change(claims);
  return { name: account.publicKey, claims, expired: false, spec: undefined };
}

function userJwt(change: (claims: UserClaims) => void = () => {}, by = account): string {
  const claims = newUserClaims(user.publicKey);
  change(claims);
  return encodeJwt('user', claims, by, now);
}

interface Case {
  jwt?: string;
  of?: UserAccount | undefined;
  parts?: Partial<JwtUsersParts>;
  request?: Partial<AuthRequest>;
  trustedProxy?: boolean;
}

function judge({ jwt = userJwt(), parts, request, trustedProxy = false, ...rest }: Case = {}) {
  const of = 'of' in rest ? rest.of : accountWith();
  const users = new JwtUsers({
    trusted: new TrustedKeys([], [operator.publicKey]),
    accounts: { lookup: (name) => (name === account.publicKey ? of : undefined) },
    defaultSentinel: '',
    pinnedAccounts: undefined,
    nowMs: () => now * 1000,
    onPinnedAccountFail: () => {},
    ...parts,
  });
  const asked: AuthRequest = {
    ...noCredentials,
    jwt,
    sig: user.sign(Buffer.from(nonce)).toString('base64url'),
    connectionType: 'STANDARD',
    nonce,
    host: '10.1.2.3',
    certificate: undefined,
    boundAccount: '$G',
    describe: () => assert.fail('nobody asks'),
    ...request,
  };
  return users.judge(asked, trustedProxy);
}

/** `ok`, or what the log says. */
function verdict(options: Case = {}): string {
  const { result } = judge(options) as Judgement;
  return result.ok ? 'ok' : (result.why ?? result.reason);
}

function admitted(options: Case = {}): Extract<AuthResult, { ok: true }> {
  const { result } = judge(options) as Judgement;
  assert.ok(result.ok, result.ok ? '' : result.why);
  return result;
}

test('a JWT of a trusted account and a signature let a user in', () => {
  const { user: found } = admitted();
  assert.equal(found.nkey, user.publicKey);
  assert.equal(found.account, account.publicKey);
  assert.equal(found.permissions, undefined);
  assert.deepEqual(found.limits, { subs: -1, payload: -1, data: -1 });
  assert.equal(found.issuedAt, now);
  assert.equal(found.expiresMs, undefined);
});

test('whoever lacks one of the proofs is refused', () => {
  const other = pair('operator', 'x');
  const cases: [Case, string][] = [
    [{ jwt: '' }, 'Authentication requires a user JWT'],
    [{ jwt: 'x.y.z' }, 'Authentication requires a user JWT'],
    [{ of: undefined }, 'Account JWT lookup error'],
    [{ of: { ...accountWith(), claims: undefined } }, 'Account JWT lookup error'],
    [{ of: { ...accountWith(), expired: true } }, 'Account JWT has expired'],
    [
      { of: accountWith((claims) => (claims.iss = other.publicKey)) },
      'Account JWT not signed by trusted operator',
    ],
    [{ jwt: userJwt((u) => (u.exp = now - 10)) }, 'User JWT no longer valid'],
    [{ jwt: userJwt((u) => (u.nbf = now + 10)) }, 'User JWT no longer valid'],
    [{ request: { sig: '' } }, 'Signature missing'],
    [{ request: { nonce: 'x' } }, 'Signature not verified'],
    [{ request: { sig: 'AAAA' } }, 'Signature not verified'],
    [
      { jwt: userJwt((u) => (u.nats.issuer_account = account.publicKey), signer) },
      'User JWT issuer is not known',
    ],
    [{ jwt: userJwt((u) => (u.nats.src = ['192.168.0.0/16'])) }, 'Bad src Ip 10.1.2.3'],
    [
      { jwt: userJwt((u) => (u.nats.allowed_connection_types = ['websocket'])) },
      'Connection type not allowed',
    ],
    [
      { jwt: userJwt((u) => (u.nats.allowed_connection_types = ['NOSUCH'])) },
      'Connection type not allowed',
    ],
    [{ jwt: userJwt((u) => (u.nats.proxy_required = true)) }, 'proxy connection required'],
    [
      { of: accountWith((a) => a.nats.revocations.set(user.publicKey, now)) },
      'User authentication revoked',
    ],
    [
      { of: accountWith((a) => a.nats.revocations.set('*', now + 5)) },
      'User authentication revoked',
    ],
    [
      {
        jwt: userJwt((u) => {
          u.nats.times = [{ start: '00:00:00', end: '00:00:01' }];
          u.nats.times_location = 'UTC';
        }),
      },
      'Outside connect times',
    ],
  ];
  for (const [options, expected] of cases) assert.equal(verdict(options), expected);
});

test('what restricts a user lets those pass who keep to it', () => {
  const cases: Case[] = [
    { jwt: userJwt((u) => (u.nats.src = ['192.168.0.0/16', '10.0.0.0/8'])) },
    { jwt: userJwt((u) => (u.nats.allowed_connection_types = ['websocket', 'standard'])) },
    { jwt: userJwt((u) => (u.nats.proxy_required = true)), trustedProxy: true },
    { of: accountWith((a) => a.nats.revocations.set(user.publicKey, now - 1)) },
    { jwt: userJwt((u) => (u.nats.bearer_token = true)), request: { sig: '', nonce: '' } },
  ];
  for (const options of cases) assert.equal(verdict(options), 'ok');
});

test('bearer tokens, unless the account refuses them', () => {
  const jwt = userJwt((u) => (u.nats.bearer_token = true));
  const of = accountWith((a) => (a.nats.limits.disallow_bearer = true));
  assert.equal(verdict({ jwt, of }), 'Account does not allow bearer tokens');
  assert.equal(admitted({ jwt }).user.bearer, true);
});

test('a user may stay until the earlier of its two ends', () => {
  assert.equal(
    admitted({ jwt: userJwt((u) => (u.exp = now + 60)) }).user.expiresMs,
    (now + 60) * 1000,
  );
  const daily = userJwt((u) => {
    u.exp = now + 86_400;
    // now is 22:13:20 UTC.
    u.nats.times = [{ start: '22:00:00', end: '23:00:00' }];
    u.nats.times_location = 'UTC';
  });
  assert.equal(admitted({ jwt: daily }).user.expiresMs, (now + 46 * 60 + 40) * 1000);
});

test('a scoped signing key gives its permissions and limits', () => {
  const of = accountWith((a) => {
    const { tags, type, version, issuer_account, ...template } = newUserClaims('').nats;
    template.pub.allow = ['{{name()}}.>'];
    template.subs = 3;
    const scope = {
      kind: 'user_scope',
      key: signer.publicKey,
      role: 'r',
      template,
      description: '',
    };
    a.nats.signing_keys.set(signer.publicKey, scope as never);
  });
  const scoped = (change: (claims: UserClaims) => void = () => {}) =>
    userJwt((u) => {
      u.name = 'ann';
      Object.assign(u.nats, { subs: 0, data: 0, payload: 0, issuer_account: account.publicKey });
      change(u);
    }, signer);
  const { user: found } = admitted({ jwt: scoped(), of });
  assert.equal(found.permissions?.canPublish('ann.x'), true);
  assert.equal(found.permissions?.canPublish('bob.x'), false);
  assert.equal(found.limits.subs, 3);
  assert.equal(found.issuerKey, signer.publicKey);
  assert.match(verdict({ jwt: scoped((u) => (u.nats.pub.allow = ['a'])), of }), /scoped users/);
});

test('permissions of the account hold for who has none', () => {
  const allow = (subject: string) => ({ allow: [subject], deny: undefined });
  const defaultPermissions = { publish: allow('d'), subscribe: undefined, response: undefined };
  const of = { ...accountWith(), spec: { defaultPermissions } };
  const plain = admitted({ of }).user;
  assert.equal(plain.permissions?.canPublish('d'), true);
  assert.equal(plain.permissions?.canPublish('x'), false);
  assert.equal(plain.accountPermissions, true);
  const own = admitted({ of, jwt: userJwt((u) => (u.nats.pub.allow = ['x'])) }).user;
  assert.equal(own.permissions?.canPublish('x'), true);
  assert.equal(own.accountPermissions, false);
});

test('the sentinel stands for who shows no JWT of a user', () => {
  const sentinel = userJwt((u) => (u.nats.bearer_token = true));
  const parts = { defaultSentinel: sentinel };
  for (const jwt of ['', 'other']) {
    assert.deepEqual(admitted({ jwt, parts }).adopt, { jwt: sentinel });
  }
  assert.deepEqual(admitted({ parts }).adopt, {});
  // A JWT of a user that is not let in is not helped by it.
  assert.equal(verdict({ parts, request: { sig: '' } }), 'Signature missing');
});

test('only pinned accounts may have users, and others are counted', () => {
  let fails = 0;
  const pinned = (pinnedAccounts: string[]) => ({
    pinnedAccounts,
    onPinnedAccountFail: () => void fails++,
  });
  assert.equal(verdict({ parts: pinned([account.publicKey]) }), 'ok');
  assert.match(verdict({ parts: pinned([]) }), /not listed as operator pinned account/);
  assert.equal(fails, 1);
});

test('an account with an authorization service leaves the decision to it', () => {
  const of = accountWith((a) => (a.nats.authorization.auth_users = ['UX']));
  const judgement = judge({ of }) as Judgement;
  assert.equal(judgement.terms?.account, account.publicKey);
  assert.deepEqual(judgement.terms?.authUsers, ['UX']);
  assert.equal(judgement.identified, user.publicKey);
  const { permissions } = admitted({ of }).user;
  assert.equal(permissions?.canPublish('$SYS.REQ.USER.AUTH'), false);
  // Who failed is not given to it.
  assert.equal((judge({ of, request: { sig: '' } }) as Judgement).terms, undefined);
});

test('an account that has to be fetched is waited for', async () => {
  const lookup = () => Promise.resolve(accountWith());
  const pending = judge({ parts: { accounts: { lookup } } });
  assert.ok(pending instanceof Promise);
  assert.equal((await pending).result.ok, true);
});
