import assert from 'node:assert/strict';
import test from 'node:test';
import {
  claimText,
  isPublicJwt,
  natsClaims,
  revocationTimes,
  shownClaims,
} from './shown-claims.ts';

const jwt = (claims: unknown) =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;

test('claims are shown as they stand in the JWT; what is none shows nothing', () => {
  const claims = { iss: 'A', nats: { tags: ['x'] }, name: 5 };
  assert.deepEqual(shownClaims(jwt(claims)), claims);
  assert.equal(claimText(claims, 'iss'), 'A');
  assert.equal(claimText(claims, 'name'), '');
  assert.deepEqual(natsClaims(claims), { tags: ['x'] });
  assert.deepEqual(natsClaims(undefined), {});
  for (const text of ['', 'canary', 'a.b.c', jwt([1]), jwt(null), jwt('x')]) {
    assert.equal(shownClaims(text), undefined, text);
  }
});

test('a JWT is public when it needs a signature; what is no JWT is not', () => {
  assert.equal(isPublicJwt(jwt({ nats: {} })), true);
  assert.equal(isPublicJwt(jwt({ nats: { bearer_token: false } })), true);
  assert.equal(isPublicJwt(jwt({ nats: { bearer_token: true } })), false);
  assert.equal(isPublicJwt('s3cret'), false);
});

test('revocations are times', () => {
  assert.deepEqual(
    [...revocationTimes({ U: 1_700_000_000, V: 'x' })],
    [['U', '2023-11-14T22:13:20Z']],
  );
  assert.equal(revocationTimes(undefined).size, 0);
});
