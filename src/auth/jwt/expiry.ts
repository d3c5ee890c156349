import type { ClaimsData } from './claims-data.ts';

/**
 * When a connection must be closed with "User Authentication Expired", in milliseconds since 1970:
 * when its claims expire or its window of connect times ends, whatever comes first. Undefined for never.
 */
export function expiresMs(
  { exp }: Pick<ClaimsData, 'exp'>,
  windowEndsMs: number | undefined,
): number | undefined {
  if (exp === 0) return windowEndsMs;
  return Math.min(exp * 1000, windowEndsMs ?? Number.POSITIVE_INFINITY);
}
