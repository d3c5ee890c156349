import type { ConfNode } from '../conf/node.ts';
import { DurationError, parseDuration } from './duration.ts';
import { goTypeName } from './go-values.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, endsBlock, type ParseContext } from './parse-context.ts';
import {
  asArray,
  asBool,
  asInt,
  asMap,
  asString,
  readListen,
  readWriteTimeout,
} from './readers.ts';
import { durationRow, factsOf, intRow, stringRow } from './row-makers.ts';
import type { CompressionOptions, WriteTimeoutPolicy } from './types.ts';

/*
 * Rows that cluster, gateway, leafnodes, websocket and mqtt share. `of` takes the block's part out
 * of the target.
 */

interface Listening {
  host: string;
  port: number;
}

/** `listen`, `port` and `host` (`net`): where a block accepts connections. */
export function listenRows<Target>(of: (target: Target) => Listening): OptionRow<Target>[] {
  return [
    {
      keys: ['listen'],
      shape: 'listen',
      ...factsOf({ doc: 'Where to listen: a port or host:port.' }),
      read: (_context, node, target) => {
        Object.assign(of(target), readListen(node));
      },
    },
    intRow(['port'], { doc: 'Port to listen on; -1 takes a free one.' }, (target, value) => {
      of(target).port = value;
    }),
    stringRow(['host', 'net'], { doc: 'Address to listen on.' }, (target, value) => {
      of(target).host = value;
    }),
  ];
}

/** `write_deadline` and `write_timeout`: how long a slow receiver is waited for, and what then. */
export function writeRows<Target>(
  of: (target: Target) => { writeDeadlineNs: bigint; writeTimeout: WriteTimeoutPolicy },
): OptionRow<Target>[] {
  return [
    durationRow(
      ['write_deadline'],
      { doc: 'How long a write may take.', byDefault: 'that of clients' },
      (target, ns) => {
        of(target).writeDeadlineNs = ns;
      },
    ),
    {
      keys: ['write_timeout'],
      shape: { values: ['default', 'close', 'retry'] },
      ...factsOf({ doc: 'What happens when a write took too long.', byDefault: 'default' }),
      read: (context, node, target) => {
        of(target).writeTimeout = readWriteTimeout(context, node);
      },
    },
  ];
}

const compressionRows: OptionRow<CompressionOptions>[] = [
  stringRow(
    ['mode'],
    { doc: 'off, accept, s2_fast, s2_better, s2_best, s2_uncompressed or s2_auto.' },
    (target, value) => {
      target.mode = value;
    },
  ),
  {
    keys: ['rtt_thresholds', 'thresholds', 'rtts', 'rtt'],
    shape: 'string array',
    ...factsOf({
      doc: 'Round-trip times from which s2_auto compresses harder.',
      byDefault: '["10ms", "50ms", "100ms"]',
    }),
    read: (_context, node, target) => {
      for (const item of asArray(node).items) {
        target.rttThresholdsNs.push(plainDuration(node, asString(item)));
      }
    },
  },
];

/** A duration whose error is Go's message alone, at `node`. */
export function plainDuration(node: ConfNode | undefined, text: string): bigint {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof DurationError) throw new ConfigError(node, error.message);
    throw error;
  }
}

/** `compression: true | "mode" | { mode, rtt_thresholds }`; `on` is the mode that `true` means. */
export function compressionRow<Target>(
  on: string,
  of: (target: Target) => { compression: CompressionOptions },
): OptionRow<Target> {
  return {
    keys: ['compression'],
    shape: { oneOf: ['boolean', 'string', 'block'] },
    children: asChildren(compressionRows),
    ...factsOf({ doc: `Compression of these connections; true means ${on}.` }),
    read: (context, node, target, key) => readCompression(context, node, key, on, of(target)),
  };
}

function readCompression(
  context: ParseContext,
  node: ConfNode,
  key: string,
  on: string,
  target: { compression: CompressionOptions },
): void {
  const { compression } = target;
  if (typeof node.value === 'string') compression.mode = node.value;
  else if (typeof node.value === 'boolean') compression.mode = node.value ? on : 'off';
  else if (goTypeName(node.value).startsWith('map')) {
    readEntries(context, asMap(node), compressionRows, compression, { strict: true });
  } else {
    const type = goTypeName(node.value);
    const wanted = 'should be a boolean or a structure';
    throw new ConfigError(node, `field ${JSON.stringify(key)} ${wanted}, got ${type}`);
  }
}

/** `advertise` under the names given. */
export function advertiseRow<Target>(
  keys: OptionRow<Target>['keys'],
  of: (target: Target) => { advertise: string },
): OptionRow<Target> {
  return stringRow(keys, { doc: 'Address that others are told to use.' }, (target, value) => {
    of(target).advertise = value;
  });
}

/**
 * Reads the maps of an array with `rows`, each into what `create` gives; `finish` judges one that was
 * read and says whether it is kept. A wrong type in an entry ends the array and leaves it empty, as
 * in nats-server.
 */
export function readBlockArray<Entry>(
  context: ParseContext,
  items: readonly ConfNode[],
  form: {
    rows: readonly OptionRow<Entry>[];
    create: () => Entry;
    notMap: (item: ConfNode) => string;
    finish?: (entry: Entry, item: ConfNode) => boolean;
  },
): Entry[] {
  const entries: Entry[] = [];
  for (const item of items) {
    if (!goTypeName(item.value).startsWith('map')) {
      context.error(item, form.notMap(item));
      continue;
    }
    const before = context.errors.length;
    const entry = form.create();
    readEntries(context, asMap(item), form.rows, entry);
    if (context.errors.slice(before).some((error) => endsBlock(item, error))) return [];
    if (form.finish?.(entry, item) !== false) entries.push(entry);
  }
  return entries;
}

/** The user, password or token of a WebSocket or MQTT block. */
export interface SimpleAuthorization {
  username: string;
  password: string;
  token: string;
  authTimeoutSeconds: number;
}

const simpleAuthorizationRows: OptionRow<SimpleAuthorization>[] = [
  stringRow(['user', 'username'], { doc: 'The user.' }, (target, value) => {
    target.username = value;
  }),
  stringRow(['pass', 'password'], { doc: 'The password.' }, (target, value) => {
    target.password = value;
  }),
  stringRow(['token'], { doc: 'The token.' }, (target, value) => {
    target.token = value;
  }),
  {
    keys: ['timeout'],
    shape: 'number',
    ...factsOf({ doc: 'Seconds that a client may take to authenticate.', byDefault: '2' }),
    read: (_context, node, target) => {
      const { value } = node;
      // Any other type counts as one second, as in nats-server.
      const isNumber = typeof value === 'bigint' || typeof value === 'number';
      target.authTimeoutSeconds = isNumber ? Number(value) : 1;
    },
  },
];

/** `authorization` (`authentication`) of a block that knows no users of its own. */
export function simpleAuthorizationRow<Target>(
  of: (target: Target) => SimpleAuthorization,
): OptionRow<Target> {
  return {
    keys: ['authorization', 'authentication'],
    shape: 'block',
    children: asChildren(simpleAuthorizationRows),
    ...factsOf({ doc: 'A user, password or token for these connections alone.' }),
    read: (context, node, target) => {
      const found = { username: '', password: '', token: '', authTimeoutSeconds: 0 };
      readOrFailBlock(context, node, () =>
        readEntries(context, asMap(node), simpleAuthorizationRows, found),
      );
      Object.assign(of(target), found);
    },
  };
}

/**
 * Reads a block that nats-server goes on to use although it could not read it: a wrong type then
 * earns a second line at the place of the block.
 */
export function readOrFailBlock(context: ParseContext, node: ConfNode, read: () => void): void {
  const before = context.errors.length;
  context.guard(read);
  if (!context.errors.slice(before).some((error) => endsBlock(node, error))) return;
  throw new ConfigError(node, 'runtime error: invalid memory address or nil pointer dereference');
}

/** A row with a boolean that the file set explicitly, for merging with flags. */
export function noAdvertiseRow<Target extends { inConfig: Record<string, boolean> }>(
  name: string,
  of: (target: Target) => { noAdvertise: boolean },
): OptionRow<Target> {
  return {
    keys: ['no_advertise'],
    shape: 'boolean',
    ...factsOf({ doc: 'Do not tell others the addresses of this server.', byDefault: 'false' }),
    read: (_context, node, target) => {
      const value = asBool(node);
      of(target).noAdvertise = value;
      target.inConfig[name] = value;
    },
  };
}

/** `connect_retries` and `connect_backoff`. */
export function retryRows<Target>(
  of: (target: Target) => { connectRetries: number; connectBackoff: boolean },
): OptionRow<Target>[] {
  return [
    {
      keys: ['connect_retries'],
      shape: 'integer',
      ...factsOf({ doc: 'How often to retry an implicit connection.', byDefault: '0' }),
      read: (_context, node, target) => {
        of(target).connectRetries = asInt(node);
      },
    },
    {
      keys: ['connect_backoff'],
      shape: 'boolean',
      ...factsOf({ doc: 'Wait longer after each failed attempt.', byDefault: 'false' }),
      read: (_context, node, target) => {
        of(target).connectBackoff = asBool(node);
      },
    },
  ];
}
