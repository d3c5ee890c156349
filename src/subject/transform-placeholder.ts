/**
 * One token of a transform's destination: plain text, `$2`, or a function in double braces. The
 * grammar is nats-server's, oddities included: function names may vary in the case of their word
 * starts only, arguments are trimmed of spaces, a number may carry a sign.
 */
import { TransformError } from './transform-errors.ts';

export type PlaceholderKind =
  | 'none'
  | 'wildcard'
  | 'partition'
  | 'splitFromLeft'
  | 'splitFromRight'
  | 'sliceFromLeft'
  | 'sliceFromRight'
  | 'right'
  | 'left'
  | 'split'
  | 'random';

export interface Placeholder {
  readonly kind: PlaceholderKind;
  /** Which wildcards of the source, counted from 1. */
  readonly wildcards: readonly number[];
  /** Partitions, size or position; a signed 32-bit integer. */
  readonly size: number;
  readonly separator: string;
}

const none: Placeholder = { kind: 'none', wildcards: [], size: -1, separator: '' };

// Go's \s, and Go's dot, which stops at a line feed only.
const space = '[\\t\\n\\f\\r ]*';
const call = (name: string) => new RegExp(`{{${space}${name}${space}\\(([^\\n]*)\\)${space}}}`);

/** In the order in which they are tried. */
const functions: readonly (readonly [PlaceholderKind, RegExp])[] = [
  ['wildcard', call('[wW]ildcard')],
  ['partition', call('[pP]artition')],
  ['splitFromLeft', call('[sS]plit[fF]rom[lL]eft')],
  ['splitFromRight', call('[sS]plit[fF]rom[rR]ight')],
  ['sliceFromLeft', call('[sS]lice[fF]rom[lL]eft')],
  ['sliceFromRight', call('[sS]lice[fF]rom[rR]ight')],
  ['right', call('[rR]ight')],
  ['left', call('[lL]eft')],
  ['split', call('[sS]plit')],
  ['random', call('[rR]andom')],
];

/** Does the token have the outer form of a function call, known or not? */
export function looksLikeFunction(token: string): boolean {
  return token.length > 4 && token.startsWith('{{') && token.endsWith('}}');
}

function findFunction(token: string): { kind: PlaceholderKind; args: string[] } | undefined {
  for (const [kind, form] of functions) {
    const found = form.exec(token);
    if (found) return { kind, args: (found[1] as string).split(/,[\t\n\f\r ]*/) };
  }
  return undefined;
}

export function isKnownFunction(token: string): boolean {
  return findFunction(token) !== undefined;
}

/** The argument text of `{{wildcard(…)}}` anywhere in the token when it is exactly one. */
export function wildcardArgument(token: string): string | undefined {
  const found = (functions[0] as readonly [PlaceholderKind, RegExp])[1].exec(token);
  if (!found) return undefined;
  const args = (found[1] as string).split(/,[\t\n\f\r ]*/);
  return args.length === 1 ? args[0] : undefined;
}

const trimSpaces = (text: string) => text.replace(/^ +| +$/g, '');

/** A decimal 64-bit integer with an optional sign, or undefined. */
function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function integerArgument(token: string, text: string): number {
  const value = parseInteger(trimSpaces(text));
  if (value === undefined) throw new TransformError('invalidArg', token);
  return Number(value);
}

/** A count: too large is refused, far below zero wraps as the conversion to 32 bits does. */
function countArgument(token: string, text: string): number {
  const value = parseInteger(trimSpaces(text));
  if (value === undefined || value > 0x7fffffffn) throw new TransformError('invalidArg', token);
  return Number(BigInt.asIntN(32, value));
}

function requireArguments(token: string, args: readonly string[], count: number): void {
  if (args.length < count) throw new TransformError('notEnoughArgs', token);
  if (args.length > count) throw new TransformError('tooManyArgs', token);
}

function parseWildcard(token: string, args: readonly string[]): Placeholder {
  if (args.length === 1 && args[0] === '') throw new TransformError('notEnoughArgs', token);
  requireArguments(token, args, 1);
  return { ...none, kind: 'wildcard', wildcards: [integerArgument(token, args[0] as string)] };
}

function parsePartition(token: string, args: readonly string[]): Placeholder {
  const size = countArgument(token, args[0] as string);
  const wildcards = args.slice(1).map((text) => integerArgument(token, text));
  return { ...none, kind: 'partition', wildcards, size };
}

function parseSplit(token: string, args: readonly string[]): Placeholder {
  requireArguments(token, args, 2);
  const wildcard = integerArgument(token, args[0] as string);
  const separator = args[1] as string;
  if (/[ .]/.test(separator)) throw new TransformError('invalidArg', token);
  return { ...none, kind: 'split', wildcards: [wildcard], separator };
}

function parseRandom(token: string, args: readonly string[]): Placeholder {
  if (args.length !== 1) throw new TransformError('notEnoughArgs', token);
  return { ...none, kind: 'random', size: countArgument(token, args[0] as string) };
}

function parseSized(token: string, kind: PlaceholderKind, args: readonly string[]): Placeholder {
  requireArguments(token, args, 2);
  const wildcard = integerArgument(token, args[0] as string);
  const size = parseInteger(trimSpaces(args[1] as string));
  if (size === undefined || BigInt.asIntN(32, size) !== size) {
    throw new TransformError('invalidArg', token);
  }
  return { ...none, kind, wildcards: [wildcard], size: Number(size) };
}

/** Reads one destination token; throws TransformError when it is a wrong function call. */
export function parsePlaceholder(token: string): Placeholder {
  if (token.length > 1 && token.startsWith('$')) {
    // `$JS` and the like are ordinary tokens.
    const index = parseInteger(token.slice(1));
    return index === undefined ? none : { ...none, kind: 'wildcard', wildcards: [Number(index)] };
  }
  if (!looksLikeFunction(token)) return none;
  const found = findFunction(token);
  if (!found) throw new TransformError('unknownFunction', token);
  switch (found.kind) {
    case 'wildcard':
      return parseWildcard(token, found.args);
    case 'partition':
      return parsePartition(token, found.args);
    case 'split':
      return parseSplit(token, found.args);
    case 'random':
      return parseRandom(token, found.args);
    default:
      return parseSized(token, found.kind, found.args);
  }
}
