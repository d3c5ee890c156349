/*
 * Public nkeys as they stand in configuration files: base32 of a prefix byte, 32 bytes of key and a
 * CRC-16. Only their form is judged here; signatures belong to auth/.
 */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const prefixes = { account: 0, cluster: 16, operator: 112, server: 104, user: 160, curve: 184 };

export type NkeyKind = keyof typeof prefixes;

/** True for a public nkey of one of the kinds. */
export function isPublicNkey(text: string, ...kinds: NkeyKind[]): boolean {
  const bytes = decodeChecked(text);
  return bytes !== undefined && kinds.some((kind) => bytes[0] === prefixes[kind]);
}

/** True for a public nkey of any kind that nats-server lists as public. */
export function isAnyPublicNkey(text: string): boolean {
  return isPublicNkey(text, 'user', 'server', 'cluster', 'operator', 'account', 'curve');
}

/** True for the seed of a user nkey (`SU…`). */
export function isUserSeed(text: string): boolean {
  const bytes = decodeChecked(text);
  if (bytes === undefined) return false;
  const [first = 0, second = 0] = bytes;
  const kind = ((first & 0x07) << 5) | ((second & 0xf8) >> 3);
  return (first & 0xf8) === SEED && kind === prefixes.user;
}

/** The 32 bytes of a public nkey of any kind; undefined for anything else. */
export function publicKeyBytes(text: string): Uint8Array | undefined {
  const bytes = decodeChecked(text);
  if (bytes === undefined || bytes.length !== 33 || !isAnyPublicNkey(text)) return undefined;
  return bytes.subarray(1);
}

/** First five bits of every seed. */
const SEED = 144;

/** The bytes before the checksum, which must fit them. */
function decodeChecked(text: string): Uint8Array | undefined {
  const bytes = decodeBase32(text);
  if (bytes === undefined || bytes.length < 4) return undefined;
  const end = bytes.length - 2;
  const checksum = (bytes[end] ?? 0) | ((bytes[end + 1] ?? 0) << 8);
  return crc16(bytes.subarray(0, end)) === checksum ? bytes.subarray(0, end) : undefined;
}

function decodeBase32(given: string): Uint8Array | undefined {
  // Go passes over a tail that no number of whole bytes can have.
  const tail = given.length % 8;
  const text = [1, 3, 6].includes(tail) ? given.slice(0, -tail) : given;
  if (!isAlphabet(given)) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const char of text) {
    held = (held << 5) | alphabet.indexOf(char);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
    held &= (1 << bits) - 1;
  }
  return bytes;
}

function isAlphabet(text: string): boolean {
  return /^[A-Z2-7]*$/.test(text);
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
