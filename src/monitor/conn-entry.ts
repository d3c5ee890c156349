/** Open connections and records of closed ones, side by side, as /connz filters and sorts them. */
import { globalAccountName } from '../account/account.ts';
import {
  type ClosedConnection,
  type ClosedSubscription,
  shownJwt,
  shownUser,
} from '../connection/closed-connections.ts';
import type { Connection } from '../connection/connection.ts';
import { accountNameTag } from '../events/account-stat.ts';
import type { Subscription } from '../subject/subscription.ts';
import type { ConnSource } from './conn-info.ts';

/** Exactly one of the two is set. */
export type ConnEntry =
  | { readonly open: Connection; readonly closed?: undefined }
  | { readonly open?: undefined; readonly closed: ClosedConnection };

/** Everything of an entry that its ConnInfo needs; subscriptions only when `withSubs`. */
export function connSource(entry: ConnEntry, withSubs: boolean): ConnSource {
  if (entry.open === undefined) {
    const { closed } = entry;
    return { ...closed, closed, accountTag: closed.account };
  }
  const { open } = entry;
  const { name, lang, version } = open.options;
  return {
    cid: open.id,
    kind: open.kind,
    transport: open.transport,
    host: open.remoteHost,
    port: open.remotePort,
    startMs: open.startMs,
    lastActivityMs: open.lastActivityMs,
    closed: undefined,
    rttMs: open.rttMs,
    pendingBytes: open.outbound.pendingBytes,
    inMsgs: open.inMsgs,
    inBytes: open.inBytes,
    outMsgs: open.outMsgs,
    outBytes: open.outBytes,
    stalls: open.stalls,
    name,
    lang,
    version,
    tls: open.tls,
    user: shownUser(open),
    account: open.account.name === globalAccountName ? '' : open.account.name,
    accountTag: accountNameTag(open.account),
    jwt: shownJwt(open),
    issuerKey: open.issuerKey,
    nameTag: open.nameTag,
    tags: open.tags,
    proxyKey: open.proxyKey,
    subCount: open.subs.size,
    subs: withSubs ? Array.from(open.subs.values(), subOf) : [],
  };
}

function subOf({ subject, queue, sid, delivered, max }: Subscription): ClosedSubscription {
  return { subject, queue, sid, msgs: delivered, max };
}
