/** Records the monitoring documents of the real server; run by scripts/record-sessions.mjs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceVersion, startTarget } from '../target.ts';
import { type Answer, askAll, type RecordedScenario, type Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

declare const __PROJECT_ROOT__: string;

async function ask(scenario: Scenario): Promise<Record<string, Answer>> {
  const target = await startTarget('nats-server', scenario.config);
  try {
    return await askAll(target, scenario);
  } finally {
    await target.stop();
  }
}

/** Leaves out what two runs of the same server do not agree on. */
function agreed(first: Record<string, Answer>, second: Record<string, Answer>) {
  const answers: Record<string, Answer> = {};
  for (const [line, answer] of Object.entries(first)) {
    const other = second[line];
    const bad = JSON.stringify(answer).includes('<bad ');
    if (JSON.stringify(answer) === JSON.stringify(other) && !bad) answers[line] = answer;
    else {
      console.log(
        `  unstable, left out: ${line}\n   ${JSON.stringify(answer)}\n   ${JSON.stringify(other)}`,
      );
      process.exitCode = 1;
    }
  }
  return answers;
}

async function main(): Promise<void> {
  const dir = join(__PROJECT_ROOT__, 'test/conformance/recorded/monitor');
  mkdirSync(dir, { recursive: true });
  for (const scenario of scenarios) {
    const answers = agreed(await ask(scenario), await ask(scenario));
    const { name, config, clients } = scenario;
    const recorded: RecordedScenario = {
      reference: referenceVersion,
      name,
      config,
      clients,
      answers,
    };
    writeFileSync(join(dir, `${name}.json`), `${JSON.stringify(recorded, undefined, 1)}\n`);
    console.log(`monitor ${name}: ${Object.keys(answers).length} documents`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
