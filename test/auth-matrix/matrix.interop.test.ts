import { test } from 'node:test';
import { matrixGroups } from './groups.ts';
import { assertEqualVerdicts, readRecorded } from './recorded.ts';
import { runGroup, type Verdicts } from './run-matrix.ts';

test('who gets in, by which way, and may do what, is the same in nats-server', async (t) => {
  const all: Verdicts = new Map();
  for (const group of await matrixGroups())
    await t.test(group.name, async () => {
      const [ours, theirs]: [Verdicts, Verdicts] = [new Map(), new Map()];
      await runGroup('nats-server', group, theirs);
      await runGroup('tnatsd', group, ours);
      for (const [id, verdict] of theirs) all.set(id, verdict);
      assertEqualVerdicts(ours, theirs);
    });
  assertEqualVerdicts(all, readRecorded());
  t.diagnostic(`${all.size} cells`);
});
