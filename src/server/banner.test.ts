import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../platform/logger.ts';
import { logFeatureFlags } from './banner.ts';

function lines(configured: Record<string, boolean>): string[] {
  const told: string[] = [];
  const defaults = new Map([
    ['on', true],
    ['off', false],
  ]);
  logFeatureFlags({ ...silentLogger, notice: (line) => told.push(line) }, configured, defaults);
  return told;
}

test('feature flags are told as nats-server tells them', () => {
  assert.deepEqual(lines({}), []);
  assert.deepEqual(lines({ on: false, off: true, other: true }), [
    '  Feature flags:',
    '    Configured:    off (opt-in), on (opt-out)',
    '    Unsupported:   other',
  ]);
  assert.deepEqual(lines({ other: true })[1], '    Configured:    none');
});
