import { ensureInstalled, run } from './setup.mjs';

ensureInstalled();
run('node', [
  'node_modules/@biomejs/biome/bin/biome',
  'check',
  '--write',
  ...process.argv.slice(2),
]);
