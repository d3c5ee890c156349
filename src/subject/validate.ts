/**
 * Which byte strings are subjects. nats-server has several rules for several places, and clients see
 * the difference, so each has its own name here:
 *
 * - `isInsertableSubject`: what SUB accepts (tokens not empty, `>` only last). White space cannot
 *   reach it over the client protocol; a form feed or a NUL can and is accepted.
 * - `isValidSubject`: configuration and APIs; as above, and no white space or form feed.
 * - `isValidLiteralSubject`: what a pedantic client may publish to and what a transform accepts:
 *   tokens not empty, none of them a wildcard.
 * - `isValidPublishSubject`: `isValidSubject` and no wildcard.
 *
 * Each exists for strings and for a byte range; the latter allocate nothing.
 */
import { isLiteral, isLiteralBytes } from './tokens.ts';

const DOT = 0x2e;
const STAR = 0x2a;
const FULL = 0x3e;

/** Space, tab, line feed, form feed, carriage return. A vertical tab is not among them. */
function isSpace(c: number | undefined): boolean {
  return c === 0x20 || c === 0x09 || c === 0x0a || c === 0x0c || c === 0x0d;
}

/** What a subscription's subject may be: no empty token and `>` only as the last token. */
export function isInsertableSubject(subject: string): boolean {
  const length = subject.length;
  let tokenStart = 0;
  for (let i = 0; i <= length; i++) {
    if (i < length && subject.charCodeAt(i) !== DOT) continue;
    if (i === tokenStart) return false;
    const full = i === tokenStart + 1 && subject.charCodeAt(tokenStart) === FULL;
    if (full && i < length) return false;
    tokenStart = i + 1;
  }
  return true;
}

export function isInsertableSubjectBytes(buf: Uint8Array, start: number, end: number): boolean {
  let tokenStart = start;
  for (let i = start; i <= end; i++) {
    if (i < end && buf[i] !== DOT) continue;
    if (i === tokenStart) return false;
    if (i === tokenStart + 1 && buf[tokenStart] === FULL && i < end) return false;
    tokenStart = i + 1;
  }
  return true;
}

/** A subject, literal or with wildcards, as configuration and APIs accept it. */
export function isValidSubject(subject: string): boolean {
  for (let i = 0; i < subject.length; i++) if (isSpace(subject.charCodeAt(i))) return false;
  return isInsertableSubject(subject);
}

export function isValidSubjectBytes(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (isSpace(buf[i])) return false;
  return isInsertableSubjectBytes(buf, start, end);
}

/** No empty token and no wildcard token; white space is not looked at. */
export function isValidLiteralSubject(subject: string): boolean {
  const length = subject.length;
  let tokenStart = 0;
  for (let i = 0; i <= length; i++) {
    if (i < length && subject.charCodeAt(i) !== DOT) continue;
    if (i === tokenStart) return false;
    if (i === tokenStart + 1) {
      const c = subject.charCodeAt(tokenStart);
      if (c === STAR || c === FULL) return false;
    }
    tokenStart = i + 1;
  }
  return true;
}

export function isValidLiteralSubjectBytes(buf: Uint8Array, start: number, end: number): boolean {
  let tokenStart = start;
  for (let i = start; i <= end; i++) {
    if (i < end && buf[i] !== DOT) continue;
    if (i === tokenStart) return false;
    if (i === tokenStart + 1 && (buf[tokenStart] === STAR || buf[tokenStart] === FULL)) {
      return false;
    }
    tokenStart = i + 1;
  }
  return true;
}

/** A valid subject without wildcards. */
export function isValidPublishSubject(subject: string): boolean {
  return isValidSubject(subject) && isLiteral(subject);
}

export function isValidPublishSubjectBytes(buf: Uint8Array, start: number, end: number): boolean {
  return isValidSubjectBytes(buf, start, end) && isLiteralBytes(buf, start, end);
}

/** The queue name that only the server's own responders may use. */
export const systemQueue = '_sys_';
