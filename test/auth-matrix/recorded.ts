/** The verdicts of nats-server, recorded: most lines are met in many cells. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceVersion } from '../conformance/target.ts';
import type { Verdicts } from './run-matrix.ts';

interface Recorded {
  reference: string;
  /** Everything that any cell met. */
  lines: string[];
  /** Which lines each cell met, one after the other. */
  cells: Record<string, number[]>;
}

const file = join(__PROJECT_ROOT__, 'test/auth-matrix/recorded.json');

export function readRecorded(): Verdicts {
  const { cells, lines } = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  const verdict = (which: number[]) => which.map((at) => lines[at] ?? '');
  return new Map(Object.entries(cells).map(([id, which]) => [id, verdict(which)]));
}

export function writeRecorded(seen: Verdicts): void {
  const lines = [...new Set([...seen.values()].flat())];
  const number = new Map(lines.map((line, at) => [line, at]));
  const numbered = [...seen].map(([id, verdict]) => [id, verdict.map((one) => number.get(one))]);
  const recorded = { reference: referenceVersion, lines, cells: Object.fromEntries(numbered) };
  writeFileSync(file, `${JSON.stringify(recorded, undefined, 2)}\n`);
}

const shownDifferences = 20;

/** Fails with the cells that differ, and how. */
export function assertEqualVerdicts(got: Verdicts, expected: Verdicts): void {
  const different = [...expected.keys()].filter(
    (id) => JSON.stringify(got.get(id)) !== JSON.stringify(expected.get(id)),
  );
  const shown = different.slice(0, shownDifferences).map((id) => {
    const [ours = [], theirs = []] = [got.get(id), expected.get(id)];
    const only = (one: string[], other: string[]) => one.filter((line) => !other.includes(line));
    const lines = [
      ...only(theirs, ours).map((l) => `- ${l}`),
      ...only(ours, theirs).map((l) => `+ ${l}`),
    ];
    return [id, ...lines].join('\n  ');
  });
  assert.equal(different.length, 0, `${different.length} cells differ:\n${shown.join('\n')}`);
  assert.deepEqual([...got.keys()].sort(), [...expected.keys()].sort(), 'other cells');
}
