/**
 * The CONNECT arguments. Decoded as Go decodes JSON into nats-server's ClientOpts: onto the values
 * that are there already (trap T1: a CONNECT `{}` stays verbose, pedantic and echo), keys in any
 * case, unknown ones ignored, null changes nothing, a wrong type is an error.
 */
import { goJsonProblem } from '../base/go-json-problem.ts';

export interface ConnectOptions {
  verbose: boolean;
  pedantic: boolean;
  echo: boolean;
  tls_required: boolean;
  nkey: string;
  jwt: string;
  sig: string;
  auth_token: string;
  user: string;
  pass: string;
  name: string;
  lang: string;
  version: string;
  protocol: number;
  account: string;
  new_account: boolean;
  headers: boolean;
  no_responders: boolean;
  proxy_sig: string;
}

/** What a connection is before it sent CONNECT. */
export function defaultConnectOptions(): ConnectOptions {
  return {
    verbose: true,
    pedantic: true,
    echo: true,
    tls_required: false,
    nkey: '',
    jwt: '',
    sig: '',
    auth_token: '',
    user: '',
    pass: '',
    name: '',
    lang: '',
    version: '',
    protocol: 0,
    account: '',
    new_account: false,
    headers: false,
    no_responders: false,
    proxy_sig: '',
  };
}

const keys = new Map<string, keyof ConnectOptions>(
  (Object.keys(defaultConnectOptions()) as (keyof ConnectOptions)[]).map((key) => [key, key]),
);

/** Thrown for JSON that is not an object or has a member of the wrong type. */
export class ConnectError extends Error {
  readonly code = 'ERR_CONNECT_OPTIONS';
}

/** What is wrong with `text`, in the words of Go, which never quote more than a character. */
export function jsonProblem(text: string, error: unknown): string {
  const bytes = Buffer.from(text, 'utf8').latin1Slice();
  return goJsonProblem(bytes) ?? (error as Error).name;
}

/**
 * Decodes `text` onto `options` (mutated even when an error is thrown for a later member, as Go
 * does). Throws ConnectError with the text Go's decoder would log.
 */
export function decodeConnect(text: string, options: ConnectOptions): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    // V8's own message quotes the text, which may hold a password.
    throw new ConnectError(jsonProblem(text, error));
  }
  if (parsed === null) return;
  if (typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new ConnectError(
      `json: cannot unmarshal ${goKind(parsed)} into Go value of type server.ClientOpts`,
    );
  }
  let failure = protocolProblem(text);
  for (const [name, value] of Object.entries(parsed)) {
    const key = keys.get(name) ?? keys.get(name.toLowerCase());
    if (key === undefined || value === null) continue;
    if (!assign(options, key, value)) {
      failure ??= `json: cannot unmarshal ${goKind(value)} into Go struct field ClientOpts.${key}`;
    }
  }
  if (failure !== undefined) throw new ConnectError(failure);
}

/** Go reads `protocol` into an int: `1.0`, `1e0` and numbers beyond 64 bits are errors. */
function protocolProblem(text: string): string | undefined {
  for (const [, number = ''] of text.matchAll(/"protocol"\s*:\s*(-?[0-9][0-9.eE+-]*)/gi)) {
    const fits = /^-?\d+$/.test(number) && BigInt.asIntN(64, BigInt(number)) === BigInt(number);
    if (!fits) {
      return `json: cannot unmarshal number ${number} into Go struct field ClientOpts.protocol of type int`;
    }
  }
  return undefined;
}

function assign(options: ConnectOptions, key: keyof ConnectOptions, value: unknown): boolean {
  if (typeof value !== typeof options[key]) return false;
  if (typeof value === 'number' && !Number.isInteger(value)) return false;
  (options as unknown as Record<string, unknown>)[key] = value;
  return true;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}
