/**
 * Every method of authentication × every way in × every permission case: what nats-server answered was
 * recorded (node scripts/record-auth-matrix.mjs); matrix.interop.test.ts compares both live.
 */
import { test } from 'node:test';
import { matrixGroups } from './groups.ts';
import { cellsOf } from './matrix.ts';
import { assertEqualVerdicts, readRecorded } from './recorded.ts';
import { runGroup, type Verdicts } from './run-matrix.ts';

test('who gets in, by which way, and may do what, is as recorded', async (t) => {
  const recorded = readRecorded();
  const all: Verdicts = new Map();
  for (const group of await matrixGroups())
    await t.test(group.name, async () => {
      const verdicts: Verdicts = new Map();
      await runGroup('tnatsd', group, verdicts);
      for (const [id, verdict] of verdicts) all.set(id, verdict);
      const ids = new Set(cellsOf(group).map(({ id }) => id));
      assertEqualVerdicts(verdicts, new Map([...recorded].filter(([id]) => ids.has(id))));
    });
  assertEqualVerdicts(all, recorded);
  t.diagnostic(`${all.size} cells`);
});
