import type { ConfNode } from '../conf/node.ts';
import { formatDuration, second } from './duration.ts';
import type { OptionRow } from './option-row.ts';
import { ConfigError } from './parse-context.ts';
import { asInt, asInt64, asString, readDurationText, readWriteTimeout } from './readers.ts';
import { boolRow, durationRow, factsOf, intRow } from './row-makers.ts';
import type { Options } from './types.ts';

function size32(
  key: 'max_control_line' | 'max_payload',
  field: 'maxControlLine' | 'maxPayload',
  byDefault: string,
  doc: string,
): OptionRow<Options> {
  return {
    keys: [key],
    shape: 'size',
    ...factsOf({
      doc,
      byDefault,
      reload: 'hot',
      fields: [field],
      shownBy: `test/options/behaviour.test.ts: ${key}`,
    }),
    read: (_context, node, options, written) => {
      const value = asInt64(node);
      if (value > 0x7fffffffn) throw new ConfigError(node, `${written} value is too big`);
      options[field] = Number(BigInt.asIntN(32, value));
    },
  };
}

function lameDuck(node: ConfNode, key: string): bigint {
  return readDurationText(node, asString(node), (why) => `error parsing ${key}: ${why}`);
}

/** Limits of connections, subscriptions and messages, and the timing of the life of a connection. */
export const limitRows: OptionRow<Options>[] = [
  {
    keys: ['max_connections', 'max_conn'],
    shape: 'integer',
    ...factsOf({
      doc: 'Most client connections; 0 and -1 are unlimited.',
      byDefault: '65536',
      reload: 'hot',
      fields: ['maxConn'],
      shownBy: 'test/options/behaviour.test.ts: max_connections',
    }),
    read: (_context, node, options) => {
      options.maxConn = asInt(node) || -1;
    },
  },
  intRow(
    ['max_subscriptions', 'max_subs'],
    {
      doc: 'Most subscriptions of a client.',
      byDefault: 'unlimited',
      reload: 'refused',
      fields: ['maxSubs'],
      shownBy: 'test/options/behaviour.test.ts: max_subscriptions',
    },
    (options, value) => {
      options.maxSubs = value;
    },
  ),
  {
    keys: ['max_sub_tokens', 'max_subscription_tokens'],
    shape: 'integer',
    ...factsOf({
      doc: 'Most tokens of a subject that is subscribed to, 1 to 255.',
      byDefault: 'unlimited',
      reload: 'refused',
      fields: ['maxSubTokens'],
      shownBy: 'test/options/behaviour.test.ts: max_sub_tokens',
    }),
    read: (_context, node, options, key) => {
      const count = asInt64(node);
      if (count > 255n) throw new ConfigError(node, `${key} value is too big`);
      if (count <= 0n) throw new ConfigError(node, `${key} value can not be negative`);
      options.maxSubTokens = Number(count);
    },
  },
  size32('max_control_line', 'maxControlLine', '4KB', 'Longest protocol line.'),
  size32('max_payload', 'maxPayload', '1MB', 'Largest message, headers included.'),
  {
    keys: ['max_pending', 'max_pending_size'],
    shape: 'size',
    ...factsOf({
      doc: 'Bytes that may wait for a slow client before it is closed.',
      byDefault: '64MB',
      reload: 'refused',
      fields: ['maxPending'],
      shownBy: 'test/options/behaviour.test.ts: max_pending',
    }),
    read: (_context, node, options) => {
      options.maxPending = asInt(node);
    },
  },
  durationRow(
    ['ping_interval'],
    {
      doc: 'How often an idle client is pinged.',
      byDefault: '2m',
      reload: 'hot',
      fields: ['pingIntervalNs'],
      shownBy: 'test/options/behaviour.test.ts: ping_interval and ping_max',
    },
    (options, ns) => {
      options.pingIntervalNs = ns;
    },
  ),
  intRow(
    ['ping_max'],
    {
      doc: 'Pings without answer after which a client is closed as stale.',
      byDefault: '2',
      reload: 'hot',
      fields: ['maxPingsOut'],
      shownBy: 'test/options/behaviour.test.ts: ping_interval and ping_max',
    },
    (options, value) => {
      options.maxPingsOut = value;
    },
  ),
  durationRow(
    ['write_deadline'],
    {
      doc: 'How long a write to a client may take.',
      byDefault: '10s',
      reload: 'hot',
      fields: ['writeDeadlineNs'],
      shownBy: 'test/options/behaviour.test.ts: limits and times that are configured',
    },
    (options, ns) => {
      options.writeDeadlineNs = ns;
    },
  ),
  {
    keys: ['write_timeout'],
    shape: { values: ['default', 'close', 'retry'] },
    ...factsOf({
      doc: 'What a missed write deadline does to a client: close it, or retry.',
      byDefault: 'default',
      reload: 'refused',
      fields: ['writeTimeout'],
      shownBy: 'test/options/behaviour.test.ts: limits and times that are configured',
    }),
    read: (context, node, options) => {
      options.writeTimeout = readWriteTimeout(context, node);
    },
  },
  {
    keys: ['lame_duck_duration'],
    shape: 'duration',
    ...factsOf({
      doc: 'Time over which clients are closed in lame duck mode, at least 30s.',
      byDefault: '2m',
      reload: 'refused',
      fields: ['lameDuckDurationNs'],
      shownBy: 'test/options/behaviour.test.ts: lame_duck_duration',
    }),
    read: (_context, node, options) => {
      const ns = lameDuck(node, 'lame_duck_duration');
      if (ns < 30n * second) {
        const shown = formatDuration(ns);
        throw new ConfigError(
          node,
          `invalid lame_duck_duration of ${shown}, minimum is 30 seconds`,
        );
      }
      options.lameDuckDurationNs = ns;
    },
  },
  {
    keys: ['lame_duck_grace_period'],
    shape: 'duration',
    ...factsOf({
      doc: 'Time before the first client is closed in lame duck mode.',
      byDefault: '10s',
      reload: 'refused',
      fields: ['lameDuckGracePeriodNs'],
      shownBy: 'test/options/behaviour.test.ts: lame_duck_duration',
    }),
    read: (_context, node, options) => {
      const ns = lameDuck(node, 'lame_duck_grace_period');
      if (ns < 0n) {
        throw new ConfigError(node, 'invalid lame_duck_grace_period, needs to be positive');
      }
      options.lameDuckGracePeriodNs = ns;
    },
  },
  intRow(
    ['max_closed_clients'],
    {
      doc: 'How many closed connections monitoring remembers.',
      byDefault: '10000',
      reload: 'refused',
      fields: ['maxClosedClients'],
      shownBy: 'test/options/behaviour.test.ts: max_closed_clients',
    },
    (options, value) => {
      options.maxClosedClients = value;
    },
  ),
  boolRow(
    ['no_fast_producer_stall'],
    {
      doc: 'Do not slow down publishers when a receiver lags: drop it instead.',
      byDefault: 'false',
      reload: 'hot',
      fields: ['noFastProducerStall'],
      shownBy: 'test/options/behaviour.test.ts: no_fast_producer_stall',
    },
    (options, value) => {
      options.noFastProducerStall = value;
    },
  ),
  boolRow(
    ['disable_sublist_cache', 'no_sublist_cache'],
    {
      doc: 'Match every message anew.',
      byDefault: 'false',
      reload: 'refused',
      fields: ['noSublistCache'],
      shownBy: 'test/options/behaviour.test.ts: disable_sublist_cache',
    },
    (options, value) => {
      options.noSublistCache = value;
    },
  ),
  boolRow(
    ['no_header_support'],
    {
      doc: 'Offer no message headers.',
      byDefault: 'false',
      reload: 'refused',
      fields: ['noHeaderSupport'],
      shownBy: 'test/options/behaviour.test.ts: no_header_support',
    },
    (options, value) => {
      options.noHeaderSupport = value;
    },
  ),
];
