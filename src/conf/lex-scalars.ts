import type { Lexer, State } from './lexer.ts';
import { END, isBlank, isDigit, isNewline } from './runes.ts';

/*
 * States that read one value: strings in their four forms, numbers, dates, and what begins like a
 * number and turns out to be an address or a string. Each ends by returning to the state that the
 * container pushed. The traps: `5e7bcd` and `0K1abc` are strings, `1.2.3.4:80` is a string,
 * `2024-…` must be a full Zulu date, and a bare string swallows `{`, `[` and quotes but ends at
 * blanks, `,`, `;`, `]`, `}` and — consumed — at a single quote.
 */

const BACKSLASH = 0x5c;
const SINGLE = 0x27;
const DOUBLE = 0x22;

const isEnd = (rune: number): boolean => rune === END;

/** `,` `;` `}` newline, blank or end: what may follow a number. */
function endsNumber(rune: number): boolean {
  return isNewline(rune) || isEnd(rune) || isBlank(rune) || ',;}'.includes(chr(rune));
}

function endsBareString(rune: number): boolean {
  return endsNumber(rune) || rune === 0x5d;
}

function chr(rune: number): string {
  return String.fromCodePoint(rune);
}

/** Emits without the closing delimiter, which is then consumed. */
function closeWith(lx: Lexer, emit: () => void): State | null {
  lx.backup();
  emit();
  lx.next();
  lx.ignore();
  return lx.pop();
}

/** After `'`: everything up to the next `'`, no escapes. */
export function lexSingleQuoted(lx: Lexer): State | null {
  const rune = lx.next();
  if (rune === SINGLE) return closeWith(lx, () => lx.emit('string'));
  return isEnd(rune) ? lx.endOfInput() : lexSingleQuoted;
}

/** After `"`: up to the next `"`, with escapes. */
export function lexDoubleQuoted(lx: Lexer): State | null {
  const rune = lx.next();
  if (rune === BACKSLASH) {
    lx.keepPart(1);
    return lexEscape;
  }
  if (rune === DOUBLE) return closeWith(lx, () => lx.emitString());
  return isEnd(rune) ? lx.endOfInput() : lexDoubleQuoted;
}

/** A bare word: a boolean, a variable or a string. */
export function lexBare(lx: Lexer): State | null {
  const rune = lx.next();
  if (rune === BACKSLASH) {
    lx.keepPart(1);
    return lexEscape;
  }
  if (endsBareString(rune)) {
    lx.backup();
    emitBare(lx);
    return lx.pop();
  }
  if (rune === SINGLE) return closeWith(lx, () => lx.emitString());
  return lexBare;
}

const BOOLEAN = /^(?:true|false|on|off|yes|no)$/i;

function emitBare(lx: Lexer): void {
  if (lx.hasEscapes()) lx.emitString();
  else if (BOOLEAN.test(lx.pending())) lx.emit('bool');
  else if (lx.input.charAt(lx.start) === '$') {
    lx.start++;
    lx.emit('variable');
  } else lx.emitString();
}

/** After `(`: everything up to a `)` alone on its line. */
export function lexBlockString(lx: Lexer): State | null {
  const rune = lx.next();
  if (rune === 0x29) return lexBlockStringEnd(lx);
  return isEnd(rune) ? lx.fail('Unexpected EOF processing block.') : lexBlockString;
}

function lexBlockStringEnd(lx: Lexer): State | null {
  lx.backup();
  lx.backup();
  if (lx.next() !== 0x0a) {
    lx.next();
    return lexBlockString;
  }
  lx.next();
  const after = lx.next();
  lx.backup();
  if (after !== 0x0a && !isEnd(after)) return lexBlockString;
  return closeWith(lx, () => lx.emit('string'));
}

const ESCAPES: Record<string, string> = { t: '\t', n: '\n', r: '\r', '"': '"', '\\': '\\' };

function lexEscape(lx: Lexer): State | null {
  const rune = lx.next();
  const letter = chr(rune);
  if (letter === 'x') return lexHexEscape;
  const plain = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
  if (plain !== undefined) return lx.addPart(plain);
  const allowed =
    'Only the following escape characters are allowed: \\xXX, \\t, \\n, \\r, \\", \\\\.';
  return lx.failAt('Invalid escape character ', rune, `. ${allowed}`);
}

/** The two digits after `\x`: one byte, whatever text encoding it belongs to. */
function lexHexEscape(lx: Lexer): State | null {
  const expected = "Expected two hexadecimal digits after '\\x', but ";
  for (let i = 0; i < 2; i++) {
    if (isNewline(lx.next())) return lx.fail(`${expected}hit end of line`);
  }
  const digits = lx.input.slice(lx.pos - 2, lx.pos);
  if (!/^[0-9a-fA-F]{2}$/.test(digits)) {
    return lx.fail(`${expected}got '${lx.textBetween(lx.pos - 2, lx.pos)}'`);
  }
  return lx.addPart(String.fromCharCode(Number.parseInt(digits, 16)));
}

/** At a digit: an integer, float, date, address, or a string that only starts like one. */
export function lexNumberOrString(lx: Lexer): State | null {
  const rune = lx.next();
  if (rune === 0x2d) {
    if (lx.pos - lx.start !== 5) return lx.fail('All ISO8601 dates must be in full Zulu form.');
    return lexDateAfterYear;
  }
  if (isDigit(rune)) return lexNumberOrString;
  if (rune === 0x2e) return lexFraction;
  if (isSuffix(rune)) return lexSuffix;
  if (!endsNumber(rune)) {
    lx.stringState = lexBare;
    return lexBare;
  }
  lx.backup();
  lx.emit('integer');
  return lx.pop();
}

function isSuffix(rune: number): boolean {
  return rune < 0x80 && 'kKmMgGtTpPeE'.includes(chr(rune));
}

/** After a unit's first letter. Anything but `b` and `i` makes the whole a string. */
function lexSuffix(lx: Lexer): State | null {
  const rune = lx.next();
  if (rune < 0x80 && rune > 0 && 'bBiI'.includes(chr(rune))) return lexSuffix;
  lx.backup();
  if (endsNumber(rune)) {
    lx.emit('integer');
    return lx.pop();
  }
  lx.stringState = lexBare;
  return lexBare;
}

const DATE_AFTER_YEAR = '00-00T00:00:00Z';

/** After `YYYY-`: every character of the full Zulu form; `0` stands for a digit. */
function lexDateAfterYear(lx: Lexer): State | null {
  for (const expected of DATE_AFTER_YEAR) {
    const rune = lx.next();
    const suffix = ' instead.';
    if (expected === '0') {
      if (isDigit(rune)) continue;
      return lx.failAt('Expected digit in ISO8601 datetime, but found ', rune, suffix);
    }
    if (chr(rune) === expected) continue;
    return lx.failAt(`Expected '${expected}' in ISO8601 datetime, but found `, rune, suffix);
  }
  lx.emit('datetime');
  return lx.pop();
}

/** After `-`: a digit must follow. */
export function lexNegativeStart(lx: Lexer): State | null {
  const rune = lx.next();
  if (isDigit(rune)) return lexNegative;
  if (rune === 0x2e) return lx.fail("Floats must start with a digit, not '.'.");
  return lx.failAt('Expected a digit but got ', rune, '.');
}

function lexNegative(lx: Lexer): State | null {
  const rune = lx.next();
  if (isDigit(rune)) return lexNegative;
  if (rune === 0x2e) return lexFraction;
  if (isSuffix(rune)) return lexSuffix;
  lx.backup();
  lx.emit('integer');
  return lx.pop();
}

function lexFraction(lx: Lexer): State | null {
  const rune = lx.next();
  if (isDigit(rune)) return lexFloat;
  return lx.failAt("Floats must have a digit after the '.', but got ", rune, ' instead.');
}

function lexFloat(lx: Lexer): State | null {
  const rune = lx.next();
  if (isDigit(rune)) return lexFloat;
  if (rune === 0x2e) return lexAddress;
  lx.backup();
  lx.emit('float');
  return lx.pop();
}

/** After the second dot: `127.0.0.1:4222`, a string. */
function lexAddress(lx: Lexer): State | null {
  const rune = lx.next();
  if (isDigit(rune) || rune === 0x2e || rune === 0x3a || rune === 0x2d) return lexAddress;
  lx.backup();
  lx.emit('string');
  return lx.pop();
}
