import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairs, recorded } from '../../../test/fixtures/jwt/recorded.ts';
import { newAccountClaims } from './account-claims.ts';
import { activationOf, type Exporter } from './activation.ts';
import type { ImportClaims } from './import-claims.ts';
import { assertedVersionProblem, type OperatorClaims } from './operator-claims.ts';
import { JwtError } from './shape.ts';
import { decodeAccountClaims, decodeOperatorClaims, decodeUserClaims, encodeJwt } from './token.ts';
import {
  accountOf,
  scopedClaims,
  signersOf,
  TrustedKeys,
  trustedKeyProblem,
  verifyAccountJwt,
} from './trust.ts';
import { newUserClaims } from './user-claims.ts';

const nowSeconds = 1_800_000_000;
const tokenOf = (name: string) => recorded.tokens.find((one) => one.name === name)!.token;
const operator = decodeOperatorClaims(tokenOf('operator'));
const strict = decodeOperatorClaims(tokenOf('strict operator'));

const withVersion = (assert_server_version: string): OperatorClaims => ({
  ...operator,
  nats: { ...operator.nats, assert_server_version },
});

test('an operator signs by its own key and its signing keys, a strict one by the latter only', () => {
  const keys = new TrustedKeys([operator], ['K']);
  for (const key of [pairs.operator.publicKey, pairs.operatorKey.publicKey, 'K']) {
    assert.ok(keys.has(key) && !keys.isStrict(key));
  }
  assert.ok(!keys.has(pairs.other.publicKey));
  const strictly = new TrustedKeys([strict]);
  assert.ok(!strictly.has(pairs.operator.publicKey));
  assert.ok(strictly.has(pairs.operatorKey.publicKey));
  assert.ok(strictly.isStrict(pairs.operatorKey.publicKey));
});

test('an operator may ask for a version', () => {
  const have = [2, 15, 2];
  const { sub } = operator;
  for (const fine of ['', '2.15.2', '2.14.99', '1.99.99', '2.15.1']) {
    assert.equal(assertedVersionProblem(withVersion(fine), have), undefined, fine);
  }
  const told = (version: string) => assertedVersionProblem(withVersion(version), have);
  assert.equal(told('3.0.0'), `operator ${sub} expected major version 3 > server major version 2`);
  assert.equal(
    told('2.16.0'),
    `operator ${sub} expected minor version 16 > server minor version 15`,
  );
  assert.equal(
    told('2.15.3'),
    `operator ${sub} expected update version 3 > server update version 2`,
  );
  assert.equal(
    told('2.15'),
    `operator ${sub} expects version 2.15 got error instead: ` +
      'asserted server version must be of the form <major>.<minor>.<update>',
  );
});

test('trusted keys are keys of operators', () => {
  assert.equal(trustedKeyProblem([pairs.operator.publicKey]), undefined);
  const { publicKey } = pairs.account;
  const text = `trusted Keys "${publicKey}" are required to be a valid public operator nkey`;
  assert.equal(trustedKeyProblem([publicKey]), text);
});

test('an account counts when trusted, valid and the one that was asked for', () => {
  const trusted = new TrustedKeys([operator]);
  const name = pairs.account.publicKey;
  assert.equal(verifyAccountJwt(tokenOf('plain account'), name, trusted, nowSeconds).sub, name);
  const refused = new JwtError('account validation failed');
  const verify =
    (token: string, account = name) =>
    () =>
      verifyAccountJwt(token, account, trusted, nowSeconds);
  assert.throws(verify(tokenOf('plain account'), pairs.other.publicKey), refused);
  assert.throws(verify(tokenOf('self-signed account')), refused);
  const expired = { ...newAccountClaims(name), exp: nowSeconds - 1 };
  assert.throws(verify(encodeJwt('account', expired, pairs.operator, 0)), refused);
  const blocked = newAccountClaims(name);
  blocked.nats.signing_keys.set('x', undefined);
  assert.throws(verify(encodeJwt('account', blocked, pairs.operator, 0)), refused);
});

const account = decodeAccountClaims(tokenOf('full account'));
const scopeAccount = {
  name: account.name,
  tags: account.nats.tags,
  signers: signersOf(account, false),
};

test('a user of a scoped signing key gets what the scope says', () => {
  const user = decodeUserClaims(tokenOf('scoped user'));
  const { nats } = scopedClaims(user, scopeAccount);
  assert.deepEqual(nats.pub, { allow: ['out.bob'], deny: ['out.x'] });
  assert.deepEqual(nats.sub, { allow: ['in.red', 'in.blue'], deny: [] });
  assert.deepEqual(nats.resp, { max: 5, ttl: 60_000_000_000n });
  assert.deepEqual([nats.subs, nats.data, nats.payload], [10, -1, 1024]);
  assert.deepEqual(nats.allowed_connection_types, ['STANDARD', 'WEBSOCKET']);
  assert.equal(accountOf(user), pairs.account.publicKey);
  assert.equal(nats.issuer_account, pairs.account.publicKey);
});

test('a user with permissions or limits of its own is refused by a scope', () => {
  const issued = { ...newUserClaims(pairs.user.publicKey), iss: pairs.scopedKey.publicKey };
  const why = 'User JWT is not valid: scoped users require no permissions or limits set';
  assert.throws(() => scopedClaims(issued, scopeAccount), new JwtError(why));
  const scoped = decodeUserClaims(tokenOf('scoped user'));
  for (const extra of [{ bearer_token: true }, { src: ['::/0'] }, { payload: 5 }]) {
    const user = { ...scoped, nats: { ...scoped.nats, ...extra } };
    assert.throws(() => scopedClaims(user, scopeAccount), new JwtError(why));
  }
});

test('a user of another issuer is unknown, one of a plain key stays as it is', () => {
  const user = decodeUserClaims(tokenOf('full user'));
  assert.equal(scopedClaims(user, scopeAccount), user);
  const foreign = { ...user, iss: pairs.other.publicKey };
  assert.throws(
    () => scopedClaims(foreign, scopeAccount),
    new JwtError('User JWT issuer is not known'),
  );
  const strictSigners = { ...scopeAccount, signers: signersOf(account, true) };
  const own = { ...user, iss: pairs.account.publicKey };
  assert.equal(scopedClaims(own, scopeAccount), own);
  assert.throws(() => scopedClaims(own, strictSigners), JwtError);
});

test('a template that names an unknown tag in a deny list refuses the user', () => {
  const scope = account.nats.signing_keys.get(pairs.scopedKey.publicKey)!;
  const template = { ...scope.template, pub: { allow: [], deny: ['{{tag(none)}}'] } };
  const signers = new Map([[pairs.scopedKey.publicKey, { ...scope, template }]]);
  const user = decodeUserClaims(tokenOf('scoped user'));
  const why = new JwtError('User JWT generated invalid permissions');
  assert.throws(() => scopedClaims(user, { ...scopeAccount, signers }), why);
});

const none: ImportClaims = {
  name: '',
  subject: '',
  account: '',
  token: '',
  to: '',
  local_subject: '',
  type: '',
  share: false,
  allow_trace: false,
};

const exporterOf = (signers: readonly string[]): Exporter => ({
  name: pairs.other.publicKey,
  signers: new Set(signers),
});

test('activation tokens are judged as nats-server judges them (CVE-2021-3127)', () => {
  for (const one of recorded.activations) {
    // Stricter: see the next test.
    if (one.name === 'more than allowed') continue;
    const claim = { ...none, ...one.import } as ImportClaims;
    const got = activationOf(claim, one.importer, exporterOf(one.signers), nowSeconds);
    assert.equal(got !== undefined, one.allowed, one.name);
  }
});

test('an activation token for foo.* does not allow to import foo.>', () => {
  const recordedCase = recorded.activations.find((one) => one.name === 'more than allowed')!;
  assert.equal(recordedCase.allowed, true);
  const claim = { ...none, ...recordedCase.import } as ImportClaims;
  const exporter = exporterOf(recordedCase.signers);
  assert.equal(activationOf(claim, recordedCase.importer, exporter, nowSeconds), undefined);
});

test('an activation token can be revoked, and tells when it expires', () => {
  const later = recorded.activations.find((one) => one.name === 'later')!;
  const claim = { ...none, ...later.import } as ImportClaims;
  const judge = (revocations: [string, number][], now = nowSeconds) =>
    activationOf(claim, later.importer, exporterOf([]), now, new Map(revocations));
  const token = judge([]);
  assert.equal(token?.exp, 4_000_000_000);
  assert.ok(judge([[later.importer, token.iat - 1]]));
  assert.equal(judge([[later.importer, token.iat]]), undefined);
  assert.equal(judge([['*', token.iat]]), undefined);
  assert.equal(judge([], 4_000_000_000), undefined);
});

test('an exporter that signs in the name of another account gives no right', () => {
  const one = recorded.activations.find(({ name }) => name === 'exporter in the name of another')!;
  const claim = { ...none, ...one.import } as ImportClaims;
  const exporter = exporterOf([pairs.other.publicKey]);
  assert.equal(activationOf(claim, one.importer, exporter, nowSeconds), undefined);
});
