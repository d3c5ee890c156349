/** What an operator JWT says, as far as options are judged by it. The signature is not looked at. */
export interface OperatorClaims {
  readonly subject: string;
  readonly signingKeys: readonly string[];
  readonly systemAccount: string;
  readonly accountServerUrl: string;
  readonly assertServerVersion: string;
  readonly strictSigningKeyUsage: boolean;
}

/** The parts of a JWT's payload that options look at; any of them may be missing or of another type. */
export interface JwtBody {
  readonly sub?: unknown;
  readonly nats?: {
    readonly type?: unknown;
    readonly signing_keys?: unknown;
    readonly system_account?: unknown;
    readonly account_server_url?: unknown;
    readonly assert_server_version?: unknown;
    readonly strict_signing_key_usage?: unknown;
    readonly bearer_token?: unknown;
    readonly issuer_account?: unknown;
    readonly pub?: unknown;
    readonly sub?: unknown;
  };
}

/** The claims of an operator JWT; undefined when the text is none. */
export function operatorClaims(jwt: string): OperatorClaims | undefined {
  const body = jwtBody(jwt);
  if (body === undefined) return undefined;
  const nats = body.nats ?? {};
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const keys: unknown[] = Array.isArray(nats.signing_keys) ? nats.signing_keys : [];
  return {
    subject: text(body.sub),
    signingKeys: keys.filter((key): key is string => typeof key === 'string'),
    systemAccount: text(nats.system_account),
    accountServerUrl: text(nats.account_server_url),
    assertServerVersion: text(nats.assert_server_version),
    strictSigningKeyUsage: nats.strict_signing_key_usage === true,
  };
}

/** The payload of a JWT; undefined when the text is no JWT. */
export function jwtBody(jwt: string): JwtBody | undefined {
  const payload = jwt.trim().split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const body: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof body === 'object' && body !== null ? (body as JwtBody) : undefined;
  } catch {
    return undefined;
  }
}
