/** Records what the real server answers to the requests of requests.ts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTarget } from '../target.ts';
import { exchange, type UpgradeOutcome } from './exchange.ts';
import { configs, upgradeCases } from './requests.ts';

declare const __PROJECT_ROOT__: string;

const outcomes: Record<string, UpgradeOutcome> = {};
for (const [config, text] of Object.entries(configs)) {
  const target = await startTarget('nats-server', { text });
  const port = Number(new URL(target.ports.websocket?.[0] ?? '').port);
  const own = upgradeCases.filter((one) => one.config === config);
  await Promise.all(
    own.map(async (one) => {
      outcomes[one.name] = await exchange(port, one, () => target.log());
    }),
  );
  await target.stop();
}
const ordered = Object.fromEntries(upgradeCases.map(({ name }) => [name, outcomes[name]]));
const path = join(__PROJECT_ROOT__, 'test/conformance/recorded/websocket/upgrades.json');
writeFileSync(path, `${JSON.stringify(ordered, undefined, 1)}\n`);
console.log(`${upgradeCases.length} upgrades recorded`);
