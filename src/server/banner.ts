import { natsVersion, tnatsdVersion } from '../base/version.ts';
import type { Logger } from '../platform/logger.ts';

/** What the first lines tell about the server. */
export interface BannerFacts {
  readonly serverName: string;
  readonly serverId: string;
  /** Empty when the server has none or must not show it (a leaf without cluster). */
  readonly clusterName: string;
  /** The name's hash in the JetStream meta group; empty without JetStream. */
  readonly jetStreamNode: string;
  /** Name and version of the runtime. */
  readonly runtime: string;
}

/**
 * The first log lines. Words and order are nats-server's, which test suites wait for and parse; the
 * line about tnatsd comes second to last, where readers of the others do not look.
 */
export function logBanner(logger: Logger, facts: BannerFacts): void {
  logger.notice('Starting nats-server');
  logger.notice(`  Version:  ${natsVersion}`);
  logger.notice('  Git:      [not set]');
  logger.debug(`  Go build: ${facts.runtime}`);
  if (facts.clusterName !== '') logger.notice(`  Cluster:  ${facts.clusterName}`);
  logger.notice(`  Name:     ${facts.serverName}`);
  if (facts.jetStreamNode !== '') logger.notice(`  Node:     ${facts.jetStreamNode}`);
  logger.notice(`  ID:       ${facts.serverId}`);
  logger.notice(`  tnatsd:   ${tnatsdVersion} on ${facts.runtime}`);
}

/** The lines about `feature_flags`, when any is configured; words of nats-server. */
export function logFeatureFlags(
  logger: Logger,
  configured: Readonly<Record<string, boolean>>,
  defaults: ReadonlyMap<string, boolean>,
): void {
  const names = Object.keys(configured).sort();
  if (names.length === 0) return;
  const known = names.filter((name) => defaults.has(name));
  const unknown = names.filter((name) => !defaults.has(name));
  const shown = known.map(
    (name) => `${name} (${flagState(configured[name]!, defaults.get(name)!)})`,
  );
  logger.notice('  Feature flags:');
  logger.notice(`    Configured:    ${shown.length === 0 ? 'none' : shown.join(', ')}`);
  if (unknown.length > 0) logger.notice(`    Unsupported:   ${unknown.join(', ')}`);
}

function flagState(value: boolean, byDefault: boolean): string {
  if (byDefault) return value ? 'enabled' : 'opt-out';
  return value ? 'opt-in' : 'disabled';
}
