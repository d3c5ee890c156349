/**
 * The differential test: every recorded session must get the same bytes from our server as it got
 * from the real one, apart from the masks; and the same again when the client's bytes arrive one
 * by one or in random pieces.
 *
 * Environment: CONFORMANCE_TARGET=nats-server replays against the real server (do the recordings
 * still hold?), CONFORMANCE_ONLY=text narrows to sessions with that in their name,
 * CONFORMANCE_SEED repeats a random cut, CONFORMANCE_REPORT=file appends every difference.
 */
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { byteByByte, type Cut, randomCut, seededBelow, whole } from './chunking.ts';
import { deliberate } from './deliberate.ts';
import { pending } from './pending.ts';
import { visitSessions } from './pool.ts';
import { type Difference, replaySession } from './run.ts';
import type { RecordedGroup, Session } from './session.ts';
import type { TargetKind } from './target.ts';

declare const __PROJECT_ROOT__: string;

const kind: TargetKind =
  process.env.CONFORMANCE_TARGET === 'nats-server' ? 'nats-server' : 'tnatsd';
const only = process.env.CONFORMANCE_ONLY ?? '';
const seed = Number(process.env.CONFORMANCE_SEED ?? Date.now() % 1_000_000_007);
const recordedDir = join(__PROJECT_ROOT__, 'test/conformance/recorded');
const shownDifferences = 12;

function readGroup(file: string): RecordedGroup {
  return JSON.parse(readFileSync(join(recordedDir, file), 'utf8')) as RecordedGroup;
}

function describe(session: Session, d: Difference): string {
  return [
    `${session.name} [${session.config}] step ${d.step}: ${d.action}`,
    `    expected ${JSON.stringify(d.expected)}`,
    `    got      ${JSON.stringify(d.got)}`,
  ].join('\n');
}

/** What is known to be missing gets little time to appear, and only in whole writes. */
const pendingPatienceMs = 300;
const pendingReason = ({ name }: Session) =>
  kind === 'tnatsd' ? (pending[name] ?? deliberate[name]) : undefined;

async function replayGroup(
  group: RecordedGroup,
  sessions: Session[],
  cutFor: (session: Session) => Cut,
): Promise<string[]> {
  const differences: string[] = [];
  await visitSessions(kind, group.configs, sessions, {
    visit: async (target, session) => {
      const reason = pendingReason(session);
      const patience = reason === undefined ? {} : { patienceMs: pendingPatienceMs };
      const options = { cut: cutFor(session), ...patience };
      const difference = await replaySession(target, session, options);
      if (reason !== undefined && !difference)
        differences.push(
          `${session.name} passes now: remove it from pending.json or deliberate.ts (${reason})`,
        );
      if (reason === undefined && difference) differences.push(describe(session, difference));
    },
    onStartFailure: (config, left, error) => {
      if (left.every((session) => pendingReason(session) !== undefined)) return;
      differences.push(`${left.length} sessions in [${config}]: ${error.message}`);
    },
  });
  return differences;
}

function check(label: string, differences: string[]): void {
  if (process.env.CONFORMANCE_REPORT && differences.length > 0)
    appendFileSync(process.env.CONFORMANCE_REPORT, `## ${label}\n${differences.join('\n')}\n`);
  const shown = differences.slice(0, shownDifferences).join('\n');
  assert.equal(differences.length, 0, `${label}: ${differences.length} differences\n${shown}`);
}

/** A way to cut, made anew for each session so that a seed gives the same cuts in any order. */
type Way = [name: string, cutFor: (session: Session) => Cut];

const seedOf = (session: Session) => {
  let hash = seed;
  for (const char of session.name) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  return hash;
};
const randomFor = (session: Session) => randomCut(seededBelow(seedOf(session)));
const eitherFor = (session: Session) =>
  seedOf(session) % 2 === 0 ? byteByByte : randomFor(session);

const ways: Way[] =
  process.env.CONFORMANCE_FULL === '1'
    ? [
        ['whole writes', () => whole],
        ['byte by byte', () => byteByByte],
        [`random pieces, seed ${seed}`, randomFor],
      ]
    : [
        ['whole writes', () => whole],
        [`in pieces, seed ${seed}`, eitherFor],
      ];

for (const file of readdirSync(recordedDir).filter((name) => name.endsWith('.json'))) {
  const group = readGroup(file);
  const named = group.sessions.filter((session) => session.name.includes(only));
  for (const [way, cutFor] of ways) {
    const sessions =
      way === 'whole writes'
        ? named
        : named.filter((session) => !session.whole && pendingReason(session) === undefined);
    if (sessions.length === 0) continue;
    const label = `${file.slice(0, -5)}: ${sessions.length} recorded sessions, ${way}`;
    test(label, async () => check(label, await replayGroup(group, sessions, cutFor)));
  }
}
