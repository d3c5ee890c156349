/** Registers the scenarios of one client as tests, against our server and the real one. */
import { test } from 'node:test';
import { findReference, type TargetKind } from '../conformance/target.ts';
import { play, type RunClient, scenarios } from './scenarios.ts';

const inCi = process.env.CI === 'true';

/** What is missing is a failure in CI and a loud skip elsewhere. */
function missing(label: string, why: string): void {
  if (inCi) {
    test(label, () => {
      throw new Error(why);
    });
    return;
  }
  console.error(`\n*** SKIPPED: ${label}: ${why} ***\n`);
  test(label, { skip: why }, () => {});
}

/** INTEROP_TARGET=nats-server or tnatsd narrows to one server. */
function kinds(): TargetKind[] {
  const all: TargetKind[] = ['nats-server', 'tnatsd'];
  return all.filter((kind) => (process.env.INTEROP_TARGET ?? kind) === kind);
}

/** A way to run the client, or the reason why this machine has none. */
export type Client = { run: RunClient } | { missing: string };

export function interopSuite(language: string, client: Client): void {
  if ('missing' in client) {
    missing(`${language} client`, client.missing);
    return;
  }
  for (const kind of kinds()) {
    const isBaseline = kind === 'nats-server';
    if (isBaseline && !findReference()) {
      missing(`${language} client with nats-server`, 'nats-server is not installed');
      continue;
    }
    for (const scenario of scenarios)
      test(`${language} client with ${kind}: ${scenario.name}`, { timeout: 60_000 }, async (t) => {
        const played = play(kind, scenario, client.run);
        if (!isBaseline) return played;
        // The baseline shows that the scenario can be passed. Now and then a message that is published
        // behind the PONG for another connection's SUB does not arrive there: not ours to mend.
        await played.catch((error: Error) => {
          t.diagnostic(`nats-server failed once: ${error.message.split('\n').at(-2) ?? ''}`);
          return play(kind, scenario, client.run);
        });
      });
  }
}
