/** /jsz: JetStream. It is not active in this server yet: the document of a server without it. */
import type { MonitorContext } from './context.ts';
import type { Query } from './query.ts';
import { timeText } from './time-text.ts';

export interface Jsz {
  memory: number;
  storage: number;
  reserved_memory: number;
  reserved_storage: number;
  accounts: number;
  ha_assets: number;
  api: { level: number; total: number; errors: number };
  server_id: string;
  now: string;
  disabled: true;
  config: { max_memory: number; max_storage: number };
  streams: number;
  consumers: number;
  messages: number;
  bytes: number;
  total: number;
}

/** Reads the arguments; throws BadArgumentError. Says whether only a leader should answer. */
export function jszLeaderOnly(query: Query): boolean {
  for (const name of ['accounts', 'streams', 'consumers', 'direct-consumers', 'config']) {
    query.bool(name);
  }
  query.int('offset');
  query.int('limit');
  const leaderOnly = query.bool('leader-only');
  query.bool('raft');
  query.bool('stream-leader-only');
  return leaderOnly;
}

/** This server leads nothing. */
export const notLeader = 'filtered response: not leader';

export function buildJsz(context: MonitorContext): Jsz {
  return {
    memory: 0,
    storage: 0,
    reserved_memory: 0,
    reserved_storage: 0,
    accounts: 0,
    ha_assets: 0,
    api: { level: 0, total: 0, errors: 0 },
    server_id: context.info().server_id,
    now: timeText(context.clock.nowMs()),
    disabled: true,
    config: { max_memory: 0, max_storage: 0 },
    streams: 0,
    consumers: 0,
    messages: 0,
    bytes: 0,
    total: 0,
  };
}
