/** The numbers of the server, as they are broadcast and as a ping is answered. */
import { timeText } from '../base/go-time.ts';
import { omitEmpty } from '../base/omit-empty.ts';
import { countMembers } from '../connection/account-members.ts';
import type { Volume } from './account-stat.ts';
import type { EventsHost } from './events-host.ts';

interface KindCounts {
  clients: number;
  routes: number;
  gateways: number;
  leafs: number;
}

/** nats-server's ServerStats, in its order. */
export interface ServerStats {
  start: string;
  mem: number;
  cores: number;
  cpu: number;
  connections: number;
  total_connections: number;
  active_accounts: number;
  subscriptions: number;
  sent: Volume;
  sent_to_clients: Volume;
  received: Volume;
  received_from_clients: Volume;
  slow_consumers: number;
  slow_consumer_stats: KindCounts | undefined;
  stale_connections: number | undefined;
  stale_connection_stats: KindCounts | undefined;
  stalled_clients: number | undefined;
  active_servers: number;
  gomaxprocs: number;
}

export function buildServerStats(host: EventsHost): ServerStats {
  const { counters, process } = host;
  return {
    start: timeText(host.startMs),
    mem: process.residentBytes(),
    cores: process.cores,
    cpu: process.cpuPercent(),
    connections: host.clientCount(),
    total_connections: counters.totalConnections,
    ...countAccounts(host),
    sent: { msgs: counters.outMsgs, bytes: counters.outBytes },
    sent_to_clients: { msgs: counters.outClientMsgs, bytes: counters.outClientBytes },
    received: { msgs: counters.inMsgs, bytes: counters.inBytes },
    received_from_clients: { msgs: counters.inClientMsgs, bytes: counters.inClientBytes },
    slow_consumers: counters.slowConsumers,
    slow_consumer_stats: kindCounts(counters.slowClients),
    stale_connections: omitEmpty(counters.staleConnections),
    stale_connection_stats: kindCounts(counters.staleClients),
    stalled_clients: omitEmpty(counters.stalledClients),
    active_servers: 1,
    gomaxprocs: process.cores,
  };
}

/** Left out when all are 0. */
function kindCounts(clients: number): KindCounts | undefined {
  return clients === 0 ? undefined : { clients, routes: 0, gateways: 0, leafs: 0 };
}

function countAccounts(host: EventsHost): { active_accounts: number; subscriptions: number } {
  let active = 0;
  let subscriptions = 0;
  for (const account of host.accounts()) {
    const { clients, leafNodes } = countMembers(account);
    if (clients + leafNodes > 0) active++;
    subscriptions += account.sublist.count;
  }
  return { active_accounts: active, subscriptions };
}
