/**
 * Subjects as tokens. In the control plane a subject is a latin1 string: one character per byte, so
 * that lengths, offsets and hashes are those of the wire. Nothing here judges validity.
 */

/** Splits at every dot; empty tokens stay, so that n dots give n + 1 tokens. */
export function splitTokens(subject: string): string[] {
  return subject.split('.');
}

/** Number of tokens; the empty subject has none. */
export function tokenCount(subject: string): number {
  if (subject.length === 0) return 0;
  let count = 1;
  for (let i = 0; i < subject.length; i++) if (subject.charCodeAt(i) === 0x2e) count++;
  return count;
}

/** Number of tokens of the subject in `buf[start, end)`; the empty subject has none. */
export function tokenCountBytes(buf: Uint8Array, start: number, end: number): number {
  if (start >= end) return 0;
  let count = 1;
  for (let i = start; i < end; i++) if (buf[i] === 0x2e) count++;
  return count;
}

/** The token at `index`, counted from 1; empty when there is none. */
export function tokenAt(subject: string, index: number): string {
  let start = 0;
  for (let at = 1; at < index; at++) {
    const dot = subject.indexOf('.', start);
    if (dot < 0) return '';
    start = dot + 1;
  }
  if (index < 1) return '';
  const end = subject.indexOf('.', start);
  return end < 0 ? subject.slice(start) : subject.slice(start, end);
}

/** Is the whole token the wildcard `*` or `>`? `*` inside a longer token is an ordinary character. */
export function isWildcardToken(token: string): boolean {
  return token === '*' || token === '>';
}

/** True when some whole token is `*` or `>`, wherever it stands. */
export function hasWildcard(subject: string): boolean {
  for (let i = 0; i < subject.length; i++) {
    const c = subject.charCodeAt(i);
    if (c !== 0x2a && c !== 0x3e) continue;
    const opens = i === 0 || subject.charCodeAt(i - 1) === 0x2e;
    const closes = i + 1 === subject.length || subject.charCodeAt(i + 1) === 0x2e;
    if (opens && closes) return true;
  }
  return false;
}

/** `hasWildcard` of the subject in `buf[start, end)`. */
export function hasWildcardBytes(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = buf[i];
    if (c !== 0x2a && c !== 0x3e) continue;
    const opens = i === start || buf[i - 1] === 0x2e;
    const closes = i + 1 === end || buf[i + 1] === 0x2e;
    if (opens && closes) return true;
  }
  return false;
}

/** No whole token is a wildcard. Says nothing about validity. */
export function isLiteral(subject: string): boolean {
  return !hasWildcard(subject);
}

export function isLiteralBytes(buf: Uint8Array, start: number, end: number): boolean {
  return !hasWildcardBytes(buf, start, end);
}

/** A subject of ordinary text (configuration, JSON) as the latin1 string of its UTF-8 bytes. */
export function wireSubject(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.from(text, 'utf8').toString('latin1');
  }
  return text;
}
