/**
 * Nkeys: Ed25519 (and, for encryption, X25519) keys as text. Public keys are base32 of a prefix byte
 * that tells their kind, 32 bytes of key and a CRC-16; 56 characters, no more and no fewer. Whatever
 * else is given as a key, a signature or a seed is refused with `false` or `undefined`, never with
 * an exception: these texts come from peers.
 *
 * Nothing random here: a pair is made of seed bytes that the caller has.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

const prefixes = { account: 0, cluster: 16, operator: 112, server: 104, user: 160, curve: 184 };

export type NkeyKind = keyof typeof prefixes;

const kindOf = new Map(
  Object.entries(prefixes).map(([kind, prefix]) => [prefix, kind as NkeyKind]),
);
/** First five bits of every seed. */
const seedPrefix = 144;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const keyBytes = 32;
const publicChars = 56;
const seedChars = 58;
const signatureBytes = 64;

/** Whatever looks like a seed, letter case and blanks aside. */
const seedPattern = /^\s*S[A-Z2-7]{57}\s*$/i;

/** A key that somebody sent or configured, as it may be shown: some give their seed instead. */
export function shownNkey(text: string): string {
  return seedPattern.test(text) ? '[REDACTED]' : text;
}

/** The kind of a public nkey; undefined for anything else. */
export function nkeyKind(text: string): NkeyKind | undefined {
  const bytes = text.length === publicChars ? decodeChecked(text) : undefined;
  return bytes && kindOf.get(bytes[0]!);
}

/** True for a public nkey of one of the kinds. */
export function isPublicNkey(text: string, ...kinds: NkeyKind[]): boolean {
  const kind = nkeyKind(text);
  return kind !== undefined && kinds.includes(kind);
}

/** True for a public nkey of any kind. */
export function isAnyPublicNkey(text: string): boolean {
  return nkeyKind(text) !== undefined;
}

/** The 32 bytes of a public nkey of any kind; undefined for anything else. */
export function publicKeyBytes(text: string): Uint8Array | undefined {
  if (nkeyKind(text) === undefined) return undefined;
  return decodeChecked(text)!.subarray(1);
}

/** True for the seed of a user nkey (`SU…`). */
export function isUserSeed(text: string): boolean {
  return decodeSeed(text)?.kind === 'user';
}

/** Kind and 32 bytes of a seed; undefined for anything else. */
export function decodeSeed(text: string): { kind: NkeyKind; bytes: Uint8Array } | undefined {
  const bytes = text.length === seedChars ? decodeChecked(text) : undefined;
  if (bytes === undefined) return undefined;
  const [first = 0, second = 0] = bytes;
  const kind = kindOf.get(((first & 0x07) << 5) | ((second & 0xf8) >> 3));
  if ((first & 0xf8) !== seedPrefix || kind === undefined) return undefined;
  return { kind, bytes: bytes.subarray(2) };
}

/** `key` has 32 bytes. */
export function encodePublicKey(kind: NkeyKind, key: Uint8Array): string {
  if (key.length !== keyBytes) throw new RangeError('a key has 32 bytes');
  const body = Buffer.concat([Buffer.from([prefixes[kind]]), key]);
  const crc = crc16(body);
  return encodeBase32(Buffer.concat([body, Buffer.from([crc & 0xff, crc >> 8])]));
}

/** DER in front of the 32 bytes of a key. */
const spki = Buffer.from('302a300506032b6570032100', 'hex');
const ed25519Pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const x25519Pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Did the owner of `publicKey`, of any kind but a curve key, sign `data`? */
export function verifySignature(
  publicKey: string,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = publicKeyBytes(publicKey);
  if (key === undefined || isPublicNkey(publicKey, 'curve')) return false;
  if (signature.length !== signatureBytes) return false;
  try {
    const der = Buffer.concat([spki, key]);
    return verify(
      null,
      data,
      createPublicKey({ key: der, format: 'der', type: 'spki' }),
      signature,
    );
  } catch {
    // Bytes that are no point of the curve.
    return false;
  }
}

/** A signing pair; a pair of curve keys has only its public half here, and cannot sign. */
export class KeyPair {
  readonly publicKey: string;
  private readonly key: KeyObject;

  private constructor(publicKey: string, key: KeyObject) {
    this.publicKey = publicKey;
    this.key = key;
  }

  static fromSeedBytes(kind: NkeyKind, seed: Uint8Array): KeyPair {
    if (seed.length !== keyBytes) throw new RangeError('a seed has 32 bytes');
    const header = kind === 'curve' ? x25519Pkcs8 : ed25519Pkcs8;
    const der = Buffer.concat([header, seed]);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    // The last 32 bytes of the SPKI are the key itself.
    const bytes = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-keyBytes);
    return new KeyPair(encodePublicKey(kind, bytes), key);
  }

  /** 64 bytes. */
  sign(data: Uint8Array): Buffer {
    return sign(null, data, this.key);
  }
}

/** The bytes before the checksum, which must fit them. */
function decodeChecked(text: string): Uint8Array | undefined {
  const bytes = decodeBase32(text);
  if (bytes === undefined) return undefined;
  const end = bytes.length - 2;
  const checksum = bytes[end]! | (bytes[end + 1]! << 8);
  return crc16(bytes.subarray(0, end)) === checksum ? bytes.subarray(0, end) : undefined;
}

/** Bits behind the last whole byte do not count. */
function decodeBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const char of text) {
    const value = alphabet.indexOf(char);
    if (value < 0) return undefined;
    held = (held << 5) | value;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
    held &= (1 << bits) - 1;
  }
  return bytes;
}

/** Without padding. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31]!;
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31]! : text;
}

/** CRC-16 of XMODEM: polynomial 0x1021, starting at zero. */
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
