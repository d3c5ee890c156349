/** The numbers of the sublists: of one account in /accountz, over all in /subsz. */
import type { Account } from '../account/account.ts';

export interface SublistTotals {
  num_subscriptions: number;
  num_cache: number;
  num_inserts: number;
  num_removes: number;
  num_matches: number;
  cache_hit_rate: number;
  max_fanout: number;
  avg_fanout: number;
}

export function buildSublistTotals(accounts: Iterable<Account>): SublistTotals {
  const totals: SublistTotals = {
    num_subscriptions: 0,
    num_cache: 0,
    num_inserts: 0,
    num_removes: 0,
    num_matches: 0,
    cache_hit_rate: 0,
    max_fanout: 0,
    avg_fanout: 0,
  };
  let hits = 0;
  let receivers = 0;
  for (const { sublist } of accounts) {
    const stats = sublist.stats();
    const fanout = sublist.fanout();
    totals.num_subscriptions += stats.count;
    totals.num_cache += stats.cache;
    totals.num_inserts += stats.inserts;
    totals.num_removes += stats.removes;
    totals.num_matches += stats.matches;
    totals.max_fanout = Math.max(totals.max_fanout, fanout.max);
    hits += stats.cacheHits;
    receivers += fanout.total;
  }
  if (totals.num_matches > 0) totals.cache_hit_rate = hits / totals.num_matches;
  if (receivers > 0) totals.avg_fanout = receivers / totals.num_cache;
  return totals;
}
