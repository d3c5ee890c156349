/**
 * The server's keys: an Ed25519 pair whose public half is `server_id`, and an X25519 pair whose
 * public half is `xkey`, both as nkeys. Derived from 32 random bytes each, so that a simulation
 * repeats them.
 */
import { createHash } from 'node:crypto';
import { KeyPair } from '../auth/nkeys.ts';
import type { Random } from '../platform/clock.ts';

export interface ServerIdentity {
  /** `N…` */
  readonly serverId: string;
  /** `X…` */
  readonly xkey: string;
  /** Signs what this server claims. */
  readonly keyPair: KeyPair;
  /** The private half of `xkey`. */
  readonly xkeySeed: Uint8Array;
}

export function createIdentity(random: Random): ServerIdentity {
  const keyPair = KeyPair.fromSeedBytes('server', random.bytes(32));
  const xkeySeed = random.bytes(32);
  const xkey = KeyPair.fromSeedBytes('curve', xkeySeed).publicKey;
  return { serverId: keyPair.publicKey, xkey, keyPair, xkeySeed };
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Eight digits of base 62 that stand for a server's name among servers. */
export function serverHash(serverName: string): string {
  const hash = createHash('sha256').update(serverName).digest().subarray(0, 8);
  return [...hash].map((byte) => digits[byte % 62]!).join('');
}
