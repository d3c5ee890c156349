// npm run build [-- --types]: builds dist/ when the sources changed; for a package also its types.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ensureBuilt, ensureInstalled, root, run } from './setup.mjs';

const types = join(root, 'dist', 'types');

/** The declaration files that `file` leads to. */
function reach(file, seen) {
  if (seen.has(file)) return;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, path] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.ts['"]/g)) {
    reach(resolve(dirname(file), `${path}.d.ts`), seen);
  }
}

/** Removes what no reader of the public types comes to. */
function prune(folder, wanted) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) prune(path, wanted);
    else if (!wanted.has(path)) rmSync(path);
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

function buildTypes() {
  rmSync(types, { recursive: true, force: true });
  run('node', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json']);
  const wanted = new Set();
  for (const entry of ['index.d.ts', 'testing.d.ts']) reach(join(types, entry), wanted);
  prune(types, wanted);
  // The code is CommonJS with an ES module in front: true for `import` and for `require`.
  mkdirSync(types, { recursive: true });
  writeFileSync(join(types, 'package.json'), '{ "type": "commonjs" }\n');
}

ensureInstalled();
await ensureBuilt();
if (process.argv.includes('--types') || process.env.npm_lifecycle_event === 'prepack') buildTypes();
