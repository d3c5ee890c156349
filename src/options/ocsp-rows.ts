import { goQuote } from '../base/go-quote.ts';
import { type ConfMap, type ConfNode, isConfMap } from '../conf/node.ts';
import { second } from './duration.ts';
import { goTypeName } from './go-values.ts';
import { plainDuration } from './listen-rows.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext, TypeMismatch } from './parse-context.ts';
import { asString } from './readers.ts';
import { factsOf } from './row-makers.ts';
import type { Options } from './types.ts';

/*
 * `ocsp`: stapling of this server's certificates, and `ocsp_cache`: where answers about the
 * certificates of peers are kept.
 */

const MODES = ['auto', 'always', 'must', 'never'];

interface Ocsp {
  mode: string;
  overrideUrls: string[];
}

/** Keys of the block count as they are written: nats-server compares them exactly. */
function readOcspBlock(context: ParseContext, node: ConfNode, map: ConfMap): Ocsp {
  const ocsp: Ocsp = { mode: 'auto', overrideUrls: [] };
  for (const [key, entry] of map.entries) {
    if (key === 'mode') readMode(context, node, entry, ocsp);
    else if (key === 'url') ocsp.overrideUrls = [stringAt(node, entry)];
    else if (key === 'urls') {
      // nats-server refuses every value here: it expects a type that its parser never makes.
      throw new TypeMismatch(node, entry.value, '[]string');
    } else {
      throw new ConfigError(entry, 'error parsing ocsp config: unsupported field string');
    }
  }
  return ocsp;
}

function readMode(context: ParseContext, node: ConfNode, entry: ConfNode, ocsp: Ocsp): void {
  const mode = stringAt(node, entry).toLowerCase();
  if (MODES.includes(mode)) ocsp.mode = mode;
  else context.error(entry, 'error parsing ocsp config: unsupported ocsp mode string');
}

/** A string; a wrong type is reported at the place of the whole option. */
function stringAt(node: ConfNode, entry: ConfNode): string {
  if (typeof entry.value === 'string') return entry.value;
  throw new TypeMismatch(node, entry.value, 'string');
}

function readOcsp(context: ParseContext, node: ConfNode, options: Options): void {
  if (typeof node.value === 'boolean') {
    options.ocsp = { mode: node.value ? 'auto' : 'never', overrideUrls: [] };
  } else if (isConfMap(node.value)) {
    options.ocsp = readOcspBlock(context, node, node.value);
  } else {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `error parsing ocsp config: unsupported type ${type}`);
  }
}

/** How answers about peers' certificates are kept. */
export interface OcspCache {
  type: 'local' | 'none';
  localStore: string;
  preserveRevoked: boolean;
  saveIntervalSeconds: number;
}

/** The cache that is used when none is configured. */
export function localOcspCache(): OcspCache {
  return emptyCache('local');
}

function emptyCache(type: OcspCache['type']): OcspCache {
  return { type, localStore: '_rc_', preserveRevoked: false, saveIntervalSeconds: 300 };
}

const CACHE = 'error parsing OCSP peer cache config';

function unknownCacheField(key: string): string {
  return `${CACHE}, unknown field [${goQuote(key)}]`;
}

const cacheRows: OptionRow<OcspCache>[] = [
  {
    keys: ['type'],
    shape: { values: ['local', 'none'] },
    ...factsOf({ doc: 'Keep answers in files, or not at all.', byDefault: 'local' }),
    read: (_context, node, cache, key) => {
      if (typeof node.value !== 'string') throw new ConfigError(node, unknownCacheField(key));
      const type = node.value.toLowerCase();
      if (type !== 'local' && type !== 'none') {
        throw new ConfigError(node, `${CACHE}, unknown type [${node.value}]`);
      }
      cache.type = type;
    },
  },
  {
    keys: ['local_store'],
    shape: 'string',
    ...factsOf({ doc: 'Folder of the cache.', byDefault: '_rc_' }),
    read: (_context, node, cache, key) => {
      if (typeof node.value !== 'string') throw new ConfigError(node, unknownCacheField(key));
      cache.localStore = node.value;
    },
  },
  {
    keys: ['preserve_revoked'],
    shape: 'boolean',
    ...factsOf({ doc: 'Keep "revoked" when a later answer says otherwise.', byDefault: 'false' }),
    read: (_context, node, cache, key) => {
      if (typeof node.value !== 'boolean') throw new ConfigError(node, unknownCacheField(key));
      cache.preserveRevoked = node.value;
    },
  },
  {
    keys: ['save_interval'],
    shape: 'seconds',
    ...factsOf({ doc: 'How often the cache is written; at least 1s.', byDefault: '5m' }),
    read: (_context, node, cache) => {
      cache.saveIntervalSeconds = Math.max(1, Math.trunc(readInterval(node)));
    },
  },
];

function readInterval(node: ConfNode): number {
  const { value } = node;
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  if (typeof value !== 'string') {
    throw new ConfigError(node, `${CACHE}, conversion error: unexpected type`);
  }
  try {
    return Number(plainDuration(node, value) / second);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(
      node,
      `error parsing tls peer config, conversion error: ${error.message}`,
    );
  }
}

function readCache(context: ParseContext, node: ConfNode, options: Options): void {
  if (typeof node.value === 'boolean') {
    options.ocspCache = { ...emptyCache(node.value ? 'local' : 'none') };
    return;
  }
  if (!isConfMap(node.value)) {
    const type = goTypeName(node.value);
    // The words are nats-server's.
    throw new ConfigError(node, `error parsing tags: unsupported type ${type}`);
  }
  const cache = emptyCache('local');
  readEntries(context, node.value, cacheRows, cache, {
    unknown: unknownCacheField,
    strict: true,
    noVariables: true,
  });
  options.ocspCache = { ...cache };
}

const ocspBlockRows: OptionRow<Ocsp>[] = [
  {
    keys: ['mode'],
    shape: { values: MODES },
    ...factsOf({ doc: 'When answers are stapled, and whether they must be.', byDefault: 'auto' }),
    read: (_context, node, ocsp) => {
      ocsp.mode = asString(node);
    },
  },
  {
    keys: ['url'],
    shape: 'string',
    ...factsOf({ doc: 'Responder, instead of the one in the certificate.' }),
    read: (_context, node, ocsp) => {
      ocsp.overrideUrls = [asString(node)];
    },
  },
];

export const ocspRows: OptionRow<Options>[] = [
  {
    keys: ['ocsp'],
    shape: { oneOf: ['boolean', 'block'] },
    children: asChildren(ocspBlockRows),
    ...factsOf({
      doc: "OCSP stapling of this server's certificates.",
      byDefault: 'auto when the certificate demands it',
      reload: 'hot',
      fields: ['ocsp'],
      shownBy: 'test/ocsp/server.test.ts: mode always staples a status',
    }),
    read: readOcsp,
  },
  {
    keys: ['ocsp_cache'],
    shape: { oneOf: ['boolean', 'block'] },
    children: asChildren(cacheRows),
    ...factsOf({
      doc: 'Cache of OCSP answers about peers.',
      byDefault: 'true',
      reload: 'hot',
      fields: ['ocspCache'],
      shownBy: 'test/ocsp/server.test.ts: the cache answers, is shown in /varz',
    }),
    read: readCache,
  },
];
