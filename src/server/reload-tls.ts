/** What a reload says about TLS of clients, and whom it turns away. */
import { isDeepStrictEqual } from 'node:util';
import { closeReasons } from '../connection/close-reason.ts';
import type { Connection } from '../connection/connection.ts';
import { formatDuration } from '../options/duration.ts';
import type { Options } from '../options/types.ts';
import { matchesPinnedCert } from './pinned-certs.ts';

interface ReloadedServer {
  readonly options: Options;
  readonly clients: ReadonlyMap<number, Connection>;
  readonly logger: { notice(text: string): void };
}

/** Its lines in nats-server's order. Certificates are always read again, hence the line about them. */
export function logTlsReload({ options, logger }: ReloadedServer, old: Options): void {
  const [before, now] = [facts(old), facts(options)];
  const lines = {
    timeout: `tls timeout = ${now.timeout}`,
    pinned: `${now.pinned.length} pinned_certs`,
    first: `Client TLS handshake first: ${now.first}`,
    fallback: `Client TLS handshake first fallback delay: ${formatDuration(now.fallback)}`,
  };
  const say = (line: keyof typeof lines): void => {
    if (!isDeepStrictEqual(before[line], now[line])) logger.notice(`Reloaded: ${lines[line]}`);
  };
  say('timeout');
  if (options.tls !== undefined) logger.notice('Reloaded: tls = enabled');
  else if (old.tls !== undefined) logger.notice('Reloaded: tls = disabled');
  say('pinned');
  say('first');
  say('fallback');
}

function facts({ tls, tlsTimeoutSeconds }: Options) {
  return {
    timeout: tlsTimeoutSeconds || (tls?.timeoutSeconds ?? 0),
    pinned: pins(tls?.pinnedCerts),
    first: tls?.handshakeFirst === true,
    fallback: tls?.handshakeFirstFallbackNs ?? 0n,
  };
}

function pins(pinned: readonly string[] | undefined): string[] {
  return [...new Set(pinned?.map((pin) => pin.toLowerCase()))].sort();
}

/** Clients of a listener whose pinned certificates changed must have one of the new ones. */
export function recheckPinnedCerts(server: ReloadedServer, old: Options): void {
  const { options, clients, logger } = server;
  const changed = (before: Options['tls'], now: Options['tls']) =>
    !isDeepStrictEqual(pins(before?.pinnedCerts), pins(now?.pinnedCerts));
  const rules = new Map<Connection['transport'], readonly string[] | undefined>();
  if (changed(old.tls, options.tls)) {
    rules.set('nats', options.tls?.pinnedCerts).set('in-process', options.tls?.pinnedCerts);
  }
  if (changed(old.websocket.tls, options.websocket.tls)) {
    rules.set('websocket', options.websocket.tls?.pinnedCerts);
  }
  const unwelcome = [...clients.values()].filter(
    (client) => !matchesPinnedCert(client, rules.get(client.transport)),
  );
  if (unwelcome.length === 0) return;
  logger.notice(`Disconnect ${unwelcome.length} clients due to pinned certs reload`);
  for (const client of unwelcome) client.close(closeReasons.tlsHandshakeError);
}
