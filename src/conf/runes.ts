/**
 * The lexer reads bytes as nats-server does: its input is a latin1 string with one character per
 * byte, and runes are decoded from it on the fly. A broken sequence is one U+FFFD of width 1.
 */

/** What the lexer sees past the end of its input; a NUL byte looks the same, as in nats-server. */
export const END = 0;

/** Code point at `at` times 8, plus its width in bytes: one number, so that nothing is allocated. */
export function decodeRune(bytes: string, at: number): number {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return first * 8 + 1;
  const width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + width > bytes.length) return BROKEN_RUNE;
  let rune = first & (0xff >> (width + 1));
  for (let i = 1; i < width; i++) {
    const next = bytes.charCodeAt(at + i);
    if ((next & 0xc0) !== 0x80) return BROKEN_RUNE;
    rune = (rune << 6) | (next & 0x3f);
  }
  return isLegal(rune, width) ? rune * 8 + width : BROKEN_RUNE;
}

/** What decodeRune gives for a byte that is not UTF-8; a real U+FFFD has width 3. */
export const BROKEN_RUNE = 0xfffd * 8 + 1;

/** Refuses overlong forms, surrogates and what lies beyond Unicode. */
function isLegal(rune: number, width: number): boolean {
  if (width === 3) return rune >= 0x800 && (rune < 0xd800 || rune > 0xdfff);
  if (width === 4) return rune >= 0x10000 && rune <= 0x10ffff;
  return true;
}

const WIDE_SPACE = /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const WIDE_DIGIT = /^\p{Nd}$/u;

/** Unicode white space, which separates keys and values but does not end a bare string. */
export function isSpace(rune: number): boolean {
  if (rune < 0x80) return rune === 0x20 || (rune >= 0x09 && rune <= 0x0d);
  return WIDE_SPACE.test(String.fromCodePoint(rune));
}

/** Any decimal digit of Unicode; those beyond ASCII are refused later, when the number is read. */
export function isDigit(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x30 && rune <= 0x39;
  return WIDE_DIGIT.test(String.fromCodePoint(rune));
}

/** Blank or tab: the white space that ends a bare string. */
export function isBlank(rune: number): boolean {
  return rune === 0x20 || rune === 0x09;
}

export function isNewline(rune: number): boolean {
  return rune === 0x0a || rune === 0x0d;
}

/** A rune as error texts show it: a line feed as `\n`, everything else as it is. */
export function showRune(rune: number): string {
  return rune === 0x0a ? '\\n' : String.fromCodePoint(rune);
}

/** The text of a latin1 byte string; each byte that is not UTF-8 becomes a U+FFFD, as in Go. */
export function textOf(bytes: string): string {
  if (isAscii(bytes)) return bytes;
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  if (!text.includes('\ufffd') || !isBroken(bytes)) return text;
  let exact = '';
  for (let at = 0; at < bytes.length; ) {
    const packed = decodeRune(bytes, at);
    exact += String.fromCodePoint(packed >> 3);
    at += packed % 8;
  }
  return exact;
}

/** True when some byte is not part of a UTF-8 sequence. */
export function isBroken(bytes: string): boolean {
  for (let at = 0; at < bytes.length; ) {
    const packed = decodeRune(bytes, at);
    if (packed === BROKEN_RUNE) return true;
    at += packed % 8;
  }
  return false;
}

function isAscii(bytes: string): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes.charCodeAt(i) > 0x7f) return false;
  return true;
}
