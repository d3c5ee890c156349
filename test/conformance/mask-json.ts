/** Rewrites values inside JSON text without touching anything else: order, spaces and escapes stay. */

/** Given a value and its text with inner values already replaced, returns its new text. */
export type Replace = (path: string, value: unknown, masked: string) => string | undefined;

interface Cursor {
  text: string;
  at: number;
  out: string;
}

function copySpace(c: Cursor): void {
  const found = /^\s*/.exec(c.text.slice(c.at, c.at + 256))?.[0] ?? '';
  c.out += found;
  c.at += found.length;
}

function copyChar(c: Cursor): string {
  const char = c.text[c.at] ?? '';
  c.out += char;
  c.at += 1;
  return char;
}

function scalarEnd(text: string, at: number): number {
  if (text[at] !== '"') {
    while (at < text.length && !',]} \n\r\t'.includes(text[at] ?? '')) at += 1;
    return at;
  }
  at += 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function readString(c: Cursor): string {
  const end = scalarEnd(c.text, c.at);
  const raw = c.text.slice(c.at, end);
  c.out += raw;
  c.at = end;
  return JSON.parse(raw) as string;
}

function walkMembers(c: Cursor, path: string, replace: Replace, isObject: boolean): void {
  const close = isObject ? '}' : ']';
  copyChar(c);
  copySpace(c);
  while (c.at < c.text.length && c.text[c.at] !== close) {
    let child = `${path}[]`;
    if (isObject) {
      const key = readString(c);
      child = path === '' ? key : `${path}.${key}`;
      copySpace(c);
      copyChar(c);
      copySpace(c);
    }
    walkValue(c, child, replace);
    copySpace(c);
    if (c.text[c.at] === ',') copyChar(c);
    copySpace(c);
  }
  copyChar(c);
}

function walkValue(c: Cursor, path: string, replace: Replace): void {
  const start = c.at;
  const outStart = c.out.length;
  const first = c.text[c.at];
  if (first === '{' || first === '[') walkMembers(c, path, replace, first === '{');
  else {
    c.at = scalarEnd(c.text, c.at);
    c.out += c.text.slice(start, c.at);
  }
  const replacement = replace(path, JSON.parse(c.text.slice(start, c.at)), c.out.slice(outStart));
  if (replacement !== undefined) c.out = c.out.slice(0, outStart) + replacement;
}

/** Calls `replace` for every value, inner ones first; array elements have the path `a[]`. */
export function maskJson(text: string, replace: Replace): string {
  const cursor: Cursor = { text, at: 0, out: '' };
  copySpace(cursor);
  walkValue(cursor, '', replace);
  return cursor.out + text.slice(cursor.at);
}
