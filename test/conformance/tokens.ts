/**
 * The JWTs of the sessions, by name: tokens/tokens.json, made by tokens/make_tokens.go with the official
 * libraries. `name+2` is the same token, expiring in two seconds, which has to be signed at that time.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signWith } from './keys.ts';

declare const __PROJECT_ROOT__: string;

interface Entry {
  token: string;
  /** The name of the key that signed it. */
  issuer: string;
}

let entries: Record<string, Entry> | undefined;

function entryOf(name: string): Entry {
  const file = join(__PROJECT_ROOT__, 'test/conformance/tokens/tokens.json');
  entries ??= JSON.parse(readFileSync(file, 'utf8')) as Record<string, Entry>;
  const entry = entries[name];
  if (!entry) throw new Error(`no token ${name}`);
  return entry;
}

function expiringIn(seconds: number, { token, issuer }: Entry): string {
  const [head = '', body = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  claims.exp = Math.floor(Date.now() / 1_000) + seconds;
  const text = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${text}.${signWith(issuer, text).toString('base64url')}`;
}

export function tokenOf(name: string): string {
  const [base = '', seconds] = name.split('+');
  const entry = entryOf(base);
  return seconds === undefined ? entry.token : expiringIn(Number(seconds), entry);
}
