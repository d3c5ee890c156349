import { type ConfMap, type ConfNode, isConfMap } from '../conf/node.ts';
import { goTypeName } from './go-values.ts';
import { ConfigError, type ParseContext, unknownFieldError } from './parse-context.ts';
import type { Options } from './types.ts';

/** The forms a value may take: what the JSON Schema and the documentation are made of. */
export type ValueShape =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'number'
  /** An integer with a size suffix (`64k`, `8MB`). */
  | 'size'
  /** A duration text (`2m`); a bare number is seconds. */
  | 'duration'
  /** Seconds as a number, or a duration text. */
  | 'seconds'
  /** A port or `host:port`. */
  | 'listen'
  /** A string or an array of strings. */
  | 'strings'
  | 'string array'
  /** A map of names to strings, or to booleans. */
  | 'string map'
  | 'boolean map'
  /** A map with the keys of `children`. */
  | 'block'
  /** An array of such maps. */
  | 'block array'
  /** A map of free names to such maps. */
  | 'named blocks'
  | 'any'
  | { readonly oneOf: readonly ValueShape[] }
  | { readonly values: readonly string[] };

/**
 * What a reload does with a change: `hot` applies it, `refused` refuses the reload, `partly` is
 * decided by reload-rules.ts, `inert` changes nothing that runs (e.g. read at start only).
 */
export type ReloadRule = 'hot' | 'refused' | 'partly' | 'inert';

/** One key of the configuration: everything that is known about it. */
export interface OptionRow<Target> {
  /** The key, then its other spellings. Compared without regard to case. */
  readonly keys: readonly [string, ...string[]];
  readonly shape: ValueShape;
  /** The value that holds when the key is absent, as a reader of the documentation writes it. */
  readonly byDefault: string;
  readonly doc: string;
  /** `file: part of the test's name` that shows the behaviour, `inactive`, or `block`: as its block. */
  readonly shownBy: string;
  /** Command-line flags that set the same option, without dashes. */
  readonly flags?: readonly string[];
  /** Fields of Options that the key sets: a reload compares them. Only on top-level rows. */
  readonly fields?: readonly (keyof Options)[];
  readonly reload: ReloadRule;
  /** Rows of the blocks that the value is made of. */
  readonly children?: readonly OptionRow<never>[];
  /** Reads the value into the target; throws ConfigError. `key` is as written in the file. */
  readonly read: (context: ParseContext, node: ConfNode, target: Target, key: string) => void;
}

const indexes = new WeakMap<object, Map<string, OptionRow<never>>>();

function indexOf<Target>(rows: readonly OptionRow<Target>[]): Map<string, OptionRow<Target>> {
  let index = indexes.get(rows) as Map<string, OptionRow<Target>> | undefined;
  if (index === undefined) {
    index = new Map();
    for (const row of rows) for (const key of row.keys) index.set(key, row);
    indexes.set(rows, index as unknown as Map<string, OptionRow<never>>);
  }
  return index;
}

/** How a block treats what it cannot read. */
export interface BlockForm {
  /** nats-server's words for an unknown key; by default `unknown field "x"`. */
  readonly unknown?: (key: string) => string;
  /** True where nats-server gives up the whole block at its first error (the error is thrown). */
  readonly strict?: boolean;
  /** With `strict`: unknown keys are noted, and reading goes on. */
  readonly unknownGoesOn?: boolean;
  /** True where an unknown key is an error although a variable refers to it. */
  readonly noVariables?: boolean;
}

/** Reads every entry of a map with its row; unknown keys and broken entries are noted. */
export function readEntries<Target>(
  context: ParseContext,
  map: ConfMap,
  rows: readonly OptionRow<Target>[],
  target: Target,
  form: BlockForm = {},
): void {
  const index = indexOf(rows);
  for (const [key, node] of map.entries) {
    try {
      const row = index.get(key.toLowerCase());
      if (row !== undefined) row.read(context, node, target, key);
      else if (form.noVariables || !node.usedVariable) {
        const unknown = unknownFieldError(node, key, index.keys(), form.unknown?.(key));
        if (!form.unknownGoesOn) throw unknown;
        context.note(unknown);
      }
    } catch (error) {
      if (form.strict) throw error;
      context.note(error);
    }
  }
}

/** Reads a block's map; throws `notMap` (its `%T` is put at the end) when the value is none. */
export function readBlock<Target>(
  context: ParseContext,
  node: ConfNode,
  rows: readonly OptionRow<Target>[],
  target: Target,
  notMap: string,
): void {
  if (!isConfMap(node.value)) throw new ConfigError(node, `${notMap}${goTypeName(node.value)}`);
  readEntries(context, node.value, rows, target);
}

/** A row without its reading part, for the short forms in table files. */
export type RowFacts<Target> = Omit<OptionRow<Target>, 'read' | 'keys' | 'children'>;

/** Rows of a nested block as a row's `children`. */
export function asChildren<Target>(
  rows: readonly OptionRow<Target>[],
): readonly OptionRow<never>[] {
  return rows as unknown as readonly OptionRow<never>[];
}
