/** /leafz: leaf nodes. This server accepts none yet. */
import type { MonitorContext } from './context.ts';
import { timeText } from './time-text.ts';

export interface Leafz {
  server_id: string;
  now: string;
  leafnodes: number;
  leafs: never[];
}

export function buildLeafz(context: MonitorContext): Leafz {
  return {
    server_id: context.info().server_id,
    now: timeText(context.clock.nowMs()),
    leafnodes: 0,
    leafs: [],
  };
}
