/**
 * Every recorded step in the system account has the same outcome with our server: answers and events,
 * keys in their order and all values that are not masked. Environment as in ../replay.test.ts.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTarget, type TargetKind } from '../target.ts';
import { type Outcome, type RecordedScenario, ScenarioRun } from './scenario.ts';

declare const __PROJECT_ROOT__: string;

const kind: TargetKind =
  process.env.CONFORMANCE_TARGET === 'nats-server' ? 'nats-server' : 'tnatsd';
const dir = join(__PROJECT_ROOT__, 'test/conformance/recorded/system');

/** Where two texts part, with a little of both. */
function difference(expected: string, got: string): string {
  let at = 0;
  while (at < expected.length && expected[at] === got[at]) at++;
  const from = Math.max(0, at - 60);
  return `expected …${expected.slice(from, at + 160)}\n     got …${got.slice(from, at + 160)}`;
}

function compare(recorded: RecordedScenario, outcomes: Outcome[]): string[] {
  return recorded.steps.flatMap((step, i) => {
    const [want, have] = [JSON.stringify(recorded.outcomes[i]), JSON.stringify(outcomes[i])];
    return want === have ? [] : [`${JSON.stringify(step)}\n${difference(want, have)}`];
  });
}

for (const file of readdirSync(dir)) {
  const recorded = JSON.parse(readFileSync(join(dir, file), 'utf8')) as RecordedScenario;
  test(`system ${recorded.name}: ${recorded.steps.length} recorded steps`, async () => {
    const target = await startTarget(kind, recorded.config);
    try {
      const outcomes = await new ScenarioRun(target).run(recorded.steps);
      const differences = compare(recorded, outcomes);
      const shown = differences.slice(0, 15).join('\n');
      assert.equal(differences.length, 0, `${differences.length} differences\n${shown}`);
    } finally {
      await target.stop();
    }
  });
}
