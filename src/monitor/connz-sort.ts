/** The sort options of /connz. Equal keys stay in the order of connection ids. */
import type { ConnEntry } from './conn-entry.ts';

export interface SortOption {
  /** What the order goes by. */
  key(entry: ConnEntry, nowMs: number): number | string;
  readonly descending: boolean;
  /** Text of the refusal unless only closed connections are asked for. */
  readonly closedOnly?: string;
}

const cid = ({ open, closed }: ConnEntry): number => (open === undefined ? closed.cid : open.id);
const both = (entry: ConnEntry) => entry.open ?? entry.closed;
const stop = (entry: ConnEntry): number => entry.closed?.stopMs ?? 0;

const options: ReadonlyMap<string, SortOption> = new Map<string, SortOption>([
  ['', { key: cid, descending: false }],
  ['cid', { key: cid, descending: false }],
  ['start', { key: cid, descending: false }],
  [
    'subs',
    {
      key: ({ open, closed }) => (open === undefined ? closed.subCount : open.subs.size),
      descending: true,
    },
  ],
  [
    'pending',
    {
      key: ({ open, closed }) =>
        open === undefined ? closed.pendingBytes : open.outbound.pendingBytes,
      descending: true,
    },
  ],
  ['msgs_to', { key: (entry) => both(entry).outMsgs, descending: true }],
  ['msgs_from', { key: (entry) => both(entry).inMsgs, descending: true }],
  ['bytes_to', { key: (entry) => both(entry).outBytes, descending: true }],
  ['bytes_from', { key: (entry) => both(entry).inBytes, descending: true }],
  ['last', { key: (entry) => both(entry).lastActivityMs, descending: true }],
  ['idle', { key: (entry, now) => now - both(entry).lastActivityMs, descending: true }],
  [
    'uptime',
    {
      key: (entry, now) => (entry.closed ? entry.closed.stopMs : now) - both(entry).startMs,
      descending: false,
    },
  ],
  [
    'stop',
    { key: stop, descending: true, closedOnly: 'sort by stop only valid on closed connections' },
  ],
  [
    'reason',
    {
      key: (entry) => entry.closed?.reason ?? '',
      descending: false,
      closedOnly: 'sort by reason only valid on closed connections',
    },
  ],
  ['rtt', { key: (entry) => both(entry).rttMs, descending: true }],
]);

/** The option of that name; undefined when there is none. */
export function sortOption(name: string): SortOption | undefined {
  return options.get(name);
}

/** A new, sorted array. */
export function sortEntries(
  entries: readonly ConnEntry[],
  option: SortOption,
  nowMs: number,
): ConnEntry[] {
  const keyed = entries.map((entry) => ({ entry, cid: cid(entry), key: option.key(entry, nowMs) }));
  const sign = option.descending ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.key === b.key) return a.cid - b.cid;
    return a.key < b.key ? -sign : sign;
  });
  return keyed.map(({ entry }) => entry);
}
