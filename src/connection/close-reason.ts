/** Why a connection was closed: the texts of /connz?state=closed and of the log. */
export const closeReasons = {
  clientClosed: 'Client Closed',
  authenticationTimeout: 'Authentication Timeout',
  authenticationViolation: 'Authentication Failure',
  tlsHandshakeError: 'TLS Handshake Failure',
  slowConsumerPendingBytes: 'Slow Consumer (Pending Bytes)',
  slowConsumerWriteDeadline: 'Slow Consumer (Write Deadline)',
  writeError: 'Write Error',
  readError: 'Read Error',
  parseError: 'Parse Error',
  staleConnection: 'Stale Connection',
  protocolViolation: 'Protocol Violation',
  badClientProtocolVersion: 'Bad Client Protocol Version',
  wrongPort: 'Incorrect Port',
  maxConnectionsExceeded: 'Maximum Connections Exceeded',
  maxAccountConnectionsExceeded: 'Maximum Account Connections Exceeded',
  maxPayloadExceeded: 'Maximum Message Payload Exceeded',
  maxControlLineExceeded: 'Maximum Control Line Exceeded',
  maxSubscriptionsExceeded: 'Maximum Subscriptions Exceeded',
  serverShutdown: 'Server Shutdown',
  authenticationExpired: 'Authentication Expired',
  missingAccount: 'Missing Account',
  revocation: 'Credentials Revoked',
  noRespondersRequiresHeaders: 'No Responders Requires Headers',
  kicked: 'Kicked',
  proxyNotTrusted: 'Proxy Not Trusted',
  proxyRequired: 'Proxy Required',
} as const;

export type CloseReason = (typeof closeReasons)[keyof typeof closeReasons];

/** Reasons after which what is still buffered is not worth sending, or cannot be. */
export const closesWithoutFlush: ReadonlySet<CloseReason> = new Set<CloseReason>([
  closeReasons.readError,
  closeReasons.writeError,
  closeReasons.slowConsumerPendingBytes,
  closeReasons.slowConsumerWriteDeadline,
  closeReasons.tlsHandshakeError,
]);
