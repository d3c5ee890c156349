import { isDeepStrictEqual } from 'node:util';
import { defaultOptions } from './default-options.ts';
import { goFieldName, shownValue } from './field-names.ts';
import type { ReloadRule } from './option-row.ts';
import { partlyReloadable } from './reload-rules.ts';
import { optionRows } from './table.ts';
import type { Options } from './types.ts';

/*
 * What a reload changes. Old and new options are compared field by field, in the order of nats-server's
 * structure; the row of the option says whether the change may be applied. The first one that may not
 * refuses the whole reload, with nats-server's text, and nothing is changed.
 */

/** One field that differs and may be applied while the server runs. */
export interface OptionChange {
  readonly field: keyof Options;
  /** nats-server's name of the field, for the log. */
  readonly name: string;
  readonly oldValue: unknown;
  readonly newValue: unknown;
}

/** A change that only a restart can make. The message is nats-server's. */
export class ReloadRefusedError extends Error {
  readonly code = 'RELOAD_REFUSED';
  readonly field: keyof Options;

  constructor(field: keyof Options, message: string) {
    super(message);
    this.name = 'ReloadRefusedError';
    this.field = field;
  }
}

/** Fields that no file sets, and what is derived: they never count as changed. */
const ignored = new Set<keyof Options>([
  'configFile',
  'configDigest',
  'checkConfig',
  'noLog',
  'noSigs',
  'disableShortFirstPing',
  'inConfig',
  'inCmdLine',
  'authBlockDefined',
  'routesStr',
  'tlsFlag',
  'tlsVerify',
  'tlsCert',
  'tlsKey',
  'tlsCaCert',
  'disableJetStreamBanner',
  'resolverPreloads',
]);

/** Fields that no row names, because several keys make them. */
const unlisted: Partial<Record<keyof Options, ReloadRule>> = {
  authCallout: 'refused',
  defaultPermissions: 'hot',
  proxyRequired: 'refused',
  resolverTls: 'hot',
  routes: 'hot',
  httpHost: 'refused',
  resolverPinnedAccounts: 'hot',
};

let rules: Map<keyof Options, ReloadRule> | undefined;

function ruleOf(field: keyof Options): ReloadRule {
  if (rules === undefined) {
    rules = new Map();
    for (const row of optionRows) {
      for (const one of row.fields ?? []) rules.set(one, mildest(rules.get(one), row.reload));
    }
  }
  return unlisted[field] ?? rules.get(field) ?? 'refused';
}

/** Where two keys set one field (`listen` and `port`), a partial rule knows best. */
function mildest(one: ReloadRule | undefined, other: ReloadRule): ReloadRule {
  return one === 'partly' || other === 'partly' ? 'partly' : other;
}

/**
 * The fields that changed, in a fixed order. Both options have their baseline set and are valid.
 * Throws ReloadRefusedError for the first change that may not be applied.
 */
export function diffOptions(oldOptions: Options, newOptions: Options): OptionChange[] {
  const changes: OptionChange[] = [];
  for (const field of Object.keys(defaultOptions()) as (keyof Options)[]) {
    if (ignored.has(field)) continue;
    const oldValue = ordered(oldOptions[field]);
    const newValue = ordered(newOptions[field]);
    if (isDeepStrictEqual(oldValue, newValue)) continue;
    const name = goFieldName(field);
    const rule = ruleOf(field);
    if (rule === 'refused') refuse(field, oldValue, newValue);
    const reason = rule === 'partly' ? partlyReloadable(field, oldOptions, newOptions) : undefined;
    if (reason === 'unsupported') refuse(field, oldValue, newValue);
    if (reason !== undefined) throw new ReloadRefusedError(field, reason);
    changes.push({ field, name, oldValue, newValue });
  }
  return changes;
}

function refuse(field: keyof Options, oldValue: unknown, newValue: unknown): never {
  const name = goFieldName(field);
  throw new ReloadRefusedError(
    field,
    `config reload not supported for ${name}: old=${shownValue(field, oldValue)}, new=${shownValue(field, newValue)}`,
  );
}

/** Lists whose order means nothing, in a fixed order. */
function ordered(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return [...value].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const named = value as { username?: string; nkey?: string; name?: string; href?: string };
  return named.username || named.nkey || named.name || named.href || '';
}
