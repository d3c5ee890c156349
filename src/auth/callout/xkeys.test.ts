import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCurve, createUser } from '@nats-io/nkeys';
import fc from 'fast-check';
import { decodeSeed, encodePublicKey } from '../nkeys.ts';
import { nonceBytes, XKey } from './xkeys.ts';

const filled = (length: number, byte: number) => Buffer.alloc(length, byte);

function official() {
  const pair = createCurve();
  const seed = decodeSeed(Buffer.from(pair.getSeed()).toString())!.bytes;
  return { pair, ours: new XKey(seed), name: pair.getPublicKey() };
}

test('a box is what the C implementation of NaCl makes', () => {
  const [from, to] = [new XKey(filled(32, 2)), new XKey(filled(32, 1))];
  const sealed = from.seal(filled(64, 3), to.publicKey, filled(24, 4));
  const expected =
    '78ea30b19d2341ebbdba54180f821eec265cf86312549bea8a37652a8bb94f07' +
    'b78a73ed1708085e6ddd0e943bbdeb8755079a37eb31d86163ce241164a47629' +
    'c0539f330b4914cd135b3855bc2a2dfc';
  assert.equal(
    sealed?.toString('hex'),
    `${Buffer.from('xkv1').toString('hex')}${'04'.repeat(24)}${expected}`,
  );
});

// CVE-2023-46129: what was sealed to one key could be opened with any.
test('only the two keys of a box open it', () => {
  const [a, b, c] = [official(), official(), official()];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      const sealed = a.ours.seal(data, b.name, filled(nonceBytes, 9))!;
      assert.deepEqual(b.ours.open(sealed, a.name), Buffer.from(data));
      assert.deepEqual(Buffer.from(b.pair.open(sealed, a.name)!), Buffer.from(data));
      const theirs = b.pair.seal(data, a.name);
      assert.deepEqual(a.ours.open(theirs, b.name), Buffer.from(data));
      assert.equal(c.ours.open(sealed, a.name), undefined);
      assert.equal(b.ours.open(sealed, c.name), undefined);
      for (const at of [0, 4, 28, sealed.length - 1]) {
        const damaged = Buffer.from(sealed);
        damaged[at]! ^= 1;
        assert.equal(b.ours.open(damaged, a.name), undefined);
      }
      assert.equal(b.ours.open(sealed.subarray(0, -1), a.name), undefined);
    }),
    { numRuns: 20 },
  );
});

test('nothing is sealed to what is no key', () => {
  const { ours } = official();
  const nonce = filled(nonceBytes, 1);
  const zero = encodePublicKey('curve', filled(32, 0));
  for (const recipient of ['', 'X', createUser().getPublicKey(), zero]) {
    assert.equal(ours.seal(Buffer.from('x'), recipient, nonce), undefined, recipient);
    assert.equal(ours.open(filled(60, 1), recipient), undefined);
  }
  assert.equal(ours.seal(Buffer.from('x'), ours.publicKey, filled(8, 1)), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assert.equal(ours.open(bytes, ours.publicKey), undefined);
    }),
  );
});
