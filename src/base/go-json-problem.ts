import { goQuote } from './go-quote.ts';

/*
 * Why a text is no JSON, in the words of Go's encoding/json: clients and people see these words in
 * errors. `JSON.parse` decides nothing here; this is a scanner of its own, without recursion, that
 * stops at the first byte that cannot continue a document.
 */

/** Containers inside one another before Go gives up. */
const DEPTH_MAX = 10_000;

/** Thrown inside the scanner; its message is the answer. */
class JsonProblem extends Error {}

/**
 * What is wrong with the JSON in `bytes` (latin1: one character per byte), or undefined. The text is
 * Go's, e.g. `invalid character 'x' after object key`.
 */
export function goJsonProblem(bytes: string): string | undefined {
  try {
    new Scanner(bytes).scan();
    return undefined;
  } catch (error) {
    if (error instanceof JsonProblem) return error.message;
    throw error;
  }
}

class Scanner {
  private readonly bytes: string;
  private at = 0;
  /** The brackets that close the open containers, innermost last. */
  private readonly open: ('}' | ']')[] = [];

  constructor(bytes: string) {
    this.bytes = bytes;
  }

  scan(): void {
    this.value();
    while (this.open.length > 0) this.afterValue();
    this.skipSpace();
    if (this.at < this.bytes.length) this.fail('after top-level value');
  }

  /** One scalar, or the opening of containers up to the first scalar or the first empty one. */
  private value(): void {
    for (;;) {
      const char = this.first();
      if (char !== '{' && char !== '[') {
        this.scalar(char);
        return;
      }
      this.at++;
      this.open.push(char === '{' ? '}' : ']');
      if (this.open.length > DEPTH_MAX) throw new JsonProblem('exceeded max depth');
      if (this.first() === this.open.at(-1)) {
        this.at++;
        this.open.pop();
        return;
      }
      if (char === '{') this.key();
    }
  }

  /** What may follow a value inside a container. */
  private afterValue(): void {
    const char = this.first();
    const close = this.open.at(-1);
    if (char === close) {
      this.at++;
      this.open.pop();
      return;
    }
    const inObject = close === '}';
    if (char !== ',') this.fail(inObject ? 'after object key:value pair' : 'after array element');
    this.at++;
    if (inObject) this.key();
    this.value();
  }

  private key(): void {
    if (this.first() !== '"') this.fail('looking for beginning of object key string');
    this.string();
    if (this.first() !== ':') this.fail('after object key');
    this.at++;
  }

  private scalar(char: string): void {
    if (char === '"') this.string();
    else if (char === '-' || isDigit(char)) this.number();
    else if (char === 't') this.literal('true');
    else if (char === 'f') this.literal('false');
    else if (char === 'n') this.literal('null');
    else this.fail('looking for beginning of value');
  }

  private literal(word: string): void {
    for (const expected of word) {
      if (this.here() !== expected) this.fail(`in literal ${word} (expecting '${expected}')`);
      this.at++;
    }
  }

  private number(): void {
    if (this.bytes[this.at] === '-') this.at++;
    if (this.here() === '0') this.at++;
    else this.digits('in numeric literal');
    if (this.bytes[this.at] === '.') {
      this.at++;
      this.digits('after decimal point in numeric literal');
    }
    if (this.bytes[this.at]?.toLowerCase() !== 'e') return;
    this.at++;
    if ('+-'.includes(this.here())) this.at++;
    this.digits('in exponent of numeric literal');
  }

  private digits(where: string): void {
    if (!isDigit(this.here())) this.fail(where);
    while (isDigit(this.bytes[this.at] ?? '')) this.at++;
  }

  private string(): void {
    this.at++;
    for (;;) {
      const char = this.here();
      if (char < ' ') this.fail('in string literal');
      this.at++;
      if (char === '"') return;
      if (char === '\\') this.escape();
    }
  }

  private escape(): void {
    const letter = this.here();
    if (!'bfnrt\\/"u'.includes(letter)) this.fail('in string escape code');
    this.at++;
    if (letter !== 'u') return;
    for (let i = 0; i < 4; i++) {
      if (!/[0-9a-fA-F]/.test(this.here())) this.fail('in \\u hexadecimal character escape');
      this.at++;
    }
  }

  private skipSpace(): void {
    while (' \t\r\n'.includes(this.bytes[this.at] ?? 'x')) this.at++;
  }

  /** The next byte that is not white space. */
  private first(): string {
    this.skipSpace();
    return this.here();
  }

  private here(): string {
    const char = this.bytes[this.at];
    if (char === undefined) throw new JsonProblem('unexpected end of JSON input');
    return char;
  }

  private fail(where: string): never {
    throw new JsonProblem(`invalid character ${quoteByte(this.here())} ${where}`);
  }
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9' && char.length === 1;
}

/** A byte in Go's single quotes; it counts as the code point of the same number. */
function quoteByte(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  return `'${goQuote(char).slice(1, -1)}'`;
}
