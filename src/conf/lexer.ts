import { decodeRune, END, showRune, textOf } from './runes.ts';

/*
 * The machinery under the state functions of lex-structure.ts and lex-scalars.ts: a cursor over
 * bytes, a stack of states to return to, and a queue of items. nats-server's error positions are
 * a by-product of exactly this machinery (for example, the line start is not restored when the
 * cursor steps back over a line feed, and an item's column is computed from the length of its
 * unescaped value), so the bookkeeping here must not be "corrected".
 */

export type ItemType =
  | 'error'
  | 'eof'
  | 'key'
  | 'text'
  | 'string'
  | 'bool'
  | 'integer'
  | 'float'
  | 'datetime'
  | 'arrayStart'
  | 'arrayEnd'
  | 'mapStart'
  | 'mapEnd'
  | 'commentStart'
  | 'variable'
  | 'include';

/** `val` is latin1 bytes, except for an error's text. Line and column as in ConfNode. */
export interface Item {
  type: ItemType;
  val: string;
  line: number;
  column: number;
}

/** Consumes some input and names the next state; null once nothing more can follow. */
export type State = (lx: Lexer) => State | null;

/** More state changes per byte than any input can cause; reaching it means a loop in the states. */
const STEPS_PER_BYTE = 16;

export class Lexer {
  readonly input: string;
  start = 0;
  pos = 0;
  line = 1;
  lineStart = 0;
  /** Where a bare or double-quoted string continues after an escape. */
  stringState: State | null = null;
  private width = 0;
  private itemLineStart = 0;
  private state: State | null;
  private readonly stack: State[] = [];
  private parts: string[] = [];
  private readonly queue: Item[] = [];
  private stepsLeft: number;

  /** `input` holds one character per byte. */
  constructor(input: string, initial: State) {
    this.input = input;
    this.state = initial;
    this.stepsLeft = (input.length + 64) * STEPS_PER_BYTE;
  }

  nextItem(): Item {
    for (;;) {
      const item = this.queue.shift();
      if (item !== undefined) return item;
      if (this.state === null || this.stepsLeft-- <= 0) throw new Error('lexer ran past its end');
      this.state = this.state(this);
    }
  }

  /** The next rune, or END; a real NUL byte is also END, but moves the cursor. */
  next(): number {
    if (this.pos >= this.input.length) {
      this.width = 0;
      return END;
    }
    if (this.input.charCodeAt(this.pos) === 0x0a) {
      this.line++;
      this.lineStart = this.pos;
    }
    const packed = decodeRune(this.input, this.pos);
    this.width = packed % 8;
    this.pos += this.width;
    return (packed - this.width) / 8;
  }

  backup(): void {
    this.pos -= this.width;
    if (this.pos < this.input.length && this.input.charCodeAt(this.pos) === 0x0a) this.line--;
  }

  peek(): number {
    const rune = this.next();
    this.backup();
    return rune;
  }

  /** Drops what was read since the last item. */
  ignore(): void {
    this.start = this.pos;
    this.itemLineStart = this.lineStart;
  }

  skipTo(state: State): State {
    this.ignore();
    return state;
  }

  push(state: State): void {
    this.stack.push(state);
  }

  pop(): State | null {
    return this.stack.pop() ?? this.fail('BUG in lexer: no states to pop.');
  }

  /** What was read since the last item. */
  pending(): string {
    return this.input.slice(this.start, this.pos);
  }

  hasEscapes(): boolean {
    return this.parts.length > 0;
  }

  /** Keeps what was read so far, less the last `tail` bytes, as a part of the string. */
  keepPart(tail: number): void {
    this.parts.push(this.input.slice(this.start, this.pos - tail));
    this.start = this.pos;
  }

  addPart(bytes: string): State | null {
    this.parts.push(bytes);
    this.start = this.pos;
    return this.stringState;
  }

  emit(type: ItemType): void {
    const val = this.parts.join('') + this.pending();
    const column = this.pos - this.itemLineStart - val.length;
    this.queue.push({ type, val, line: this.line, column });
    this.ignore();
  }

  emitString(): void {
    this.emit('string');
    if (this.parts.length > 0) this.parts = [];
  }

  /** Ends the input with nothing or, when something is pending, with an error. */
  endOfInput(): null {
    if (this.pos > this.start) return this.fail('Unexpected EOF.');
    this.emit('eof');
    return null;
  }

  fail(text: string): null {
    this.queue.push({
      type: 'error',
      val: text,
      line: this.line,
      column: this.pos - this.lineStart,
    });
    return null;
  }

  /** `before 'r' after`, the form of most complaints. */
  failAt(before: string, rune: number, after = ''): null {
    return this.fail(`${before}'${showRune(rune)}'${after}`);
  }

  /** Text of the input between two offsets, for error texts. */
  textBetween(from: number, to: number): string {
    return textOf(this.input.slice(from, to));
  }
}
