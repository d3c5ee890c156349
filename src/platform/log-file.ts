import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorText } from '../base/error-text.ts';
import { goQuote } from '../base/go-quote.ts';
import { goFileError } from './go-file-error.ts';
import type { LineFormatter, LogLevel } from './log-format.ts';
import type { LogOutput } from './log-sink.ts';

/*
 * The log file: appended to, closed and opened again on SIGUSR1, and renamed away when it has grown
 * past `log_size_limit`. Lines gather during a loop turn and leave in one write; a fatal line and the
 * exit write at once, so that the last lines are never lost. The file names, texts and counting rules
 * of rotation are nats-server's (logger/log.go): a line that passes the limit still belongs to the
 * old file, and the new one begins with a line that names the backup.
 */

const PERMISSIONS = 0o640;
const GATHER_CHARS_MAX = 64 * 1024;

export interface FileLogSettings {
  readonly path: string;
  /** 0 means no rotation. */
  readonly sizeLimit: number;
  /** Files kept, the current one included; 0 keeps all. */
  readonly maxFiles: number;
}

/** `.2006.01.02.15.04.05.999999999`, local time. */
function backupSuffix(nowNs: bigint): string {
  const d = new Date(Number(nowNs / 1_000_000n));
  const pad = (n: number, width = 2) => String(n).padStart(width, '0');
  const seconds = [d.getHours(), d.getMinutes(), d.getSeconds()].map((n) => pad(n)).join('.');
  const nanos = (nowNs % 1_000_000_000n).toString().padStart(9, '0');
  return `.${pad(d.getFullYear(), 4)}.${pad(d.getMonth() + 1)}.${pad(d.getDate())}.${seconds}.${nanos}`;
}

const BACKUP_NAME = /^\d{4}\.\d\d\.\d\d\.\d\d\.\d\d\.\d\d\.\d{9}$/;

export class FileOutput implements LogOutput {
  private readonly settings: FileLogSettings;
  private readonly formatter: LineFormatter;
  private readonly nowNs: () => bigint;
  private fd: number;
  private gathered: string;
  private scheduled: boolean;
  /** Bytes in the file, gathered ones included. */
  private size: number;
  /** The size at which to rotate; doubled after a failed attempt. */
  private limit: number;

  /** Throws Go's text when the file cannot be opened. */
  constructor(settings: FileLogSettings, formatter: LineFormatter, nowNs: () => bigint) {
    this.settings = settings;
    this.formatter = formatter;
    this.nowNs = nowNs;
    this.gathered = '';
    this.scheduled = false;
    this.limit = settings.sizeLimit;
    this.fd = -1;
    this.size = 0;
    this.open();
    if (this.limit > 0 && this.size > this.limit) this.write('INF', 'Rotating logfile...');
  }

  write(level: LogLevel, message: string): void {
    const line = this.formatter.line(level, message);
    this.gathered += line;
    this.size += Buffer.byteLength(line);
    if (this.limit > 0 && this.size > this.limit) this.rotate();
    else if (this.gathered.length > GATHER_CHARS_MAX) this.flush();
    else this.flushAtEndOfTurn();
  }

  flush(): void {
    if (this.gathered === '' || this.fd < 0) return;
    let bytes = Buffer.from(this.gathered);
    this.gathered = '';
    try {
      while (bytes.length > 0) bytes = bytes.subarray(fs.writeSync(this.fd, bytes));
    } catch {
      // A full disk loses log lines, never the server.
    }
  }

  close(): void {
    this.flush();
    if (this.fd >= 0) fs.closeSync(this.fd);
    this.fd = -1;
  }

  reopen(): void {
    this.flush();
    const old = this.fd;
    this.open();
    fs.closeSync(old);
    this.limit = this.settings.sizeLimit;
  }

  private open(): void {
    const { path } = this.settings;
    try {
      this.fd = fs.openSync(path, 'a', PERMISSIONS);
    } catch (error) {
      throw new Error(goFileError('open', path, error));
    }
    this.size = fs.fstatSync(this.fd).size;
  }

  private flushAtEndOfTurn(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  private rotate(): void {
    this.flush();
    const { path, sizeLimit, maxFiles } = this.settings;
    const backup = path + backupSuffix(this.nowNs());
    try {
      fs.renameSync(path, backup);
      const old = this.fd;
      this.open();
      fs.closeSync(old);
    } catch (error) {
      this.limit *= 2;
      const reason = errorText(error);
      this.direct(
        'ERR',
        `Unable to rotate logfile (${reason}), will attempt next rotation at size ${this.limit}`,
      );
      return;
    }
    this.limit = sizeLimit;
    this.direct('INF', `Rotated log, backup saved as ${goQuote(backup)}`);
    if (maxFiles > 0) this.purge();
  }

  /** A line about the log itself: it must not start another rotation. */
  private direct(level: LogLevel, message: string): void {
    const line = this.formatter.line(level, message);
    this.gathered += line;
    this.size += Buffer.byteLength(line);
    this.flush();
  }

  private purge(): void {
    const folder = dirname(this.settings.path);
    const prefix = `${basename(this.settings.path)}.`;
    let names: string[];
    try {
      names = fs.readdirSync(folder).sort();
    } catch (error) {
      const reason = goFileError('open', folder, error);
      this.direct(
        'ERR',
        `Unable to read directory ${goQuote(folder)} for log purge (${reason}), will attempt next rotation`,
      );
      return;
    }
    const backups = names.filter(
      (name) => name.startsWith(prefix) && BACKUP_NAME.test(name.slice(prefix.length)),
    );
    const surplus = backups.length - (this.settings.maxFiles - 1);
    for (const name of backups.slice(0, Math.max(0, surplus))) {
      if (!this.remove(folder, name)) return;
    }
  }

  private remove(folder: string, name: string): boolean {
    try {
      fs.unlinkSync(join(folder, name));
    } catch (error) {
      const reason = goFileError('remove', join(folder, name), error);
      this.direct(
        'ERR',
        `Unable to remove backup log file ${goQuote(name)} (${reason}), will attempt next rotation`,
      );
      return false;
    }
    this.direct('INF', `Purged log file ${goQuote(name)}`);
    return true;
  }
}
