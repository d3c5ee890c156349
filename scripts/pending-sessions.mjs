// node scripts/pending-sessions.mjs [group…]: takes the recorded sessions that pass now out of
// test/conformance/pending.json and shows what the others still get wrong. `add group…` also puts
// those in that do not pass. Needs `node scripts/build.mjs` before.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from './setup.mjs';

ensureInstalled();
const { buildTests } = await import('./bundle.mjs');
mkdirSync(join(root, 'build'), { recursive: true });
const outdir = mkdtempSync(join(root, 'build', 'pending-'));
process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
await buildTests(['test/conformance/renew-pending.ts'], outdir);
const built = join(outdir, 'test/conformance/renew-pending.mjs');
const args = ['--enable-source-maps', built, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;
