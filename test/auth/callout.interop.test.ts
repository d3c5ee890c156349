import { test } from 'node:test';
import { startTarget } from '../conformance/target.ts';
import { scenarios } from './callout-scenarios.ts';

/** The same scenarios as callout.test.ts, so that they say what nats-server does. */
for (const [name, scenario] of Object.entries(scenarios)) {
  test(`nats-server, auth callout, ${name}`, () =>
    scenario(async (text, body) => {
      const target = await startTarget('nats-server', {
        text,
        flags: ['-a', '127.0.0.1', '-p', '-1', '-D'],
      });
      try {
        await body(target.clientPort, () => target.log());
      } finally {
        await target.stop();
      }
    }));
}
