/** The feature flags of nats-server 2.15 with their defaults. */
export const featureFlagDefaults: ReadonlyMap<string, boolean> = new Map([
  ['js_ack_fc_v2', false],
  ['js_api_reply_v2', false],
  ['js_raft_delete_range', true],
  ['js_snapshot_sources', false],
]);

/** Defaults overlaid with what is configured; unknown flags are not shown. */
export function mergedFeatureFlags(
  configured: Readonly<Record<string, boolean>>,
): Map<string, boolean> {
  const merged = new Map(featureFlagDefaults);
  for (const [name, value] of Object.entries(configured)) {
    if (merged.has(name)) merged.set(name, value);
  }
  return merged;
}
