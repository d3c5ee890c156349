import { goQuote } from '../base/go-quote.ts';
import { ConfError } from '../conf/errors.ts';
import type { ConfMap } from '../conf/node.ts';
import { type ParsedConfig, parseConfig, parseConfigFile } from '../conf/parse.ts';
import { readEntries } from './option-row.ts';
import type { OptionsIo } from './options-io.ts';
import { type ConfigError, ParseContext } from './parse-context.ts';
import { optionRows } from './table.ts';
import type { Options } from './types.ts';

/** One error or warning of a configuration, with its place where nats-server names one. */
export interface ConfigProblem {
  /** The whole line as it is printed: `file:line:column: message`. */
  readonly line: string;
  readonly message: string;
  readonly place: { file: string; line: number; column: number } | undefined;
}

/** A configuration that is refused: `message` is what nats-server prints, all problems in lines. */
export class ConfigFileError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];

  constructor(
    message: string,
    errors: readonly ConfigProblem[],
    warnings: readonly ConfigProblem[],
  ) {
    super(message);
    this.name = 'ConfigFileError';
    this.errors = errors;
    this.warnings = warnings;
  }
}

/** What a configuration that is accepted has to say. */
export interface ConfigResult {
  readonly warnings: readonly ConfigProblem[];
  /** The warnings as nats-server prints them: a line each. `-t` refuses a file that has any. */
  readonly warningText: string;
}

/**
 * Reads a configuration file into `options`, over what they hold already. Throws ConfigFileError
 * with all errors and warnings.
 */
export function processConfigFile(path: string, io: OptionsIo, options: Options): ConfigResult {
  options.configFile = path;
  if (path === '') return { warnings: [], warningText: '' };
  const parsed = parseOrFail(() =>
    parseConfigFile(path, { readFile: (name) => io.readFile(name), env: (name) => io.env(name) }),
  );
  options.configDigest = parsed.digest;
  return processRoot(parsed.root, path, io, options);
}

/** As processConfigFile, of a text; places name no file. */
export function processConfigString(text: string, io: OptionsIo, options: Options): ConfigResult {
  const parsed = parseOrFail(() =>
    parseConfig(text, {
      file: '',
      readFile: (name) => io.readFile(name),
      env: (name) => io.env(name),
    }),
  );
  return processRoot(parsed.root, '', io, options);
}

function parseOrFail(parse: () => ParsedConfig): ParsedConfig {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ConfError)) throw error;
    const { file, line, column, message } = error;
    const problem = { line: placed(error), message, place: { file, line, column } };
    throw new ConfigFileError(problem.line, [problem], []);
  }
}

/** nats-server names at most the line of such an error; the whole place stands behind its text. */
function placed({ file, line, column, message }: ConfError): string {
  const place = `${file}:${line}:${column}`;
  return line === 0 || message.includes(place) ? message : `${message} (${place})`;
}

function processRoot(root: ConfMap, file: string, io: OptionsIo, options: Options): ConfigResult {
  const context = new ParseContext(io, root);
  if (root.entries.size === 0) {
    context.warn(undefined, `${file}: config has no values or is empty`);
  }
  readSystemAccount(context, options);
  readEntries(context, root, optionRows, options);
  checkCalloutAccounts(context, options);
  const warnings = context.warnings.map(toProblem);
  const errors = context.errors.map(toProblem);
  const text = [...warnings, ...errors].map((problem) => `${problem.line}\n`).join('');
  if (errors.length > 0) throw new ConfigFileError(text, errors, warnings);
  return { warnings, warningText: text };
}

/** The system account comes first: other keys depend on it. Its key counts in lower case only. */
function readSystemAccount(context: ParseContext, options: Options): void {
  const node = context.root.entries.get('system_account') ?? context.root.entries.get('system');
  if (node === undefined) return;
  if (typeof node.value === 'string') options.systemAccount = node.value;
  else context.error(node, 'system account name must be a string');
}

function checkCalloutAccounts(context: ParseContext, options: Options): void {
  const known = new Set(options.accounts.map((account) => account.name));
  if (options.mappings.length > 0) known.add('$G');
  for (const name of options.authCallout?.allowedAccounts ?? []) {
    if (known.has(name)) continue;
    context.error(
      undefined,
      `auth_callout allowed account ${goQuote(name)} not found in configured accounts`,
    );
  }
}

function toProblem(error: ConfigError): ConfigProblem {
  const { node } = error;
  const place = node && { file: node.file, line: node.line, column: node.column };
  return { line: error.toLine(), message: error.message, place };
}
