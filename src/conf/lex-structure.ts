import {
  lexBare,
  lexBlockString,
  lexDoubleQuoted,
  lexNegativeStart,
  lexNumberOrString,
  lexSingleQuoted,
} from './lex-scalars.ts';
import type { Lexer, State } from './lexer.ts';
import { END, isBlank, isDigit, isNewline, isSpace } from './runes.ts';

/*
 * States for what stands around values: the top level, an optional pair of braces around the whole
 * file (the JSON form, "block" below), maps, arrays, keys, comments and includes.
 *
 * The four containers differ in small ways that files in the wild rely on, and so does this file:
 * the top level takes `,` `;` `}` as line ends and skips a lone `/`; a block wants its `}`; a map
 * allows `key {`; only the top level and maps know `include`.
 */

const HASH = 0x23;
const SLASH = 0x2f;
const SINGLE = 0x27;
const DOUBLE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_PAREN = 0x28;

function isSeparator(rune: number): boolean {
  return rune === 0x3d || rune === 0x3a;
}

/** After `rune` was read: true when it begins a comment, with both characters of `//` consumed. */
function beginsComment(lx: Lexer, rune: number): boolean {
  if (rune === HASH) return true;
  if (rune !== SLASH) return false;
  if (lx.next() === SLASH) return true;
  lx.backup();
  return false;
}

function comment(lx: Lexer, after: State): State {
  lx.push(after);
  lx.ignore();
  lx.emit('commentStart');
  return lexComment;
}

function lexComment(lx: Lexer): State | null {
  const rune = lx.peek();
  if (isNewline(rune) || rune === END) {
    lx.emit('text');
    return lx.pop();
  }
  lx.next();
  return lexComment;
}

/** The initial state: between the settings of a file. */
export function lexTop(lx: Lexer): State | null {
  const rune = lx.next();
  if (isSpace(rune)) return lx.skipTo(lexTop);
  if (rune === OPEN_BRACE) {
    lx.push(lexTop);
    return lx.skipTo(lexBlock);
  }
  if (beginsComment(lx, rune)) return comment(lx, lexTop);
  if (rune === SLASH || rune === END) return lx.endOfInput();
  lx.backup();
  lx.push(lexTopValueEnd);
  return lexKeyStart;
}

function lexTopValueEnd(lx: Lexer): State | null {
  const rune = lx.next();
  if (beginsComment(lx, rune)) return comment(lx, lexTop);
  if (rune === SLASH || isBlank(rune)) return lexTopValueEnd;
  const ends = rune === END || rune === SEMICOLON || rune === COMMA || rune === CLOSE_BRACE;
  if (ends || isNewline(rune)) return lx.skipTo(lexTop);
  const expected = 'Expected a top-level value to end with a new line, comment or EOF, but got ';
  return lx.failAt(expected, rune, ' instead.');
}

/** Inside braces that enclose the settings of the whole file. */
function lexBlock(lx: Lexer): State | null {
  const rune = lx.next();
  if (isSpace(rune)) return lx.skipTo(lexBlock);
  if (rune === OPEN_BRACE) {
    lx.push(lexBlockEnd);
    return lx.skipTo(lexBlock);
  }
  if (rune === CLOSE_BRACE) {
    lx.ignore();
    return lx.pop();
  }
  if (beginsComment(lx, rune)) return comment(lx, lexBlock);
  if (rune === SLASH || rune === END) return lx.endOfInput();
  lx.backup();
  lx.push(lexBlockValueEnd);
  return lexKeyStart;
}

function lexBlockValueEnd(lx: Lexer): State | null {
  const rune = lx.next();
  if (beginsComment(lx, rune)) return comment(lx, lexBlockValueEnd);
  if (rune === SLASH || isBlank(rune)) return lexBlockValueEnd;
  if (isNewline(rune) || rune === SEMICOLON || rune === COMMA) return lx.skipTo(lexBlock);
  if (rune === CLOSE_BRACE) {
    lx.backup();
    return lexBlockEnd;
  }
  const expected = 'Expected a block-level value to end with a new line, comment or EOF, but got ';
  return lx.failAt(expected, rune, ' instead.');
}

function lexBlockEnd(lx: Lexer): State | null {
  const rune = lx.next();
  if (beginsComment(lx, rune)) return comment(lx, lexBlock);
  if (rune === SLASH || isNewline(rune) || isBlank(rune)) return lexBlockEnd;
  if (rune === SEMICOLON || rune === COMMA) return lx.skipTo(lexBlock);
  if (rune === CLOSE_BRACE) {
    lx.ignore();
    return lx.pop();
  }
  return lx.failAt("Expected a block-level to end with a '}', but got ", rune, ' instead.');
}

/** A key of the top level or of a block. */
function lexKeyStart(lx: Lexer): State | null {
  const rune = lx.peek();
  if (isSeparator(rune)) return lx.failAt('Unexpected key separator ', rune);
  if (isSpace(rune) || rune === DOUBLE || rune === SINGLE) {
    lx.next();
    if (rune === DOUBLE) return lx.skipTo(lexDoubleQuotedKey);
    return lx.skipTo(rune === SINGLE ? lexSingleQuotedKey : lexKeyStart);
  }
  lx.ignore();
  lx.next();
  return lexKey;
}

const lexDoubleQuotedKey = quotedKey(DOUBLE, (lx) => lx.endOfInput(), lexKeyEnd);
const lexSingleQuotedKey = quotedKey(SINGLE, (lx) => lx.endOfInput(), lexKeyEnd);

/** A state that reads a key up to its closing quote; keys have no escapes. */
function quotedKey(quote: number, onEnd: (lx: Lexer) => null, after: State): State {
  const state: State = (lx) => {
    const rune = lx.peek();
    if (rune === END) return onEnd(lx);
    if (rune !== quote) {
      lx.next();
      return state;
    }
    lx.emit('key');
    lx.next();
    return lx.skipTo(after);
  };
  return state;
}

function lexKey(lx: Lexer): State | null {
  const rune = lx.peek();
  if (isSpace(rune)) return keyOrInclude(lx, lexKeyEnd, null);
  if (isSeparator(rune) || rune === END) {
    lx.emit('key');
    return lexKeyEnd;
  }
  lx.next();
  return lexKey;
}

/** A key followed by white space may be the word `include`. */
function keyOrInclude(lx: Lexer, afterKey: State, afterInclude: State | null): State {
  if (lx.pending().toLowerCase() !== 'include') {
    lx.emit('key');
    return afterKey;
  }
  lx.ignore();
  if (afterInclude !== null) lx.push(afterInclude);
  return lexIncludeStart;
}

function lexKeyEnd(lx: Lexer): State | null {
  const rune = lx.next();
  if (isSpace(rune)) return lx.skipTo(lexKeyEnd);
  if (isSeparator(rune)) return lx.skipTo(lexValue);
  if (rune === END) {
    lx.emit('eof');
    return null;
  }
  lx.backup();
  return lexValue;
}

/** A value; blanks may precede it, line ends may not. */
function lexValue(lx: Lexer): State | null {
  const rune = lx.next();
  if (isBlank(rune)) return lx.skipTo(lexValue);
  const opened = lexOpening(lx, rune);
  if (opened !== undefined) return opened;
  if (rune === 0x2d) return lexNegativeStart;
  if (rune === 0x2e) return lx.fail('Floats must start with a digit');
  if (isNewline(rune)) return lx.fail('Expected value but found new line');
  lx.backup();
  if (isDigit(rune)) return lexNumberOrString;
  lx.stringState = lexBare;
  return lexBare;
}

/** The state behind an opening bracket or quote; undefined for any other rune. */
function lexOpening(lx: Lexer, rune: number): State | undefined {
  switch (rune) {
    case OPEN_BRACKET:
      lx.ignore();
      lx.emit('arrayStart');
      return lexArrayValue;
    case OPEN_BRACE:
      lx.ignore();
      lx.emit('mapStart');
      return lexMapKeyStart;
    case SINGLE:
      return lx.skipTo(lexSingleQuoted);
    case DOUBLE:
      lx.stringState = lexDoubleQuoted;
      return lx.skipTo(lexDoubleQuoted);
    case OPEN_PAREN:
      return lx.skipTo(lexBlockString);
    default:
      return undefined;
  }
}

function lexArrayValue(lx: Lexer): State | null {
  const rune = lx.next();
  if (isSpace(rune)) return lx.skipTo(lexArrayValue);
  if (beginsComment(lx, rune)) return comment(lx, lexArrayValue);
  if (rune === SLASH || rune === COMMA) {
    return lx.fail("Unexpected array value terminator ','.");
  }
  if (rune === CLOSE_BRACKET) return endContainer(lx, 'arrayEnd');
  lx.backup();
  lx.push(lexArrayValueEnd);
  return lexValue;
}

function lexArrayValueEnd(lx: Lexer): State | null {
  const rune = lx.next();
  if (isBlank(rune)) return lx.skipTo(lexArrayValueEnd);
  if (beginsComment(lx, rune)) return comment(lx, lexArrayValueEnd);
  if (rune === SLASH || rune === COMMA || isNewline(rune)) return lx.skipTo(lexArrayValue);
  if (rune === CLOSE_BRACKET) return endContainer(lx, 'arrayEnd');
  const expected = 'Expected an array value terminator "," or an array terminator "]", but got ';
  return lx.failAt(expected, rune, ' instead.');
}

function endContainer(lx: Lexer, type: 'arrayEnd' | 'mapEnd'): State | null {
  lx.ignore();
  lx.emit(type);
  return lx.pop();
}

function lexMapKeyStart(lx: Lexer): State | null {
  const rune = lx.peek();
  if (isSeparator(rune)) return lx.failAt('Unexpected key separator ', rune, '.');
  if (rune === CLOSE_BRACKET) return lx.fail("Unexpected array end ']' processing map.");
  if (rune === END) return lx.fail('Unexpected EOF processing map.');
  const opened = lexMapKeyOpening(lx, rune);
  if (opened !== undefined) return opened;
  lx.ignore();
  lx.next();
  return lexMapKey;
}

/** Consumes `rune` and what it opens; undefined when it is the first one of a bare key. */
function lexMapKeyOpening(lx: Lexer, rune: number): State | null | undefined {
  const opens = isSpace(rune) || [CLOSE_BRACE, HASH, SLASH, SINGLE, DOUBLE].includes(rune);
  if (!opens) return undefined;
  lx.next();
  if (isSpace(rune)) return lx.skipTo(lexMapKeyStart);
  if (rune === CLOSE_BRACE) return lx.skipTo(lexMapEnd);
  if (rune === SINGLE) return lx.skipTo(lexSingleQuotedMapKey);
  if (rune === DOUBLE) return lx.skipTo(lexDoubleQuotedMapKey);
  return beginsComment(lx, rune) ? comment(lx, lexMapKeyStart) : undefined;
}

const lexSingleQuotedMapKey = quotedKey(
  SINGLE,
  (lx) => lx.fail('Unexpected EOF processing quoted map key.'),
  lexMapKeyEnd,
);
const lexDoubleQuotedMapKey = quotedKey(
  DOUBLE,
  (lx) => lx.fail('Unexpected EOF processing double quoted map key.'),
  lexMapKeyEnd,
);

function lexMapKey(lx: Lexer): State | null {
  const rune = lx.peek();
  if (rune === END) return lx.fail('Unexpected EOF processing map key.');
  if (isSpace(rune)) return keyOrInclude(lx, lexMapKeyEnd, lexMapValueEnd);
  if (isSeparator(rune)) {
    lx.emit('key');
    return lexMapKeyEnd;
  }
  lx.next();
  return lexMapKey;
}

function lexMapKeyEnd(lx: Lexer): State | null {
  const rune = lx.next();
  if (isSpace(rune)) return lx.skipTo(lexMapKeyEnd);
  if (isSeparator(rune)) return lx.skipTo(lexMapValue);
  lx.backup();
  return lexMapValue;
}

/** A value in a map, which may stand lines below its key. */
function lexMapValue(lx: Lexer): State | null {
  const rune = lx.next();
  if (isSpace(rune)) return lx.skipTo(lexMapValue);
  if (rune === COMMA) return lx.fail('Unexpected map value terminator ",".');
  if (rune === CLOSE_BRACE) return lx.skipTo(lexMapEnd);
  lx.backup();
  lx.push(lexMapValueEnd);
  return lexValue;
}

function lexMapValueEnd(lx: Lexer): State | null {
  const rune = lx.next();
  if (isBlank(rune)) return lx.skipTo(lexMapValueEnd);
  if (beginsComment(lx, rune)) return comment(lx, lexMapValueEnd);
  const next = rune === SLASH || rune === SEMICOLON || rune === COMMA || isNewline(rune);
  if (next) return lx.skipTo(lexMapKeyStart);
  if (rune === CLOSE_BRACE) return lx.skipTo(lexMapEnd);
  const expected = 'Expected a map value terminator "," or a map terminator "}", but got ';
  return lx.failAt(expected, rune, ' instead.');
}

function lexMapEnd(lx: Lexer): State | null {
  return endContainer(lx, 'mapEnd');
}

function lexIncludeStart(lx: Lexer): State | null {
  const rune = lx.next();
  if (isBlank(rune)) return lx.skipTo(lexIncludeStart);
  lx.backup();
  return lexInclude;
}

function lexInclude(lx: Lexer): State | null {
  const rune = lx.next();
  if (rune === SINGLE) return lx.skipTo(lexSingleQuotedInclude);
  if (rune === DOUBLE) return lx.skipTo(lexDoubleQuotedInclude);
  const wrong = notAPath(rune);
  if (wrong !== undefined) return lx.fail(`Expected include value but found ${wrong}`);
  lx.backup();
  return lexBareInclude;
}

function notAPath(rune: number): string | undefined {
  if (rune === OPEN_BRACKET) return 'start of an array';
  if (rune === OPEN_BRACE) return 'start of a map';
  if (rune === OPEN_PAREN) return 'start of a block';
  if (isDigit(rune) || rune === 0x2d) return 'start of a number';
  if (rune === 0x5c) return 'escape sequence';
  return isNewline(rune) ? 'new line' : undefined;
}

const lexSingleQuotedInclude = quotedInclude(SINGLE, 'Unexpected EOF in quoted include');
const lexDoubleQuotedInclude = quotedInclude(DOUBLE, 'Unexpected EOF in double quoted include');

function quotedInclude(quote: number, atEnd: string): State {
  const state: State = (lx) => {
    const rune = lx.next();
    if (rune === END) return lx.fail(atEnd);
    return rune === quote ? closeInclude(lx) : state;
  };
  return state;
}

/** Emits the path without its closing quote, which is then consumed. */
function closeInclude(lx: Lexer): State | null {
  lx.backup();
  lx.emit('include');
  lx.next();
  lx.ignore();
  return lx.pop();
}

function lexBareInclude(lx: Lexer): State | null {
  const rune = lx.next();
  if (rune === SINGLE) return closeInclude(lx);
  const ends = rune === END || rune === SEMICOLON || rune === CLOSE_BRACE;
  if (!ends && !isBlank(rune) && !isNewline(rune)) return lexBareInclude;
  lx.backup();
  lx.emit('include');
  return lx.pop();
}
