import type { ConfNode } from '../conf/node.ts';
import type { OptionRow, ReloadRule } from './option-row.ts';
import type { ParseContext } from './parse-context.ts';
import { asBool, asInt, asInt64, asString, readDuration } from './readers.ts';
import type { Options } from './types.ts';

/*
 * Short forms for rows whose value is one plain value. `facts` says what a reader of the
 * documentation must know; a key inside a block needs only `doc` (it reloads as its block does).
 */

export interface Facts {
  readonly doc: string;
  readonly byDefault?: string;
  readonly shownBy?: string;
  readonly reload?: ReloadRule;
  readonly flags?: readonly string[];
  readonly fields?: readonly (keyof Options)[];
}

type Keys = readonly [string, ...string[]];

/** The facts of a row, with what a key inside a block leaves out filled in. */
export function factsOf(facts: Facts) {
  return {
    byDefault: facts.byDefault ?? '',
    shownBy: facts.shownBy ?? 'block',
    reload: facts.reload ?? ('partly' as ReloadRule),
    doc: facts.doc,
    ...(facts.flags === undefined ? {} : { flags: facts.flags }),
    ...(facts.fields === undefined ? {} : { fields: facts.fields }),
  };
}

export function stringRow<Target>(
  keys: Keys,
  facts: Facts,
  set: (target: Target, value: string) => void,
): OptionRow<Target> {
  return {
    keys,
    shape: 'string',
    ...factsOf(facts),
    read: (_context, node, target) => set(target, asString(node)),
  };
}

export function boolRow<Target>(
  keys: Keys,
  facts: Facts,
  set: (target: Target, value: boolean) => void,
): OptionRow<Target> {
  return {
    keys,
    shape: 'boolean',
    ...factsOf(facts),
    read: (_context, node, target) => set(target, asBool(node)),
  };
}

export function intRow<Target>(
  keys: Keys,
  facts: Facts,
  set: (target: Target, value: number) => void,
): OptionRow<Target> {
  return {
    keys,
    shape: 'integer',
    ...factsOf(facts),
    read: (_context, node, target) => set(target, asInt(node)),
  };
}

export function sizeRow<Target>(
  keys: Keys,
  facts: Facts,
  set: (target: Target, value: bigint) => void,
): OptionRow<Target> {
  return {
    keys,
    shape: 'size',
    ...factsOf(facts),
    read: (_context, node, target) => set(target, asInt64(node)),
  };
}

/** A duration in nanoseconds; `field` is what nats-server calls it in errors (the first key). */
export function durationRow<Target>(
  keys: Keys,
  facts: Facts,
  set: (target: Target, ns: bigint) => void,
  field = keys[0],
): OptionRow<Target> {
  return {
    keys,
    shape: 'duration',
    ...factsOf(facts),
    read: (context: ParseContext, node: ConfNode, target: Target) =>
      set(target, readDuration(context, field, node)),
  };
}
