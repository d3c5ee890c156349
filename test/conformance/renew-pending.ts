/**
 * Renews pending.json: sessions that pass now leave it. With `add` before the names of groups, those
 * of the groups that do not pass enter it. Run by scripts/pending-sessions.mjs; needs dist.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deliberate } from './deliberate.ts';
import { type PendingTopic, pendingFile, readPending } from './pending.ts';
import { visitSessions } from './pool.ts';
import { replaySession } from './run.ts';
import type { RecordedGroup } from './session.ts';

declare const __PROJECT_ROOT__: string;

const patienceMs = 3_000;

function readGroup(name: string): RecordedGroup {
  const file = join(__PROJECT_ROOT__, 'test/conformance/recorded', `${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as RecordedGroup;
}

/** The names that fail among the sessions that `wanted` picks. */
async function failing(
  group: RecordedGroup,
  wanted: (name: string) => boolean,
): Promise<Set<string>> {
  const failed = new Set<string>();
  const sessions = group.sessions.filter(({ name }) => wanted(name));
  await visitSessions('tnatsd', group.configs, sessions, {
    visit: async (target, session) => {
      const difference = await replaySession(target, session, { patienceMs });
      if (!difference) return;
      failed.add(session.name);
      console.log(`${session.name} [${session.config}] step ${difference.step}`);
      console.log(`  did      ${difference.action}`);
      console.log(`  expected ${JSON.stringify(difference.expected)}`);
      console.log(`  got      ${JSON.stringify(difference.got)}`);
    },
    onStartFailure: (config, left, error) => {
      console.log(`[${config}] ${error.message}`);
      for (const { name } of left) failed.add(name);
    },
  });
  return failed;
}

async function main(words: string[]): Promise<void> {
  const adds = words[0] === 'add';
  const named = adds ? words.slice(1) : words;
  const topics = readPending();
  const renewed: Record<string, PendingTopic> = { ...topics };
  for (const name of named.length > 0 ? named : Object.keys(topics)) {
    const topic = topics[name] ?? { reason: `${name}: not yet`, sessions: [] };
    const group = readGroup(name);
    const failed = await failing(
      group,
      (n) => !(n in deliberate) && (adds || topic.sessions.includes(n)),
    );
    const sessions = group.sessions.map((s) => s.name).filter((n) => failed.has(n));
    if (sessions.length > 0) renewed[name] = { ...topic, sessions };
    else delete renewed[name];
    console.log(`# ${name}: ${topic.sessions.length} were pending, ${sessions.length} are`);
  }
  writeFileSync(pendingFile, `${JSON.stringify(renewed, undefined, 2)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
