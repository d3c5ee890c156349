import { goQuote } from './go-quote.ts';

/*
 * URLs as Go's `net/url.Parse` reads them. Node's URL is stricter about hosts, drops ports it knows as
 * defaults and rewrites what it reads; routes and remotes must keep the text they were given.
 */

/** A parsed URL that keeps its text; `hostname` has no brackets. Never log `href`: see redactUrl. */
export interface GoUrl {
  readonly href: string;
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
}

/** Thrown for a text that Go's url.Parse refuses. */
export class UrlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UrlError';
  }
}

/** Parses a URL as Go does; throws UrlError. A text without scheme is a path, as in Go. */
export function parseGoUrl(text: string): GoUrl {
  const controlOrDelete = [...text].some((char) => char < ' ' || char === '\u007f');
  if (controlOrDelete) throw new UrlError('net/url: invalid control character in URL');
  const [beforeFragment = '', fragment] = cut(text, '#');
  checkEscapes(fragment ?? '');
  const { scheme, rest: afterScheme } = splitScheme(beforeFragment);
  const [rest = ''] = cut(afterScheme, '?');
  if (!rest.startsWith('/') && scheme !== '') return build(text, scheme, undefined, '', '');
  if (!rest.startsWith('/') && (rest.split('/')[0] ?? '').includes(':')) {
    throw new UrlError('first path segment in URL cannot contain colon');
  }
  if (!rest.startsWith('//') || (scheme === '' && rest.startsWith('///'))) {
    checkEscapes(rest);
    return build(text, scheme, undefined, '', decodeEscapes(rest));
  }
  const authority = /^[^/]*/.exec(rest.slice(2))?.[0] ?? '';
  const path = rest.slice(2 + authority.length);
  checkEscapes(path);
  const at = authority.lastIndexOf('@');
  const userInfo = at < 0 ? undefined : authority.slice(0, at);
  return build(text, scheme, userInfo, checkHost(authority.slice(at + 1)), decodeEscapes(path));
}

function build(
  href: string,
  scheme: string,
  userInfo: string | undefined,
  host: string,
  path: string,
): GoUrl {
  const [user, password] = splitUser(userInfo);
  const { hostname, port } = splitHost(host);
  return { href, scheme, user, password, host, hostname, port, path };
}

function splitScheme(text: string): { scheme: string; rest: string } {
  if (text.startsWith(':')) throw new UrlError('missing protocol scheme');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  if (match === null) return { scheme: '', rest: text };
  return { scheme: (match[1] ?? '').toLowerCase(), rest: text.slice(match[0].length) };
}

function splitUser(userInfo: string | undefined): [string | undefined, string | undefined] {
  if (userInfo === undefined) return [undefined, undefined];
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userInfo)) {
    throw new UrlError('net/url: invalid userinfo');
  }
  checkEscapes(userInfo);
  const [user = '', password] = cut(userInfo, ':');
  return [decodeEscapes(user), password === undefined ? undefined : decodeEscapes(password)];
}

function checkHost(host: string): string {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) throw new UrlError("missing ']' in host");
    checkPort(host.slice(end + 1));
    return host;
  }
  const colon = host.lastIndexOf(':');
  if (colon >= 0) checkPort(host.slice(colon));
  // A host may only escape what is not ASCII.
  const wrong = /%(?!25|[89A-Fa-f][0-9A-Fa-f]).{0,2}/.exec(host)?.[0];
  if (wrong !== undefined) throw new UrlError(`invalid URL escape ${goQuote(wrong)}`);
  const odd = /[\s\\^`{|}]/.exec(host)?.[0];
  if (odd !== undefined) throw new UrlError(`invalid character ${goQuote(odd)} in host name`);
  return decodeEscapes(host);
}

function checkPort(port: string): void {
  if (port === '' || /^:\d*$/.test(port)) return;
  throw new UrlError(`invalid port ${goQuote(port)} after host`);
}

function splitHost(host: string): { hostname: string; port: string } {
  const match = /^(?:\[([^\]]*)\]|(.*?))(?::(\d*))?$/.exec(host);
  return { hostname: match?.[1] ?? match?.[2] ?? host, port: match?.[3] ?? '' };
}

function checkEscapes(text: string): void {
  const wrong = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(text)?.[0];
  if (wrong !== undefined) throw new UrlError(`invalid URL escape ${goQuote(wrong)}`);
}

function decodeEscapes(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    new TextDecoder().decode(
      Uint8Array.from(run.slice(1).split('%'), (hex) => Number.parseInt(hex, 16)),
    ),
  );
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** `host:port`, with brackets around an IPv6 address, as Go's net.JoinHostPort. */
export function joinHostPort(host: string, port: string | number): string {
  return host.includes(':') || host.includes('%') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Splits `host:port` as Go's net.SplitHostPort; undefined where Go gives an error. */
export function splitHostPort(text: string): { host: string; port: string } | undefined {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text);
  if (match === null) return undefined;
  return { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' };
}

/** The URL without its password, for logs: `nats://user:xxxxx@host:port`. */
export function redactUrl(url: GoUrl): string {
  if (url.password === undefined) return url.href;
  const at = url.href.lastIndexOf('@', url.href.indexOf('/', url.scheme.length + 3) >>> 0);
  return at < 0
    ? url.href
    : `${url.scheme}://${encodeURIComponent(url.user ?? '')}:xxxxx${url.href.slice(at)}`;
}
