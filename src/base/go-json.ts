/**
 * JSON as Go's encoding/json prints it: `<`, `>`, `&` and the two line separators escaped, bigint
 * as a number, undefined members left out. Two-space indent for documents, none for the wire.
 */
export function goJson(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, bigintAsMark, indent) ?? 'null';
  return text
    .replace(/"\\u0000n:(-?\d+)"/g, '$1')
    .replace(/[<>&\u2028\u2029]/g, escapeChar);
}

/** bigint has no JSON form in old Node: it travels as a marked string that no input can contain. */
function bigintAsMark(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `\u0000n:${value}` : value;
}

function escapeChar(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
