/**
 * What /connz?state=closed shows: compact records of the connections closed last, in a ring of
 * `max_closed_clients`. A record is made at the close, while the connection still has its
 * subscriptions and account, and keeps nothing of the connection alive.
 */
import { globalAccountName } from '../account/account.ts';
import { shownNkey } from '../auth/nkeys.ts';
import { isPublicJwt } from '../auth/shown-claims.ts';
import type { CloseReason } from './close-reason.ts';
import type { Connection, ConnectionKind, ConnectionTransport, TlsState } from './connection.ts';

export interface ClosedSubscription {
  readonly subject: string;
  readonly queue: string;
  readonly sid: string;
  readonly msgs: number;
  /** 0 when the subscription had no maximum. */
  readonly max: number;
}

export interface ClosedConnection {
  readonly cid: number;
  readonly kind: ConnectionKind;
  readonly transport: ConnectionTransport;
  readonly host: string;
  readonly port: number;
  readonly startMs: number;
  readonly lastActivityMs: number;
  readonly stopMs: number;
  readonly reason: CloseReason;
  readonly rttMs: number;
  readonly pendingBytes: number;
  readonly inMsgs: number;
  readonly inBytes: number;
  readonly outMsgs: number;
  readonly outBytes: number;
  readonly stalls: number;
  readonly name: string;
  readonly lang: string;
  readonly version: string;
  readonly tls: TlsState | undefined;
  /** The user as monitoring may show it: never a token. */
  readonly user: string;
  /** Empty for the global account. */
  readonly account: string;
  /** The user's JWT when it is no secret; else empty. */
  readonly jwt: string;
  readonly issuerKey: string;
  /** Of the user. */
  readonly nameTag: string;
  readonly tags: readonly string[];
  readonly proxyKey: string;
  readonly subCount: number;
  /** Empty when the ring had to let them go. */
  subs: readonly ClosedSubscription[];
}

/** Subscriptions that all records of a ring keep together; beyond it the oldest lose theirs. */
export const keptSubscriptionsMax = 250_000;

/**
 * The user name that monitoring may show: the nkey or name that the client sent (also where none is
 * needed), `[REDACTED]` for a token, else the user that the server gave it (`no_auth_user`), or ''.
 */
export function shownUser(connection: Connection): string {
  const { nkey, user, jwt, auth_token: token } = connection.options;
  if (nkey !== '') return shownNkey(nkey);
  if (user !== '') return user;
  return jwt === '' && token !== '' ? '[REDACTED]' : connection.userName;
}

/** The JWT as monitoring may show it: one that needs no signature is as good as a password. */
export function shownJwt({ user, options: { jwt } }: Connection): string {
  if (jwt === '') return '';
  // Of who was not let in only the JWT itself can tell.
  return (user === undefined ? isPublicJwt(jwt) : !user.bearer) ? jwt : '';
}

/** Makes the record of a connection that is being closed; call it before its subscriptions go. */
export function closedConnection(connection: Connection, reason: CloseReason): ClosedConnection {
  const { options, account } = connection;
  return {
    cid: connection.id,
    kind: connection.kind,
    transport: connection.transport,
    host: connection.remoteHost,
    port: connection.remotePort,
    startMs: connection.startMs,
    lastActivityMs: connection.lastActivityMs,
    stopMs: connection.stopMs,
    reason,
    rttMs: connection.rttMs,
    // Also what the close is about to flush, as nats-server mostly records it.
    pendingBytes: connection.outbound.pendingBytes,
    inMsgs: connection.inMsgs,
    inBytes: connection.inBytes,
    outMsgs: connection.outMsgs,
    outBytes: connection.outBytes,
    stalls: connection.stalls,
    name: options.name,
    lang: options.lang,
    version: options.version,
    tls: connection.tls && keptTls(connection.tls),
    user: shownUser(connection),
    account: account.name === globalAccountName ? '' : account.name,
    jwt: shownJwt(connection),
    issuerKey: connection.issuerKey,
    nameTag: connection.nameTag,
    tags: connection.tags,
    proxyKey: connection.proxyKey,
    subCount: connection.subs.size,
    subs: closedSubscriptions(connection),
  };
}

/** Without what holds on to the socket. */
function keptTls({ version, cipherSuite, first, peerCertificates }: TlsState): TlsState {
  return { version, cipherSuite, first, peerCertificates };
}

function closedSubscriptions(connection: Connection): ClosedSubscription[] {
  const subs: ClosedSubscription[] = [];
  for (const sub of connection.subs.values()) {
    if (subs.length === keptSubscriptionsMax) break;
    const { subject, queue, sid, max } = sub;
    subs.push({ subject, queue, sid, msgs: sub.delivered, max });
  }
  return subs;
}

/**
 * Bounded ring of the newest records; `total` counts all that were ever added. Clients choose how
 * many subscriptions they have when they close, so that the sum of those is bounded as well.
 */
export class ClosedConnections {
  private readonly max: number;
  private readonly ring: ClosedConnection[] = [];
  private keptSubs = 0;
  /** Number, counted from the first ever added, of the oldest record that may have its list. */
  private oldestWithSubs = 0;
  total = 0;

  /** `max` is `max_closed_clients`; 0 or less keeps nothing. */
  constructor(max: number) {
    this.max = max;
  }

  get size(): number {
    return this.ring.length;
  }

  add(closed: ClosedConnection): void {
    const number = this.total++;
    if (this.max <= 0) return;
    if (number >= this.max) this.dropSubs(number - this.max);
    this.ring[number % this.max] = closed;
    this.keptSubs += closed.subs.length;
    while (this.keptSubs > keptSubscriptionsMax) this.dropSubs(this.oldestWithSubs);
  }

  private dropSubs(number: number): void {
    if (number < this.oldestWithSubs) return;
    const record = this.ring[number % this.max];
    this.oldestWithSubs = number + 1;
    if (record === undefined) return;
    this.keptSubs -= record.subs.length;
    record.subs = [];
  }

  /** A new array, oldest first. */
  all(): ClosedConnection[] {
    if (this.ring.length < this.max) return this.ring.slice();
    const oldest = this.total % this.max;
    return [...this.ring.slice(oldest), ...this.ring.slice(0, oldest)];
  }
}
