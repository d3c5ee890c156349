import type { ConfArray, ConfMap, ConfNode } from './node.ts';
import { isConfArray, isConfMap } from './node.ts';

/*
 * What a configuration may cost. nats-server has no such bounds: a file that includes itself, or
 * twenty variables that each refer twice to the one before, take it down. Each limit is far above
 * any real configuration; passing one is a ConfError with the code CONF_LIMIT.
 */

/** Levels of maps and arrays, also through variables. */
export const MAX_DEPTH = 1000;
/** Bytes read from files and environment variables together. */
export const MAX_INPUT_BYTES = 64 * 1024 * 1024;
/** Files and environment variables read. */
export const MAX_INPUTS = 10_000;
/** Files including one another, or environment variables referring to one another. */
export const MAX_CHAIN = 100;
/** Approximate size of the values written out, with every variable reference replaced. */
export const MAX_EXPANDED_BYTES = 256 * 1024 * 1024;

interface Extent {
  bytes: number;
  depth: number;
}

/** Counts what one configuration, with all its inclusions, has used. */
export class Budget {
  /** Names of environment variables being expanded. */
  readonly expanding = new Set<string>();
  /** Files being read, outermost first. */
  readonly including: string[] = [];
  private readonly extents = new WeakMap<ConfMap | ConfArray, Extent>();
  private inputs = 0;
  private inputBytes = 0;

  /** Accounts for one file or variable; returns a complaint when there were too many. */
  addInput(bytes: number): string | undefined {
    this.inputs++;
    this.inputBytes += bytes;
    if (this.inputs > MAX_INPUTS) return `more than ${MAX_INPUTS} files and variables are read`;
    if (this.inputBytes <= MAX_INPUT_BYTES) return undefined;
    return `configuration is larger than ${MAX_INPUT_BYTES} bytes`;
  }

  /** Measures a finished container, whose own containers were measured before. */
  addContainer(container: ConfMap | ConfArray): string | undefined {
    const extent: Extent = { bytes: 2, depth: 1 };
    const nodes = isConfMap(container) ? container.entries.values() : container.items;
    for (const node of nodes) this.extend(extent, node);
    this.extents.set(container, extent);
    if (extent.depth > MAX_DEPTH) return `more than ${MAX_DEPTH} nested levels`;
    if (extent.bytes <= MAX_EXPANDED_BYTES) return undefined;
    return `values are larger than ${MAX_EXPANDED_BYTES} bytes once variables are replaced`;
  }

  private extend(extent: Extent, node: ConfNode): void {
    const { value } = node;
    extent.bytes += 8;
    if (typeof value === 'string') extent.bytes += value.length;
    if (!isConfMap(value) && !isConfArray(value)) return;
    const inner = this.extents.get(value);
    if (inner === undefined) return;
    extent.bytes += inner.bytes;
    extent.depth = Math.max(extent.depth, inner.depth + 1);
  }
}
