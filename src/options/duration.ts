import { goQuote } from '../base/go-quote.ts';

/**
 * Durations as Go writes them (`1m30s`, `1.5h`, `100ms`), in nanoseconds. Both directions follow Go's
 * `time.ParseDuration` and `Duration.String`, because configuration files, error texts and monitoring show them.
 */
export const nanosecond = 1n;
export const microsecond = 1_000n;
export const millisecond = 1_000_000n;
export const second = 1_000_000_000n;
export const minute = 60n * second;
export const hour = 60n * minute;

const units = new Map<string, bigint>([
  ['ns', nanosecond],
  ['us', microsecond],
  ['\u00b5s', microsecond],
  ['\u03bcs', microsecond],
  ['ms', millisecond],
  ['s', second],
  ['m', minute],
  ['h', hour],
]);
const maxDuration = (1n << 63n) - 1n;

/** Thrown for a text that is no duration; the message is that of Go's `time.ParseDuration`. */
export class DurationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DurationError';
  }
}

/** Nanoseconds of a Go duration text. Throws DurationError with Go's message. */
export function parseDuration(text: string): bigint {
  const invalid = (): DurationError => new DurationError(`time: invalid duration ${goQuote(text)}`);
  const negative = text.startsWith('-');
  let rest = negative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') throw invalid();
  let total = 0n;
  while (rest !== '') {
    const match = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest);
    const [whole = '', digits = '', fraction = '', unitName = ''] = match ?? [];
    if (digits === '' && fraction === '') throw invalid();
    if (unitName === '') throw new DurationError(`time: missing unit in duration ${goQuote(text)}`);
    const unit = units.get(unitName);
    if (unit === undefined) {
      throw new DurationError(
        `time: unknown unit ${goQuote(unitName)} in duration ${goQuote(text)}`,
      );
    }
    total += BigInt(digits || '0') * unit;
    if (fraction !== '') total += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
    if (total > maxDuration + 1n) throw invalid();
    rest = rest.slice(whole.length);
  }
  if (total > maxDuration && !negative) throw invalid();
  return negative ? -total : total;
}

/** A duration in nanoseconds as Go prints it: `2m0s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(ns: bigint): string {
  if (ns === 0n) return '0s';
  const sign = ns < 0n ? '-' : '';
  const size = ns < 0n ? -ns : ns;
  if (size < microsecond) return `${sign}${size}ns`;
  if (size < millisecond) return `${sign}${decimal(size, microsecond)}\u00b5s`;
  if (size < second) return `${sign}${decimal(size, millisecond)}ms`;
  const hours = size / hour;
  const minutes = (size / minute) % 60n;
  const seconds = `${decimal(size % minute, second)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = value % unit;
  const digits = String(fraction)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '');
  return digits === '' ? String(value / unit) : `${value / unit}.${digits}`;
}
