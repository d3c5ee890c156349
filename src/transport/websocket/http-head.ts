/**
 * The head of a HTTP request, read line by line as Go's net/http reads it: what it refuses is refused
 * here with the same status and text, and at the same line. `feed` takes bytes cut anywhere; the
 * bytes of one head are bounded.
 */
import { parseGoUrl, UrlError } from '../../base/go-url.ts';
import { type HttpRefusal, plainRefusal, refusals } from './http-refusal.ts';

/** Bytes of a request line and its headers. Go allows a megabyte; cookies need a few kilobytes. */
export const headBytesMax = 32 * 1024;

export interface HttpRequestHead {
  readonly method: string;
  /** As sent. */
  readonly target: string;
  /** Escaped, as sent; `*` for the whole server. */
  readonly path: string;
  readonly query: string;
  /** From the target when it is a whole URL, else from the header; may be empty. */
  readonly host: string;
  /** HTTP/1.x */
  readonly minor: number;
  /** Values in the order they came, by canonical name (`Sec-Websocket-Key`). */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

export type HeadResult = HttpRequestHead | HttpRefusal | undefined;

const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export class HttpHeadReader {
  private rest = '';
  private bytes = 0;
  private first: RequestLine | undefined;
  private lines: string[] = [];

  /**
   * Takes bytes, one character each. Returns the head once it is complete, or what is wrong with it;
   * what follows it is then in `rest()`.
   */
  feed(text: string): HeadResult {
    const seen = this.rest.length;
    this.rest += text;
    for (let end = this.rest.indexOf('\n', seen); end >= 0; end = this.rest.indexOf('\n')) {
      const line = this.rest.slice(0, end).replace(/\r$/, '');
      this.rest = this.rest.slice(end + 1);
      this.bytes += end + 1;
      if (this.bytes > headBytesMax) return refusals.tooLarge;
      const result = this.takeLine(line);
      if (result !== undefined) return result;
    }
    return this.bytes + this.rest.length > headBytesMax ? refusals.tooLarge : undefined;
  }

  /** Bytes behind the head. */
  remainder(): string {
    return this.rest;
  }

  private takeLine(line: string): HeadResult {
    if (this.first === undefined) {
      this.first = parseRequestLine(line);
      return this.first === undefined ? plainRefusal : undefined;
    }
    if (line === '') return completeHead(this.first, this.lines);
    if (/^[ \t]/.test(line)) {
      if (this.lines.length === 0) return plainRefusal;
      this.lines.push(`${this.lines.pop()} ${trim(line)}`);
      return undefined;
    }
    if (!line.includes(':')) return plainRefusal;
    this.lines.push(trim(line));
    return undefined;
  }
}

interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly major: number;
  readonly minor: number;
  readonly path: string;
  readonly query: string;
  readonly host: string;
}

function parseRequestLine(line: string): RequestLine | undefined {
  const match = /^([^ ]*) ([^ ]*) (.*)$/s.exec(line);
  if (match === null) return undefined;
  const [, method = '', target = '', protocol = ''] = match;
  const version = /^HTTP\/(\d)\.(\d)$/.exec(protocol);
  if (!tokenPattern.test(method) || version === null) return undefined;
  const place = parseTarget(method, target);
  return (
    place && { method, target, major: Number(version[1]), minor: Number(version[2]), ...place }
  );
}

/** As url.ParseRequestURI: a path, a whole URL, or `*`. */
function parseTarget(method: string, target: string) {
  if (target === '*') return { path: '*', query: '', host: '' };
  const authorityOnly = method === 'CONNECT' && !target.startsWith('/');
  const text = authorityOnly ? `http://${target}` : target;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text)?.[0] ?? '';
  if (/[\x00-\x1f\x7f]/.test(text) || (scheme === '' && !text.startsWith('/'))) return undefined;
  const [beforeQuery = ''] = text.split('?', 1);
  const query = text.slice(beforeQuery.length + 1);
  // A request has no fragment, and a path may begin with two slashes.
  const bare = beforeQuery.replaceAll('#', '%23');
  try {
    if (scheme === '') {
      parseGoUrl(`http://h${bare}`);
      return { path: escapePath(beforeQuery), query, host: '' };
    }
    const { host } = parseGoUrl(bare);
    const path = /^[^:]*:(?:\/\/[^/]*)?(.*)$/.exec(beforeQuery)?.[1] ?? '';
    return { path: path.startsWith('/') ? escapePath(path) : '', query, host };
  } catch (error) {
    if (error instanceof UrlError) return undefined;
    throw error;
  }
}

/** What Go escapes when it writes a path again. */
function escapePath(path: string): string {
  return path.replaceAll(/[^\w\-.~!$&'()*+,/:;=@%[\]]/g, (char) => {
    return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

function trim(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');
}

function completeHead(first: RequestLine, lines: readonly string[]): HeadResult {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^[ \t]+/, '');
    // A name with blanks in it is refused later, by its name.
    if (!tokenPattern.test(name.replaceAll(' ', '')) || /[\x00-\x08\x0a-\x1f\x7f]/.test(value)) {
      return plainRefusal;
    }
    const key = name.includes(' ') ? name : canonicalName(name);
    const values = headers.get(key);
    if (values === undefined) headers.set(key, [value]);
    else values.push(value);
  }
  return judgeHead(first, headers);
}

function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** In Go's order: what its parser refuses, then what its server refuses. */
function judgeHead(first: RequestLine, headers: ReadonlyMap<string, string[]>): HeadResult {
  const hosts = headers.get('Host') ?? [];
  if (hosts.length > 1) return plainRefusal;
  const coded = first.major > 1 || first.minor > 0 ? headers.get('Transfer-Encoding') : undefined;
  if (coded !== undefined && (coded.length !== 1 || coded[0]!.toLowerCase() !== 'chunked')) {
    return refusals.transferEncoding;
  }
  const lengths = (headers.get('Content-Length') ?? []).map(trim);
  if (lengths.some((length) => !/^\d{1,18}$/.test(length) || length !== lengths[0])) {
    return plainRefusal;
  }
  if (first.major !== 1) return refusals.version;
  const needsHost = first.minor > 0 && first.method !== 'CONNECT';
  if (needsHost && hosts.length === 0) return refusals.missingHost;
  if (/[^\w!$%&()*+,\-.:;=[\]'~]/.test(hosts[0] ?? '')) return refusals.malformedHost;
  if ([...headers.keys()].some((name) => !tokenPattern.test(name))) return refusals.headerName;
  const { method, target, path, query, minor } = first;
  const host = first.host === '' ? (hosts[0] ?? '') : first.host;
  return { method, target, path, query, host, minor, headers };
}
