// node scripts/record-auth-matrix.mjs: records what the real nats-server answers in the cells of
// test/auth-matrix. Needs nats-server 2.15.2 (NATS_SERVER, .cache/go-bin or ~/go/bin).
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './setup.mjs';

ensureInstalled();
const { buildTests } = await import('./bundle.mjs');
mkdirSync(join(root, 'build'), { recursive: true });
const outdir = mkdtempSync(join(root, 'build', 'record-'));
process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
await buildTests(['test/auth-matrix/record.ts'], outdir);
run(process.execPath, ['--enable-source-maps', join(outdir, 'test/auth-matrix/record.mjs')]);
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
run(process.execPath, [biome, 'format', '--write', 'test/auth-matrix/recorded.json']);
