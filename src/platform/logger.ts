/**
 * Where log lines go. Messages are complete sentences without a newline; the sink adds time, pid
 * and level. `debugEnabled`/`traceEnabled` are fields so that hot code pays one load.
 */
export interface Logger {
  debugEnabled: boolean;
  traceEnabled: boolean;
  notice(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  fatal(message: string): void;
  debug(message: string): void;
  trace(message: string): void;
}

/** Library mode's default: nothing is written. */
export const silentLogger: Logger = {
  debugEnabled: false,
  traceEnabled: false,
  notice() {},
  warn() {},
  error() {},
  fatal() {},
  debug() {},
  trace() {},
};
