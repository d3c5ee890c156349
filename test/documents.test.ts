import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/* The documents name files, tests and commands; what they name must exist. */

const read = (path: string): string => readFileSync(join(__PROJECT_ROOT__, path), 'utf8');
const documents = [
  ...readdirSync(__PROJECT_ROOT__).filter((name) => name.endsWith('.md')),
  'bench/README.md',
];

/** What a test file passes to test() and it() as a name. */
function titlesOf(file: string): string[] {
  const calls = read(file).matchAll(/\b(?:test|it)(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs);
  return [...calls].map(([, , title = '']) => title);
}

test('each difference from nats-server has its test', () => {
  const rows = read('DIFFERENCES.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (---|tnatsd \|)/.test(line));
  assert.ok(rows.length > 30, `${rows.length} rows`);
  for (const row of rows) {
    const [, file, title] = /`([\w/.-]+\.test\.ts): (.+)` \|$/.exec(row) ?? [];
    assert.ok(file !== undefined && title !== undefined, `no test in: ${row}`);
    assert.ok(titlesOf(file).includes(title), `${file} has no test "${title}"`);
  }
});

test('files that the documents point to exist', () => {
  for (const document of documents) {
    const folder = join(__PROJECT_ROOT__, document, '..');
    for (const [, target = ''] of read(document).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(join(folder, target)), `${document}: ${target}`);
    }
    for (const [, path = ''] of read(document).matchAll(
      /`((?:src|test|scripts|docs|bench)\/[\w/.-]+)`/g,
    )) {
      // Made by the bench; a clone has none.
      if (path.startsWith('bench/results')) continue;
      assert.ok(existsSync(join(__PROJECT_ROOT__, path)), `${document}: ${path}`);
    }
  }
});

test('commands that the documents name are scripts of the package', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const document of documents) {
    for (const [, name = ''] of read(document).matchAll(/\bnpm run ([a-z:]+)/g)) {
      assert.ok(name in scripts, `${document}: npm run ${name}`);
    }
  }
});
