import { goQuote } from '../base/go-quote.ts';
import type { ConfValue } from '../conf/node.ts';

const SHIFTS: Record<string, bigint> = { K: 10n, M: 20n, G: 30n, T: 40n };

/**
 * A size of JetStream's storage: an integer, or a text of digits and one of K, M, G, T. Throws an
 * Error with nats-server's text, which callers put behind the name of the key.
 */
export function readStorageSize(value: ConfValue): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'string') throw new Error('must be int64 or string');
  if (value === '') return 0n;
  const number = parseInt64(value.slice(0, -1));
  const unit = value.slice(-1);
  const shift = Object.hasOwn(SHIFTS, unit) ? SHIFTS[unit] : undefined;
  if (shift === undefined) throw new Error('sizes defined as strings must end in K, M, G, T');
  return BigInt.asIntN(64, number << shift);
}

/** Go's strconv.ParseInt to 64 bits, with its errors. */
function parseInt64(text: string): bigint {
  const about = `strconv.ParseInt: parsing ${goQuote(text)}`;
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`${about}: invalid syntax`);
  const number = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, number) !== number) throw new Error(`${about}: value out of range`);
  return number;
}
