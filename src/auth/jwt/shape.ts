/**
 * Shapes: what a piece of JSON must look like to become a value of a type, decoded by the rules of
 * Go's encoding/json, because nats-server's opinion of a JWT is that library's:
 *
 * - names match in any case, unknown ones are passed over, of duplicates the later one writes over
 *   what the earlier one made (objects merge);
 * - `null` leaves scalars and structs as they are and empties lists, maps and pointers;
 * - an integer is digits that fit its size; `1.0` and `1e3` are errors.
 *
 * Errors carry that library's texts. Maps become `Map`, so that no name can reach a prototype.
 * A shape also writes its values, leaving out what Go's `omitempty` leaves out.
 */
import { JsonNumber, JsonObject, type JsonTree } from '../../base/json-tree.ts';

/** A JWT that cannot be decoded, is not signed, or may not be used. The text never quotes the JWT. */
export class JwtError extends Error {
  readonly code = 'ERR_JWT';

  constructor(message: string) {
    super(message);
    this.name = 'JwtError';
  }
}

/** Where in the claims a value stands, for error texts. */
export interface Spot {
  /** Go's name of the innermost struct; empty at the top. */
  readonly struct: string;
  readonly path: string;
  /** Named instead of all structs further inside. */
  readonly outer?: string;
}

export interface Shape<T> {
  zero(): T;
  /** What `current` becomes by reading `tree` onto it. Throws JwtError. */
  read(tree: JsonTree, current: T, spot: Spot): T;
  /** As JSON: see goJson. */
  write(value: T): unknown;
  /** Left out where a member is left out when empty. */
  isEmpty(value: T): boolean;
}

export const topSpot: Spot = { struct: '', path: '' };

function kindOf(tree: JsonTree): string {
  if (Array.isArray(tree)) return 'array';
  if (tree instanceof JsonObject) return 'object';
  if (tree instanceof JsonNumber) return 'number';
  return typeof tree === 'boolean' ? 'bool' : 'string';
}

export function mismatch(tree: JsonTree, spot: Spot, type: string, shown = kindOf(tree)): JwtError {
  const place =
    spot.struct === '' ? 'value' : `struct field ${spot.struct}.${spot.path.replace(/^\./, '')}`;
  return new JwtError(`json: cannot unmarshal ${shown} into Go ${place} of type ${type}`);
}

export function textShape(type = 'string'): Shape<string> {
  return {
    zero: () => '',
    read(tree, current, spot) {
      if (tree === null) return current;
      if (typeof tree === 'string') return tree;
      throw mismatch(tree, spot, type);
    },
    write: (value) => value,
    isEmpty: (value) => value === '',
  };
}

export const text = textShape();

export const flag: Shape<boolean> = {
  zero: () => false,
  read(tree, current, spot) {
    if (tree === null) return current;
    if (typeof tree === 'boolean') return tree;
    throw mismatch(tree, spot, 'bool');
  },
  write: (value) => value,
  isEmpty: (value) => !value,
};

const ranges = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  int: [-(2n ** 63n), 2n ** 63n - 1n],
  'time.Duration': [-(2n ** 63n), 2n ** 63n - 1n],
  uint: [0n, 2n ** 64n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  uint8: [0n, 255n],
} as const;

/** An integer without loss: sizes in bytes and durations in nanoseconds. */
export function bigInteger(type: keyof typeof ranges = 'int64'): Shape<bigint> {
  const [least, most] = ranges[type];
  return {
    zero: () => 0n,
    read(tree, current, spot) {
      if (tree === null) return current;
      if (!(tree instanceof JsonNumber)) throw mismatch(tree, spot, type);
      const value = /^-?\d{1,20}$/.test(tree.text) ? BigInt(tree.text) : undefined;
      if (value !== undefined && value >= least && value <= most) return value;
      throw mismatch(tree, spot, type, `number ${tree.text}`);
    },
    write: (value) => value,
    isEmpty: (value) => value === 0n,
  };
}

/** An integer of which only the order of magnitude matters above 2^53: seconds and counts. */
export function integer(type: keyof typeof ranges = 'int64'): Shape<number> {
  const exact = bigInteger(type);
  return {
    zero: () => 0,
    read: (tree, current, spot) => (tree === null ? current : Number(exact.read(tree, 0n, spot))),
    write: (value) => value,
    isEmpty: (value) => value === 0,
  };
}

export function list<T>(item: Shape<T>, type: string): Shape<T[]> {
  return {
    zero: () => [],
    read(tree, _current, spot) {
      if (tree === null) return [];
      if (!Array.isArray(tree)) throw mismatch(tree, spot, type);
      return tree.map((one) => item.read(one, item.zero(), spot));
    },
    write: (values) => values.map((value) => item.write(value)),
    isEmpty: (values) => values.length === 0,
  };
}

export function mapOf<T>(item: Shape<T>, type: string): Shape<Map<string, T>> {
  return {
    zero: () => new Map(),
    read(tree, current, spot) {
      if (tree === null) return new Map();
      if (!(tree instanceof JsonObject)) throw mismatch(tree, spot, type);
      const entries = new Map(current);
      for (const [name, one] of tree.members) entries.set(name, item.read(one, item.zero(), spot));
      return entries;
    },
    write: (values) => new Map([...values].map(([name, value]) => [name, item.write(value)])),
    isEmpty: (values) => values.size === 0,
  };
}

/** Go's pointer: undefined for `null` and for what is not there. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return {
    zero: () => undefined,
    read: (tree, current, spot) =>
      tree === null ? undefined : shape.read(tree, current ?? shape.zero(), spot),
    write: (value) => (value === undefined ? null : shape.write(value)),
    isEmpty: (value) => value === undefined,
  };
}

export interface Member<T> {
  readonly shape: Shape<T>;
  /** Go's embedded structs around the member: part of error texts. */
  readonly within: string;
  /** Written even when empty. */
  readonly always: boolean;
}

export type Members<T> = { readonly [K in keyof T]-?: Member<T[K]> };

export function member<T>(shape: Shape<T>): Member<T> {
  return { shape, within: '', always: false };
}

export function always<T>(shape: Shape<T>): Member<T> {
  return { shape, within: '', always: true };
}

/** Members of a struct that Go embeds under `name`. */
export function embed<T>(name: string, members: Members<T>): Members<T> {
  const entries = Object.entries<Member<unknown>>(members as Record<string, Member<unknown>>);
  return Object.fromEntries(
    entries.map(([key, one]) => [key, { ...one, within: `.${name}${one.within}` }]),
  ) as unknown as Members<T>;
}

/** An object with `members`; `type` is Go's name of it with its package. */
export function struct<T extends object>(type: string, members: Members<T>): Shape<T> {
  const rows = new Map(Object.entries<Member<unknown>>(members as Record<string, Member<unknown>>));
  const name = type.slice(type.indexOf('.') + 1);
  return {
    zero: () => Object.fromEntries([...rows].map(([key, row]) => [key, row.shape.zero()])) as T,
    read(tree, current, spot) {
      if (tree === null) return current;
      if (!(tree instanceof JsonObject)) throw mismatch(tree, spot, type);
      const result = { ...current } as Record<string, unknown>;
      for (const [given, value] of tree.members) {
        const key = rows.has(given) ? given : foldCase(given);
        const row = rows.get(key);
        if (row === undefined) continue;
        const path = `${spot.path}${row.within}.${key}`;
        const inner = { ...spot, struct: spot.outer ?? name, path };
        result[key] = row.shape.read(value, result[key], inner);
      }
      return result as T;
    },
    write(value) {
      const written: [string, unknown][] = [];
      for (const [key, row] of rows) {
        const one = (value as Record<string, unknown>)[key];
        if (row.always || !row.shape.isEmpty(one)) written.push([key, row.shape.write(one)]);
      }
      return Object.fromEntries(written);
    },
    isEmpty: () => false,
  };
}

/** Go folds one letter that JavaScript does not lower: the long s. */
function foldCase(name: string): string {
  return name.toLowerCase().replaceAll('\u017f', 's');
}
