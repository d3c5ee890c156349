import { basename } from 'node:path';
import { errorText } from '../base/error-text.ts';
import type { Options } from '../options/types.ts';
import { goLogSecond } from '../platform/log-format.ts';
import type { LogSink } from '../platform/log-sink.ts';
import { type Logger, silentLogger } from '../platform/logger.ts';
import { nodePlatform } from '../platform/node.ts';
import { openLog } from '../platform/open-log.ts';
import type { Platform } from '../platform/platform.ts';
import { print } from './print.ts';
import { handleSignals, type SignalTarget } from './signals.ts';

/*
 * The life of the program around a server: opens the log, starts the server, connects it to the Unix
 * signals, and ends the process with the right code and every log line written. Everything here is
 * process-wide and therefore no part of the library.
 */

/** A server as the program runs it; the composition root's class implements it. */
export interface ProgramServer extends Omit<SignalTarget, 'reopenLog'> {
  /** Before anything is logged; rejects with what the program dies with. */
  prepare(): Promise<void>;
  /** Resolves when "Server is ready" was logged; rejects when it could not start. */
  start(): Promise<void>;
  /** Resolves when the server has stopped by itself, e.g. at the end of lame duck mode. */
  readonly stopped: Promise<void>;
}

export interface ServeParts {
  readonly program: string;
  readonly options: Options;
  /** Reads the configuration again for a reload; throws with the text to log. */
  reread(): Options;
  /** Makes the server; throws an Error whose message is shown as it is. */
  createServer(context: ServerContext): ProgramServer;
}

/** What a server gets from the program. */
export interface ServerContext {
  readonly options: Options;
  readonly logger: Logger;
  readonly platform: Platform;
  reread(): Options;
  /** Logging options changed: takes effect on the lines that follow. */
  configureLog(options: Options): void;
}

function exitNow(code: number): never {
  process.exit(code);
}

/** Go's log.Fatal: a line before there is a log. */
function dieBeforeLog(message: string, platform: Platform): never {
  print(2, `${goLogSecond(platform.clock.nowMs(), false)} ${message}\n`);
  exitNow(1);
}

function openLogOf(
  options: Options,
  program: string,
  platform: Platform,
): LogSink | Promise<LogSink> {
  const tag = basename(program);
  return openLog(options, { clock: platform.clock, tag, onFatal: () => exitNow(1) });
}

async function openServerLog(parts: ServeParts, platform: Platform): Promise<LogSink | undefined> {
  if (parts.options.noLog) return undefined;
  try {
    const opened = openLogOf(parts.options, parts.program, platform);
    // A promise (syslog) costs a turn; the usual log does not.
    return opened instanceof Promise ? await opened : opened;
  } catch (error) {
    return dieBeforeLog(errorText(error), platform);
  }
}

function reopenLog(log: LogSink | undefined): void {
  if (log === undefined) return;
  if (!log.isFile) {
    log.notice('File log re-open ignored, not a file logger');
    return;
  }
  try {
    log.reopen();
    log.notice('File log re-opened');
  } catch (error) {
    // nats-server exits here; losing the server over its log would be worse than an old file.
    log.error(`error opening file: ${errorText(error)}`);
  }
}

/** A reload changed logging options: opens the new log, keeps the old one when that fails. */
function configureLog(
  log: LogSink | undefined,
  program: string,
  options: Options,
  platform: Platform,
): void {
  if (log === undefined) return;
  const failed = (error: unknown): void => log.error(errorText(error));
  try {
    const opened = openLogOf(options, program, platform);
    if (opened instanceof Promise) opened.then((next) => log.become(next), failed);
    else log.become(opened);
  } catch (error) {
    failed(error);
  }
}

/** A fault of ours that nothing handled: the state is unknown, so tell all and leave. */
function reportFaults(log: LogSink | undefined): void {
  const report = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (log === undefined) print(2, `${text}\n`);
    else for (const line of text.split('\n')) log.error(line);
    log?.fatal('Internal error, exiting');
    exitNow(1);
  };
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}

/** Runs the server until it stops; the process ends there. */
export async function serve(parts: ServeParts): Promise<void> {
  const platform = nodePlatform();
  const log = await openServerLog(parts, platform);
  const logger: Logger = log ?? silentLogger;
  process.on('exit', () => log?.flush());
  reportFaults(log);
  let server: ProgramServer;
  try {
    const { options } = parts;
    server = parts.createServer({
      options,
      logger,
      platform,
      reread: () => parts.reread(),
      configureLog: (next) => configureLog(log, parts.program, next, platform),
    });
    await server.prepare();
  } catch (error) {
    log?.flush();
    print(2, `${parts.program}: ${errorText(error)}\n`);
    return exitNow(1);
  }
  // Before the start: a signal that comes meanwhile must not find Node's defaults.
  if (!parts.options.noSigs) handleSignals(withLog(server, log), logger, exitNow);
  try {
    await server.start();
  } catch (error) {
    logger.fatal(errorText(error));
    exitNow(1);
  }
  await server.stopped;
  exitNow(0);
}

function withLog(server: ProgramServer, log: LogSink | undefined): SignalTarget {
  return {
    shutdown: () => server.shutdown(),
    reload: () => server.reload(),
    lameDuck: () => server.lameDuck(),
    reopenLog: () => reopenLog(log),
    get isLameDuck() {
      return server.isLameDuck;
    },
  };
}
