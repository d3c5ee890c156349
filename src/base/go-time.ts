/** RFC 3339 in UTC with up to nine decimals, trailing zeros dropped, as Go prints a time in JSON. */
export function timeText(ms: number): string {
  const whole = Math.floor(ms);
  const nanos = (((whole % 1000) + 1000) % 1000) * 1e6 + Math.floor((ms - whole) * 1e6);
  const seconds = new Date(whole - (((whole % 1000) + 1000) % 1000)).toISOString().slice(0, 19);
  if (nanos === 0) return `${seconds}Z`;
  return `${seconds}.${String(nanos).padStart(9, '0').replace(/0+$/, '')}Z`;
}
