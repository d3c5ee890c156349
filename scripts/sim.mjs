// node scripts/sim.mjs [--seconds 60] [--seed N]: the server under the seeded simulator (test/sim/).
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildTests } from './bundle.mjs';
import { root } from './setup.mjs';

// Inside the project, so that the bundle still resolves node_modules.
mkdirSync(join(root, 'build'), { recursive: true });
const outdir = mkdtempSync(join(root, 'build', 'sim-'));
process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
await buildTests(['test/sim/run.ts'], outdir);
process.setSourceMapsEnabled(true);
const { main } = await import(pathToFileURL(join(outdir, 'test/sim/run.mjs')).href);
await main(process.argv.slice(2));
