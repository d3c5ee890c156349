import { goQuote } from '../base/go-quote.ts';
import { type ConfMap, type ConfNode, type ConfValue, isConfMap } from '../conf/node.ts';
import { goTypeName } from './go-values.ts';
import { nearestKey } from './nearest-key.ts';
import type { OptionsIo } from './options-io.ts';

/*
 * The frame in which every option of the configuration is read.
 *
 * nats-server collects all errors and warnings of a file and prints each as
 * `file:line:column: message`; so does a ParseContext. Values arrive as ConfNodes (value and place).
 * A reader (readers.ts) turns a node into a typed value or throws a ConfigError; the loop over a
 * block's entries (option-row.ts, `readEntries`) catches it, notes it and goes on with the next entry.
 *
 * Two kinds are kept apart because nats-server treats them differently:
 * - ConfigError: a rule of the option was broken; the block goes on with its next entry.
 * - TypeMismatch: the value has the wrong type. nats-server's parser of the block breaks off there,
 *   which shows where a caller goes on with the missing result (see `authorization`).
 *
 * How a block is added:
 * 1. write `x-block.ts` with `const xRows: OptionRow<XOptions>[]`, one row per key, whose `read` takes
 *    (context, node, target, key) and sets fields of the target;
 * 2. add one top-level row to a group of table.ts, with these rows as `children` and a `read` that calls
 *    `readBlock(context, node, xRows, options.x, 'text when it is no map, got ')`;
 * 3. checks over several options go into validate-options.ts; what is not there yet into
 *    unsupported-options.ts.
 * Schema, documentation, suggestions for misspelt keys and the reload rule come from the row.
 */

/** A rule of the configuration was broken at `node`; undefined means that nats-server names no place. */
export class ConfigError extends Error {
  readonly node: ConfNode | undefined;
  /** Text that we add behind nats-server's own message, e.g. a suggestion. */
  readonly hint: string;

  constructor(node: ConfNode | undefined, message: string, hint = '') {
    super(message);
    this.name = 'ConfigError';
    this.node = node;
    this.hint = hint;
  }

  /** `file:line:column: message` as nats-server prints it, with our hint behind it. */
  toLine(): string {
    return `${this.node === undefined ? '' : `${place(this.node)}: `}${this.message}${this.hint}`;
  }
}

/** A value of the wrong type, worded as Go's runtime does. */
export class TypeMismatch extends ConfigError {
  private readonly value: ConfValue;
  private readonly wanted: string;

  constructor(node: ConfNode | undefined, value: ConfValue, wanted: string) {
    super(node, `interface conversion: interface {} is ${goTypeName(value)}, not ${wanted}`);
    this.name = 'TypeMismatch';
    this.value = value;
    this.wanted = wanted;
  }

  /** The same at another place: nats-server names an outer one for some blocks. */
  at(node: ConfNode): TypeMismatch {
    return new TypeMismatch(node, this.value, this.wanted);
  }
}

/** Did a wrong type of the block itself or of one of its entries (not deeper) end its reading? */
export function endsBlock(block: ConfNode, error: ConfigError): boolean {
  if (!(error instanceof TypeMismatch) || error.node === undefined) return false;
  if (error.node === block) return true;
  return isConfMap(block.value) && [...block.value.entries.values()].includes(error.node);
}

function place(node: ConfNode): string {
  return `${node.file}:${node.line}:${node.column}`;
}

/** Collects what is wrong with a configuration while its options are read. */
export class ParseContext {
  readonly errors: ConfigError[] = [];
  readonly warnings: ConfigError[] = [];
  readonly io: OptionsIo;
  /** The whole file: some options look at another key before it is their turn. */
  readonly root: ConfMap;

  constructor(io: OptionsIo, root: ConfMap) {
    this.io = io;
    this.root = root;
  }

  error(node: ConfNode | undefined, message: string): void {
    this.errors.push(new ConfigError(node, message));
  }

  warn(node: ConfNode | undefined, message: string): void {
    this.warnings.push(new ConfigError(node, message));
  }

  /** A warning about the use of a field: `invalid use of field "x": reason`. */
  warnField(node: ConfNode | undefined, field: string, reason: string): void {
    this.warn(node, `invalid use of field ${goQuote(field)}: ${reason}`);
  }

  /**
   * An unknown key, with the nearest known one; silent when a variable refers to the entry.
   * `message` is nats-server's wording for this block.
   */
  unknownField(node: ConfNode, key: string, known: Iterable<string>, message?: string): void {
    if (node.usedVariable) return;
    this.errors.push(unknownFieldError(node, key, known, message));
  }

  /**
   * Runs `read` and notes what it throws. Returns its result, or undefined when it failed.
   * A caller that must know why (see `authorization`) catches itself.
   */
  guard<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.note(error);
      return undefined;
    }
  }

  /** As guard, for each item in turn; a wrong type ends the array, as in nats-server. */
  guardItems<T>(items: readonly T[], read: (item: T) => void): void {
    for (const item of items) {
      try {
        read(item);
      } catch (error) {
        this.note(error);
        if (error instanceof TypeMismatch) return;
      }
    }
  }

  /** Notes a ConfigError; anything else is a programming error and is thrown again. */
  note(error: unknown): void {
    if (!(error instanceof ConfigError)) throw error;
    this.errors.push(error);
  }
}

/** The error of an unknown key, with our ` (did you mean "x"?)` behind nats-server's line. */
export function unknownFieldError(
  node: ConfNode,
  key: string,
  known: Iterable<string>,
  message = `unknown field ${goQuote(key)}`,
): ConfigError {
  const nearest = nearestKey(key, known);
  const hint = nearest === undefined ? '' : ` (did you mean ${goQuote(nearest)}?)`;
  return new ConfigError(node, message, hint);
}
