import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createAccount,
  createCluster,
  createCurve,
  createOperator,
  createServer,
  createUser,
  fromSeed,
} from '@nats-io/nkeys';
import fc from 'fast-check';
import {
  decodeSeed,
  encodePublicKey,
  isAnyPublicNkey,
  isPublicNkey,
  isUserSeed,
  KeyPair,
  type NkeyKind,
  nkeyKind,
  publicKeyBytes,
  verifySignature,
} from './nkeys.ts';

const kinds: Record<NkeyKind, () => { getPublicKey(): string; getSeed(): Uint8Array }> = {
  account: createAccount,
  cluster: createCluster,
  operator: createOperator,
  server: createServer,
  user: createUser,
  curve: createCurve,
};

test('public keys and seeds are known by their kind', () => {
  for (const [kind, create] of Object.entries(kinds) as [NkeyKind, typeof createUser][]) {
    const pair = create();
    const text = pair.getPublicKey();
    const seed = Buffer.from(pair.getSeed()).toString();
    for (const other of Object.keys(kinds) as NkeyKind[]) {
      assert.equal(isPublicNkey(text, other), other === kind, `${text} as ${other}`);
    }
    assert.equal(nkeyKind(text), kind);
    assert.equal(isAnyPublicNkey(seed), false);
    assert.equal(publicKeyBytes(seed), undefined);
    assert.equal(decodeSeed(seed)?.kind, kind);
    assert.equal(decodeSeed(text), undefined);
    assert.equal(isUserSeed(seed), kind === 'user');
    assert.equal(encodePublicKey(kind, publicKeyBytes(text)!), text);
    assert.equal(KeyPair.fromSeedBytes(kind, decodeSeed(seed)!.bytes).publicKey, text);
  }
});

// GHSA-g33f-6538-grxh: a shortened key of an issuer stopped nats-server.
test('no mutation of a key is a key, and none throws', () => {
  const pair = createUser();
  const text = pair.getPublicKey();
  const data = Buffer.from('nonce');
  const signature = pair.sign(data);
  const refuse = (key: string) => {
    assert.equal(nkeyKind(key), undefined, key);
    assert.equal(publicKeyBytes(key), undefined, key);
    assert.equal(verifySignature(key, data, signature), false, key);
  };
  assert.ok(verifySignature(text, data, signature));
  for (let i = 0; i < text.length; i++) {
    for (const other of 'ABZ27') {
      if (other !== text[i]) refuse(text.slice(0, i) + other + text.slice(i + 1));
    }
    refuse(text.slice(0, i));
    refuse(text.slice(i + 1));
    refuse(text.slice(0, i) + text.slice(i + 1));
  }
  for (const tail of ['A', 'AA', '=', '0', ' ', '\n', 'é']) refuse(text + tail);
  refuse(text.toLowerCase());
  fc.assert(fc.property(fc.string({ maxLength: 80 }), refuse));
});

test('keys of another length with a right checksum are refused', () => {
  assert.throws(() => encodePublicKey('user', new Uint8Array(31)), RangeError);
  assert.throws(() => KeyPair.fromSeedBytes('user', new Uint8Array(33)), RangeError);
  // Prefix of an account, three bytes, their CRC: what passed for an account key once.
  assert.equal(nkeyKind('AAAAAAAAAA'), undefined);
});

test('signatures are those of the official library', () => {
  const official = createUser();
  const ours = KeyPair.fromSeedBytes('user', decodeSeed(text(official.getSeed()))!.bytes);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (data) => {
      const signature = ours.sign(data);
      assert.ok(official.verify(data, signature));
      assert.deepEqual(signature, Buffer.from(official.sign(data)));
      assert.ok(verifySignature(ours.publicKey, data, signature));
      signature[5]! ^= 1;
      assert.equal(verifySignature(ours.publicKey, data, signature), false);
    }),
    { numRuns: 20 },
  );
  for (const length of [0, 1, 63, 65]) {
    assert.equal(verifySignature(ours.publicKey, Buffer.from('x'), Buffer.alloc(length)), false);
  }
  const curve = createCurve().getPublicKey();
  assert.equal(verifySignature(curve, Buffer.from('x'), Buffer.alloc(64)), false);
  // Not every 32 bytes are a point.
  const point = encodePublicKey('user', Buffer.alloc(32, 0xff));
  assert.equal(verifySignature(point, Buffer.from('x'), Buffer.alloc(64)), false);
  assert.equal(fromSeed(official.getSeed()).getPublicKey(), ours.publicKey);
});

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
