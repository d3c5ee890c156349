/**
 * CONNECT arguments for a trace line. Where nats-server looks for names letter by letter and takes a
 * value to end at the first quote, comma or brace, names are read here as JSON reads them (in any
 * case, with escapes) and values to their end; sloppy text is treated as nats-server treats it.
 */
const mask = '[REDACTED]';

/** A name in quotes, and its value when that is a string, perhaps without an end. */
const member = /("((?:[^"\\]|\\.)*)"\s*[:=]\s*")(?:[^"\\]|\\.)*/gs;
const secretName = /^(?:auth_token.*|pass.*|proxy_sig|nkey|sig|jwt)$/is;
const sloppyPrefixes = /"?\s*(?:auth_token\S*?|pass\S*?)"?\s*[:=]\s*"?([^",\r\n}]*)/dgi;
const sloppyNames =
  /(?:^|[^A-Za-z0-9_])"?\s*(?:proxy_sig|nkey|sig|jwt)"?\s*[:=]\s*"?([^",\r\n}]*)/dgi;

/** Passwords, tokens, signatures and JWTs become [REDACTED]. */
export function redactConnect(text: string): string {
  const hidden = text.replace(member, (whole, start: string, name: string) =>
    secretName.test(decoded(name)) ? `${start}${mask}` : whole,
  );
  return redact(sloppyNames, redact(sloppyPrefixes, hidden));
}

/** A name with its escapes resolved. */
function decoded(name: string): string {
  if (!name.includes('\\')) return name;
  try {
    return String(JSON.parse(`"${name}"`));
  } catch {
    return name;
  }
}

function redact(pattern: RegExp, text: string): string {
  let out = '';
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const [start, end] = match.indices![1]!;
    out += `${text.slice(from, start)}${mask}`;
    from = end;
  }
  return out + text.slice(from);
}
