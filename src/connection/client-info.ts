/**
 * Who a connection is, in the form in which the server tells others: services behind an import
 * (`Nats-Request-Info`), latency metrics, system events. nats-server's ClientInfo, in its order.
 */
import { goJson, utf8FromLatin1 } from '../base/go-json.ts';
import { timeText } from '../base/go-time.ts';
import { shownJwt } from './closed-connections.ts';
import { type Connection, connectionKinds } from './connection.ts';

export interface ClientInfo {
  start?: string | undefined;
  host?: string | undefined;
  id?: number | undefined;
  acc?: string | undefined;
  svc?: string | undefined;
  user?: string | undefined;
  name?: string | undefined;
  lang?: string | undefined;
  ver?: string | undefined;
  /** Nanoseconds. */
  rtt?: number | undefined;
  server?: string | undefined;
  cluster?: string | undefined;
  alts?: string[] | undefined;
  stop?: string | undefined;
  jwt?: string | undefined;
  issuer_key?: string | undefined;
  name_tag?: string | undefined;
  tags?: string[] | undefined;
  kind?: string | undefined;
  client_type?: string | undefined;
  client_id?: string | undefined;
  nonce?: string | undefined;
  reply?: string | undefined;
}

const kindTexts: Record<number, string> = {
  [connectionKinds.client]: 'Client',
  [connectionKinds.route]: 'Router',
  [connectionKinds.gateway]: 'Gateway',
  [connectionKinds.leaf]: 'Leafnode',
  [connectionKinds.system]: 'System',
};

const given = (text: string): string | undefined => (text === '' ? undefined : text);

/** Round trip in nanoseconds; at least 1 once it was measured. */
export function rttNs(connection: Connection): number {
  return Math.round(connection.rttMs * 1e6);
}

/** `detailed` is what an account shares on purpose; without it only account and round trip. */
export function clientInfoOf(connection: Connection, detailed: boolean): ClientInfo {
  const plain: ClientInfo = { acc: connection.account.name, rtt: rttNs(connection) || undefined };
  if (!detailed) return plain;
  const { options, host } = connection;
  return {
    start: timeText(connection.startMs),
    host: given(connection.remoteHost),
    id: connection.id,
    acc: plain.acc,
    user: given(connection.rawUser),
    name: given(options.name),
    lang: given(options.lang),
    ver: given(options.version),
    rtt: plain.rtt,
    server: host.serverName,
    cluster: given(host.clusterName),
    jwt: given(shownJwt(connection)),
    issuer_key: given(connection.issuerKey),
    name_tag: given(connection.nameTag),
    tags: connection.tags.length > 0 ? [...connection.tags] : undefined,
    kind: kindTexts[connection.kind],
    client_type: clientTypeOf(connection),
  };
}

function clientTypeOf({ kind, transport }: Connection): string | undefined {
  if (kind !== connectionKinds.client) return undefined;
  return transport === 'in-process' ? 'nats' : transport;
}

/** Members in the order of nats-server; what is undefined is left out. */
export function encodeClientInfo(info: ClientInfo): string {
  return goJson({
    start: info.start,
    host: info.host,
    id: info.id,
    acc: info.acc,
    svc: info.svc,
    user: info.user === undefined ? undefined : utf8FromLatin1(info.user),
    name: info.name,
    lang: info.lang,
    ver: info.ver,
    rtt: info.rtt,
    server: info.server,
    cluster: info.cluster,
    alts: info.alts,
    stop: info.stop,
    jwt: info.jwt,
    issuer_key: info.issuer_key,
    name_tag: info.name_tag,
    tags: info.tags,
    kind: info.kind,
    client_type: info.client_type,
    client_id: info.client_id,
    nonce: info.nonce,
    reply: info.reply,
  });
}
