// node scripts/record-sessions.mjs [group…]: records the answers of the real nats-server to the
// session tables of test/conformance into test/conformance/recorded. Needs nats-server 2.15.2
// (NATS_SERVER, .cache/go-bin or ~/go/bin). `monitor` records the monitoring documents,
// `system` the answers and events of the system account,
// `websocket` the answers to requests for an upgrade.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from './setup.mjs';

ensureInstalled();
const { buildTests } = await import('./bundle.mjs');
mkdirSync(join(root, 'build'), { recursive: true });
const outdir = mkdtempSync(join(root, 'build', 'record-'));
process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
const kinds = ['monitor', 'system', 'websocket'];
const programs = ['test/conformance/record.ts'];
for (const kind of kinds) programs.push(`test/conformance/${kind}/record.ts`);
await buildTests(programs, outdir);
const wanted = process.argv.slice(2);
for (const program of programs) {
  const kind = kinds.find((one) => program.includes(`/${one}/`));
  const others = wanted.filter((one) => !kinds.includes(one));
  const asked = kind === undefined ? others.length > 0 : wanted.includes(kind);
  if (wanted.length > 0 && !asked) continue;
  const built = join(outdir, program.replace(/\.ts$/, '.mjs'));
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', built, ...wanted], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = status ?? 1;
}
