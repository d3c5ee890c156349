/**
 * The server's keys: an Ed25519 pair whose public half is `server_id`, and an X25519 pair whose
 * public half is `xkey`, both as nkeys: base32 of a prefix byte, the key and a CRC-16. Derived from
 * 32 random bytes each, so that a simulation repeats them.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Random } from '../platform/clock.ts';

export interface ServerIdentity {
  /** `N…` */
  readonly serverId: string;
  /** `X…` */
  readonly xkey: string;
  readonly signingKey: KeyObject;
}

const serverPrefix = 13 << 3;
const curvePrefix = 23 << 3;
const ed25519Pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const x25519Pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function createIdentity(random: Random): ServerIdentity {
  const signing = privateKey(ed25519Pkcs8, random.bytes(32));
  const curve = privateKey(x25519Pkcs8, random.bytes(32));
  return {
    serverId: encodeNkey(serverPrefix, rawPublicKey(signing)),
    xkey: encodeNkey(curvePrefix, rawPublicKey(curve)),
    signingKey: signing,
  };
}

function privateKey(header: Buffer, seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([header, seed]), format: 'der', type: 'pkcs8' });
}

/** The last 32 bytes of the SPKI are the key itself. */
function rawPublicKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** Base32 without padding of prefix, key and their CRC-16 (CCITT, low byte first). */
export function encodeNkey(prefix: number, key: Buffer): string {
  const body = Buffer.concat([Buffer.from([prefix]), key]);
  const crc = crc16(body);
  return base32(Buffer.concat([body, Buffer.from([crc & 0xff, crc >> 8])]));
}

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
    }
  }
  return crc;
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >> bits) & 31]!;
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet[(value << (5 - bits)) & 31]! : text;
}
