/** Whether an OCSP answer counts at a time, for peers and for our own staple. */
import { timeText } from '../../base/go-time.ts';
import { formatDuration } from '../../options/duration.ts';
import type { OcspResponse } from './response.ts';

/** As Go prints it; no time at all is Go's zero time. */
export function optionalTimeText(ms: number | undefined): string {
  return ms === undefined ? '0001-01-01T00:00:00Z' : timeText(ms);
}

export interface CurrencyRules {
  readonly clockSkewSeconds: number;
  /** How long an answer counts that names no next update. */
  readonly ttlUnsetNextUpdateSeconds: number;
}

/** Why an answer about a peer's certificate does not count now; undefined: it does. */
export function currencyProblem(
  { thisUpdateMs, nextUpdateMs }: OcspResponse,
  rules: CurrencyRules,
  nowMs: number,
): string | undefined {
  const skewMs = rules.clockSkewSeconds * 1000;
  const now = timeText(nowMs);
  const skew = formatDuration(BigInt(Math.round(skewMs * 1e6)));
  const expiryMs = nextUpdateMs ?? thisUpdateMs + rules.ttlUnsetNextUpdateSeconds * 1000;
  if (expiryMs < nowMs - skewMs) {
    const what =
      nextUpdateMs === undefined ? 'OCSP response cache expiry' : 'OCSP response NextUpdate';
    return `${what} [${timeText(expiryMs)}] is before now [${now}] with clockskew [${skew}]`;
  }
  if (thisUpdateMs > nowMs + skewMs) {
    // "before" is nats-server's word.
    const time = timeText(thisUpdateMs);
    return `OCSP response ThisUpdate [${time}] is before now [${now}] with clockskew [${skew}]`;
  }
  return undefined;
}

/** Why an answer cannot be stapled now; undefined: it can. */
export function stapleProblem(
  { thisUpdateMs, nextUpdateMs }: OcspResponse,
  nowMs: number,
): string | undefined {
  if (nextUpdateMs !== undefined && nextUpdateMs < nowMs) {
    return `invalid ocsp NextUpdate, is past time: ${timeText(nextUpdateMs)}`;
  }
  if (thisUpdateMs > nowMs) {
    return `invalid ocsp ThisUpdate, is future time: ${timeText(thisUpdateMs)}`;
  }
  return undefined;
}
