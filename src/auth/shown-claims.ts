/** The claims inside a JWT, for showing them. Nothing is verified: that was, or failed, before. */
import { timeText } from '../base/go-time.ts';

/** The claims with their members in the JWT's order; undefined for what is no JWT. */
export function shownClaims(jwt: string): Record<string, unknown> | undefined {
  const [, body = ''] = jwt.split('.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims)
      ? (claims as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A member of claims that is a text, '' when it is not. */
export function claimText(claims: Record<string, unknown> | undefined, key: string): string {
  const value = claims?.[key];
  return typeof value === 'string' ? value : '';
}

/** The `nats` part: what NATS itself claims. */
export function natsClaims(claims: Record<string, unknown> | undefined): Record<string, unknown> {
  const value = claims?.nats;
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * Anybody may see it: it is a JWT, and one that needs a signature. One that needs none is as good as
 * a password, and what is no JWT may be one.
 */
export function isPublicJwt(jwt: string): boolean {
  const claims = shownClaims(jwt);
  return claims !== undefined && natsClaims(claims).bearer_token !== true;
}

/** Times of revocations by key, as texts. */
export function revocationTimes(revocations: unknown): Map<string, string> {
  const times = new Map<string, string>();
  if (typeof revocations !== 'object' || revocations === null) return times;
  for (const [key, seconds] of Object.entries(revocations)) {
    if (typeof seconds === 'number') times.set(key, timeText(seconds * 1000));
  }
  return times;
}
