/**
 * Placeholders in what a session sends and in its configurations.
 *
 * In configurations and bytes, from fixtures: `@KEY(name)@` is a public key, `@JWT(name)@` a token.
 * In bytes only, from the run: `@SIG(name)@` is the connection's nonce signed with that key,
 * `@SIGSTD(name)@` the same in the other base64 alphabet, with padding; `@NONCE@` the nonce itself;
 * `@REPLY@` is the reply subject that this connection received last, `@REPLY(b)@` that of another.
 */
import { publicKeyOf, signWith } from './keys.ts';
import { tokenOf } from './tokens.ts';

/** What a run knows by the time it sends. */
export interface RunFacts {
  nonce: string;
  /** Of the named connection, or of the sending one for an empty name. */
  lastReply(connection: string): string;
}

export function fillFixtures(text: string): string {
  if (!text.includes('@')) return text;
  return text
    .replace(/@KEY\(([\w-]+)\)@/g, (_, name: string) => publicKeyOf(name))
    .replace(/@JWT\(([\w-]+)\)@/g, (_, name: string) => tokenOf(name));
}

export function fillPlaceholders(bytes: string, facts: RunFacts): string {
  if (!bytes.includes('@')) return bytes;
  return fillFixtures(bytes)
    .replace(/@SIG\(([\w-]+)\)@/g, (_, name: string) =>
      signWith(name, facts.nonce).toString('base64url'),
    )
    .replace(/@SIGSTD\(([\w-]+)\)@/g, (_, name: string) =>
      signWith(name, facts.nonce).toString('base64'),
    )
    .replaceAll('@NONCE@', facts.nonce)
    .replace(/@REPLY(?:\((\w+)\))?@/g, (_, name?: string) => facts.lastReply(name ?? ''));
}
