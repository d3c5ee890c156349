import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createAccount,
  createCluster,
  createCurve,
  createOperator,
  createServer,
  createUser,
} from '@nats-io/nkeys';
import { isAnyPublicNkey, isPublicNkey, type NkeyKind } from './nkey-prefix.ts';

const kinds: Record<NkeyKind, () => { getPublicKey(): string; getSeed(): Uint8Array }> = {
  account: createAccount,
  cluster: createCluster,
  operator: createOperator,
  server: createServer,
  user: createUser,
  curve: createCurve,
};

test('public keys are known by their kind', () => {
  for (const [kind, create] of Object.entries(kinds)) {
    const pair = create();
    const text = pair.getPublicKey();
    for (const other of Object.keys(kinds) as NkeyKind[]) {
      assert.equal(isPublicNkey(text, other), other === kind, `${text} as ${other}`);
    }
    assert.ok(isAnyPublicNkey(text));
    assert.equal(isAnyPublicNkey(Buffer.from(pair.getSeed()).toString()), false);
  }
});

test('one wrong character is noticed', () => {
  const text = createUser().getPublicKey();
  for (let i = 0; i < text.length; i++) {
    const other = text[i] === 'A' ? 'B' : 'A';
    assert.equal(isPublicNkey(text.slice(0, i) + other + text.slice(i + 1), 'user'), false);
  }
  for (const bad of ['', 'U', text.slice(1), text.toLowerCase(), `${text}AA`, `${text}0`]) {
    assert.equal(isPublicNkey(bad, 'user'), false, bad);
  }
  // Go overlooks a tail that stands for no whole byte.
  assert.equal(isPublicNkey(`${text}A`, 'user'), true);
});
