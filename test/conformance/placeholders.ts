/**
 * Placeholders in what a session sends and in its configurations.
 *
 * In configurations and bytes, from fixtures: `@KEY(name)@` is a public key, `@JWT(name)@` a token.
 * In bytes only, from the run: `@SIG(name)@` is the connection's nonce signed with that key,
 * `@SIGSTD(name)@` the same in the other base64 alphabet, with padding; `@SIG(name,b)@` signs the
 * nonce of another connection; `@NONCE@` is the nonce itself. `@REPLY@` is the reply subject that
 * this connection received last, `@REPLY(b)@` that of another. `@ANSWER({…})@` answers the request for
 * authorization that came last (callout-answer.ts), and `@SIZE@` is its size.
 */
import { answerCallout } from './callout-answer.ts';
import { publicKeyOf, signWith } from './keys.ts';
import { tokenOf } from './tokens.ts';

/** What a run knows by the time it sends. */
export interface RunFacts {
  /** Of the named connection, or of the sending one for an empty name. */
  nonce(connection: string): string;
  lastReply(connection: string): string;
  lastToken(): string;
}

export function fillFixtures(text: string): string {
  if (!text.includes('@')) return text;
  return text
    .replace(/@KEY\(([\w-]+)\)@/g, (_, name: string) => publicKeyOf(name))
    .replace(/@JWT\(([\w+-]+)\)@/g, (_, name: string) => tokenOf(name));
}

export function fillPlaceholders(bytes: string, facts: RunFacts): string {
  if (!bytes.includes('@')) return bytes;
  let answer = '';
  return fillFixtures(bytes)
    .replace(/@ANSWER\((.*?)\)@/, (_, json: string) => {
      answer = answerCallout(facts.lastToken(), json);
      return answer;
    })
    .replace('@SIZE@', () => String(answer.length))
    .replace(/@(SIG|SIGSTD)\(([\w-]+)(?:,(\w+))?\)@/g, (_, kind, name: string, of?: string) => {
      const signature = signWith(name, facts.nonce(of ?? ''));
      return signature.toString(kind === 'SIG' ? 'base64url' : 'base64');
    })
    .replace(/@NONCE@/g, () => facts.nonce(''))
    .replace(/@REPLY(?:\((\w+)\))?@/g, (_, of?: string) => facts.lastReply(of ?? ''));
}
