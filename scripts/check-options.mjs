// Every row of the table of options names the test that shows its behaviour, as
// `file: part of the test's name`, or says `inactive`. A key inside a block is shown with its block
// unless it names a test of its own. Keys are unique, and docs/OPTIONS.md is up to date.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSource } from './load-source.mjs';
import { root, run } from './setup.mjs';

const { optionGroups } = await loadSource('src/options/table.ts');
const { flagRows } = await loadSource('src/options/flags.ts');
const problems = [];
const flagNames = new Set(flagRows.flatMap(({ names }) => names));
const titles = new Map();

/** What a test file passes to test(), it() and describe() as a name. */
function titlesOf(file) {
  if (!titles.has(file)) {
    const text = readFileSync(join(root, file), 'utf8');
    const calls = text.matchAll(
      /\b(?:test|it|describe)(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs,
    );
    titles.set(
      file,
      [...calls].map((call) => call[2]),
    );
  }
  return titles.get(file);
}

function checkShownBy(where, shownBy, top) {
  if (shownBy === 'inactive' || (!top && shownBy === 'block')) return;
  const [, file, name] = /^(\S+\.test\.ts): (.+)$/.exec(shownBy) ?? [];
  if (file === undefined) problems.push(`${where}: names no test: ${shownBy}`);
  else if (!existsSync(join(root, file))) problems.push(`${where}: no file ${file}`);
  else if (!titlesOf(file).some((title) => title.includes(name))) {
    problems.push(`${where}: ${file} has no test named "${name}"`);
  }
}

function checkRows(rows, path) {
  const seen = new Set();
  for (const row of rows) {
    const where = [...path, row.keys[0]].join('.');
    for (const key of row.keys) {
      if (seen.has(key)) problems.push(`${where}: ${key} stands twice`);
      if (key !== key.toLowerCase()) problems.push(`${where}: ${key} is not in lower case`);
      seen.add(key);
    }
    for (const flag of row.flags ?? []) {
      if (!flagNames.has(flag)) problems.push(`${where}: no flag ${flag}`);
    }
    if (row.doc === '') problems.push(`${where}: no doc`);
    checkShownBy(where, row.shownBy, path.length === 0);
    checkRows(row.children ?? [], [...path, row.keys[0]]);
  }
}

const rows = optionGroups.flatMap((group) => group.rows);
checkRows(rows, []);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
run('node', ['scripts/docs-options.mjs', '--check']);
console.log(`options: ${rows.length} rows ok`);
