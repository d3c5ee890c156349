/**
 * Records the answers of the real server to every session of the tables, into recorded/*.json.
 * Each session runs twice; one whose answers differ between the runs is reported and left out:
 * it would make the replay flicker. Run by scripts/record-sessions.mjs.
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

async function recordGroup(
  sessions: Session[],
): Promise<{ recorded: Session[]; unstable: string[] }> {
  const first = new Map<string, Step[]>();
  const second = new Map<string, Step[]>();
  for (const results of [first, second])
    await visitSessions('nats-server', configs, sessions, {
      visit: async (target, session) => {
        results.set(session.name, await recordSession(target, session));
      },
      onStartFailure: (_config, _sessions, error) => {
        throw error;
      },
    });
  const unstable: string[] = [];
  const recorded: Session[] = [];
  for (const session of sessions) {
    const steps = first.get(session.name);
    const same = JSON.stringify(steps) === JSON.stringify(second.get(session.name));
    if (!steps || !same) {
      unstable.push(session.name);
      console.error(JSON.stringify(steps), '\n', JSON.stringify(second.get(session.name)));
    } else recorded.push({ ...session, steps });
  }
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
