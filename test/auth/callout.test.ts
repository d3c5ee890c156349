import { test } from 'node:test';
import { withCore } from '../fault/raw-client.ts';
import { scenarios } from './callout-scenarios.ts';

for (const [name, scenario] of Object.entries(scenarios)) {
  test(`auth callout, ${name}`, () =>
    scenario((config, body) =>
      withCore(config, ({ port, log }) => body(port, () => log.join('\n'))),
    ));
}
