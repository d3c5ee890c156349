// Set-up shared by the npm scripts: installs the dependencies and builds when needed, and does
// nothing twice. Every step is keyed by the content it depends on.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a command with inherited output; exits with its status when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function stampMatches(file, key) {
  return existsSync(file) && readFileSync(file, 'utf8') === key;
}

/** Installs the locked dependencies unless this lock file was already installed. */
export function ensureInstalled() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const key = createHash('sha256').update(lock).digest('hex');
  const stamp = join(root, 'node_modules', '.tnatsd-installed');
  if (stampMatches(stamp, key)) return;
  console.error('tnatsd: installing dependencies (npm ci)…');
  // npm's own output goes to stderr: stdout belongs to the program that is being set up.
  run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  writeFileSync(stamp, key);
}

/** Every file below `dir` (relative to the project) with its size and time: cheap to compare. */
function fingerprint(dirs) {
  const hash = createHash('sha256');
  const walk = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(path).sort()) walk(join(path, name));
      return;
    }
    if (path.endsWith('.test.ts')) return;
    hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
  };
  for (const dir of dirs) walk(join(root, dir));
  return hash.digest('hex');
}

/** Builds `dist/` unless it was built from exactly these sources. */
export async function ensureBuilt() {
  ensureInstalled();
  const stamp = join(root, 'dist', '.built-from');
  const key = fingerprint([
    'src',
    'web',
    'scripts/build.mjs',
    'scripts/bundle.mjs',
    'package.json',
  ]);
  if (stampMatches(stamp, key)) return;
  const { buildDist } = await import('./bundle.mjs');
  await buildDist();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, key);
}
