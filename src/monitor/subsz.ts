/** /subsz (and /subscriptionsz): numbers of the sublists and, if asked, the subscriptions. */
import type { Account } from '../account/account.ts';
import { utf8FromLatin1 } from '../base/go-json.ts';
import { omitEmpty } from '../base/omit-empty.ts';
import { Connection } from '../connection/connection.ts';
import { accountNameTag } from '../events/account-stat.ts';
import { matchesSubject } from '../subject/match.ts';
import type { Subscription } from '../subject/subscription.ts';
import { isValidLiteralSubject } from '../subject/validate.ts';
import type { MonitorContext } from './context.ts';
import { pageOf, pageSlice } from './page.ts';
import { BadArgumentError, type Query } from './query.ts';
import { buildSubDetail, type SubDetail } from './sub-detail.ts';
import { buildSublistTotals, type SublistTotals } from './sublist-totals.ts';
import { timeText } from './time-text.ts';

export interface SubszOptions {
  readonly subs: boolean;
  readonly offset: bigint;
  readonly limit: bigint;
  /** A literal subject (latin1): only subscriptions that would get it; '' for all. */
  readonly test: string;
  readonly account: string;
}

export interface Subsz extends SublistTotals {
  server_id: string;
  now: string;
  total: number;
  offset: bigint;
  limit: bigint;
  subscriptions_list: SubDetail[] | undefined;
}

/** Throws BadArgumentError. */
export function subszOptions(query: Query): SubszOptions {
  return {
    subs: query.bool('subs'),
    offset: query.int('offset'),
    limit: query.int('limit'),
    test: query.latin1('test'),
    account: query.text('acc'),
  };
}

/** Throws BadArgumentError when `test` is no literal subject. */
export function buildSubsz(context: MonitorContext, options: SubszOptions): Subsz {
  const { head, entries, build } = listSubsz(context, options);
  return { ...head, subscriptions_list: omitEmpty(entries.map(build)) };
}

/** /subsz as a list whose subscriptions are read later. */
export function listSubsz(context: MonitorContext, options: SubszOptions) {
  const { test } = options;
  if (test !== '' && !isValidLiteralSubject(test)) {
    throw new BadArgumentError(
      `invalid test subject, must be valid publish subject: ${utf8FromLatin1(test)}`,
    );
  }
  const page = pageOf(options.offset, options.limit);
  const accounts = [...context.accounts()].filter(
    ({ name }) => options.account === '' || name === options.account,
  );
  const found = options.subs ? findSubscriptions(accounts, test) : [];
  const head = {
    server_id: context.info().server_id,
    now: timeText(context.clock.nowMs()),
    ...buildSublistTotals(accounts),
    total: found.length,
    offset: page.offset,
    limit: page.limit,
  };
  const entries = pageSlice(found, page);
  return { head, listKey: 'subscriptions_list', entries, build: detailOf };
}

interface Found {
  readonly account: Account;
  readonly sub: Subscription;
}

function findSubscriptions(accounts: readonly Account[], test: string): Found[] {
  const found: Found[] = [];
  for (const account of accounts) {
    for (const sub of account.sublist.all()) {
      if (test === '' || matchesSubject(sub.subject, test)) found.push({ account, sub });
    }
  }
  return found;
}

/**
 * The owner is a connection or an internal client. Interest in an imported stream stands with the
 * exporter; the account that is shown is that of the connection.
 */
function detailOf({ account, sub }: Found): SubDetail {
  const { subject, queue, sid, max, delivered, owner } = sub;
  const shown = owner instanceof Connection ? owner.account : account;
  const cid = owner instanceof Connection ? owner.id : 0;
  const detail = { subject, queue, sid, msgs: delivered, max };
  return buildSubDetail(detail, cid, shown.name, accountNameTag(shown));
}
