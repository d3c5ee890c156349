// npm run check: format, lint, layers, option table, types, unit tests.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './setup.mjs';

ensureInstalled();
run('node', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings']);
run('node', ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', 'src', 'test']);
run('node', ['scripts/check-layers.mjs']);
if (existsSync(join(root, 'scripts/check-options.mjs'))) run('node', ['scripts/check-options.mjs']);
run('node', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
run('node', ['scripts/test.mjs']);
