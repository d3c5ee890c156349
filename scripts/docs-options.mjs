// Writes docs/OPTIONS.md from the table of options. `--check` only says whether it is up to date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadSource } from './load-source.mjs';
import { root } from './setup.mjs';

const path = join(root, 'docs/OPTIONS.md');
const { optionsMarkdown } = await loadSource('src/options/options-doc.ts');
const text = optionsMarkdown();
if (process.argv.includes('--check')) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error('docs/OPTIONS.md is not up to date: run node scripts/docs-options.mjs');
    process.exit(1);
  }
} else {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
