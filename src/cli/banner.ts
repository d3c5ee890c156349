import type { Logger } from '../platform/logger.ts';
import { NATS_SERVER_VERSION, TNATSD_VERSION } from './version.ts';

/** What the first lines tell about the server. */
export interface BannerFacts {
  readonly serverName: string;
  readonly serverId: string;
  /** Empty when the server has none or must not show it (a leaf without cluster). */
  readonly clusterName: string;
  /** The name's hash in the JetStream meta group; empty without JetStream. */
  readonly jetStreamNode: string;
}

/**
 * The first log lines. Words and order are nats-server's, which test suites wait for and parse; the
 * line about tnatsd comes second to last, where readers of the others do not look.
 */
export function logBanner(logger: Logger, facts: BannerFacts): void {
  logger.notice('Starting nats-server');
  logger.notice(`  Version:  ${NATS_SERVER_VERSION}`);
  logger.notice('  Git:      [not set]');
  logger.debug(`  Go build: ${process.version} (tnatsd runs on Node.js)`);
  if (facts.clusterName !== '') logger.notice(`  Cluster:  ${facts.clusterName}`);
  logger.notice(`  Name:     ${facts.serverName}`);
  if (facts.jetStreamNode !== '') logger.notice(`  Node:     ${facts.jetStreamNode}`);
  logger.notice(`  ID:       ${facts.serverId}`);
  logger.notice(`  tnatsd:   ${TNATSD_VERSION} on Node.js ${process.version}`);
}
