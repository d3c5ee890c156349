/** Times and durations in the text forms of the monitoring documents. */
import { formatDuration } from '../options/duration.ts';

/** RFC 3339 in UTC with up to nine decimals, trailing zeros dropped, as Go prints a time in JSON. */
export function timeText(ms: number): string {
  const whole = Math.floor(ms);
  const nanos = (((whole % 1000) + 1000) % 1000) * 1e6 + Math.floor((ms - whole) * 1e6);
  const seconds = new Date(whole - (((whole % 1000) + 1000) % 1000)).toISOString().slice(0, 19);
  if (nanos === 0) return `${seconds}Z`;
  return `${seconds}.${String(nanos).padStart(9, '0').replace(/0+$/, '')}Z`;
}

/** `1y2d3h4m5s`: whole seconds, days and years (of 365 days) without months; `0s` at least. */
export function uptimeText(ms: number): string {
  const total = Math.trunc(ms / 1000);
  const minutes = Math.trunc(total / 60);
  const hours = Math.trunc(minutes / 60);
  const days = Math.trunc(hours / 24);
  const years = Math.trunc(days / 365);
  let text = `${total % 60}s`;
  if (minutes !== 0) text = `${minutes % 60}m${text}`;
  if (hours !== 0) text = `${hours % 24}h${text}`;
  if (days !== 0) text = `${days % 365}d${text}`;
  return years === 0 ? text : `${years}y${text}`;
}

/** A round trip as a Go duration: microseconds below a millisecond, nanoseconds elsewhere. */
export function rttText(ms: number): string {
  const ns = Math.round(ms * 1e6);
  const shown = ns > 1000 && ns < 1_000_000 ? ns - (ns % 1000) : ns;
  return formatDuration(BigInt(shown));
}
