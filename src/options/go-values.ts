import { goQuote } from '../base/go-quote.ts';
import {
  type ConfArray,
  type ConfMap,
  type ConfNode,
  type ConfValue,
  isConfArray,
  isConfMap,
} from '../conf/node.ts';

/** The Go type that nats-server names (`%T`) for a value of the configuration language. */
export function goTypeName(value: ConfValue): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'bigint':
      return 'int64';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    default:
      if (value instanceof Date) return 'time.Time';
      return isConfMap(value) ? 'map[string]interface {}' : '[]interface {}';
  }
}

/** The value as Go's `%v` prints it; the members of maps and arrays are shown by value. */
export function goValueText(value: ConfValue): string {
  if (typeof value === 'number') return goFloatText(value);
  if (value instanceof Date) return goTimeText(value);
  if (typeof value !== 'object') return String(value);
  if (isConfArray(value))
    return `[${value.items.map((item) => goValueText(item.value)).join(' ')}]`;
  const entries = [...value.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, node]) => `${key}:${goValueText(node.value)}`).join(' ')}]`;
}

/** A float64 as Go's `%v`: the shortest digits, with an exponent from 1e21 up and below 1e-4. */
export function goFloatText(value: number): string {
  if (value === 0) return '0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= 21 || exponent < -4) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  return exponent < 0
    ? value.toFixed(Math.max(0, fractionDigits(mantissa) - exponent))
    : String(value);
}

function fractionDigits(mantissa: string): number {
  const point = mantissa.indexOf('.');
  return point < 0 ? 0 : mantissa.length - point - 1;
}

function goTimeText(date: Date): string {
  const [day = '', time = ''] = date.toISOString().slice(0, 19).split('T');
  return `${day} ${time} +0000 UTC`;
}

/** The value as Go's `%q` prints it: a number is taken for the code of a character. */
export function goQuoteValue(value: ConfValue): string {
  switch (typeof value) {
    case 'string':
      return goQuote(value);
    case 'bigint':
      return quotedRune(value);
    case 'number':
      return `%!q(float64=${goFloatText(value)})`;
    case 'boolean':
      return `%!q(bool=${value})`;
    default:
      return value instanceof Date ? goQuote(goTimeText(value)) : containerText(value, 'q');
  }
}

function quotedRune(code: bigint): string {
  const valid = code >= 0n && code <= 0x10ffffn && (code < 0xd800n || code > 0xdfffn);
  const quoted = goQuote(valid ? String.fromCodePoint(Number(code)) : '\ufffd').slice(1, -1);
  return `'${quoted === "'" ? "\\'" : quoted.replace('\\"', '"')}'`;
}

/** Numbers of nats-server's lexed items, which show when it prints its own tokens. */
const itemNumbers = { string: 5, boolean: 6, bigint: 7, number: 8 } as const;

/** A value printed with Go's `%s` although it may be no text: `%!s(int64=5)`. */
export function goStringValue(value: ConfValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof Date) return goTimeText(value);
  if (typeof value === 'object') return containerText(value, 's');
  return `%!s(${goTypeName(value)}=${goValueText(value)})`;
}

/** Members of arrays and maps are nats-server's own tokens and print with their innards. */
function containerText(value: ConfArray | ConfMap, verb: 's' | 'q'): string {
  if (isConfArray(value)) return `[${value.items.map((item) => memberText(item, verb)).join(' ')}]`;
  const entries = [...value.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const members = entries.map(([key, node]) => {
    return `${verb === 'q' ? goQuote(key) : key}:${memberText(node, verb)}`;
  });
  return `map[${members.join(' ')}]`;
}

function memberText({ value, line, column, file, usedVariable }: ConfNode, verb: string): string {
  const kind = typeof value;
  const number = kind in itemNumbers ? itemNumbers[kind as keyof typeof itemNumbers] : 9;
  const shown = goValueText(value);
  return `%!${verb}(*conf.token=&{{${number} ${shown} ${line} ${column}} ${shown} ${usedVariable} ${file}})`;
}
