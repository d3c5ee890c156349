import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCore } from '../../fault/raw-client.ts';
import { exchange, type UpgradeOutcome } from './exchange.ts';
import { configs, upgradeCases } from './requests.ts';

/* Requests to upgrade are answered as nats-server was recorded to answer them. */

const path = join(__PROJECT_ROOT__, 'test/conformance/recorded/websocket/upgrades.json');
const recorded = JSON.parse(readFileSync(path, 'utf8')) as Record<string, UpgradeOutcome>;

/** Cases where the answer is another on purpose: rows of DIFFERENCES.md. */
const different: Record<string, UpgradeOutcome> = {};

for (const [config, text] of Object.entries(configs)) {
  test(`upgrades: ${config}`, async (t) => {
    const core = await startCore(text);
    const log = () => core.log.join('\n');
    const port = core.server.websocketListener.port!;
    const own = upgradeCases.filter((one) => one.config === config);
    const outcomes = await Promise.all(own.map((one) => exchange(port, one, log)));
    for (const [i, one] of own.entries()) {
      await t.test(one.name, () => {
        assert.deepEqual(outcomes[i], different[one.name] ?? recorded[one.name]);
      });
    }
    await core.close();
  });
}
