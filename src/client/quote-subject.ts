import { goQuote } from '../base/go-quote.ts';

/** A subject (latin1 of its bytes) as Go's `%q` prints it in a log line. */
export function quoteSubject(subject: string): string {
  return goQuote(Buffer.from(subject, 'latin1'));
}
