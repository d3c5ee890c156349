/** Which web pages may connect: `same_origin` and `allowed_origins`, as nats-server judges them. */
import { goQuote } from '../../base/go-quote.ts';
import { parseGoUrl, splitHostPort, UrlError } from '../../base/go-url.ts';

export interface OriginRules {
  readonly sameOrigin: boolean;
  readonly allowedOrigins: readonly string[];
}

interface Place {
  readonly host: string;
  readonly port: string;
}

/** Undefined when the origin may connect, else why not. `host` is the one that was asked for. */
export function originProblem(
  rules: OriginRules,
  origin: string,
  host: string,
  secure: boolean,
): string | undefined {
  const { sameOrigin, allowedOrigins } = rules;
  // Who is no browser sends none, and could send any.
  if ((!sameOrigin && allowedOrigins.length === 0) || origin === '') return undefined;
  const parsed = parseOrigin(origin);
  if (typeof parsed === 'string') return parsed;
  if (sameOrigin) {
    const asked = placeOf(host, secure);
    if (typeof asked === 'string') return asked;
    const same = parsed.host === asked.host && parsed.port === asked.port;
    if (!same || parsed.scheme !== (secure ? 'https' : 'http')) return 'not same origin';
  }
  if (allowedOrigins.length === 0) return undefined;
  const allowed = allowedOrigins.some((text) => {
    const one = parseOrigin(text);
    return (
      typeof one !== 'string' &&
      one.host === parsed.host &&
      one.port === parsed.port &&
      one.scheme === parsed.scheme
    );
  });
  return allowed ? undefined : 'not in the allowed list';
}

function parseOrigin(text: string): (Place & { scheme: string }) | string {
  const problem = (reason: string) => `parse ${goQuote(text)}: ${reason}`;
  if (text !== '*' && !text.startsWith('/') && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) {
    return problem('invalid URI for request');
  }
  try {
    const { scheme, host } = parseGoUrl(text);
    const place = placeOf(host, scheme === 'https');
    return typeof place === 'string' ? place : { ...place, scheme };
  } catch (error) {
    if (error instanceof UrlError) return problem(error.message);
    throw error;
  }
}

/** Host in lower case, and port, by default that of the scheme. */
function placeOf(hostPort: string, secure: boolean): Place | string {
  const split = splitHostPort(hostPort);
  if (split !== undefined) return { host: split.host.toLowerCase(), port: split.port };
  const inBrackets = /^\[[^\]]*\]$/.test(hostPort);
  if (inBrackets || !hostPort.includes(':')) {
    return { host: hostPort.toLowerCase(), port: secure ? '443' : '80' };
  }
  return `address ${hostPort}: too many colons in address`;
}
