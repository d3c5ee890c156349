/**
 * Keys of the sessions. Each belongs to a name that begins with its kind, such as `user-alice`: its
 * seed is the hash of the name, so that every run and every machine has the same. They protect nothing.
 */
import { createHash } from 'node:crypto';
import { fromSeed, type KeyPair, Prefix } from '@nats-io/nkeys';
import { Codec } from '@nats-io/nkeys/lib/codec.js';

const prefixes: Record<string, Prefix> = {
  user: Prefix.User,
  account: Prefix.Account,
  operator: Prefix.Operator,
  server: Prefix.Server,
};

const pairs = new Map<string, KeyPair>();

export function keyPairOf(name: string): KeyPair {
  const known = pairs.get(name);
  if (known) return known;
  const prefix = prefixes[name.split('-')[0] ?? ''];
  if (prefix === undefined) throw new Error(`the key ${name} does not begin with its kind`);
  const seed = createHash('sha256').update(`conformance ${name}`).digest();
  const pair = fromSeed(Codec.encodeSeed(prefix, seed));
  pairs.set(name, quick(pair));
  return pair;
}

/** The library derives keys anew each time, for milliseconds. */
function quick(pair: KeyPair): KeyPair {
  const [publicKey, privateKey] = [pair.getPublicKey(), pair.getPrivateKey()];
  return Object.assign(pair, { getPublicKey: () => publicKey, getPrivateKey: () => privateKey });
}

export function publicKeyOf(name: string): string {
  return keyPairOf(name).getPublicKey();
}

export function signWith(name: string, text: string): Buffer {
  return Buffer.from(keyPairOf(name).sign(Buffer.from(text, 'latin1')));
}
