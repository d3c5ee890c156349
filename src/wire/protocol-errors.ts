/**
 * Every -ERR text a client can meet, with nats-server's exact letters: clients match on them
 * (traps T2, T3). `fatal` says whether the connection is closed behind it.
 */
import { goQuote } from '../base/go-quote.ts';

export const protocolErrors = {
  unknownOperation: { text: 'Unknown Protocol Operation', fatal: true },
  authorizationViolation: { text: 'Authorization Violation', fatal: true },
  authenticationTimeout: { text: 'Authentication Timeout', fatal: true },
  userAuthenticationExpired: { text: 'User Authentication Expired', fatal: true },
  userAuthenticationRevoked: { text: 'User Authentication Revoked', fatal: true },
  accountAuthenticationExpired: { text: 'Account Authentication Expired', fatal: true },
  maxPayload: { text: 'Maximum Payload Violation', fatal: true },
  maxControlLine: { text: 'maximum control line exceeded', fatal: true },
  maxConnections: { text: 'maximum connections exceeded', fatal: true },
  maxAccountConnections: { text: 'maximum account active connections exceeded', fatal: true },
  maxSubscriptions: { text: 'maximum subscriptions exceeded', fatal: false },
  staleConnection: { text: 'Stale Connection', fatal: true },
  invalidSubject: { text: 'Invalid Subject', fatal: false },
  invalidPublishSubject: { text: 'Invalid Publish Subject', fatal: false },
  badClientProtocol: { text: 'invalid client protocol', fatal: true },
  noRespondersNeedHeaders: { text: 'no responders requires headers support', fatal: true },
  connectionThrottling: {
    text: 'Connection throttling is active. Please try again later.',
    fatal: true,
  },
} as const;

/** The line of an error text. */
export function encodeErr(text: string): string {
  return `-ERR '${text}'\r\n`;
}

/** Texts that quote subjects; clients parse them with a regular expression (trap T5). */
export const quotedErrors = {
  publish: (subject: string): string => `Permissions Violation for Publish to ${quote(subject)}`,
  reply: (reply: string): string =>
    `Permissions Violation for Publish with Reply of ${quote(reply)}`,
  /** With a reload ` (sid "1")` follows, with max_sub_tokens `, too many tokens`. */
  subscribe: (subject: string, queue: string): string => {
    const what = `Permissions Violation for Subscription to ${quote(subject)}`;
    return queue === '' ? what : `${what} using queue ${quote(queue)}`;
  },
};

/** Subjects are bytes in a latin1 string; Go quotes the bytes as UTF-8. */
function quote(subject: string): string {
  return goQuote(Buffer.from(subject, 'latin1'));
}
