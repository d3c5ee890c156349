/**
 * Clients that come, go or fail to log in:
 *
 * - `$SYS.ACCOUNT.<account>.CONNECT` and `.DISCONNECT` in the system account;
 * - `$SYS.SERVER.<id>.CLIENT.AUTH.ERR` in the system account, `$SYS.ACCOUNT.CLIENT.AUTH.ERR` in the
 *   account that the client was bound to, which is the global one for who never got further.
 *
 * `sent` is what the client sent. A JWT that needs no signature is as good as a password and is left
 * out, unlike in nats-server.
 */
import type { Account } from '../account/account.ts';
import { utf8FromLatin1 } from '../base/go-json.ts';
import { timeText } from '../base/go-time.ts';
import { omitEmpty } from '../base/omit-empty.ts';
import { type ClientInfo, clientInfoOf, rttNs } from '../connection/client-info.ts';
import { shownJwt } from '../connection/closed-connections.ts';
import type { Connection } from '../connection/connection.ts';
import { wireSubject } from '../subject/tokens.ts';
import { accountNameTag, type Volume } from './account-stat.ts';
import type { EventPublisher } from './event-publisher.ts';
import type { ServerBlock } from './server-block.ts';

const types = {
  connect: 'io.nats.server.advisory.v1.client_connect',
  disconnect: 'io.nats.server.advisory.v1.client_disconnect',
};

interface DisconnectEvent {
  type: string;
  id: string;
  timestamp: string;
  server: ServerBlock;
  client: ClientInfo;
  sent: Volume;
  received: Volume;
  reason: string;
}

export class ClientEvents {
  private readonly publisher: EventPublisher;

  constructor(publisher: EventPublisher) {
    this.publisher = publisher;
  }

  onConnected(connection: Connection): void {
    const subject = `$SYS.ACCOUNT.${wireSubject(connection.account.name)}.CONNECT`;
    this.publisher.publishEvent(subject, (server) => ({
      ...this.publisher.typed(types.connect),
      server,
      client: clientBlock(connection, undefined),
    }));
  }

  /** Call it while the connection is still a member of its account. */
  onDisconnected(connection: Connection, reason: string): void {
    const subject = `$SYS.ACCOUNT.${wireSubject(connection.account.name)}.DISCONNECT`;
    this.publisher.publishEvent(subject, (server) =>
      this.disconnectEvent(connection, reason, server),
    );
  }

  /** `account` is the one whose owners are told. */
  onAuthError(connection: Connection, reason: string, account: Account): void {
    const { server_id } = this.publisher.host.info();
    const build = (server: ServerBlock): DisconnectEvent =>
      this.disconnectEvent(connection, reason, server);
    this.publisher.publishEvent('$SYS.ACCOUNT.CLIENT.AUTH.ERR', build, account);
    this.publisher.publishEvent(`$SYS.SERVER.${server_id}.CLIENT.AUTH.ERR`, build);
  }

  private disconnectEvent(
    connection: Connection,
    reason: string,
    server: ServerBlock,
  ): DisconnectEvent {
    const { inMsgs, inBytes, outMsgs, outBytes } = connection;
    return {
      ...this.publisher.typed(types.disconnect),
      server,
      client: clientBlock(connection, this.publisher.host.clock.nowMs()),
      sent: { msgs: inMsgs, bytes: inBytes },
      received: { msgs: outMsgs, bytes: outBytes },
      reason,
    };
  }
}

/** `stopMs` is undefined for a client that came. */
function clientBlock(connection: Connection, stopMs: number | undefined): ClientInfo {
  const info = clientInfoOf(connection, true);
  return {
    start: info.start,
    host: info.host,
    id: info.id,
    acc: info.acc,
    user: info.user && utf8FromLatin1(info.user),
    name: info.name,
    lang: info.lang,
    ver: info.ver,
    rtt: stopMs === undefined ? undefined : omitEmpty(shownRttNs(connection)),
    stop: stopMs === undefined ? undefined : timeText(stopMs),
    jwt: omitEmpty(shownJwt(connection)),
    issuer_key: info.issuer_key,
    name_tag: accountNameTag(connection.account),
    tags: info.tags,
    kind: info.kind,
    client_type: info.client_type,
  };
}

/** Whole microseconds below a millisecond. */
function shownRttNs(connection: Connection): number {
  const ns = rttNs(connection);
  return ns > 1000 && ns < 1_000_000 ? ns - (ns % 1000) : ns;
}
