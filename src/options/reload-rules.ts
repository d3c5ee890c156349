import { isDeepStrictEqual } from 'node:util';
import { goQuote } from '../base/go-quote.ts';
import { goFieldName, shownValue } from './field-names.ts';
import { splitHostPort } from './go-url.ts';
import { parseGoInt } from './readers.ts';
import type { ClusterOptions, JetStreamOptions, LeafNodeOptions, Options } from './types.ts';

/*
 * Options of which some changes may be applied while the server runs and others not.
 * Each rule returns undefined when the change may be applied, `unsupported` for nats-server's usual
 * text, or a text of its own.
 */

type Rule = (oldOptions: Options, newOptions: Options) => string | undefined;

const rules: Partial<Record<keyof Options, Rule>> = {
  port: (_before, { port }) => (port === 0 ? undefined : 'unsupported'),
  noAuthUser,
  systemAccount: (before, after) =>
    before.systemAccount === '$SYS' && after.systemAccount === '' ? undefined : 'unsupported',
  cluster: (before, after) => cluster(before.cluster, after.cluster),
  gateway: (before, after) => unless(equalBut(before.gateway, after.gateway, ['tls'])),
  websocket: (before, after) => unless(equalBut(before.websocket, after.websocket, ['tls'])),
  leafNode: (before, after) => leafNode(before.leafNode, after.leafNode),
  clientAdvertise: (_before, { clientAdvertise }) =>
    advertiseProblem('ClientAdvertise', clientAdvertise),
  mqtt: (before, after) => unless(equalBut(before.mqtt, after.mqtt, reloadableMqtt)),
  jetstream,
  storeDir: (before, after) =>
    before.jetstream.enabled && after.storeDir !== ''
      ? 'config reload not supported for jetstream storage directory'
      : undefined,
  resolver: (before, after) =>
    (before.resolver === undefined) === (after.resolver === undefined)
      ? undefined
      : 'config reload does not support moving to or from an account resolver',
};

const reloadableMqtt = [
  'tls',
  'ackWaitNs',
  'maxAckPending',
  'streamReplicas',
  'consumerReplicas',
  'consumerMemoryStorage',
  'consumerInactiveThresholdNs',
] as const;

/** Undefined when the change of a field may be applied, else why not; see Rule. */
export function partlyReloadable(
  field: keyof Options,
  oldOptions: Options,
  newOptions: Options,
): string | undefined {
  const rule = rules[field];
  return rule === undefined ? 'unsupported' : rule(oldOptions, newOptions);
}

function unless(equal: boolean): string | undefined {
  return equal ? undefined : 'unsupported';
}

function equalBut<T extends object>(one: T, other: T, fields: readonly (keyof T)[]): boolean {
  const without = (value: T) => {
    const rest: Partial<T> = { ...value };
    for (const field of fields) delete rest[field];
    return rest;
  };
  return isDeepStrictEqual(without(one), without(other));
}

/** Taking the user away is fine once the user itself is gone; anything else is not. */
function noAuthUser(before: Options, after: Options): string | undefined {
  if (before.noAuthUser === '' || after.noAuthUser !== '') return 'unsupported';
  const stays = after.users.some((user) => user.username === before.noAuthUser);
  return stays ? 'unsupported' : undefined;
}

function cluster(before: ClusterOptions, after: ClusterOptions): string | undefined {
  const refused = (what: string, old: string | number, now: string | number) =>
    `config reload not supported for cluster ${what}: old=${old}, new=${now}`;
  if (before.host !== after.host) return refused('host', before.host, after.host);
  if (before.port !== after.port) return refused('port', before.port, after.port);
  return advertiseProblem('Cluster.Advertise', after.advertise);
}

/** What is wrong with a `host:port` to advertise; the port may be left out. */
function advertiseProblem(name: string, text: string): string | undefined {
  if (text === '') return undefined;
  const parts = splitHostPort(text) ?? splitHostPort(`${text}:0`);
  if (parts === undefined) {
    return `invalid ${name} value of ${text}, err=address ${text}: too many colons in address`;
  }
  const port = parts.port.trim();
  if (parseGoInt(port) !== undefined) return undefined;
  return `invalid ${name} value of ${text}, err=strconv.Atoi: parsing ${goQuote(port)}: invalid syntax`;
}

/** The first field that differs, in nats-server's order, names the refusal. */
function leafNode(before: LeafNodeOptions, after: LeafNodeOptions): string | undefined {
  for (const field of Object.keys(before) as (keyof LeafNodeOptions)[]) {
    if (['tls', 'remotes', 'compression'].includes(field)) continue;
    if (isDeepStrictEqual(before[field], after[field])) continue;
    const [old, now] = [shownValue(field, before[field]), shownValue(field, after[field])];
    const name = goQuote(goFieldName(field));
    return `config reload not supported for LeafNode: field ${name}: old=${old}, new=${now}`;
  }
  return undefined;
}

function jetstream({ jetstream: before }: Options, { jetstream: after }: Options) {
  if (before.enabled && after.enabled) {
    const limits = limitsChange(before.maxMemory, after.maxMemory);
    const reason = limits ?? limitsChange(before.maxStore, after.maxStore);
    if (reason !== undefined) return `config reload not supported for ${reason}`;
  }
  const free = after.enabled ? reloadableJetStream : [...reloadableJetStream, 'concurrentIos'];
  for (const field of Object.keys(before) as (keyof JetStreamOptions)[]) {
    if (free.includes(field) || isDeepStrictEqual(before[field], after[field])) continue;
    const name = jetStreamNames[field] ?? `JetStream${goFieldName(field)}`;
    const [old, now] = [shownValue(field, before[field]), shownValue(field, after[field])];
    return `config reload not supported for ${name}: old=${old}, new=${now}`;
  }
  return undefined;
}

const reloadableJetStream: string[] = [
  'enabled',
  'limits',
  'maxMemory',
  'maxStore',
  'maxMemorySet',
  'maxStoreSet',
  'metaCompact',
  'metaCompactSize',
  'metaCompactSync',
  'syncSet',
];

/** Fields that nats-server's options name otherwise. */
const jetStreamNames: Partial<Record<keyof JetStreamOptions, string>> = {
  strict: 'NoJetStreamStrict',
  extensionHint: 'JetStreamExtHint',
  concurrentIos: 'JetStreamConcurrentIOs',
  streamMaxBufferedMsgs: 'StreamMaxBufferedMsgs',
  streamMaxBufferedSize: 'StreamMaxBufferedSize',
  syncIntervalNs: 'SyncInterval',
  syncAlways: 'SyncAlways',
};

/** Limits may grow while JetStream runs, not shrink, and not change to or from "dynamic" (-1). */
function limitsChange(before: bigint, after: bigint): string | undefined {
  if (before === after) return undefined;
  if (before === -1n) return 'jetstream dynamic max memory and store';
  if (after === -1n) return 'jetstream max memory and max store';
  return after > before ? undefined : 'decreasing jetstream max memory and store';
}
