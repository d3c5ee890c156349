import type { ConfValue } from './node.ts';

/** What a lexed number, boolean or date means; `problem` is nats-server's complaint. */
export type Scalar = { value: ConfValue } | { problem: string };

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

const UNITS = new Map<string, bigint>([['', 1n]]);
for (const [i, letter] of [...'kmgtpe'].entries()) {
  UNITS.set(letter, 1000n ** BigInt(i + 1));
  for (const tail of ['b', 'i', 'ib']) UNITS.set(letter + tail, 1024n ** BigInt(i + 1));
}

/**
 * An integer with an optional unit, `64kb`. The digits must fit an int64; their product with the
 * unit wraps around, as in nats-server. Undefined for a unit that does not exist (`1kbb`): the
 * setting is then passed over without a word.
 */
export function readInteger(text: string): Scalar | undefined {
  const [, digits, rest] = /^([-\p{Nd}]*)(.*)$/su.exec(text) ?? ['', '', ''];
  if (!/^-?[0-9]+$/.test(digits ?? '')) return { problem: `expected integer, but got '${text}'` };
  const number = BigInt(digits ?? '');
  if (number > INT64_MAX || number < INT64_MIN) {
    return { problem: `integer '${text}' is out of the range` };
  }
  const unit = UNITS.get((rest ?? '').trim().toLowerCase());
  return unit === undefined ? undefined : { value: BigInt.asIntN(64, number * unit) };
}

export function readFloat(text: string): Scalar {
  if (!/^-?[0-9]+\.[0-9]+$/.test(text)) return { problem: `expected float, but got '${text}'` };
  const value = Number(text);
  if (!Number.isFinite(value)) return { problem: `float '${text}' is out of the range` };
  return { value };
}

export function readBoolean(text: string): Scalar {
  return { value: /^(?:true|yes|on)$/i.test(text) };
}

/** `2024-02-29T23:59:59Z`, with a day that exists. */
export function readDate(text: string): Scalar {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/.exec(text);
  const problem = { problem: `expected Zulu formatted DateTime, but got '${text}'` };
  if (parts === null) return problem;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as Six;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!same || hour > 23 || minute > 59 || second > 59) return problem;
  return { value: date };
}

type Six = [number, number, number, number, number, number];
