/**
 * /connz: connections, open, closed or both; filtered, sorted and paged as nats-server does. Only
 * the connections of the page become documents, so that a server with many connections pays for
 * one pass and a sort.
 */

import { shownUser } from '../connection/closed-connections.ts';
import type { Connection } from '../connection/connection.ts';
import { connectionKinds } from '../connection/connection.ts';
import { subjectsCollide } from '../subject/match.ts';
import { type ConnEntry, connSource } from './conn-entry.ts';
import { buildConnInfo, type ConnInfo } from './conn-info.ts';
import { type SortOption, sortEntries, sortOption } from './connz-sort.ts';
import type { MonitorContext } from './context.ts';
import { pageOf, pageSlice } from './page.ts';
import { BadArgumentError, type Query, type StateChoice } from './query.ts';
import { timeText } from './time-text.ts';

export interface ConnzOptions {
  readonly sort: string;
  /** Show user, account and certificates. */
  readonly auth: boolean;
  readonly subs: boolean;
  readonly detail: boolean;
  readonly offset: bigint;
  readonly limit: bigint;
  /** 0 for all. */
  readonly cid: bigint;
  readonly state: StateChoice;
  /** Filters; '' for none. */
  readonly user: string;
  readonly account: string;
  readonly mqttClient: string;
  /** Latin1 text; needs `account`. Not an argument of HTTP, as in nats-server. */
  readonly filterSubject: string;
}

export interface Connz {
  server_id: string;
  now: string;
  num_connections: number;
  total: number;
  offset: bigint;
  limit: bigint;
  connections: ConnInfo[] | null;
}

/** Throws BadArgumentError. */
export function connzOptions(query: Query): ConnzOptions {
  return {
    sort: query.text('sort'),
    auth: query.bool('auth'),
    ...query.subs(),
    offset: query.int('offset'),
    limit: query.int('limit'),
    cid: query.uint('cid'),
    state: query.state(),
    user: query.text('user'),
    account: query.text('acc'),
    mqttClient: query.text('mqtt_client'),
    filterSubject: '',
  };
}

/** Throws BadArgumentError for a sort or filter that does not fit. */
export function buildConnz(context: MonitorContext, options: ConnzOptions): Connz {
  const { head, entries, build } = listConnz(context, options);
  return { ...head, connections: entries === null ? null : entries.map(build) };
}

/** /connz as a list whose connections are read later; null entries: no such account. */
export function listConnz(context: MonitorContext, options: ConnzOptions) {
  const sort = checkedSort(options);
  const filter = options.filterSubject === '>' ? '' : options.filterSubject;
  if (filter !== '' && options.account === '') {
    throw new BadArgumentError('filter by subject only valid with account filtering');
  }
  const nowMs = context.clock.nowMs();
  const page = pageOf(options.offset, options.cid > 0n ? 1n : options.limit);
  const found = findConnections(context, options, filter);
  const entries = found && pageSlice(sortEntries(found.entries, sort, nowMs), page);
  const head = {
    server_id: found === undefined ? '' : context.info().server_id,
    now: timeText(nowMs),
    num_connections: entries?.length ?? 0,
    total: found?.total ?? 0,
    offset: page.offset,
    limit: page.limit,
  };
  const withSubs = options.subs || options.detail;
  const build = (entry: ConnEntry): ConnInfo =>
    buildConnInfo(connSource(entry, withSubs), nowMs, options);
  return { head, listKey: 'connections', entries: entries ?? null, build };
}

function checkedSort({ sort, state }: ConnzOptions): SortOption {
  const option = sortOption(sort);
  if (option === undefined) throw new BadArgumentError(`invalid sorting option: ${sort}`);
  if (option.closedOnly !== undefined && state !== 'closed') {
    throw new BadArgumentError(option.closedOnly);
  }
  return option;
}

/**
 * The entries that pass the filters, and how many there were before filtering by anything but the
 * account. Undefined when the account does not exist.
 */
function findConnections(
  context: MonitorContext,
  options: ConnzOptions,
  filter: string,
): { entries: ConnEntry[]; total: number } | undefined {
  if (options.account !== '' && context.account(options.account) === undefined) return undefined;
  const { state } = options;
  const withOpen = state === 'open' || state === 'all';
  const withClosed = state === 'closed' || state === 'all';
  const open = withOpen ? openConnections(context, options.account) : [];
  const closed = withClosed ? closedEntries(context, options.account) : [];
  const total = open.length + closed.length;
  let entries: ConnEntry[] = open
    .filter((connection) => passes(connection, options, filter))
    .map((connection) => ({ open: connection }));
  // An open connection found by its id ends the search.
  if (options.cid === 0n || entries.length === 0) {
    entries = entries.concat(closed.filter((entry) => passesClosed(entry, options)));
  }
  return { entries, total };
}

function openConnections(context: MonitorContext, account: string): Connection[] {
  const found: Connection[] = [];
  for (const connection of context.connections()) {
    if (connection.kind !== connectionKinds.client && connection.kind !== connectionKinds.leaf) {
      continue;
    }
    if (account === '' || connection.account.name === account) found.push(connection);
  }
  return found;
}

function passes(connection: Connection, options: ConnzOptions, filter: string): boolean {
  if (options.cid > 0n && BigInt(connection.id) !== options.cid) return false;
  if (options.user !== '' && shownUser(connection) !== options.user) return false;
  if (options.mqttClient !== '') return false;
  return filter === '' || hasInterest(connection, filter);
}

function hasInterest(connection: Connection, filter: string): boolean {
  for (const sub of connection.subs.values()) {
    if (subjectsCollide(filter, sub.subject)) return true;
  }
  return false;
}

/** Records know the global account as '', so that `acc=$G` finds none, as in nats-server. */
function closedEntries(context: MonitorContext, account: string): ConnEntry[] {
  const entries: ConnEntry[] = [];
  for (const closed of context.closedConnections.all()) {
    if (account === '' || closed.account === account) entries.push({ closed });
  }
  return entries;
}

function passesClosed({ closed }: ConnEntry, options: ConnzOptions): boolean {
  if (closed === undefined || options.mqttClient !== '') return false;
  if (options.cid > 0n && BigInt(closed.cid) !== options.cid) return false;
  return options.user === '' || closed.user === options.user;
}
