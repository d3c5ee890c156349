/** The INFO of this server as its options make it, without the fields of one client. */
import { apiLevel, natsProtocol, natsVersion } from '../base/version.ts';
import type { Options } from '../options/types.ts';
import type { ServerInfo } from '../wire/info.ts';
import type { ServerIdentity } from './identity.ts';

export interface InfoFacts {
  readonly identity: ServerIdentity;
  readonly serverName: string;
  /** What stands where nats-server has Go's version. */
  readonly runtime: string;
  readonly authRequired: boolean;
  /** The port that is really listened on. */
  readonly port: number;
}

export function buildServerInfo(options: Options, facts: InfoFacts): ServerInfo {
  const advertised = splitAdvertise(options.clientAdvertise, facts.port);
  const tls = options.tls;
  return {
    server_id: facts.identity.serverId,
    server_name: facts.serverName,
    version: natsVersion,
    proto: natsProtocol,
    go: facts.runtime,
    host: advertised?.host ?? options.host,
    port: advertised?.port ?? facts.port,
    headers: !options.noHeaderSupport,
    auth_required: facts.authRequired || undefined,
    tls_required: (tls !== undefined && !options.allowNonTls) || undefined,
    tls_verify: tls?.verify || undefined,
    tls_available: (tls !== undefined && options.allowNonTls) || undefined,
    max_payload: options.maxPayload,
    api_lvl: apiLevel,
    xkey: facts.identity.xkey,
  };
}

/** `host`, `host:port` or `[v6]:port`; the port defaults to the listening one. */
export function splitAdvertise(
  text: string,
  defaultPort: number,
): { host: string; port: number } | undefined {
  if (text === '') return undefined;
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(-?\d+))?$/.exec(text.trim());
  if (!match) return { host: text, port: defaultPort };
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  return { host: match[1] ?? match[2] ?? '', port: port <= 0 ? defaultPort : port };
}
