/** One connection as /connz shows it, open or closed, in the field order of nats-server's ConnInfo. */
import { utf8FromLatin1 } from '../base/go-json.ts';
import { omitEmpty } from '../base/omit-empty.ts';
import type { ClosedConnection } from '../connection/closed-connections.ts';
import { type ConnectionKind, connectionKinds, type TlsState } from '../connection/connection.ts';
import { buildSubDetail, type SubDetail } from './sub-detail.ts';
import { rttText, timeText, uptimeText } from './time-text.ts';

export interface ConnInfo {
  cid: number;
  kind: string;
  type: string | undefined;
  ip: string;
  port: number;
  start: string;
  last_activity: string;
  stop: string | undefined;
  reason: string | undefined;
  rtt: string;
  uptime: string;
  idle: string;
  pending_bytes: number;
  in_msgs: number;
  out_msgs: number;
  in_bytes: number;
  out_bytes: number;
  stalls: number | undefined;
  subscriptions: number;
  name: string | undefined;
  lang: string | undefined;
  version: string | undefined;
  tls_version: string | undefined;
  tls_cipher_suite: string | undefined;
  tls_peer_certs: { subject?: string; spki_sha256: string; cert_sha256: string }[] | undefined;
  tls_first: boolean | undefined;
  authorized_user: string | undefined;
  account: string | undefined;
  subscriptions_list: string[] | undefined;
  subscriptions_list_detail: SubDetail[] | undefined;
  jwt: string | undefined;
  issuer_key: string | undefined;
  name_tag: string | undefined;
  tags: readonly string[] | undefined;
  proxy: { key: string } | undefined;
}

/** What is asked for beyond the plain fields. */
export interface ConnInfoChoice {
  readonly auth: boolean;
  readonly subs: boolean;
  readonly detail: boolean;
}

/** What of a connection the document is made of, the same for open and closed ones. */
export type ConnSource = Omit<ClosedConnection, 'stopMs' | 'reason'> & {
  readonly closed: Pick<ClosedConnection, 'stopMs' | 'reason'> | undefined;
  /** Name tag of the account. */
  readonly accountTag: string;
};

const kindTexts: Record<ConnectionKind, string> = {
  [connectionKinds.client]: 'Client',
  [connectionKinds.route]: 'Router',
  [connectionKinds.gateway]: 'Gateway',
  [connectionKinds.leaf]: 'Leafnode',
  [connectionKinds.system]: 'System',
};

export function buildConnInfo(source: ConnSource, nowMs: number, choice: ConnInfoChoice): ConnInfo {
  const { closed } = source;
  const endMs = closed?.stopMs ?? nowMs;
  return {
    cid: source.cid,
    kind: kindTexts[source.kind],
    type: typeText(source),
    ip: source.port === 0 ? '' : source.host,
    port: source.port,
    start: timeText(source.startMs),
    last_activity: timeText(source.lastActivityMs),
    stop: closed && timeText(closed.stopMs),
    reason: closed?.reason,
    rtt: rttText(source.rttMs),
    uptime: uptimeText(endMs - source.startMs),
    idle: uptimeText(endMs - source.lastActivityMs),
    pending_bytes: source.pendingBytes,
    in_msgs: source.inMsgs,
    out_msgs: source.outMsgs,
    in_bytes: source.inBytes,
    out_bytes: source.outBytes,
    stalls: omitEmpty(source.stalls),
    subscriptions: source.subCount,
    name: omitEmpty(source.name),
    lang: omitEmpty(source.lang),
    version: omitEmpty(source.version),
    // A closed connection is recorded without its certificates, as in nats-server.
    ...tlsFields(source.tls, choice.auth && closed === undefined),
    authorized_user: choice.auth ? omitEmpty(source.user) : undefined,
    account: choice.auth ? omitEmpty(source.account) : undefined,
    ...subscriptionLists(source, choice),
    ...claimFields(source, choice.auth),
    proxy: source.proxyKey === '' ? undefined : { key: source.proxyKey },
  };
}

/**
 * As nats-server, a closed connection shows signer and tags also when not asked for. Its JWT is
 * shown when asked for only.
 */
function claimFields(source: ConnSource, auth: boolean) {
  const shown = auth || source.closed !== undefined;
  const ofAccount = auth && source.accountTag !== '';
  const nameTag = ofAccount ? source.accountTag : source.nameTag;
  return {
    jwt: auth ? omitEmpty(source.jwt) : undefined,
    issuer_key: shown ? omitEmpty(source.issuerKey) : undefined,
    name_tag: shown ? omitEmpty(nameTag) : undefined,
    tags: shown ? omitEmpty(source.tags) : undefined,
  };
}

function typeText({ kind, transport }: ConnSource): string | undefined {
  if (kind !== connectionKinds.client) return undefined;
  return transport === 'in-process' ? 'nats' : transport;
}

function tlsFields(tls: TlsState | undefined, withCertificates: boolean) {
  return {
    tls_version: tls?.version,
    tls_cipher_suite: tls?.cipherSuite,
    tls_peer_certs: withCertificates && tls ? omitEmpty(peerCertificates(tls)) : undefined,
    tls_first: omitEmpty(tls?.first ?? false),
  };
}

function peerCertificates(tls: TlsState): NonNullable<ConnInfo['tls_peer_certs']> {
  return tls.peerCertificates.map(({ subject, spkiSha256, certSha256 }) => ({
    ...(subject === '' ? {} : { subject }),
    spki_sha256: spkiSha256,
    cert_sha256: certSha256,
  }));
}

function subscriptionLists(source: ConnSource, { subs, detail }: ConnInfoChoice) {
  const list = source.subs;
  // A record of a closed connection keeps the account in each subscription.
  const account = source.closed === undefined ? undefined : source.account || '$G';
  return {
    subscriptions_list:
      subs && !detail ? omitEmpty(list.map((sub) => utf8FromLatin1(sub.subject))) : undefined,
    subscriptions_list_detail: detail
      ? omitEmpty(list.map((sub) => buildSubDetail(sub, source.cid, account)))
      : undefined,
  };
}
