/**
 * Xkeys: boxes that only the owner of one curve key can make and only that of another can open, as
 * NaCl's `box` (X25519, XSalsa20, Poly1305) behind `xkv1` and 24 bytes of nonce.
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { isPublicNkey, KeyPair, publicKeyBytes } from '../nkeys.ts';

export const nonceBytes = 24;
const version = Buffer.from('xkv1');
const privateHeader = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicHeader = Buffer.from('302a300506032b656e032100', 'hex');
const sigma = Uint32Array.from([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);

export class XKey {
  readonly publicKey: string;
  private readonly key: KeyObject;

  /** `seed` is the private key, 32 bytes. */
  constructor(seed: Uint8Array) {
    this.publicKey = KeyPair.fromSeedBytes('curve', seed).publicKey;
    const der = Buffer.concat([privateHeader, seed]);
    this.key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  }

  /** `nonce` is random. Undefined when `recipient` is no curve key to which anything can be sealed. */
  seal(data: Uint8Array, recipient: string, nonce: Uint8Array): Buffer | undefined {
    const shared = this.shared(recipient);
    if (shared === undefined || nonce.length !== nonceBytes) return undefined;
    return Buffer.concat([version, nonce, xsalsa20poly1305(shared, nonce).encrypt(data)]);
  }

  /** Undefined for what `sender` did not seal to this key. */
  open(sealed: Uint8Array, sender: string): Buffer | undefined {
    const start = version.length + nonceBytes;
    if (sealed.length <= start || !version.equals(sealed.subarray(0, version.length))) {
      return undefined;
    }
    const shared = this.shared(sender);
    if (shared === undefined) return undefined;
    try {
      const cipher = xsalsa20poly1305(shared, sealed.subarray(version.length, start));
      return Buffer.from(cipher.decrypt(sealed.subarray(start)));
    } catch {
      return undefined;
    }
  }

  private shared(publicKey: string): Uint8Array | undefined {
    const bytes = isPublicNkey(publicKey, 'curve') ? publicKeyBytes(publicKey) : undefined;
    if (bytes === undefined) return undefined;
    try {
      const der = Buffer.concat([publicHeader, bytes]);
      const other = createPublicKey({ key: der, format: 'der', type: 'spki' });
      return boxKey(diffieHellman({ privateKey: this.key, publicKey: other }));
    } catch {
      // A point of small order: everybody would know the secret.
      return undefined;
    }
  }
}

/** NaCl's key of a box: a hash of the shared secret. */
function boxKey(secret: Buffer): Uint8Array {
  const key = new Uint32Array(8);
  for (let i = 0; i < 8; i++) key[i] = secret.readUInt32LE(i * 4);
  const out = new Uint32Array(8);
  hsalsa(sigma, key, new Uint32Array(4), out);
  const bytes = Buffer.alloc(32);
  for (let i = 0; i < 8; i++) bytes.writeUInt32LE(out[i]!, i * 4);
  return bytes;
}
