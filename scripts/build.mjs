import { ensureBuilt, ensureInstalled, root, run } from './setup.mjs';

ensureInstalled();
await ensureBuilt();
if (process.argv.includes('--types') || process.env.npm_lifecycle_event === 'prepack') {
  run('node', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], { cwd: root });
}
