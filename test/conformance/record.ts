/**
 * Records the answers of the real server to every session of the tables, into recorded/*.json.
 * Each session runs until two runs agree; one whose answers keep differing is reported and left
 * out: it would make the replay flicker. Run by scripts/record-sessions.mjs.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configs } from './configs.ts';
import { visitSessions } from './pool.ts';
import { recordSession } from './run.ts';
import type { RecordedGroup, Session, Step } from './session.ts';
import { groups } from './sessions/index.ts';
import { referenceVersion, type TargetConfig } from './target.ts';

declare const __PROJECT_ROOT__: string;

function checkNames(): void {
  const seen = new Set<string>();
  for (const session of Object.values(groups).flat()) {
    if (seen.has(session.name)) throw new Error(`two sessions are named ${session.name}`);
    seen.add(session.name);
  }
}

/** Two runs that agree, out of a few, are what the server answers. */
const attempts = 5;

/** The first step in which two runs differ, each as text. */
function firstDifference(runs: Set<string>): string {
  const [one = [], two = []] = [...runs].map((text) => JSON.parse(text) as Step[]);
  const at = one.findIndex((step, i) => JSON.stringify(step) !== JSON.stringify(two[i]));
  return `    ${JSON.stringify(one[at])}\n    ${JSON.stringify(two[at])}`;
}

async function recordGroup(
  sessions: Session[],
): Promise<{ recorded: Session[]; unstable: string[] }> {
  const seen = new Map<string, Set<string>>();
  const agreed = new Map<string, Step[]>();
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const left = sessions.filter(({ name }) => !agreed.has(name));
    await visitSessions('nats-server', configs, left, {
      visit: async (target, session) => {
        const steps = await recordSession(target, session);
        const texts = seen.get(session.name) ?? new Set();
        if (texts.has(JSON.stringify(steps))) agreed.set(session.name, steps);
        seen.set(session.name, texts.add(JSON.stringify(steps)));
      },
      onStartFailure: (_config, _sessions, error) => {
        throw error;
      },
    });
  }
  const recorded = sessions.flatMap((session) => {
    const steps = agreed.get(session.name);
    return steps ? [{ ...session, steps }] : [];
  });
  const unstable = sessions
    .filter(({ name }) => !agreed.has(name))
    .map(({ name }) => `${name}\n${firstDifference(seen.get(name) ?? new Set())}`);
  return { recorded, unstable };
}

function write(name: string, sessions: Session[]): void {
  const used: Record<string, TargetConfig> = {};
  for (const { config } of sessions) used[config] = configs[config] ?? { text: '' };
  const group: RecordedGroup = { reference: referenceVersion, configs: used, sessions };
  const dir = join(__PROJECT_ROOT__, 'test/conformance/recorded');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, `${name}.json`), `${JSON.stringify(group, undefined, 1)}\n`);
}

async function main(only: string[]): Promise<void> {
  checkNames();
  let unstableCount = 0;
  for (const [name, sessions] of Object.entries(groups)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const { recorded, unstable } = await recordGroup(sessions);
    write(name, recorded);
    console.log(`${name}: ${recorded.length} sessions`);
    for (const session of unstable) console.log(`  unstable, left out: ${session}`);
    unstableCount += unstable.length;
  }
  process.exitCode = unstableCount > 0 ? 1 : 0;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
