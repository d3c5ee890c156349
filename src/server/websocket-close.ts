/** What a close frame says, by the reason of a close: nats-server's mapping. */
import { type CloseReason, closeReasons } from '../connection/close-reason.ts';
import { closeStatuses } from '../transport/websocket/close-frame.ts';

const statuses: Partial<Record<CloseReason, number>> = {
  [closeReasons.clientClosed]: closeStatuses.normal,
  [closeReasons.authenticationTimeout]: closeStatuses.policyViolation,
  [closeReasons.authenticationViolation]: closeStatuses.policyViolation,
  [closeReasons.slowConsumerPendingBytes]: closeStatuses.policyViolation,
  [closeReasons.slowConsumerWriteDeadline]: closeStatuses.policyViolation,
  [closeReasons.maxAccountConnectionsExceeded]: closeStatuses.policyViolation,
  [closeReasons.maxConnectionsExceeded]: closeStatuses.policyViolation,
  [closeReasons.maxControlLineExceeded]: closeStatuses.policyViolation,
  [closeReasons.maxSubscriptionsExceeded]: closeStatuses.policyViolation,
  [closeReasons.missingAccount]: closeStatuses.policyViolation,
  [closeReasons.authenticationExpired]: closeStatuses.policyViolation,
  [closeReasons.revocation]: closeStatuses.policyViolation,
  [closeReasons.tlsHandshakeError]: closeStatuses.tlsHandshake,
  [closeReasons.parseError]: closeStatuses.protocolError,
  [closeReasons.protocolViolation]: closeStatuses.protocolError,
  [closeReasons.badClientProtocolVersion]: closeStatuses.protocolError,
  [closeReasons.maxPayloadExceeded]: closeStatuses.tooBig,
  [closeReasons.writeError]: closeStatuses.goingAway,
  [closeReasons.readError]: closeStatuses.goingAway,
  [closeReasons.staleConnection]: closeStatuses.goingAway,
  [closeReasons.serverShutdown]: closeStatuses.goingAway,
};

export function closeStatusOf(reason: CloseReason): number {
  return statuses[reason] ?? closeStatuses.internalError;
}
