import type { LineFormatter, LogLevel } from './log-format.ts';
import type { Logger } from './logger.ts';

/** Where finished messages go; `write` must not throw. */
export interface LogOutput {
  write(level: LogLevel, message: string): void;
  /** Writes out what is buffered before it returns. */
  flush(): void;
  close(): void;
  /** File logs only: closes and opens the file again; throws when it cannot be opened. */
  reopen?(): void;
}

/** A Logger with a life cycle, as the program owns it. */
export class LogSink implements Logger {
  debugEnabled: boolean;
  traceEnabled: boolean;
  private output: LogOutput;
  /** Called after a fatal line is out; the program exits there. */
  private readonly onFatal: () => void;

  constructor(
    output: LogOutput,
    levels: { debug: boolean; trace: boolean },
    onFatal: () => void = () => {},
  ) {
    this.output = output;
    this.debugEnabled = levels.debug;
    this.traceEnabled = levels.trace;
    this.onFatal = onFatal;
  }

  notice(message: string): void {
    this.output.write('INF', message);
  }

  warn(message: string): void {
    this.output.write('WRN', message);
  }

  error(message: string): void {
    this.output.write('ERR', message);
  }

  fatal(message: string): void {
    this.output.write('FTL', message);
    this.output.flush();
    this.onFatal();
  }

  debug(message: string): void {
    if (this.debugEnabled) this.output.write('DBG', message);
  }

  trace(message: string): void {
    if (this.traceEnabled) this.output.write('TRC', message);
  }

  /** True when there is a file to reopen. */
  get isFile(): boolean {
    return this.output.reopen !== undefined;
  }

  /** Throws when the file cannot be opened; logging then continues in the old one. */
  reopen(): void {
    this.output.reopen?.();
  }

  /** Takes over the output and levels of `next`; the old output is flushed and closed. */
  become(next: LogSink): void {
    this.output.flush();
    this.output.close();
    this.output = next.output;
    this.debugEnabled = next.debugEnabled;
    this.traceEnabled = next.traceEnabled;
  }

  flush(): void {
    this.output.flush();
  }

  close(): void {
    this.output.close();
  }
}

/** Takes whole lines; the file and the descriptor implement it. */
export interface LineWriter {
  write(line: string): void;
  flush(): void;
  close(): void;
}

/** Lines of text or JSON to a descriptor. */
export class LineOutput implements LogOutput {
  private readonly formatter: LineFormatter;
  private readonly writer: LineWriter;

  constructor(formatter: LineFormatter, writer: LineWriter) {
    this.formatter = formatter;
    this.writer = writer;
  }

  write(level: LogLevel, message: string): void {
    this.writer.write(this.formatter.line(level, message));
  }

  flush(): void {
    this.writer.flush();
  }

  close(): void {
    this.writer.close();
  }
}
