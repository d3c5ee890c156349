import { errorText } from '../base/error-text.ts';
import { goQuote } from '../base/go-quote.ts';
import { emptyTls } from '../options/default-options.ts';
import { flagRows } from '../options/flags.ts';
import type { OptionsIo } from '../options/options-io.ts';
import { tlsFilesProblem } from '../options/tls-files.ts';
import { secureCipherSuites } from '../options/tls-names.ts';
import type { Options } from '../options/types.ts';
import { CommandLineError, checkRoutes, overrideCluster, overrideRoutes } from './cluster-flags.ts';
import { FlagError, type ParsedFlags, parseGoFlags, type SetFlag } from './go-flags.ts';
import { tlsHelpText, usageText } from './usage.ts';
import { versionLine } from './version.ts';

/*
 * From the command line to the options of the server, in nats-server's order (server/opts.go,
 * ConfigureOptions): flags that only print something; words; --signal; the configuration file; then the
 * flags again, so that they win over the file; last the flags that mean several options at once.
 */

/** What this file needs from the layers below, given by main.ts (and by tests). */
export interface ConfigureParts {
  readonly program: 'tnatsd' | 'nats-server';
  readonly io: OptionsIo;
  emptyOptions(): Options;
  /**
   * Reads the file into the options. Throws an Error whose message is the complete text for a
   * file that cannot be used; returns the warnings (whole lines) of one that can.
   */
  readConfigFile(path: string, options: Options): string;
  jsonSchema(): string;
}

export type Outcome =
  /** Nothing to run: print and leave. */
  | {
      readonly kind: 'exit';
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    }
  /** `--signal` was given: `command[=pid]`. */
  | { readonly kind: 'signal'; readonly signal: string }
  | {
      readonly kind: 'run';
      readonly options: Options;
      /** Warnings of the configuration file, for standard error. */
      readonly warnings: string;
      /** Reads the configuration file again and puts the flags over it. Throws like `configure`. */
      reread(): Options;
    };

function printed(stdout: string): Outcome {
  return { kind: 'exit', code: 0, stdout, stderr: '' };
}

function refused(program: string, message: string): Outcome {
  return { kind: 'exit', code: 1, stdout: '', stderr: `${program}: ${message}\n` };
}

/** The value of a flag that the command line handles itself: the last one given. */
function own(flags: ParsedFlags, name: string): SetFlag['value'] | undefined {
  return flags.set.findLast((flag) => flag.row.names.includes(name))?.value;
}

/** Parses the arguments (without the program's own path) into what is to be done. */
export function configure(args: readonly string[], parts: ConfigureParts): Outcome {
  let flags: ParsedFlags;
  try {
    flags = parseGoFlags(flagRows, args);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    // As nats-server: the usage follows on standard output, and the exit code is 0.
    const stdout = `${usageText(parts.program)}\n`;
    return { kind: 'exit', code: 0, stdout, stderr: `${error.message}\n` };
  }
  const asked = askedFor(flags, parts);
  if (asked !== undefined) return asked;
  const signal = own(flags, 'signal');
  if (typeof signal === 'string' && signal !== '') return { kind: 'signal', signal };
  try {
    return toRun(flags, parts);
  } catch (error) {
    return refused(parts.program, errorText(error));
  }
}

/** Version, help and the like; and words, of which only `version` and `help` mean something. */
function askedFor(flags: ParsedFlags, parts: ConfigureParts): Outcome | undefined {
  const word = flags.words[0]?.toLowerCase();
  if (own(flags, 'version') === true) return printed(`${versionLine(parts.program)}\n`);
  if (own(flags, 'help') === true) return printed(`${usageText(parts.program)}\n`);
  if (own(flags, 'help_tls') === true) return printed(tlsHelpText());
  if (own(flags, 'json-schema') === true) return printed(`${parts.jsonSchema()}\n`);
  if (word === undefined) return undefined;
  if (word === 'version') return printed(`${versionLine(parts.program)}\n`);
  if (word === 'help') return printed(`${usageText(parts.program)}\n`);
  return refused(parts.program, `unrecognized command: ${goQuote(flags.words[0] ?? '')}`);
}

function toRun(flags: ParsedFlags, parts: ConfigureParts): Outcome {
  const path = String(own(flags, 'config') ?? '');
  const checkOnly = own(flags, 't') === true;
  if (checkOnly && path === '') {
    throw new CommandLineError(
      'must specify [-c, --config] option to check configuration file syntax',
    );
  }
  if (checkOnly) return check(path, parts);
  const { options, warnings } = readOptions(flags, path, parts);
  return { kind: 'run', options, warnings, reread: () => readOptions(flags, path, parts).options };
}

/** `-t`: the flags play no part; a warning counts as a fault. */
function check(path: string, parts: ConfigureParts): Outcome {
  const options = parts.emptyOptions();
  const warnings = parts.readConfigFile(path, options);
  if (warnings !== '') return refused(parts.program, warnings);
  const stderr = `${parts.program}: configuration file ${path} is valid (${options.configDigest})\n`;
  return { kind: 'exit', code: 0, stdout: '', stderr };
}

function readOptions(
  flags: ParsedFlags,
  path: string,
  parts: ConfigureParts,
): { options: Options; warnings: string } {
  const options = parts.emptyOptions();
  // Once before the file, because the file's meaning may depend on a flag, and once after it.
  applyFlags(flags, options);
  noteExplicit(flags, options);
  let warnings = '';
  if (path !== '') {
    warnings = parts.readConfigFile(path, options);
    applyFlags(flags, options);
  }
  applyCombined(flags, options, parts.io);
  return { options, warnings };
}

/** Flags that stand for two or three others; applied last, in this order. */
const COMBINED = ['DV', 'DVV', 'VV'];

function applyFlags(flags: ParsedFlags, options: Options): void {
  for (const { row, value } of flags.set) {
    if (!COMBINED.includes(row.names[0] ?? '')) row.apply?.(options, value);
  }
}

/** Remembers the booleans that were set by flag: a reload must not undo them. */
function noteExplicit(flags: ParsedFlags, options: Options): void {
  for (const { row, value } of flags.set) {
    for (const name of row.explicit ?? []) options.inCmdLine[name] = value === true;
  }
}

function applyCombined(flags: ParsedFlags, options: Options, io: OptionsIo): void {
  const given = (name: string) => flags.set.findLast((flag) => flag.row.names.includes(name));
  if (given('cluster') !== undefined) overrideCluster(options);
  for (const name of COMBINED) {
    const flag = given(name);
    if (flag !== undefined) flag.row.apply?.(options, flag.value);
  }
  if (given('routes') !== undefined) overrideRoutes(options);
  const tls = flags.set.filter((flag) => flag.name.startsWith('tls'));
  if (given('tls')?.value === false) options.tls = undefined;
  else if (tls.length > 0) overrideTls(options, io);
  checkRoutes(options);
}

/** `--tls…`: a tls block made of flags takes the place of the file's. */
function overrideTls(options: Options, io: OptionsIo): void {
  if (options.tlsCert === '') {
    throw new CommandLineError('TLS Server certificate must be present and valid');
  }
  if (options.tlsKey === '') {
    throw new CommandLineError('TLS Server private key must be present and valid');
  }
  const tls = {
    ...emptyTls(),
    certFile: options.tlsCert,
    keyFile: options.tlsKey,
    caFile: options.tlsCaCert,
    verify: options.tlsVerify,
    cipherSuites: [...secureCipherSuites],
  };
  const problem = tlsFilesProblem(io, tls);
  if (problem !== undefined) throw new CommandLineError(problem);
  options.tls = tls;
}
