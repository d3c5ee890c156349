/**
 * The URI of a certificate as nats-server compares it: parsed by Go's net/url and printed again,
 * which lowers the scheme, escapes what must be and drops an empty fragment. A URI that Go cannot
 * parse makes it refuse the certificate; so does one whose host is not a name.
 */

/** The text to compare; undefined: the certificate is refused. */
export function sanUriText(uri: string): string | undefined {
  if (/[\x00-\x1f\x7f-\uffff]/.test(uri)) return undefined;
  const [text, rawFragment] = cut(uri, '#');
  const fragment = escapePart(rawFragment ?? '', fragmentForm);
  if (fragment === undefined || text.startsWith(':')) return undefined;
  const behind = fragment === '' ? '' : `#${fragment}`;
  if (text === '*') return text + behind;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[0] ?? '';
  const [rest, query] = cut(text.slice(scheme.length), '?');
  const tail = (query === undefined ? '' : `?${query}`) + behind;
  const front = scheme.toLowerCase();
  // Behind a scheme, what does not begin with a slash is taken as it is.
  if (scheme !== '' && !rest.startsWith('/')) return front + rest + tail;
  if (/^[^/]*:/.test(rest)) return undefined;
  const path = hierarchy(front, rest);
  return path === undefined ? undefined : front + path + tail;
}

function cut(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Authority and path. */
function hierarchy(scheme: string, rest: string): string | undefined {
  const withAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  if (!withAuthority) return escapePart(rest, pathForm);
  const authority = /^[^/]*/.exec(rest.slice(2))?.[0] ?? '';
  const path = escapePart(rest.slice(2 + authority.length), pathForm);
  const text = authorityText(scheme, authority);
  if (path === undefined || text === undefined) return undefined;
  if (text === '' && (scheme === '' || path === '')) return path;
  return `//${text}${path}`;
}

function authorityText(scheme: string, authority: string): string | undefined {
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  if (host !== '' && !isHost(scheme, host)) return undefined;
  if (at < 0) return host;
  const [user, password] = cut(authority.slice(0, at), ':');
  const names = [user, password].map((part) => userText(part));
  if (names.includes(undefined)) return undefined;
  return `${names[0]}${password === undefined ? '' : `:${names[1]}`}@${host}`;
}

function userText(part = ''): string | undefined {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(part)) return undefined;
  const bytes = decodeEscapes(part);
  return bytes && encodeEscapes(bytes, /[A-Za-z0-9\-._~$&+,;=]/);
}

/** Labels of visible characters, none of them empty; or an address in brackets; and a port. */
function isHost(scheme: string, host: string): boolean {
  const address = /^\[([0-9A-Fa-f:.]+)(%25[A-Za-z0-9\-._~]+)?\](:[0-9]*)?$/.exec(host);
  if (host.includes('[') || address) {
    return address !== null && URL.canParse(`http://[${address[1]}]`) && !/\.$|\.\./.test(host);
  }
  const web = scheme === 'http:' || scheme === 'https:';
  const colon = web ? host.indexOf(':') : host.lastIndexOf(':');
  if (colon >= 0 && !/^:[0-9]*$/.test(host.slice(colon))) return false;
  const visible = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:\]<>"]|%25)+$/.test(host);
  return visible && host.split('.').every((label) => label !== '');
}

interface Form {
  /** Left as it is when it consists of these. */
  readonly valid: RegExp;
  /** Else it is escaped anew, all but these. */
  readonly plain: RegExp;
}

const pathForm: Form = {
  valid: /^[A-Za-z0-9\-._~!$&'()*+,;=:@/%[\]]*$/,
  plain: /[A-Za-z0-9\-._~$&+,/:;=@]/,
};
const fragmentForm: Form = {
  valid: /^[A-Za-z0-9\-._~!$&'()*+,;=:@/?%[\]]*$/,
  plain: /[A-Za-z0-9\-._~!$&()*+,/:;=?@]/,
};

function escapePart(part: string, form: Form): string | undefined {
  const bytes = decodeEscapes(part);
  if (bytes === undefined || form.valid.test(part)) return bytes && part;
  return encodeEscapes(bytes, form.plain);
}

/** The bytes, a character each; undefined when an escape is none. */
function decodeEscapes(part: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(part)) return undefined;
  return part.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function encodeEscapes(bytes: string, plain: RegExp): string {
  return bytes.replace(/[\s\S]/g, (byte) =>
    plain.test(byte) ? byte : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
