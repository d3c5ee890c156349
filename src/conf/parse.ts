import { dirname, join } from 'node:path';
import { Budget, MAX_CHAIN, MAX_DEPTH } from './budget.ts';
import { configDigest, type RawStrings } from './digest.ts';
import { ConfError, type ConfErrorCode } from './errors.ts';
import { fileProblem } from './file-problem.ts';
import { lexTop } from './lex-structure.ts';
import { type Item, Lexer } from './lexer.ts';
import {
  type ConfArray,
  type ConfMap,
  type ConfNode,
  type ConfValue,
  isConfArray,
  isConfMap,
} from './node.ts';
import { isBroken, textOf } from './runes.ts';
import { readBoolean, readDate, readFloat, readInteger, type Scalar } from './scalars.ts';

/*
 * Builds values from lexed items. Two stacks do the work: the open containers, and the keys that
 * wait for their value. A key whose value never comes (`{ a: }`, an integer with an unknown unit)
 * stays on its stack and is then taken for the key of the next value outside: nats-server does
 * this, so files depend on it and so does the digest.
 *
 * A variable is looked up in the open maps from the inside out, among what was set so far, then in
 * the environment, whose text is parsed by this same language. Nothing here recurses over the
 * nesting of values; inclusions and environment variables recurse and are bounded by the Budget.
 */

/** Where configuration text comes from: the real disk and environment, or a test's. */
export interface ConfSource {
  /** The path as given on the command line; positions and includes are relative to it. */
  file: string;
  /** Reads a whole file; throws Node's error with its `code` (ENOENT…). */
  readFile(path: string): Uint8Array | string;
  env(name: string): string | undefined;
}

export interface ParsedConfig {
  root: ConfMap;
  /** `sha256:…` over the parsed values, equal to the one `nats-server -t` prints. */
  digest: string;
}

/** Parses `text` as the content of `source.file`. Throws ConfError. */
export function parseConfig(text: string | Uint8Array, source: ConfSource): ParsedConfig {
  const raw: RawStrings = { keys: new WeakMap(), values: new WeakMap() };
  const context: Context = { source, budget: new Budget(), raw, environment: undefined };
  const root = parseBytes(toBytes(text), source.file, context);
  return { root, digest: configDigest(root, raw) };
}

/** Reads and parses a file. Throws ConfError, with Go's text for a file that cannot be read. */
export function parseConfigFile(path: string, source: Omit<ConfSource, 'file'>): ParsedConfig {
  const place = { file: path, line: 0, column: 0 };
  const full = { file: path, readFile: source.readFile.bind(source), env: source.env.bind(source) };
  let text: string | Uint8Array;
  try {
    text = full.readFile(path);
  } catch (error) {
    throw new ConfError('CONF_FILE', fileProblem(path, error), place);
  }
  return parseConfig(text, full);
}

interface Context {
  source: ConfSource;
  budget: Budget;
  raw: RawStrings;
  /** Inside the value of an environment variable: the place of the reference to it. */
  environment: { file: string; line: number; column: number } | undefined;
}

function toBytes(text: string | Uint8Array): string {
  if (typeof text === 'string') return Buffer.from(text, 'utf8').toString('latin1');
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1');
}

function parseBytes(bytes: string, file: string, context: Context): ConfMap {
  const problem = context.budget.addInput(bytes.length);
  if (problem !== undefined) {
    throw new ConfError('CONF_LIMIT', problem, { file, line: 0, column: 0 });
  }
  return new Parser(bytes, file, context).parse();
}

/** The name under which the value of an environment variable is parsed. */
const ENVIRONMENT_KEY = 'pk';
/** `$2a$11$…`: a bare bcrypt hash looks like a variable and is not one. */
const BCRYPT_PREFIX = '2a$';

class Parser {
  private readonly lexer: Lexer;
  private readonly file: string;
  private readonly context: Context;
  private readonly root: ConfMap = { kind: 'map', entries: new Map() };
  private readonly open: (ConfMap | ConfArray)[] = [this.root];
  private readonly keys: Item[] = [];

  constructor(bytes: string, file: string, context: Context) {
    this.lexer = new Lexer(bytes, lexTop);
    this.file = file;
    this.context = context;
  }

  parse(): ConfMap {
    let last: Item | undefined;
    for (;;) {
      const item = this.lexer.nextItem();
      if (item.type === 'eof') {
        // A last `}` lexes as a key: the end of a file in JSON form.
        if (last?.type === 'key' && last.val !== '}') this.failAtEnd(item);
        this.close(this.root, item);
        return this.root;
      }
      last = item;
      this.processItem(item);
    }
  }

  private failAtEnd(item: Item): never {
    const file = this.context.environment === undefined ? this.file : '';
    const place = `${file}:${item.line}:${item.column}`;
    throw this.error('CONF_SYNTAX', `config is invalid (${place})`, item);
  }

  private processItem(item: Item): void {
    switch (item.type) {
      case 'error':
        throw this.error('CONF_SYNTAX', `Parse error on line ${item.line}: '${item.val}'`, item);
      case 'key':
        this.keys.push(item);
        break;
      case 'mapStart':
        this.openContainer({ kind: 'map', entries: new Map() }, item);
        break;
      case 'arrayStart':
        this.openContainer({ kind: 'array', items: [] }, item);
        break;
      case 'mapEnd':
      case 'arrayEnd':
        this.closeContainer(item);
        break;
      case 'variable':
        this.setVariable(item);
        break;
      case 'include':
        this.include(item);
        break;
      default:
        this.processScalar(item);
        break;
    }
  }

  private processScalar(item: Item): void {
    const text = textOf(item.val);
    switch (item.type) {
      case 'string':
        this.setString(item, text);
        break;
      case 'integer':
        this.setScalar(item, readInteger(text));
        break;
      case 'float':
        this.setScalar(item, readFloat(text));
        break;
      case 'bool':
        this.setScalar(item, readBoolean(text));
        break;
      case 'datetime':
        this.setScalar(item, readDate(text));
        break;
      default:
        break; // comments
    }
  }

  private setString(item: Item, text: string): void {
    const node = this.set(item, text);
    if (text.includes('\ufffd') && isBroken(item.val)) this.context.raw.values.set(node, item.val);
  }

  private setScalar(item: Item, scalar: Scalar | undefined): void {
    if (scalar === undefined) return;
    if ('problem' in scalar) throw this.error('CONF_VALUE', scalar.problem, item);
    this.set(item, scalar.value);
  }

  private openContainer(container: ConfMap | ConfArray, item: Item): void {
    this.open.push(container);
    if (this.open.length <= MAX_DEPTH) return;
    throw this.error('CONF_LIMIT', `more than ${MAX_DEPTH} nested levels`, item);
  }

  private closeContainer(item: Item): void {
    const container = this.open.length > 1 ? this.open.pop() : undefined;
    if (container === undefined) throw this.error('CONF_SYNTAX', 'nothing to close', item);
    this.close(container, item);
    this.set(item, container);
  }

  private close(container: ConfMap | ConfArray, item: Item): void {
    const problem = this.context.budget.addContainer(container);
    if (problem !== undefined) throw this.error('CONF_LIMIT', problem, item);
  }

  private set(item: Item, value: ConfValue): ConfNode {
    const container = this.open.at(-1) ?? this.root;
    const key = isConfMap(container) ? this.keys.pop() : undefined;
    const { line, column } = this.context.environment ?? key ?? item;
    const file = this.context.environment?.file ?? this.file;
    const node: ConfNode = { value, line, column, file, usedVariable: false };
    if (isConfArray(container)) container.items.push(node);
    else if (key !== undefined) this.setKey(container, key.val, node);
    return node;
  }

  private setKey(map: ConfMap, bytes: string, node: ConfNode): void {
    const key = textOf(bytes);
    map.entries.set(key, node);
    if (key.includes('\ufffd') && isBroken(bytes)) this.context.raw.keys.set(node, bytes);
  }

  private setVariable(item: Item): void {
    if (item.val.startsWith(BCRYPT_PREFIX)) {
      const hash = { ...item, val: `$${item.val}` };
      this.setString(hash, textOf(hash.val));
      return;
    }
    const found = this.lookUp(item);
    found.usedVariable = true;
    const node = this.set(item, found.value);
    const broken = this.context.raw.values.get(found);
    if (broken !== undefined) this.context.raw.values.set(node, broken);
  }

  private lookUp(item: Item): ConfNode {
    const name = textOf(item.val);
    for (let i = this.open.length - 1; i >= 0; i--) {
      const container = this.open[i];
      const node = container?.kind === 'map' ? container.entries.get(name) : undefined;
      if (node !== undefined) return node;
    }
    const about = `variable reference for '${name}' on line ${item.line}`;
    const node = this.lookUpEnvironment(name, item, about);
    if (node !== undefined) return node;
    throw this.error('CONF_VARIABLE', `${about} can not be found`, item);
  }

  private lookUpEnvironment(name: string, item: Item, about: string): ConfNode | undefined {
    const { budget, source } = this.context;
    const fail = (code: ConfErrorCode, why: string): ConfError =>
      this.error(code, `${about} could not be parsed: ${why}`, item);
    if (budget.expanding.has(name)) {
      throw fail('CONF_VARIABLE', `variable reference cycle for '${name}'`);
    }
    const text = source.env(name);
    if (text === undefined) return undefined;
    if (budget.expanding.size >= MAX_CHAIN) throw fail('CONF_LIMIT', 'too many variables nested');
    budget.expanding.add(name);
    try {
      return this.parseEnvironment(text, item);
    } catch (error) {
      throw error instanceof ConfError ? fail(error.code, error.message) : error;
    } finally {
      budget.expanding.delete(name);
    }
  }

  /** The value of a variable: positions inside it are those of the reference. */
  private parseEnvironment(text: string, item: Item): ConfNode | undefined {
    const inMap = this.open.at(-1)?.kind === 'map';
    const { line, column } = (inMap ? this.keys.at(-1) : undefined) ?? item;
    const environment = this.context.environment ?? { file: this.file, line, column };
    const bytes = toBytes(`${ENVIRONMENT_KEY}=${text}`);
    const root = parseBytes(bytes, '', { ...this.context, environment });
    return root.entries.get(ENVIRONMENT_KEY);
  }

  private include(item: Item): void {
    const name = textOf(item.val);
    const path = joinPath(dirname(this.file), name);
    const { budget } = this.context;
    const about = `error parsing include file '${name}', `;
    if (budget.including.includes(path) || path === this.file) {
      throw this.error('CONF_INCLUDE', `${about}it includes itself`, item);
    }
    if (budget.including.length >= MAX_CHAIN) {
      throw this.error('CONF_LIMIT', `${about}too many files nested`, item);
    }
    budget.including.push(this.file);
    try {
      this.includeFile(path, item, about);
    } finally {
      budget.including.pop();
    }
  }

  private includeFile(path: string, item: Item, about: string): void {
    let root: ConfMap;
    try {
      root = parseBytes(this.readIncluded(path, item), path, this.context);
    } catch (error) {
      if (!(error instanceof ConfError)) throw error;
      throw new ConfError(error.code, about + error.message, error);
    }
    for (const [key, node] of root.entries) this.adopt(key, node);
  }

  /** Sets an included entry, which keeps its own place. */
  private adopt(key: string, node: ConfNode): void {
    const container = this.open.at(-1);
    if (container?.kind === 'map') container.entries.set(key, node);
  }

  private readIncluded(path: string, item: Item): string {
    try {
      return toBytes(this.context.source.readFile(path));
    } catch (error) {
      const prefix = this.context.environment === undefined ? '' : 'error opening config file: ';
      throw this.error('CONF_INCLUDE', prefix + fileProblem(path, error), item);
    }
  }

  private error(code: ConfErrorCode, message: string, item: Item): ConfError {
    const { file, line, column } = this.context.environment ?? { file: this.file, ...item };
    return new ConfError(code, message, { file, line, column });
  }
}

/** Go's filepath.Join: an absolute `name` still lies under `folder`; no slash at the end. */
function joinPath(folder: string, name: string): string {
  const joined = join(folder, name);
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined;
}
