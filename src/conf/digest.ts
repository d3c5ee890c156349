import { createHash } from 'node:crypto';
import {
  type ConfArray,
  type ConfMap,
  type ConfNode,
  type ConfValue,
  isConfArray,
  isConfMap,
} from './node.ts';
import { BROKEN_RUNE, decodeRune } from './runes.ts';

/**
 * The digest that `nats-server -t` prints: SHA-256 over the JSON of the parsed values as Go's
 * encoder writes it (keys sorted by their bytes, `<`, `>` and `&` escaped, one line feed at the
 * end). Comments, order and spelling of the file do not count.
 */
export function configDigest(root: ConfMap, raw: RawStrings): string {
  const hash = createHash('sha256');
  let pending = '';
  const write = (text: string): void => {
    pending += text;
    if (pending.length < 65536) return;
    hash.update(pending);
    pending = '';
  };
  writeMap(root, raw, write);
  return `sha256:${hash.update(`${pending}\n`).digest('hex')}`;
}

/**
 * The latin1 bytes of keys and strings that were not UTF-8: Go writes each such byte as the escape
 * `\ufffd`, but a U+FFFD that stood in the file as itself, and the decoded text no longer tells.
 */
export interface RawStrings {
  keys: WeakMap<ConfNode, string>;
  values: WeakMap<ConfNode, string>;
}

type Write = (text: string) => void;

function writeNode(node: ConfNode, raw: RawStrings, write: Write): void {
  const value = node.value;
  if (isConfMap(value)) writeMap(value, raw, write);
  else if (isConfArray(value)) writeArray(value, raw, write);
  else write(bytesJson(raw.values.get(node)) ?? scalarJson(value));
}

function writeArray(array: ConfArray, raw: RawStrings, write: Write): void {
  write('[');
  array.items.forEach((item, i) => {
    if (i > 0) write(',');
    writeNode(item, raw, write);
  });
  write(']');
}

function writeMap(map: ConfMap, raw: RawStrings, write: Write): void {
  const entries = [...map.entries].map(([key, node]) => {
    const broken = raw.keys.get(node);
    const bytes = broken === undefined ? Buffer.from(key) : Buffer.from(broken, 'latin1');
    return { bytes, json: bytesJson(broken) ?? stringJson(key), node };
  });
  entries.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  write('{');
  entries.forEach(({ json, node }, i) => {
    write(`${i > 0 ? ',' : ''}${json}:`);
    writeNode(node, raw, write);
  });
  write('}');
}

function scalarJson(value: Exclude<ConfValue, ConfMap | ConfArray>): string {
  if (typeof value === 'string') return stringJson(value);
  if (value instanceof Date) return `"${value.toISOString().replace('.000Z', 'Z')}"`;
  return Object.is(value, -0) ? '-0' : String(value);
}

/** JSON as Go's encoder writes a string. */
function stringJson(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The JSON of latin1 bytes that are not all UTF-8. */
function bytesJson(bytes: string | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  let json = '';
  for (let at = 0; at < bytes.length; ) {
    const packed = decodeRune(bytes, at);
    const width = packed % 8;
    const broken = packed === BROKEN_RUNE;
    json += broken
      ? '\\ufffd'
      : stringJson(String.fromCodePoint((packed - width) / 8)).slice(1, -1);
    at += width;
  }
  return `"${json}"`;
}
