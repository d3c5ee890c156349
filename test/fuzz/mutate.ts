/** A seeded mutator of byte streams that knows the shape of the NATS protocol and of HTTP. */
import type { Below } from '../conformance/chunking.ts';

/** Texts that parsers trip over, spliced in at random places. */
const tokens = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  '\0',
  '0',
  '-1',
  '+1',
  '999999999',
  '1000000000',
  '2147483648',
  '18446744073709551616',
  '1048576',
  '1048577',
  '>',
  '*',
  '.',
  '..',
  'PUB ',
  'HPUB ',
  'SUB ',
  'UNSUB ',
  'PING\r\n',
  'PONG\r\n',
  'CONNECT {}\r\n',
  'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n',
  'NATS/1.0\r\n',
  '\r\n\r\n',
  '{',
  '}',
  '"',
  '\\u0000',
  '__proto__',
  'SUB > 1\r\n',
  '$SYS.>',
  '_INBOX.',
  'x'.repeat(300),
  'a.'.repeat(200),
  '\u00ff\u00fe',
  'GET /varz HTTP/1.1\r\n',
  'Content-Length: 10\r\n',
  'Transfer-Encoding: chunked\r\n',
  '%00',
  '?subs=1&',
  '../',
].map((text) => Buffer.from(text, 'latin1'));

type Mutation = (data: Buffer, below: Below, corpus: Buffer[]) => Buffer;

const pick = <T>(list: readonly T[], below: Below): T => list[below(list.length)] as T;

function flipBit(data: Buffer, below: Below): Buffer {
  const copy = Buffer.from(data);
  const at = below(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
  return copy;
}

function replaceByte(data: Buffer, below: Below): Buffer {
  const copy = Buffer.from(data);
  copy[below(copy.length)] = below(256);
  return copy;
}

function insertToken(data: Buffer, below: Below): Buffer {
  const at = below(data.length + 1);
  return Buffer.concat([data.subarray(0, at), pick(tokens, below), data.subarray(at)]);
}

function removeRange(data: Buffer, below: Below): Buffer {
  const at = below(data.length);
  return Buffer.concat([data.subarray(0, at), data.subarray(at + 1 + below(16))]);
}

const truncate: Mutation = (data, below) => data.subarray(0, below(data.length) + 1);

function duplicate(data: Buffer, below: Below): Buffer {
  const from = below(data.length);
  const range = data.subarray(from, from + 1 + below(200));
  return Buffer.concat([data, ...Array.from({ length: 1 + below(20) }, () => range)]);
}

function splice(data: Buffer, below: Below, corpus: Buffer[]): Buffer {
  const other = pick(corpus, below);
  return Buffer.concat([data.subarray(0, below(data.length)), other.subarray(below(other.length))]);
}

/** Changes a number in the text: sizes, sids, limits. */
function changeNumber(data: Buffer, below: Below): Buffer {
  const text = data.toString('latin1');
  const numbers = [...text.matchAll(/\d+/g)];
  const found = numbers.length > 0 ? pick(numbers, below) : undefined;
  if (!found) return insertToken(data, below);
  const value = Number(found[0]);
  const next = pick(
    [value + 1, value - 1, value * 2, -value, 0, 2 ** 31, 1e9, value + below(5_000)],
    below,
  );
  const after = found.index + found[0].length;
  return Buffer.from(text.slice(0, found.index) + String(next) + text.slice(after), 'latin1');
}

const mutations: readonly Mutation[] = [
  flipBit,
  replaceByte,
  insertToken,
  removeRange,
  truncate,
  duplicate,
  splice,
  changeNumber,
  changeNumber,
  insertToken,
];

const longest = 262_144;

/** A stream of one to four corpus entries with up to six mutations; never empty, at most 256 KiB. */
export function mutate(corpus: Buffer[], below: Below): Buffer {
  const parts = Array.from({ length: 1 + below(4) }, () => pick(corpus, below));
  let data: Buffer = Buffer.concat(parts).subarray(0, longest);
  for (let left = below(7); left > 0 && data.length > 0; left -= 1)
    data = pick(mutations, below)(data, below, corpus).subarray(0, longest);
  return data.length > 0 ? data : Buffer.from('\r\n');
}
