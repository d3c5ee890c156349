/**
 * Every recorded monitoring request gets the same answer from our server: status, content type,
 * keys and their order, and all values that are not masked. Environment as in ../replay.test.ts.
 */
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pendingDocuments } from '../pending.ts';
import { startTarget, type TargetKind } from '../target.ts';
import { type Answer, askAll, type RecordedScenario } from './scenario.ts';

declare const __PROJECT_ROOT__: string;

const kind: TargetKind =
  process.env.CONFORMANCE_TARGET === 'nats-server' ? 'nats-server' : 'tnatsd';
const only = process.env.CONFORMANCE_ONLY ?? '';
const dir = join(__PROJECT_ROOT__, 'test/conformance/recorded/monitor');

/** The first line in which two texts part, from both. */
function firstDifference(expected: string, got: string): string {
  const a = expected.split('\n');
  const b = got.split('\n');
  const at = a.findIndex((line, i) => line !== b[i]);
  const line = at < 0 ? a.length : at;
  return `line ${line + 1}: expected ${String(a[line])} | got ${String(b[line])}`;
}

function compareAnswers(want: Answer | undefined, have: Answer | undefined): string | undefined {
  const [wantHead, haveHead] = [want, have].map((a) => JSON.stringify({ ...a, body: undefined }));
  if (wantHead !== haveHead) return `expected ${wantHead} | got ${haveHead}`;
  if (want?.body === have?.body) return undefined;
  return firstDifference(want?.body ?? '', have?.body ?? '');
}

async function compare(recorded: RecordedScenario): Promise<string[]> {
  const target = await startTarget(kind, recorded.config);
  try {
    const requests = Object.keys(recorded.answers);
    const answers = await askAll(target, { clients: recorded.clients, requests });
    const differences: string[] = [];
    for (const line of requests.filter((request) => request.includes(only))) {
      const difference = compareAnswers(recorded.answers[line], answers[line]);
      const reason = kind === 'tnatsd' ? pendingDocuments[`${recorded.name} ${line}`] : undefined;
      if (reason === undefined && difference) differences.push(`${line}: ${difference}`);
      if (reason !== undefined && !difference)
        differences.push(`${line} passes now: remove it from pending.ts (${reason})`);
    }
    return differences;
  } finally {
    await target.stop();
  }
}

for (const file of readdirSync(dir)) {
  const recorded = JSON.parse(readFileSync(join(dir, file), 'utf8')) as RecordedScenario;
  const count = Object.keys(recorded.answers).length;
  const label = `monitor ${recorded.name}: ${count} recorded documents`;
  test(label, async () => {
    const differences = await compare(recorded);
    if (process.env.CONFORMANCE_REPORT && differences.length > 0)
      appendFileSync(process.env.CONFORMANCE_REPORT, `## ${label}\n${differences.join('\n')}\n`);
    const shown = differences.slice(0, 15).join('\n');
    assert.equal(differences.length, 0, `${differences.length} differences\n${shown}`);
  });
}
