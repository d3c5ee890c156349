// node scripts/fuzz.mjs [--seconds 60] [--seed N] [--target tnatsd|nats-server]: mutation fuzz on
// every listener, in the clear, behind PROXY headers and through TLS. Prints its seed;
// --from N --count M repeats single streams.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, root } from './setup.mjs';

await ensureBuilt();
const { buildTests } = await import('./bundle.mjs');
mkdirSync(join(root, 'build'), { recursive: true });
const outdir = mkdtempSync(join(root, 'build', 'fuzz-'));
process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
await buildTests(['test/fuzz/ports.fuzz.ts'], outdir);
const built = join(outdir, 'test/fuzz/ports.fuzz.mjs');
const child = spawn(process.execPath, ['--enable-source-maps', built, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
