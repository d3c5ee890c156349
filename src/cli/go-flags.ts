import { goQuote } from '../base/go-quote.ts';
import type { FlagRow, FlagValue } from '../options/flags.ts';

/*
 * Go's `flag` package: `-x v`, `--x v`, `-x=v`; a boolean takes a value only after `=`; parsing stops
 * at `--`, at a lone `-` and at the first word that is no flag. Texts are Go's, because scripts and test
 * suites read them.
 */

/** A flag as it stood on the command line; `name` is the spelling used. */
export interface SetFlag {
  readonly name: string;
  readonly row: FlagRow;
  readonly value: FlagValue;
}

export interface ParsedFlags {
  /** In command-line order; a repeated flag appears repeatedly. */
  readonly set: readonly SetFlag[];
  /** What stands after the flags. */
  readonly words: readonly string[];
}

/** A command line that Go's flag package refuses; the usage text follows the message. */
export class FlagError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FlagError';
  }
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const truths = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const falsehoods = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Go's strconv.ParseBool. */
export function parseGoBool(text: string): boolean | undefined {
  if (truths.has(text)) return true;
  return falsehoods.has(text) ? false : undefined;
}

/** Go's strconv.ParseInt with base 0: prefixes 0x, 0o, 0b and 0, and underscores between digits. */
export function parseGoInt64(text: string): bigint | 'parse error' | 'value out of range' {
  const match = /^([+-]?)(0x|0o|0b|0(?=[\d_]))?(.*)$/i.exec(text);
  const prefix = match?.[2]?.toLowerCase() ?? '';
  let digits = match?.[3] ?? '';
  // An underscore may follow the prefix, and stand between digits, nowhere else.
  if (prefix !== '' && digits.startsWith('_')) digits = digits.slice(1);
  if (!/^[\da-f]+(_[\da-f]+)*$/i.test(digits)) return 'parse error';
  digits = digits.replaceAll('_', '');
  const allowed: Record<string, RegExp> = {
    '': /^\d+$/,
    '0': /^[0-7]+$/,
    '0o': /^[0-7]+$/,
    '0b': /^[01]+$/,
    '0x': /^[\da-f]+$/i,
  };
  if (!allowed[prefix]?.test(digits)) return 'parse error';
  const magnitude = BigInt((prefix === '0' ? '0o' : prefix) + digits);
  const value = match?.[1] === '-' ? -magnitude : magnitude;
  return value < INT64_MIN || value > INT64_MAX ? 'value out of range' : value;
}

function parseValue(row: FlagRow, name: string, text: string): FlagValue {
  if (row.kind === 'string') return text;
  if (row.kind === 'bool') {
    const value = parseGoBool(text);
    if (value !== undefined) return value;
    throw new FlagError(`invalid boolean value ${goQuote(text)} for -${name}: parse error`);
  }
  const value = parseGoInt64(text);
  if (typeof value === 'string') {
    throw new FlagError(`invalid value ${goQuote(text)} for flag -${name}: ${value}`);
  }
  return row.kind === 'int' ? Number(value) : value;
}

function indexRows(rows: readonly FlagRow[]): Map<string, FlagRow> {
  const index = new Map<string, FlagRow>();
  for (const row of rows) for (const name of row.names) index.set(name, row);
  return index;
}

/** Parses `args` (without the program). Throws FlagError. */
export function parseGoFlags(rows: readonly FlagRow[], args: readonly string[]): ParsedFlags {
  const index = indexRows(rows);
  const set: SetFlag[] = [];
  let next = 0;
  while (next < args.length) {
    const arg = args[next] as string;
    if (arg.length < 2 || !arg.startsWith('-')) break;
    next++;
    if (arg === '--') break;
    const body = arg.slice(arg.startsWith('--') ? 2 : 1);
    if (body === '' || body.startsWith('-') || body.startsWith('=')) {
      throw new FlagError(`bad flag syntax: ${arg}`);
    }
    const equals = body.indexOf('=');
    const name = equals < 0 ? body : body.slice(0, equals);
    const row = index.get(name);
    if (row === undefined) throw new FlagError(`flag provided but not defined: -${name}`);
    let text = equals < 0 ? undefined : body.slice(equals + 1);
    if (text === undefined && row.kind === 'bool') text = 'true';
    else if (text === undefined && next < args.length) text = args[next++];
    if (text === undefined) throw new FlagError(`flag needs an argument: -${name}`);
    set.push({ name, row, value: parseValue(row, name, text) });
  }
  return { set, words: args.slice(next) };
}
