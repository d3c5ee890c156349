import { dirname } from 'node:path';
import { type ConfNode, isConfMap } from '../conf/node.ts';
import { formatDuration } from './duration.ts';
import { goTypeName } from './go-values.ts';
import { plainDuration } from './listen-rows.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { asBool, asInt64, asString, readUrl } from './readers.ts';
import type { Options } from './types.ts';

/*
 * `resolver`: where account JWTs come from. A text names memory or a URL; a map a folder that is
 * either complete (`full`) or a cache. Unlike other blocks, the map's keys count as they are written
 * and unknown ones are passed over: both are nats-server's behaviour.
 */

/** What `options.resolver.definition` holds for a folder. */
export interface DirectoryResolver {
  dir: string;
  allowDelete: boolean;
  hardDelete: boolean;
  limit: bigint;
  ttlNs: bigint;
  intervalNs: bigint;
  timeoutNs: bigint;
}

const MEMORY = /(?:MEM|MEMORY)\s*/i;
const URL_FORM = /(?:URL)(?:\(\s*"?([^\s"]*)"?\s*\))?\s*/i;

const NEITHER =
  'error parsing account resolver, should be MEM or  URL("url") or a map containing dir and ' +
  'type state=[FULL|CACHE])';

/** Reads `resolver` into `options.resolver`. */
export function readResolver(context: ParseContext, node: ConfNode, options: Options): void {
  if (typeof node.value === 'string') options.resolver = readNamed(node, node.value);
  else if (isConfMap(node.value)) options.resolver = readDirectory(context, node);
  else {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `error parsing operator resolver, wrong type ${type}`);
  }
  if (options.resolver === undefined) throw new ConfigError(node, NEITHER);
}

function readNamed(node: ConfNode, text: string): Options['resolver'] {
  if (MEMORY.test(text)) return { type: 'memory', definition: {} };
  const match = URL_FORM.exec(text);
  if (match === null) return undefined;
  return urlResolver(readUrl(node, match[1] ?? '', 'account resolver').href);
}

/** The resolver that asks a URL; account names are appended to it. */
export function urlResolver(url: string): Options['resolver'] {
  return { type: 'url', definition: { url: url.endsWith('/') ? url : `${url}/` } };
}

function readDirectory(context: ParseContext, node: ConfNode): Options['resolver'] {
  const entries = isConfMap(node.value) ? node.value.entries : new Map<string, ConfNode>();
  const get = <T>(key: string, read: (entry: ConfNode) => T, absent: T): T => {
    const entry = entries.get(key);
    return entry === undefined ? absent : read(entry);
  };
  const duration = (entry: ConfNode): bigint => plainDuration(node, asString(entry));
  const definition: DirectoryResolver = {
    dir: get('dir', asString, ''),
    ...{ allowDelete: false, hardDelete: false, limit: 0n },
    ...{ ttlNs: 0n, intervalNs: 0n, timeoutNs: 0n },
  };
  const type = get('type', asString, '').toUpperCase();
  definition.allowDelete = get('allow_delete', asBool, false);
  definition.hardDelete = get('hard_delete', asBool, false);
  definition.limit = get('limit', asInt64, 0n);
  definition.ttlNs = get('ttl', duration, 0n);
  definition.intervalNs = get('interval', duration, 0n);
  definition.timeoutNs = get('timeout', duration, 0n);
  if (type === 'MEM' || type === 'MEMORY') return { type: 'memory', definition: {} };
  if (type !== 'FULL' && type !== 'CACHE') return undefined;
  judgeDirectory(context, node, type, definition, entries);
  return { type: type.toLowerCase(), definition: { ...definition } };
}

function judgeDirectory(
  context: ParseContext,
  node: ConfNode,
  type: 'FULL' | 'CACHE',
  definition: DirectoryResolver,
  entries: Map<string, ConfNode>,
): void {
  const problem = directoryProblem(context, definition.dir);
  if (problem !== undefined) context.error(node, problem);
  for (const refused of refusals(type, definition, entries)) context.error(node, refused);
  const unusable = creationProblem(context, definition.dir);
  if (unusable !== undefined) throw new ConfigError(node, unusable);
  if (entries.has('timeout') && definition.timeoutNs <= 0n) {
    const shown = formatDuration(definition.timeoutNs);
    throw new ConfigError(node, `Fetch timeout ${shown} is too smal`);
  }
}

function refusals(
  type: 'FULL' | 'CACHE',
  definition: DirectoryResolver,
  entries: Map<string, ConfNode>,
): string[] {
  const { allowDelete, intervalNs, ttlNs } = definition;
  const hardSet = entries.has('hard_delete');
  const rules: [boolean, string][] =
    type === 'CACHE'
      ? [
          [intervalNs !== 0n, 'CACHE does not accept sync'],
          [allowDelete, 'CACHE does not accept allow_delete'],
          [hardSet, 'CACHE does not accept hard_delete'],
        ]
      : [
          [ttlNs !== 0n, 'FULL does not accept ttl'],
          [hardSet && !allowDelete, 'hard_delete has no effect without delete'],
        ];
  return rules.filter(([broken]) => broken).map(([, text]) => text);
}

/** The permission bit that lets the owner write. */
const OWNER_WRITES = 0o200;

function directoryProblem(context: ParseContext, dir: string): string | undefined {
  if (dir === '') return 'dir has no value and needs to point to a directory';
  const found = context.io.stat(dir);
  if (found === undefined || (found.isDirectory && (found.mode & OWNER_WRITES) !== 0)) {
    return undefined;
  }
  return 'dir needs to point to an accessible directory';
}

/** Why nats-server could not make the folder; it makes it while reading, we when the server starts. */
function creationProblem(context: ParseContext, dir: string): string | undefined {
  if (dir === '') return 'mkdir : no such file or directory';
  let at = dir;
  let found = context.io.stat(at);
  while (found === undefined && dirname(at) !== at) {
    at = dirname(at);
    found = context.io.stat(at);
  }
  return found === undefined || found.isDirectory ? undefined : `mkdir ${at}: not a directory`;
}
