/** Records the system account of the real server; run by scripts/record-sessions.mjs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceVersion, startTarget } from '../target.ts';
import { type Outcome, type RecordedScenario, type Scenario, ScenarioRun } from './scenario.ts';
import { scenarios } from './scenarios.ts';

declare const __PROJECT_ROOT__: string;

async function play({ config, steps }: Scenario): Promise<Outcome[]> {
  const target = await startTarget('nats-server', config);
  try {
    return await new ScenarioRun(target).run(steps);
  } finally {
    await target.stop();
  }
}

/** Two runs must agree, and no masked value may be out of its range. */
function report(scenario: Scenario, first: Outcome[], second: Outcome[]): void {
  first.forEach((outcome, i) => {
    const [a, b] = [JSON.stringify(outcome), JSON.stringify(second[i])];
    if (a === b && !a.includes('<bad ')) return;
    console.log(
      `  unstable: ${scenario.name} ${JSON.stringify(scenario.steps[i])}\n   ${a}\n   ${b}`,
    );
    process.exitCode = 1;
  });
}

async function main(): Promise<void> {
  const dir = join(__PROJECT_ROOT__, 'test/conformance/recorded/system');
  mkdirSync(dir, { recursive: true });
  const only = process.env.CONFORMANCE_ONLY ?? '';
  for (const scenario of scenarios.filter(({ name }) => name.includes(only))) {
    const outcomes = await play(scenario);
    report(scenario, outcomes, await play(scenario));
    const recorded: RecordedScenario = { reference: referenceVersion, ...scenario, outcomes };
    const file = join(dir, `${scenario.name}.json`);
    writeFileSync(file, `${JSON.stringify(recorded, undefined, 1)}\n`);
    console.log(`system ${scenario.name}: ${outcomes.length} steps`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
