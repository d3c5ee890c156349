/**
 * The arguments of a request, read as Go's net/url and strconv read them, so that every odd value
 * is taken or refused as nats-server does. Refusals are thrown as BadArgumentError; the listener
 * answers 400 with the text.
 */
import { utf8FromLatin1 } from '../base/go-json.ts';
import { goQuote } from '../base/go-quote.ts';

/** Answered with 400 and its message as plain text; a lone surrogate stands for a bad byte. */
export class BadArgumentError extends Error {
  readonly code = 'ERR_MONITOR_ARGUMENT';
}

/** `both` is `subs=detail`, which wins over a list of subjects. */
export interface SubsChoice {
  readonly subs: boolean;
  readonly detail: boolean;
}

/** `none` only in requests that give a number which means nothing. */
export type StateChoice = 'open' | 'closed' | 'all' | 'none';

const trueTexts = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseTexts = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);
const minInt = -(1n << 63n);
const maxInt = (1n << 63n) - 1n;
const maxUint = (1n << 64n) - 1n;

export class Query {
  /** Latin1 texts of bytes. */
  private readonly values = new Map<string, string>();

  /** `raw` is what stands behind `?`; pairs that Go cannot decode are skipped, as Go does. */
  constructor(raw: string) {
    for (const pair of raw.split('&')) {
      if (pair === '' || pair.includes(';')) continue;
      const at = pair.indexOf('=');
      const key = queryUnescape(at < 0 ? pair : pair.slice(0, at));
      const value = queryUnescape(at < 0 ? '' : pair.slice(at + 1));
      if (key === undefined || value === undefined || this.values.has(key)) continue;
      this.values.set(key, value);
    }
  }

  /** The first value of the argument, '' when it is missing; bad bytes as lone surrogates. */
  text(name: string): string {
    return utf8FromLatin1(this.latin1(name));
  }

  /** The same as its bytes: a subject or what else is compared with latin1 text. */
  latin1(name: string): string {
    return this.values.get(name) ?? '';
  }

  bool(name: string): boolean {
    const text = this.latin1(name);
    if (text === '' || falseTexts.has(text)) return false;
    if (trueTexts.has(text)) return true;
    throw bad('boolean', name, 'ParseBool', text, 'invalid syntax');
  }

  /** A signed 64-bit integer; 0 when missing. */
  int(name: string): bigint {
    const text = this.latin1(name);
    if (text === '') return 0n;
    if (!/^[+-]?[0-9]+$/.test(text)) throw bad('int', name, 'Atoi', text, 'invalid syntax');
    const value = text.startsWith('-') ? -bigOf(text.slice(1)) : bigOf(text.replace('+', ''));
    if (value > maxInt || value < minInt)
      throw bad('int', name, 'Atoi', text, 'value out of range');
    return value;
  }

  /** An unsigned 64-bit integer; 0 when missing. */
  uint(name: string): bigint {
    const text = this.latin1(name);
    if (text === '') return 0n;
    if (!/^[0-9]+$/.test(text)) throw bad('uint64', name, 'ParseUint', text, 'invalid syntax');
    const value = bigOf(text);
    if (value > maxUint) throw bad('uint64', name, 'ParseUint', text, 'value out of range');
    return value;
  }

  state(): StateChoice {
    const text = this.text('state');
    const state = text.toLowerCase();
    if (state === '' || state === 'open') return 'open';
    if (state === 'closed') return 'closed';
    if (state === 'any' || state === 'all') return 'all';
    throw new BadArgumentError(`Error decoding state for ${text}`);
  }

  subs(): SubsChoice {
    const detail = this.text('subs').toLowerCase() === 'detail';
    return { detail, subs: detail ? false : this.bool('subs') };
  }
}

/** More digits than any accepted value has are cut: making a bigint of megabytes takes long. */
function bigOf(digits: string): bigint {
  const significant = digits.replace(/^0+(?=.)/, '');
  return significant.length > 20 ? maxUint + 1n : BigInt(significant);
}

function bad(
  kind: string,
  name: string,
  goFunction: string,
  text: string,
  problem: string,
): BadArgumentError {
  return new BadArgumentError(
    `Error decoding ${kind} for '${name}': strconv.${goFunction}: parsing ${goQuote(Buffer.from(text, 'latin1'))}: ${problem}`,
  );
}

function queryUnescape(text: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  return text
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
}
