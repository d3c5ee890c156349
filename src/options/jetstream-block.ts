import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfMap } from '../conf/node.ts';
import { emptyJetStream } from './default-options.ts';
import { minute } from './duration.ts';
import { goStringValue, goTypeName, goValueText } from './go-values.ts';
import { plainDuration } from './listen-rows.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext, TypeMismatch } from './parse-context.ts';
import { asBool, asString, readDuration } from './readers.ts';
import { boolRow, factsOf, intRow, stringRow } from './row-makers.ts';
import { readStorageSize } from './storage-size.ts';
import type { JetStreamOptions, Options } from './types.ts';

/*
 * `jetstream`: a boolean, "enabled", "disabled", or a block. The rows write into Options because the
 * storage folder may also stand at the top level. nats-server reports a wrong type anywhere in this
 * block at the place of the word `jetstream`; readJetStream does the same.
 */

type Limits = JetStreamOptions['limits'];
type Tpm = NonNullable<JetStreamOptions['tpm']>;
type Row = OptionRow<Options>;

const DEFAULT_SYNC_NS = 2n * minute;
const IOS_MIN = 4n;
const IOS_MAX = 8192n;

/** A row of the block that is one size; `name` is what nats-server calls it in errors. */
function size(
  keys: Row['keys'],
  doc: string,
  byDefault: string,
  set: (jetstream: JetStreamOptions, value: bigint, node: ConfNode, key: string) => void,
  name?: string,
): Row {
  return {
    keys,
    shape: { oneOf: ['size', 'string'] },
    ...factsOf({ doc, byDefault }),
    read: (_context, node, { jetstream }, key) => {
      set(jetstream, storageSize(node, name ?? key.toLowerCase()), node, key);
    },
  };
}

function storageSize(node: ConfNode, name: string): bigint {
  try {
    return readStorageSize(node.value);
  } catch (error) {
    throw new ConfigError(node, `${name} ${(error as Error).message}`);
  }
}

/** A row of the block that must be an integer, with nats-server's complaint when it is not. */
function count(
  key: string,
  doc: string,
  byDefault: string,
  set: (jetstream: JetStreamOptions, value: bigint) => void,
): Row {
  return {
    keys: [key],
    shape: 'integer',
    ...factsOf({ doc, byDefault }),
    read: (_context, node, { jetstream }, written) => {
      if (typeof node.value !== 'bigint') {
        throw wantsSize(node, 'a parseable size for', written);
      }
      set(jetstream, node.value);
    },
  };
}

function wantsSize(node: ConfNode, what: string, key: string, range = ''): ConfigError {
  const shown = goValueText(node.value);
  return new ConfigError(node, `Expected ${what} ${goQuote(key)}${range}, got ${shown}`);
}

function limit(key: string, field: keyof Limits, doc: string): OptionRow<Limits> {
  return intRow([key], { doc, byDefault: 'unlimited' }, (limits, value) => {
    Object.assign(limits, { [field]: value });
  });
}

function limitDuration(
  key: string,
  field: 'duplicatesNs' | 'maxBatchTimeoutNs',
  doc: string,
): OptionRow<Limits> {
  return {
    keys: [key],
    shape: 'duration',
    ...factsOf({ doc }),
    // nats-server names no place here.
    read: (_context, node, limits) => {
      limits[field] = plainDuration(undefined, asString(node));
    },
  };
}

const batchRows: OptionRow<Limits>[] = [
  limit('max_inflight_per_stream', 'maxBatchInflightPerStream', 'Most open batches per stream.'),
  limit('max_inflight_total', 'maxBatchInflightTotal', 'Most open batches.'),
  limit('max_msgs', 'maxBatchSize', 'Most messages in a batch.'),
  limitDuration('timeout', 'maxBatchTimeoutNs', 'How long a batch may stay open.'),
];

const limitsRows: OptionRow<Limits>[] = [
  limit('max_ack_pending', 'maxAckPending', 'Most unacknowledged messages per consumer.'),
  limit('max_ha_assets', 'maxHaAssets', 'Most replicated streams and consumers per server.'),
  limit('max_request_batch', 'maxRequestBatch', 'Largest batch of a pull request.'),
  limit('default_max_consumers', 'defaultMaxConsumers', 'Most consumers per stream.'),
  limitDuration('duplicate_window', 'duplicatesNs', 'Longest window for duplicates.'),
  {
    keys: ['batch'],
    shape: 'block',
    children: asChildren(batchRows),
    ...factsOf({ doc: 'Limits of batch publishing.' }),
    read: (context, node, limits) => {
      readInner(context, node, batchRows, limits, 'batch limits');
    },
  },
];

/** `words` says what the map defines, in nats-server's complaint when there is none. */
function readInner<Target>(
  context: ParseContext,
  node: ConfNode,
  rows: readonly OptionRow<Target>[],
  target: Target,
  words: string,
): void {
  if (!isConfMap(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `Expected a map to define ${words}, got ${type}`);
  }
  readEntries(context, node.value, rows, target);
}

function readCipher(node: ConfNode): JetStreamOptions['cipher'] {
  const text = asString(node);
  const name = text.toLowerCase();
  if (name === 'aes') return 'aes';
  if (name === 'chacha' || name === 'chachapoly') return 'chacha';
  throw new ConfigError(node, `Unknown cipher type: ${goQuote(text)}`);
}

function cipherRow<Target>(of: (target: Target) => JetStreamOptions): OptionRow<Target> {
  return {
    keys: ['cipher'],
    shape: { values: ['chacha', 'aes'] },
    ...factsOf({ doc: 'Cipher of encryption at rest.', byDefault: 'chacha' }),
    read: (_context, node, target) => {
      of(target).cipher = readCipher(node);
    },
  };
}

const tpmRows: OptionRow<{ tpm: Tpm; jetstream: JetStreamOptions }>[] = [
  stringRow(['keys_file'], { doc: 'File with the sealed key.' }, ({ tpm }, value) => {
    tpm.keysFile = value;
  }),
  stringRow(['encryption_password'], { doc: 'Password of the key.' }, ({ tpm }, value) => {
    tpm.keyPassword = value;
  }),
  stringRow(['srk_password'], { doc: 'Password of the storage root key.' }, ({ tpm }, value) => {
    tpm.srkPassword = value;
  }),
  intRow(['pcr'], { doc: 'Platform configuration register.', byDefault: '22' }, (target, value) => {
    target.tpm.pcr = value;
  }),
  cipherRow(({ jetstream }) => jetstream),
];

function readTpm(context: ParseContext, node: ConfNode, { jetstream }: Options): void {
  const tpm: Tpm = { keysFile: '', keyPassword: '', srkPassword: '', pcr: 0 };
  readInner(context, node, tpmRows, { tpm, jetstream }, 'JetStreamLimits');
  jetstream.tpm = tpm;
}

function readSync(context: ParseContext, node: ConfNode, options: Options, key: string): void {
  const { jetstream } = options;
  if (typeof node.value === 'string' && node.value.toLowerCase() === 'always') {
    jetstream.syncIntervalNs = DEFAULT_SYNC_NS;
    jetstream.syncAlways = true;
  } else {
    jetstream.syncIntervalNs = readDuration(context, key, node);
  }
  jetstream.syncSet = true;
}

/** The folder may stand in the block or at the top level, but once. */
export function readStoreDir(_context: ParseContext, node: ConfNode, options: Options): void {
  if (options.storeDir !== '') throw new ConfigError(node, "Duplicate 'store_dir' configuration");
  options.storeDir = asString(node);
}

function readStrict(_context: ParseContext, node: ConfNode, { jetstream }: Options): void {
  if (typeof node.value !== 'boolean') {
    const wanted = "Expected 'true' or 'false' for bool value";
    throw new ConfigError(node, `${wanted}, got '${goStringValue(node.value)}'`);
  }
  jetstream.strict = node.value;
}

function readConcurrentIos(
  _context: ParseContext,
  node: ConfNode,
  { jetstream }: Options,
  key: string,
): void {
  const { value } = node;
  if (typeof value !== 'bigint' || value < IOS_MIN || value > IOS_MAX) {
    throw wantsSize(node, 'an absolute size for', key, ` between ${IOS_MIN} and ${IOS_MAX}`);
  }
  jetstream.concurrentIos = Number(value);
}

function readMetaCompact(
  _context: ParseContext,
  node: ConfNode,
  { jetstream }: Options,
  key: string,
): void {
  const { value } = node;
  if (typeof value !== 'bigint' || value < 0n) throw wantsSize(node, 'an absolute size for', key);
  jetstream.metaCompact = value;
}

function text(
  keys: Row['keys'],
  doc: string,
  set: (jetstream: JetStreamOptions, value: string) => void,
): Row {
  return stringRow(keys, { doc }, ({ jetstream }, value) => set(jetstream, value));
}

export const jetstreamRows: Row[] = [
  {
    keys: ['strict'],
    shape: 'boolean',
    ...factsOf({ doc: 'Refuse API requests with unknown fields.', byDefault: 'true' }),
    read: readStrict,
  },
  {
    keys: ['store_dir', 'storedir', 'store'],
    shape: 'string',
    ...factsOf({ doc: 'Folder of the store.', byDefault: 'a folder for temporary files' }),
    read: readStoreDir,
  },
  {
    keys: ['sync_interval', 'sync'],
    shape: { oneOf: ['duration', { values: ['always'] }] },
    ...factsOf({ doc: 'How often files are synced; always syncs before each answer.' }),
    read: readSync,
  },
  size(
    ['max_memory_store', 'max_mem_store', 'max_mem'],
    'Most memory for streams in memory.',
    '75 % of the memory',
    (jetstream, value) => {
      jetstream.maxMemory = value;
      jetstream.maxMemorySet = true;
    },
    'max_mem_store',
  ),
  size(
    ['max_file_store', 'max_file'],
    'Most disk space for streams in files.',
    '75 % of the free space',
    (jetstream, value) => {
      jetstream.maxStore = value;
      jetstream.maxStoreSet = true;
    },
    'max_file_store',
  ),
  text(['domain'], 'Name that separates this JetStream from others.', (jetstream, value) => {
    jetstream.domain = value;
  }),
  {
    keys: ['enabled', 'enable'],
    shape: 'boolean',
    ...factsOf({ doc: 'Whether the block takes effect.', byDefault: 'true' }),
    read: (_context, node, { jetstream }) => {
      jetstream.enabled = asBool(node);
    },
  },
  text(['key', 'ek', 'encryption_key'], 'Key of encryption at rest.', (jetstream, value) => {
    jetstream.key = value;
  }),
  text(
    ['prev_key', 'prev_ek', 'prev_encryption_key'],
    'Key with which the store was encrypted before.',
    (jetstream, value) => {
      jetstream.oldKey = value;
    },
  ),
  cipherRow(({ jetstream }) => jetstream),
  text(['extension_hint'], 'Whether leaf nodes extend this JetStream.', (jetstream, value) => {
    jetstream.extensionHint = value;
  }),
  {
    keys: ['limits'],
    shape: 'block',
    children: asChildren(limitsRows),
    ...factsOf({ doc: 'Limits of streams and consumers.' }),
    read: (context, node, { jetstream }) => {
      jetstream.limits = emptyJetStream().limits;
      readInner(context, node, limitsRows, jetstream.limits, 'JetStreamLimits');
    },
  },
  {
    keys: ['tpm'],
    shape: 'block',
    children: asChildren(tpmRows),
    ...factsOf({ doc: 'Key from a trusted platform module.' }),
    read: readTpm,
  },
  text(['unique_tag'], 'Tag prefix that replicas must not share.', (jetstream, value) => {
    jetstream.uniqueTag = value.trim().toLowerCase();
  }),
  size(
    ['max_outstanding_catchup'],
    'Most bytes in flight to replicas that catch up.',
    '64MB',
    (jetstream, value) => {
      jetstream.maxCatchup = value;
    },
  ),
  size(
    ['max_buffered_size'],
    'Most bytes waiting to be stored per stream.',
    '128MB',
    (jetstream, value) => {
      jetstream.streamMaxBufferedSize = value;
    },
  ),
  count(
    'max_buffered_msgs',
    'Most messages waiting to be stored per stream.',
    '10000',
    (jetstream, value) => {
      jetstream.streamMaxBufferedMsgs = Number(value);
    },
  ),
  count('request_queue_limit', 'Most waiting API requests.', '10000', (jetstream, value) => {
    jetstream.requestQueueLimit = value;
  }),
  count('info_queue_limit', 'Most waiting info requests.', '', (jetstream, value) => {
    jetstream.infoQueueLimit = value;
  }),
  {
    keys: ['meta_compact'],
    shape: 'integer',
    ...factsOf({ doc: 'Entries of the meta log from which it is compacted.' }),
    read: readMetaCompact,
  },
  size(
    ['meta_compact_size'],
    'Size of the meta log from which it is compacted.',
    '',
    (jetstream, value, node, key) => {
      if (value < 0n) throw wantsSize(node, 'an absolute size for', key);
      jetstream.metaCompactSize = value;
    },
  ),
  boolRow(
    ['meta_compact_sync'],
    { doc: 'Compact the meta log while nothing else happens.', byDefault: 'false' },
    ({ jetstream }, value) => {
      jetstream.metaCompactSync = value;
    },
  ),
  {
    keys: ['max_concurrent_io'],
    shape: 'integer',
    ...factsOf({ doc: 'Most disk operations at a time, 4 to 8192.' }),
    read: readConcurrentIos,
  },
];

/** Reads `jetstream` in all its forms. */
export function readJetStream(context: ParseContext, node: ConfNode, options: Options): void {
  const { value } = node;
  if (typeof value === 'boolean') options.jetstream.enabled = value;
  else if (typeof value === 'string') options.jetstream.enabled = isEnabled(node, value);
  else if (isConfMap(value)) {
    options.jetstream.enabled = true;
    const before = context.errors.length;
    readEntries(context, value, jetstreamRows, options);
    moveMismatches(context, before, node);
  } else {
    const type = goTypeName(value);
    const wanted = 'Expected map, bool or string to define JetStream';
    throw new ConfigError(node, `${wanted}, got ${type}`);
  }
}

function isEnabled(node: ConfNode, value: string): boolean {
  const word = value.toLowerCase();
  if (word === 'enabled' || word === 'enable') return true;
  if (word === 'disabled' || word === 'disable') return false;
  const wanted = "Expected 'enabled' or 'disabled' for string value";
  throw new ConfigError(node, `${wanted}, got '${value}'`);
}

/** Gives wrong types since `before` the place where nats-server reports them. */
function moveMismatches(context: ParseContext, before: number, node: ConfNode): void {
  for (let i = before; i < context.errors.length; i++) {
    const error = context.errors[i];
    if (error instanceof TypeMismatch) context.errors[i] = error.at(node);
  }
}
