/**
 * The daily windows in which a user may be connected. Times of day are local times of an IANA zone;
 * Node has no function for that, so offsets come from Intl. As in nats-server, a window whose end
 * lies before its start goes past midnight, its ends do not belong to it, of several open windows
 * the one that ends last counts, and a local time that a clock change skips is taken as Go takes it.
 */
import type { UserLimits } from './user-claims.ts';

const dayMs = 86_400_000;

/** Milliseconds since midnight; undefined for what Go's layout `15:04:05` does not read. */
export function parseTimeOfDay(text: string): number | undefined {
  const match = /^(\d\d?):(\d\d):(\d\d)(?:[.,]\d+)?$/.exec(text);
  if (match === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** Names are those of zone files; Intl also knows offsets such as `+01:00`, which are none. */
export function isKnownZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone)) return false;
  try {
    if (zone !== 'Local') Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export interface ConnectTimes {
  readonly allowed: boolean;
  /** When the connection must be closed because the window ends; undefined for never. */
  readonly endsMs: number | undefined;
}

/** May the user be connected at `nowMs`, and until when? */
export function userMayConnectNow(limits: UserLimits, nowMs: number): ConnectTimes {
  const refused: ConnectTimes = { allowed: false, endsMs: undefined };
  if (limits.times.length === 0) return { allowed: true, endsMs: undefined };
  const { times_location: name } = limits;
  if (name !== '' && !isKnownZone(name)) return refused;
  const zone = new Zone(name === '' || name === 'Local' ? undefined : name);
  const midnight = Math.floor(zone.localMs(nowMs) / dayMs) * dayMs;
  let endsMs: number | undefined;
  for (const range of limits.times) {
    const start = parseTimeOfDay(range.start);
    const end = parseTimeOfDay(range.end);
    if (start === undefined || end === undefined) return refused;
    const until = windowEnd(zone, midnight + start, midnight + end, nowMs);
    if (until !== undefined && until > (endsMs ?? 0)) endsMs = until;
  }
  return { allowed: endsMs !== undefined, endsMs };
}

/** When the window ends, if it is open at `nowMs`. `start` and `end` are local times of today. */
function windowEnd(zone: Zone, start: number, end: number, nowMs: number): number | undefined {
  const from = zone.instantOf(start);
  const to = zone.instantOf(end);
  if (from < nowMs && nowMs < to) return to;
  if (from <= to) return undefined;
  if (nowMs < to) return to;
  if (from >= nowMs) return undefined;
  // The same time of the clock tomorrow, as the clock shows it today.
  const tomorrow = zone.instantOf(zone.localMs(to) + dayMs);
  return nowMs < tomorrow ? tomorrow : undefined;
}

class Zone {
  private readonly format: Intl.DateTimeFormat;

  constructor(name: string | undefined) {
    this.format = new Intl.DateTimeFormat('en-US', {
      ...(name === undefined ? {} : { timeZone: name }),
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** The time that clocks show at an instant, as if it were UTC. */
  localMs(instant: number): number {
    const parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
    for (const { type, value } of this.format.formatToParts(instant)) {
      if (type in parts) parts[type as keyof typeof parts] = Number(value);
    }
    const { year, month, day, hour, minute, second } = parts;
    const whole = Date.UTC(year, month - 1, day, hour, minute, second);
    return whole + (((instant % 1000) + 1000) % 1000);
  }

  /** The instant at which clocks show a time; where they never or twice do, the one Go takes. */
  instantOf(local: number): number {
    const offset = this.offsetMs(local);
    return offset === 0 ? local : local - this.offsetMs(local - offset);
  }

  private offsetMs(instant: number): number {
    return this.localMs(instant) - instant;
  }
}
