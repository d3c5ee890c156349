import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAccount, encodeOperator, encodeUser, newScopedSigner } from '@nats-io/jwt';
import { createAccount, createOperator, createUser } from '@nats-io/nkeys';
import fc from 'fast-check';
import { pairs, type RecordedJwt, recorded } from '../../../test/fixtures/jwt/recorded.ts';
import { goJson } from '../../base/go-json.ts';
import { accountShape } from './account-claims.ts';
import { validateAccountClaims } from './account-validation.ts';
import { activationShape, validateActivation } from './activation-claims.ts';
import {
  authorizationRequestShape,
  authorizationResponseShape,
  validateAuthorizationRequest,
  validateAuthorizationResponse,
} from './authorization-claims.ts';
import { validateTimeFrame } from './claims-data.ts';
import { operatorShape, validateOperatorClaims } from './operator-claims.ts';
import { JwtError } from './shape.ts';
import {
  type DecodedJwt,
  decodeAccountClaims,
  decodeActivationClaims,
  decodeJwt,
  decodeOperatorClaims,
  decodeUserClaims,
  encodeJwt,
  signPayload,
  tokenBytesMax,
  undecorateJwt,
} from './token.ts';
import { hasEmptyPermissions } from './trust.ts';
import { newUserClaims, userShape, validateUserClaims } from './user-claims.ts';
import { Issues } from './validation.ts';

const nowSeconds = 1_800_000_000;

const shapes = {
  operator: operatorShape,
  account: accountShape,
  user: userShape,
  activation: activationShape,
  authorization_request: authorizationRequestShape,
  authorization_response: authorizationResponseShape,
};

const goTypes: Record<DecodedJwt['type'], string> = {
  operator: 'OperatorClaims',
  account: 'AccountClaims',
  user: 'UserClaims',
  activation: 'ActivationClaims',
  authorization_request: 'AuthorizationRequestClaims',
  authorization_response: 'AuthorizationResponseClaims',
  generic: 'GenericClaims',
};

function write(decoded: DecodedJwt): string | undefined {
  if (decoded.type === 'generic') return undefined;
  return goJson(shapes[decoded.type].write(decoded.claims as never));
}

/** What Go's `json.Marshal` writes of nested maps and lists, with sorted names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => [name, sorted(one)] as const);
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function outcome(token: string): { error?: string; decoded?: DecodedJwt } {
  try {
    return { decoded: decodeJwt(token) };
  } catch (error) {
    assert.ok(error instanceof JwtError, String(error));
    return { error: error.message };
  }
}

/** nats-server crashes on these, or cannot write them again. */
const isPanic = (one: RecordedJwt) => one.error?.startsWith('panic') === true;

for (const part of ['tokens', 'broken', 'bodies'] as const) {
  test(`${part} are taken or refused as the official library does`, () => {
    for (const one of recorded[part]) {
      if (isPanic(one)) continue;
      const { error, decoded } = outcome(one.token);
      assert.equal(error, one.error, one.name);
      if (decoded === undefined) continue;
      assert.equal(goTypes[decoded.type], one.type, one.name);
      const written = write(decoded);
      if (written === undefined) continue;
      assert.deepEqual(sorted(JSON.parse(written)), sorted(one.claims), one.name);
    }
  });
}

function issuesOf(decoded: DecodedJwt): Issues {
  switch (decoded.type) {
    case 'account':
      return validateAccountClaims(decoded.claims, nowSeconds);
    case 'user':
      return validateUserClaims(decoded.claims, nowSeconds);
    case 'operator':
      return validateOperatorClaims(decoded.claims, nowSeconds);
    case 'authorization_request':
      return validateAuthorizationRequest(decoded.claims, nowSeconds);
    case 'authorization_response':
      return validateAuthorizationResponse(decoded.claims, nowSeconds);
    default: {
      const issues = new Issues();
      validateTimeFrame(decoded.claims, nowSeconds, issues);
      if (decoded.type === 'activation') validateActivation(decoded.claims, issues);
      return issues;
    }
  }
}

test('claims have the issues that the official library finds', () => {
  const issueText = (issues: Issues['list']) => issues.map((one) => JSON.stringify(one)).sort();
  for (const one of [...recorded.tokens, ...recorded.bodies]) {
    const { decoded } = outcome(one.token);
    if (decoded === undefined || isPanic(one)) continue;
    assert.deepEqual(issueText(issuesOf(decoded).list), issueText(one.issues ?? []), one.name);
  }
});

test('an account with an export that is null is refused; nats-server crashes', () => {
  const one = recorded.bodies.find(({ name }) => name === 'account "exports":[null]')!;
  assert.match(one.error ?? '', /^panic: .* nil pointer/);
  const issues = issuesOf(decodeJwt(one.token));
  assert.ok(issues.errors.includes('null export is not allowed'));
});

test('each decoder takes its own type only', () => {
  const token = (name: string) => recorded.tokens.find((one) => one.name === name)!.token;
  assert.equal(decodeOperatorClaims(token('operator')).nats.assert_server_version, '2.10.0');
  assert.equal(decodeUserClaims(token('v1 user')).nats.issuer_account, pairs.account.publicKey);
  assert.throws(() => decodeUserClaims(token('operator')), new JwtError('not user claim'));
  assert.throws(() => decodeAccountClaims(token('plain user')), new JwtError('not account claim'));
  assert.throws(
    () => decodeActivationClaims(token('plain user')),
    new JwtError('not activation claim'),
  );
});

test('integers beyond 2^53 are not rounded', () => {
  const { token } = recorded.tokens.find((one) => one.name === 'tiered account')!;
  const tier = decodeAccountClaims(token).nats.limits.tiered_limits.get('R1');
  assert.equal(tier?.disk_storage, 9223372036854775807n);
});

test('sizes and depths have a maximum', () => {
  const long = 'x'.repeat(tokenBytesMax + 1);
  assert.throws(() => decodeJwt(long), /^JwtError: token size 1048577 exceeds maximum/);
  const deep = '['.repeat(10_001) + ']'.repeat(10_001);
  assert.throws(() => decodeJwt(signPayload(deep, pairs.account)), /exceeded max depth/);
});

test('decorated files give their JWT, others themselves', () => {
  const file = '-----BEGIN NATS USER JWT-----\neyJ.a-_.b=\n------END NATS USER JWT------\n\n*****';
  assert.equal(undecorateJwt(file), 'eyJ.a-_.b=');
  assert.equal(undecorateJwt('eyJ.x'), 'eyJ.x');
});

test('what is encoded is decoded the same, with issuer, time, hash and version', () => {
  const claims = newUserClaims(pairs.user.publicKey);
  claims.name = 'Ä<';
  claims.nats.resp = { max: 3, ttl: 2n ** 60n + 1n };
  const token = encodeJwt('user', claims, pairs.account, nowSeconds);
  const decoded = decodeUserClaims(token);
  assert.equal(decoded.iss, pairs.account.publicKey);
  assert.equal(decoded.iat, nowSeconds);
  assert.equal(decoded.jti.length, 52);
  const { iss, iat, jti } = decoded;
  assert.deepEqual(decoded, { ...claims, iss, iat, jti, nats: { ...claims.nats, version: 2 } });
});

test('the hash is that of the official library', () => {
  const { token } = recorded.tokens.find((one) => one.name === 'full user')!;
  const claims = decodeUserClaims(token);
  const again = decodeUserClaims(encodeJwt('user', claims, pairs.accountKey, claims.iat));
  assert.deepEqual(again, claims);
});

test('nobody encodes claims of a kind that his key may not sign', () => {
  const claims = newUserClaims(pairs.user.publicKey);
  assert.throws(() => encodeJwt('user', claims, pairs.operator, 0), JwtError);
  assert.throws(() => encodeJwt('user', { ...claims, sub: '' }, pairs.account, 0), JwtError);
  const wrong = { ...claims, sub: pairs.account.publicKey };
  assert.throws(() => encodeJwt('user', wrong, pairs.account, 0), JwtError);
});

test('every mutation of the issuer key is refused (GHSA-g33f-6538-grxh)', () => {
  const key = pairs.account.publicKey;
  const cut = fc.nat({ max: key.length - 1 }).map((length) => key.slice(0, length));
  const longer = fc.string({ minLength: 1 }).map((tail) => key + tail);
  const changed = fc
    .tuple(fc.nat({ max: key.length - 1 }), fc.constantFrom(...'ABCXYZ27a1=é\0'))
    .map(([at, char]) => key.slice(0, at) + char + key.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(cut, longer, changed, fc.string()), (iss) => {
      fc.pre(iss !== key);
      const nats = { type: 'user', version: 2 };
      const payload = JSON.stringify({ iss, sub: pairs.user.publicKey, nats });
      assert.throws(() => decodeJwt(signPayload(payload, pairs.account)), JwtError);
    }),
  );
});

test('claims of any form give claims or a JwtError, and can be judged (CVE-2020-26521)', () => {
  const names = ['imports', 'exports', 'limits', 'signing_keys', 'mappings', 'trace', 'times'];
  const more = ['src', 'pub', 'sub', 'resp', 'allow', 'type', 'subject', 'token', 'revocations'];
  const last = ['kind', 'template', 'key', 'tiered_limits', '__proto__', 'authorization', 'subs'];
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1e300,
      'stream',
      'service',
      'user_scope',
      '>',
      '$1',
    ),
    fc.string(),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names, ...more, ...last), tie('value'), { maxKeys: 4 }),
    ),
  }));
  const body = fc.dictionary(fc.constantFrom(...names, ...more, ...last), value, { maxKeys: 6 });
  const type = fc.constantFrom('operator', 'account', 'user', 'activation', 'odd');
  fc.assert(
    fc.property(type, body, (kind, nats) => {
      const pair = kind === 'operator' ? pairs.operator : pairs.account;
      const claims = { iss: pair.publicKey, sub: 'x', nats: { ...nats, type: kind, version: 2 } };
      const { decoded } = outcome(signPayload(JSON.stringify(claims), pair));
      if (decoded !== undefined) issuesOf(decoded);
      assert.equal(({} as { type?: unknown }).type, undefined);
    }),
  );
});

test('any text is no JWT, and only that', () => {
  const chunk = fc.string().map((one) => Buffer.from(one).toString('base64url'));
  const any = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(chunk, fc.string())).map((a) => a.join('.')),
  );
  fc.assert(fc.property(any, (token) => assert.throws(() => decodeJwt(token), JwtError)));
});

test('JWTs of the official JavaScript library are taken', async () => {
  const [operator, account, signer, user] = [
    createOperator(),
    createAccount(),
    createAccount(),
    createUser(),
  ];
  const signing = newScopedSigner(signer, 'role', { pub: { allow: ['{{name()}}'], deny: [] } });
  const limits = { conn: 5, subs: -1, wildcards: true, imports: -1, exports: -1 };
  const made = { limits, signing_keys: [signing] };
  const accountJwt = await encodeAccount('A', account, made, { signer: operator });
  const { iss, name, nats } = decodeAccountClaims(accountJwt);
  assert.deepEqual([iss, name], [operator.getPublicKey(), 'A']);
  assert.deepEqual(nats.signing_keys.get(signer.getPublicKey())?.template.pub.allow, [
    '{{name()}}',
  ]);
  const facts = { issuer_account: account.getPublicKey() };
  const userJwt = await encodeUser('U', user, signer, facts, { scopedUser: true });
  const scoped = decodeUserClaims(userJwt);
  assert.equal(scoped.sub, user.getPublicKey());
  assert.ok(hasEmptyPermissions(scoped.nats));
  const operatorJwt = await encodeOperator('O', operator, { signing_keys: [] });
  assert.equal(decodeOperatorClaims(operatorJwt).name, 'O');
});
