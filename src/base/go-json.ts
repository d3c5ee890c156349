/**
 * JSON as Go's encoding/json prints it: `<`, `>`, `&` and the two line separators escaped, bigint
 * as a number, undefined members left out, a Map with its keys sorted (as Go prints a map). Indented
 * for documents, in one line for the wire. A lone surrogate stands for a byte that is no UTF-8 (see
 * `utf8FromLatin1`) and prints as Go prints such a byte.
 */
export function goJson(value: unknown, indent = 0): string {
  return encode(value, indent === 0 ? '' : '\n', ' '.repeat(indent)) ?? 'null';
}

/** `newline` is the line break with the indentation of the enclosing line; empty: no breaks. */
function encode(value: unknown, newline: string, step: string): string | undefined {
  switch (typeof value) {
    case 'string':
      return encodeString(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return encodeArray(value, newline, step);
      if (value instanceof Map) return encodeMembers(sortedEntries(value), newline, step);
      return encodeMembers(Object.entries(value), newline, step);
    default:
      return undefined;
  }
}

function encodeArray(values: unknown[], newline: string, step: string): string {
  const inner = newline === '' ? '' : newline + step;
  const parts = values.map((value) => encode(value, inner, step) ?? 'null');
  return parts.length === 0 ? '[]' : `[${inner}${parts.join(`,${inner}`)}${newline}]`;
}

function encodeMembers(entries: [string, unknown][], newline: string, step: string): string {
  const inner = newline === '' ? '' : newline + step;
  const colon = newline === '' ? ':' : ': ';
  const parts: string[] = [];
  for (const [key, value] of entries) {
    const text = encode(value, inner, step);
    if (text !== undefined) parts.push(`${encodeString(key)}${colon}${text}`);
  }
  return parts.length === 0 ? '{}' : `{${inner}${parts.join(`,${inner}`)}${newline}}`;
}

function sortedEntries(map: Map<unknown, unknown>): [string, unknown][] {
  const entries = [...map].map(([key, value]): [string, unknown] => [String(key), value]);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

function encodeString(text: string): string {
  const json = JSON.stringify(text);
  return needsEscape.test(json) ? json.replace(escapes, escapeMatch) : json;
}

const needsEscape = /[<>&\u2028\u2029]|\\u[dD]/;
/** Existing escape pairs are matched whole, so that an escaped backslash is never split. */
const escapes = /\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.|[<>&\u2028\u2029]/g;

function escapeMatch(match: string): string {
  if (match.length > 2) return '\\ufffd';
  if (match.length === 2) return match;
  return `\\u${match.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * The text of bytes kept as a latin1 string (subjects, sids). Bytes that are no UTF-8 become lone
 * surrogates, one each, which goJson prints as `\ufffd`.
 */
export function utf8FromLatin1(latin1: string): string {
  if (!/[\u0080-\u00ff]/.test(latin1)) return latin1;
  let text = '';
  let at = 0;
  for (const match of latin1.matchAll(validMultibyte)) {
    text += markInvalid(latin1.slice(at, match.index)) + Buffer.from(match[0], 'latin1').toString();
    at = match.index + match[0].length;
  }
  return text + markInvalid(latin1.slice(at));
}

/** Well-formed UTF-8 sequences of two to four bytes (Unicode table 3-7), as latin1 characters. */
const validMultibyte =
  /(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+/g;

function markInvalid(latin1: string): string {
  return latin1.replaceAll(/[\u0080-\u00ff]/g, (char) =>
    String.fromCharCode(0xdc00 + char.charCodeAt(0)),
  );
}
