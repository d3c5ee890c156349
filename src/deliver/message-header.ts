/** Header blocks as text: reading, replacing and stripping, as nats-server does or more strictly. */

const firstLine = 'NATS/1.0';

/**
 * The first value of the header `key`, letter for letter; leading blanks dropped. Undefined when
 * it is not there.
 */
export function headerValue(header: Buffer, key: string): string | undefined {
  const text = header.latin1Slice();
  const at = text.indexOf(`\n${key}:`);
  if (at < 0) return undefined;
  const start = at + key.length + 2;
  const end = text.indexOf('\r\n', start);
  return text.slice(start, end < 0 ? undefined : end).replace(/^ +/, '');
}

/** Names and values in their order; folded lines belong to the value before them. */
export function headerEntries(header: Buffer): [name: string, value: string][] {
  const lines = header.latin1Slice().split('\r\n').slice(1);
  const entries: [string, string][] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (/^[ \t]/.test(line) && entries.length > 0) entries.at(-1)![1] += ` ${line.trim()}`;
    else if (colon > 0) entries.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return entries;
}

/**
 * The block with `key` at its end and nowhere else. What was there under this name goes, also in
 * other letter case, with blanks around the name, repeated or folded: who reads it behind us may
 * be less strict than we are.
 */
export function withHeader(header: Buffer | undefined, key: string, value: string): Buffer {
  const kept = header === undefined ? firstLine : withoutLines(header.latin1Slice(), key);
  const line = Buffer.from(value, 'utf8').latin1Slice();
  return Buffer.from(`${kept}\r\n${key}: ${line}\r\n\r\n`, 'latin1');
}

const lines = new Map<string, RegExp>();

/** Keys are the server's own: a handful. */
function lineOf(key: string): RegExp {
  let name = lines.get(key);
  if (name === undefined) lines.set(key, (name = new RegExp(`^[ \\t]*${key}[ \\t]*:`, 'i')));
  return name;
}

/** The block without its end and without the lines of `key`. */
function withoutLines(text: string, key: string): string {
  const name = lineOf(key);
  let dropping = false;
  const kept = text
    .replace(/(\r\n)+$/, '')
    .split('\r\n')
    .filter((line, i) => {
      if (i === 0) return true;
      // Some readers take a lone CR or LF for the end of a line.
      if (line.split(/[\r\n]/).some((piece) => name.test(piece))) dropping = true;
      else if (!/^[ \t]/.test(line)) dropping = false;
      return !dropping;
    });
  return kept.join('\r\n');
}
