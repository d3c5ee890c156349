// npm test [-- paths or substrings…]: bundles the tests and runs them on node:test.
// Without arguments: every unit test beside the source and everything under test/ that needs
// nothing but Node. Files named *.interop.test.ts need more and run in CI (.ci/run).
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ensureBuilt, root } from './setup.mjs';

await ensureBuilt();
const { buildTests } = await import('./bundle.mjs');
const args = process.argv.slice(2);
const flags = args.filter((a) => a.startsWith('--'));
const wanted = args.filter((a) => !a.startsWith('--'));

function* walk(dir) {
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else if (name.endsWith('.test.ts')) yield path;
  }
}
const files = [...walk(join(root, 'src')), ...walk(join(root, 'test'))]
  .map((f) => relative(root, f))
  .filter((f) =>
    wanted.length > 0 ? wanted.some((w) => f.includes(w)) : !/\.(interop|long)\.test\.ts$/.test(f),
  );
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(1);
}
// Inside the project, so that bundled tests still resolve node_modules.
mkdirSync(join(root, 'build'), { recursive: true });
const outdir = mkdtempSync(join(root, 'build', 'test-'));
const clean = () => rmSync(outdir, { recursive: true, force: true });
process.on('exit', clean);
await buildTests(files, outdir);
const built = files.map((f) => join(outdir, f.replace(/\.ts$/, '.mjs')));
// Newer versions of Node print another form by default; scripts read this one.
if (!process.stdout.isTTY && !flags.some((flag) => flag.startsWith('--test-reporter'))) {
  flags.push('--test-reporter=tap');
}
const child = spawn(
  process.execPath,
  ['--enable-source-maps', '--expose-gc', '--test', '--test-concurrency=2', ...flags, ...built],
  { cwd: root, stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
