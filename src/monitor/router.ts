/**
 * From a request target to an answer, by the rules of Go's http.ServeMux and of nats-server: exact
 * paths below `http_base_path`, a redirect for paths that are not clean, 404 for the rest.
 */
import type { HttpAnswer, HttpRequest } from '../transport/http-listener.ts';
import type { MonitorContext } from './context.ts';
import { answerEndpoint, type Endpoint, endpoints, textAnswer } from './endpoints.ts';
import { escapeHtml } from './index-page.ts';
import { withJsonp } from './jsonp.ts';
import { cleanRequestPath, joinPath } from './paths.ts';
import { Query } from './query.ts';

export type Router = (request: HttpRequest) => HttpAnswer;

/** Answers the requests of one listener; the base path is fixed when it is made, as in nats-server. */
export function createRouter(context: MonitorContext): Router {
  const base =
    context.options.httpBasePath === '' ? '' : joinPath('/', context.options.httpBasePath);
  const table = new Map<string, Endpoint>();
  for (const endpoint of endpoints) table.set(joinPath(base, endpoint.path), endpoint);
  return ({ method, target }) => {
    if (target === '*') return { status: 200, headers: [['Content-Length', '0']], body: '' };
    const { path, query } = splitTarget(target);
    const decoded = decodePath(path);
    if (decoded === undefined) return textAnswer(400, '400 Bad Request');
    // A CONNECT is not redirected, and an escaped separator is part of a name.
    const cleaned = cleanRequestPath(path);
    if (cleaned !== path && method !== 'CONNECT') return redirect(method, cleaned, query);
    const endpoint = /%2f/i.test(path) ? undefined : table.get(decoded);
    if (endpoint === undefined) return notFound;
    const args = new Query(query);
    const answer = answerEndpoint(endpoint, context, args);
    return context.options.jsonp ? withJsonp(answer, args.text('callback')) : answer;
  };
}

const notFound: HttpAnswer = {
  status: 404,
  headers: [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['X-Content-Type-Options', 'nosniff'],
  ],
  body: '404 page not found\n',
};

/** The path and the raw query of a target, which may be a whole URL. */
function splitTarget(target: string): { path: string; query: string } {
  const local = target.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/, '');
  const at = local.indexOf('?');
  const path = at < 0 ? local : local.slice(0, at);
  return { path: path === '' ? '/' : path, query: at < 0 ? '' : local.slice(at + 1) };
}

/** Undefined for a bad escape. */
function decodePath(path: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined;
  return path.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function redirect(method: string, path: string, query: string): HttpAnswer {
  // As Go does, a path that is escaped already is escaped once more.
  const escaped = escapeTarget(path).replaceAll('%', '%25');
  const location = query === '' ? escaped : `${escaped}?${escapeNonAscii(query)}`;
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 307, headers: [['Location', location]], body: '' };
  }
  return {
    status: 307,
    headers: [
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Location', location],
    ],
    body: method === 'HEAD' ? '' : `<a href="${escapeHtml(location)}">Temporary Redirect</a>.\n\n`,
  };
}

/** What may not stand in a path as it is; escapes that are there already stay. */
function escapeTarget(path: string): string {
  return path.replaceAll(/[^\w\-.~!$&'()*+,/:;=@%[\]]/g, escapeByte);
}

function escapeNonAscii(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, escapeByte);
}

function escapeByte(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
