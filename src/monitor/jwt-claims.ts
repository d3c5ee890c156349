/** The claims inside a JWT, for showing them: nothing is verified, the server did that before. */

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
