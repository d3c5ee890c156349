/** Times and durations in the text forms of the monitoring documents. */
import { formatDuration } from '../options/duration.ts';

export { timeText } from '../base/go-time.ts';

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
