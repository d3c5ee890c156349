import { goQuote } from '../base/go-quote.ts';
import { parseGoUrl, UrlError } from '../options/go-url.ts';
import type { Options, OptionUrl } from '../options/types.ts';

/** A command line that parses but asks for what cannot be. */
export class CommandLineError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandLineError';
  }
}

function parseUrl(text: string): OptionUrl {
  try {
    return parseGoUrl(text);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    throw new CommandLineError(`parse ${goQuote(text)}: ${error.message}`);
  }
}

/** Go's net.SplitHostPort with its error texts. */
export function splitHostPortText(text: string): { host: string; port: string } {
  const fail = (reason: string) =>
    new CommandLineError(text === '' ? reason : `address ${text}: ${reason}`);
  const colon = text.lastIndexOf(':');
  if (colon < 0) throw fail('missing port in address');
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end < 0) throw fail("missing ']' in address");
    if (end + 1 === text.length) throw fail('missing port in address');
    if (end + 1 !== colon) {
      throw fail(text[end + 1] === ':' ? 'too many colons in address' : 'missing port in address');
    }
    return { host: text.slice(1, end), port: text.slice(colon + 1) };
  }
  const host = text.slice(0, colon);
  if (host.includes(':')) throw fail('too many colons in address');
  if (/[[\]]/.test(text)) throw fail(`unexpected '${text.includes('[') ? '[' : ']'}' in address`);
  return { host, port: text.slice(colon + 1) };
}

/** The port as Go's fmt.Sscan reads it. */
function scanPort(text: string): number {
  if (text === '') throw new CommandLineError('EOF');
  const value = BigInt(text);
  if (value >= 2n ** 63n) {
    throw new CommandLineError(`strconv.ParseInt: parsing ${goQuote(text)}: value out of range`);
  }
  return Number(value);
}

/**
 * --cluster (--cluster_listen): where to listen for routes, and the user and password that routes
 * must bring. It replaces what the configuration file says; an empty value switches clustering off.
 */
export function overrideCluster(options: Options): void {
  const { cluster } = options;
  if (cluster.listenStr === '') {
    cluster.port = 0;
    return;
  }
  // A URL has no negative port: -1, "any free one", is put back after parsing.
  const anyPort = cluster.listenStr.endsWith(':-1');
  if (anyPort) cluster.listenStr = `${cluster.listenStr.slice(0, -2)}0`;
  const url = parseUrl(cluster.listenStr);
  const { host, port } = splitHostPortText(url.host);
  cluster.host = host;
  cluster.port = anyPort ? -1 : scanPort(port);
  if (url.user !== undefined && url.password === undefined) {
    throw new CommandLineError('expected cluster password to be set');
  }
  cluster.username = url.user ?? '';
  cluster.password = url.password ?? '';
}

/** --routes: a comma-separated list of URLs; an empty value removes those of the file. */
export function overrideRoutes(options: Options): void {
  if (options.routesStr === '') options.routes = [];
  else options.routes = options.routesStr.split(',').map((text) => parseUrl(text.trim()));
}

/** Routes without anything to listen on would make a cluster nobody can answer. */
export function checkRoutes(options: Options): void {
  const { cluster, routesStr } = options;
  if (routesStr === '' || cluster.listenStr !== '' || cluster.host !== '' || cluster.port !== 0) {
    return;
  }
  throw new CommandLineError('solicited routes require cluster capabilities, e.g. --cluster');
}
