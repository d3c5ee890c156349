import { matrixGroups } from './groups.ts';
import { writeRecorded } from './recorded.ts';
import { runMatrix } from './run-matrix.ts';

/** Two runs must agree. */
async function main(): Promise<void> {
  const groups = await matrixGroups();
  const first = await runMatrix('nats-server', groups);
  const second = await runMatrix('nats-server', groups);
  for (const [id, verdict] of first)
    if (JSON.stringify(verdict) !== JSON.stringify(second.get(id))) {
      console.log(`unstable: ${id}`);
      process.exitCode = 1;
    }
  writeRecorded(first);
  console.log(`${first.size} cells`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
