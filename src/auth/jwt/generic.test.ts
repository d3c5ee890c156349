import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOperator, encodeGeneric } from '@nats-io/jwt';
import { JsonObject } from '../../base/json-tree.ts';
import { KeyPair } from '../nkeys.ts';
import { decodeGenericClaims, signPayload } from './token.ts';

const operator = KeyPair.fromSeedBytes('operator', Buffer.alloc(32, 1));

test('claims of both versions and of any type are read', async () => {
  const pair = createOperator();
  for (const algorithm of ['ed25519', 'ed25519-nkey'] as const) {
    const options = { algorithm } as Parameters<typeof encodeGeneric>[4];
    const token = await encodeGeneric('delete', pair, 'x', { accounts: ['A'] }, options);
    const claims = decodeGenericClaims(token);
    assert.deepEqual([claims.iss, claims.sub], [pair.getPublicKey(), pair.getPublicKey()]);
    assert.ok(claims.nats instanceof JsonObject);
    const members = new Map(claims.nats.members);
    assert.deepEqual(members.get('accounts'), ['A']);
    assert.notEqual(claims.jti, '');
  }
});

test('what was signed by another key, or changed, is refused', () => {
  const token = signPayload(JSON.stringify({ iss: operator.publicKey, sub: 'x' }), operator);
  assert.equal(decodeGenericClaims(token).sub, 'x');
  const other = KeyPair.fromSeedBytes('operator', Buffer.alloc(32, 2));
  const foreign = signPayload(JSON.stringify({ iss: operator.publicKey, sub: 'x' }), other);
  assert.throws(() => decodeGenericClaims(foreign), {
    message: 'claim failed V2 signature verification',
  });
  const [header, , signature] = token.split('.');
  const payload = Buffer.from(JSON.stringify({ iss: operator.publicKey, sub: 'y' }));
  const changed = `${header}.${payload.toString('base64url')}.${signature}`;
  assert.throws(() => decodeGenericClaims(changed), {
    message: 'claim failed V2 signature verification',
  });
  for (const text of ['', 'a', 'a.b', 'a.b.c.d']) {
    assert.throws(() => decodeGenericClaims(text), { message: 'expected 3 chunks' });
  }
});
