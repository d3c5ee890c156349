/** /leafz: leaf nodes. This server accepts none yet. */
import type { MonitorContext } from './context.ts';
import type { Query } from './query.ts';
import { timeText } from './time-text.ts';

export interface Leafz {
  server_id: string;
  now: string;
  leafnodes: number;
  leafs: never[];
}

/** Throws BadArgumentError. */
export function buildLeafz(context: MonitorContext, query: Query): Leafz {
  query.bool('subs');
  return {
    server_id: context.info().server_id,
    now: timeText(context.clock.nowMs()),
    leafnodes: 0,
    leafs: [],
  };
}
