/** The Cookie headers of a request, as Go's net/http reads them: what is malformed is skipped. */

export interface Cookie {
  readonly name: string;
  readonly value: string;
}

/** Cookies of one request; with more there are none, as in Go. */
const cookiesMax = 3000;

export function readCookies(lines: readonly string[]): Cookie[] {
  const parts = lines.flatMap((line) => line.split(';'));
  if (parts.length > cookiesMax) return [];
  return parts.flatMap((part) => readCookie(trim(part)) ?? []);
}

function readCookie(part: string): Cookie | undefined {
  const at = part.indexOf('=');
  const name = trim(at < 0 ? part : part.slice(0, at));
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return undefined;
  let value = at < 0 ? '' : part.slice(at + 1);
  if (value.length > 1 && value.startsWith('"') && value.endsWith('"')) value = value.slice(1, -1);
  return /^[\x20-\x7e]*$/.test(value) && !/["\\]/.test(value) ? { name, value } : undefined;
}

function trim(text: string): string {
  return text.replaceAll(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}
