import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfMap } from '../conf/node.ts';
import { goTypeName, goValueText } from './go-values.ts';
import { type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { factsOf } from './row-makers.ts';
import type { AccountJetStreamOptions, AccountOptions } from './types.ts';

/** `jetstream` of an account: on, off, or its limits. */
type Limits = AccountJetStreamOptions & { clusterTrafficOwner: boolean };
type SizeField = 'maxMemory' | 'maxStore' | 'memoryMaxStreamBytes' | 'storeMaxStreamBytes';
type CountField = 'maxStreams' | 'maxConsumers' | 'maxAckPending';

export function unlimitedAccountJetStream(): AccountJetStreamOptions {
  return {
    maxMemory: -1n,
    maxStore: -1n,
    maxStreams: -1,
    maxConsumers: -1,
    maxAckPending: -1,
    memoryMaxStreamBytes: -1n,
    storeMaxStreamBytes: -1n,
    maxBytesRequired: false,
  };
}

function wrong(node: ConfNode, wanted: string, key: string): ConfigError {
  return new ConfigError(
    node,
    `Expected ${wanted} for ${goQuote(key)}, got ${goValueText(node.value)}`,
  );
}

function sizeOf(node: ConfNode, key: string): bigint {
  if (typeof node.value === 'bigint') return node.value;
  throw wrong(node, 'a parseable size', key);
}

function size(keys: OptionRow<Limits>['keys'], field: SizeField, doc: string): OptionRow<Limits> {
  return {
    keys,
    shape: 'size',
    ...factsOf({ doc, byDefault: 'unlimited' }),
    read: (_context, node, limits, key) => {
      limits[field] = sizeOf(node, key);
    },
  };
}

function count(keys: OptionRow<Limits>['keys'], field: CountField, doc: string): OptionRow<Limits> {
  return {
    keys,
    shape: 'integer',
    ...factsOf({ doc, byDefault: 'unlimited' }),
    read: (_context, node, limits, key) => {
      limits[field] = Number(sizeOf(node, key));
    },
  };
}

export const accountJetStreamRows: OptionRow<Limits>[] = [
  size(['max_memory', 'max_mem', 'mem', 'memory'], 'maxMemory', 'Bytes in memory.'),
  size(['max_store', 'max_file', 'max_disk', 'store', 'disk'], 'maxStore', 'Bytes on disk.'),
  count(['max_streams', 'streams'], 'maxStreams', 'Streams.'),
  count(['max_consumers', 'consumers'], 'maxConsumers', 'Consumers of a stream.'),
  {
    keys: ['max_bytes_required', 'max_stream_bytes', 'max_bytes'],
    shape: 'boolean',
    ...factsOf({ doc: 'Every stream must state its max_bytes.', byDefault: 'false' }),
    read: (_context, node, limits, key) => {
      if (typeof node.value !== 'boolean') throw wrong(node, 'a parseable bool', key);
      limits.maxBytesRequired = node.value;
    },
  },
  size(
    ['mem_max_stream_bytes', 'memory_max_stream_bytes'],
    'memoryMaxStreamBytes',
    'Largest max_bytes of a stream in memory.',
  ),
  size(
    ['disk_max_stream_bytes', 'store_max_stream_bytes'],
    'storeMaxStreamBytes',
    'Largest max_bytes of a stream on disk.',
  ),
  count(['max_ack_pending'], 'maxAckPending', 'Largest max_ack_pending of a consumer.'),
  {
    keys: ['cluster_traffic'],
    shape: { values: ['system', 'owner'] },
    ...factsOf({ doc: 'Account in which replication traffic runs.', byDefault: 'system' }),
    read: (_context, node, limits, key) => {
      if (typeof node.value !== 'string') {
        throw wrong(node, "either 'system' or 'owner' string value", key);
      }
      if (!['system', '', 'owner'].includes(node.value)) {
        throw wrong(node, "'system' or 'owner' string value", key);
      }
      limits.clusterTrafficOwner = node.value === 'owner';
    },
  },
];

/** Reads `jetstream` of an account; errors of the value itself name no place, as in nats-server. */
export function readAccountJetStream(
  context: ParseContext,
  node: ConfNode,
  account: AccountOptions,
): void {
  const value = node.value;
  if (typeof value === 'boolean') {
    if (value) account.jetstream = unlimitedAccountJetStream();
    return;
  }
  if (typeof value === 'string') {
    account.jetstream = readSwitch(value) ? unlimitedAccountJetStream() : undefined;
    return;
  }
  if (!isConfMap(value)) {
    const type = goTypeName(value);
    throw new ConfigError(
      undefined,
      `Expected map, bool or string to define JetStream, got ${type}`,
    );
  }
  const limits = { ...unlimitedAccountJetStream(), clusterTrafficOwner: false };
  readEntries(context, value, accountJetStreamRows, limits);
  const { clusterTrafficOwner, ...jetstream } = limits;
  account.clusterTrafficOwner = clusterTrafficOwner;
  account.jetstream = jetstream;
}

function readSwitch(text: string): boolean {
  const word = text.toLowerCase();
  if (word === 'enabled' || word === 'enable') return true;
  if (word === 'disabled' || word === 'disable') return false;
  throw new ConfigError(
    undefined,
    `Expected 'enabled' or 'disabled' for string value, got '${text}'`,
  );
}
