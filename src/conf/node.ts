/**
 * The values that the configuration language knows. Integers are bigint, because options such as
 * `max_bytes` use the whole int64 range; a `number` is always a float (`1.5`). Maps keep the order
 * in which keys were written and are `Map`, never objects, so that a key `__proto__` is just a key.
 */
export type ConfValue = string | bigint | number | boolean | Date | ConfMap | ConfArray;

/** A value together with the place of the key (in a map) or of the value (in an array). */
export interface ConfNode {
  value: ConfValue;
  /** 1-based line, as nats-server prints it. */
  line: number;
  /**
   * Byte offset as nats-server prints it: from the preceding line feed, so 1-based on every line but
   * the first, where it is 0-based. For a map or array inside an array it is that of its closing bracket.
   */
  column: number;
  /** The file as it was opened: the path given, or the including file's folder joined with the include. */
  file: string;
  /** True when a `$NAME` referred to this entry: such a key is never reported as unknown. */
  usedVariable: boolean;
}

export interface ConfMap {
  kind: 'map';
  entries: Map<string, ConfNode>;
}

export interface ConfArray {
  kind: 'array';
  items: ConfNode[];
}

/** True for a map value (`{ … }`). */
export function isConfMap(value: ConfValue): value is ConfMap {
  return typeof value === 'object' && 'kind' in value && value.kind === 'map';
}

/** True for an array value (`[ … ]`). */
export function isConfArray(value: ConfValue): value is ConfArray {
  return typeof value === 'object' && 'kind' in value && value.kind === 'array';
}
