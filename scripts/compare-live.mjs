// node scripts/compare-live.mjs [--seconds 60] [--seed N] [--config name…]: mutated sessions against
// tnatsd and the real nats-server side by side; see test/conformance/compare-live.ts.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, root } from './setup.mjs';

await ensureBuilt();
const { buildTests } = await import('./bundle.mjs');
mkdirSync(join(root, 'build'), { recursive: true });
const outdir = mkdtempSync(join(root, 'build', 'compare-'));
process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
await buildTests(['test/conformance/compare-live.ts', 'test/fuzz/corpus.ts'], outdir);
const built = join(outdir, 'test/conformance/compare-live.mjs');
const child = spawn(process.execPath, ['--enable-source-maps', built, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
