import * as fs from 'node:fs';
import type { Clock } from './clock.ts';
import { DescriptorWriter } from './log-descriptor.ts';
import { FileOutput } from './log-file.ts';
import { type LineFormat, LineFormatter } from './log-format.ts';
import { LineOutput, type LogOutput, LogSink } from './log-sink.ts';

/** The logging options of a server, named as in its configuration. */
export interface LogSettings {
  readonly debug: boolean;
  readonly trace: boolean;
  readonly logtime: boolean;
  readonly logtimeUtc: boolean;
  readonly logFormat: 'text' | 'json';
  readonly logFile: string;
  readonly logSizeLimit: bigint;
  readonly logMaxFiles: bigint;
  readonly syslog: boolean;
  readonly remoteSyslog: string;
}

export interface LogEnvironment {
  readonly clock: Clock;
  /** Name under which syslog files the messages. */
  readonly tag: string;
  /** Called once a fatal line is written. */
  readonly onFatal?: () => void;
}

function isTerminal(fd: number): boolean {
  try {
    return fs.fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}

async function openSyslog(settings: LogSettings, environment: LogEnvironment): Promise<LogOutput> {
  const syslog = await import('./log-syslog.ts');
  const os = await import('node:os');
  const identity = {
    tag: environment.tag,
    pid: process.pid,
    hostname: os.hostname(),
    nowMs: () => environment.clock.nowMs(),
  };
  if (settings.remoteSyslog !== '') {
    return syslog.openRemoteSyslog(settings.remoteSyslog, identity);
  }
  return syslog.openLocalSyslog(identity);
}

function openLines(settings: LogSettings, clock: Clock): LogOutput {
  const toFile = settings.logFile !== '';
  const format: LineFormat = {
    pid: process.pid,
    time: settings.logtime,
    utc: settings.logtimeUtc,
    json: settings.logFormat === 'json',
    colors: !toFile && settings.logFormat === 'text' && isTerminal(2),
  };
  const formatter = new LineFormatter(format, clock);
  if (!toFile) {
    const dropped = (count: number) =>
      formatter.line('WRN', `${count} log lines dropped: the reader is too slow`);
    return new LineOutput(formatter, new DescriptorWriter(2, dropped));
  }
  const file = {
    path: settings.logFile,
    sizeLimit: Number(settings.logSizeLimit),
    maxFiles: Number(settings.logMaxFiles),
  };
  try {
    return new FileOutput(file, formatter, () => clock.nowNs());
  } catch (error) {
    throw new Error(`error opening file: ${(error as Error).message}`);
  }
}

/**
 * Opens the log that the options ask for: the file wins over remote syslog, that over the local one,
 * and without any the lines go to standard error. Throws (or rejects) with nats-server's text. Only
 * syslog is asynchronous: the start must not wait for a promise otherwise.
 */
export function openLog(
  settings: LogSettings,
  environment: LogEnvironment,
): LogSink | Promise<LogSink> {
  const sink = (output: LogOutput) => new LogSink(output, settings, environment.onFatal);
  const wantsSyslog = settings.remoteSyslog !== '' || settings.syslog;
  if (settings.logFile === '' && wantsSyslog) return openSyslog(settings, environment).then(sink);
  return sink(openLines(settings, environment.clock));
}
