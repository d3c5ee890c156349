import type { Clock } from './clock.ts';

export type LogLevel = 'INF' | 'DBG' | 'WRN' | 'ERR' | 'FTL' | 'TRC';

/** How a line is made: text as nats-server writes it, or one JSON object per line. */
export interface LineFormat {
  readonly pid: number;
  readonly time: boolean;
  readonly utc: boolean;
  readonly json: boolean;
  readonly colors: boolean;
}

const colorOf: Record<LogLevel, string> = {
  INF: '32',
  DBG: '36',
  WRN: '0;93',
  ERR: '31',
  FTL: '31',
  TRC: '33',
};

const nameOf: Record<LogLevel, string> = {
  INF: 'info',
  DBG: 'debug',
  WRN: 'warn',
  ERR: 'error',
  FTL: 'fatal',
  TRC: 'trace',
};

/** C0 except tab, DEL, C1, and the separators that some viewers break lines at. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/;
const CONTROLS = new RegExp(CONTROL, 'g');
const shortEscapes: Record<string, string> = { '\n': '\\n', '\r': '\\r' };

function escapeControl(char: string): string {
  const short = shortEscapes[char];
  if (short !== undefined) return short;
  const code = char.charCodeAt(0);
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * One line without control characters, written as Go's %q writes them: what a client sends must
 * not forge a log line or drive a terminal. A final newline is the sink's to add.
 */
export function oneLine(message: string): string {
  if (!CONTROL.test(message)) return message;
  return message.replace(/\n+$/, '').replace(CONTROLS, escapeControl);
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}

/** `2006/01/02 15:04:05` of Go's log package. */
export function goLogSecond(ms: number, utc: boolean): string {
  const d = new Date(ms);
  if (utc) {
    return (
      `${d.getUTCFullYear()}/${two(d.getUTCMonth() + 1)}/${two(d.getUTCDate())} ` +
      `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`
    );
  }
  return (
    `${d.getFullYear()}/${two(d.getMonth() + 1)}/${two(d.getDate())} ` +
    `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
  );
}

/** Makes lines; the text of the current second is kept, because most lines share it. */
export class LineFormatter {
  private readonly format: LineFormat;
  private readonly clock: Clock;
  private readonly prefix: string;
  private second: number;
  private secondText: string;

  constructor(format: LineFormat, clock: Clock) {
    this.format = format;
    this.clock = clock;
    this.prefix = `[${format.pid}] `;
    this.second = -1;
    this.secondText = '';
  }

  /** The whole line with its newline. */
  line(level: LogLevel, message: string): string {
    if (this.format.json) return this.jsonLine(level, message);
    const label = this.format.colors ? `\x1b[${colorOf[level]}m${level}\x1b[0m` : level;
    return `${this.prefix}${this.format.time ? this.stamp() : ''}[${label}] ${oneLine(message)}\n`;
  }

  private stamp(): string {
    const ms = this.clock.nowMs();
    const second = Math.floor(ms / 1000);
    if (second !== this.second) {
      this.second = second;
      this.secondText = goLogSecond(second * 1000, this.format.utc);
    }
    const micros = Math.floor((ms - second * 1000) * 1000);
    return `${this.secondText}.${String(micros).padStart(6, '0')} `;
  }

  private jsonLine(level: LogLevel, message: string): string {
    const entry: Record<string, unknown> = {};
    if (this.format.time) entry.time = this.rfc3339();
    entry.level = nameOf[level];
    entry.pid = this.format.pid;
    entry.msg = message;
    return `${JSON.stringify(entry).replace(/[\x7f-\x9f\u2028\u2029]/g, escapeJson)}\n`;
  }

  /** UTC with microseconds: a collector has no use for the machine's zone. */
  private rfc3339(): string {
    const ms = this.clock.nowMs();
    const micros = Math.floor((ms % 1) * 1000);
    return `${new Date(ms).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
  }
}

function escapeJson(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
