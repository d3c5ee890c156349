// Records what the real nats-server says about the configuration files of test/conformance/conf:
// accepted (with its digest) or refused, and every line it prints. Run it after adding cases:
//   node scripts/record-conf.mjs [path of nats-server]
// The replay (test/conformance/conf/replay.test.ts) needs only the recorded file.
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { allCases, surroundings } from '../test/conformance/conf/cases.mjs';
import { root } from './setup.mjs';

const program = process.argv[2] ?? join(homedir(), 'go/bin/nats-server');
const recorded = join(root, 'test/conformance/recorded/conf.jsonl');
const fixtures = join(root, 'test/conformance/conf/fixtures');
/** Go walks maps in random order: a case whose lines differ between runs keeps what is common. */
const RUNS = 3;

const folder = mkdtempSync(join(tmpdir(), 'record-conf-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function prepare(name) {
  const dir = join(folder, name);
  mkdirSync(dir, { recursive: true });
  if (existsSync(fixtures)) cpSync(fixtures, dir, { recursive: true });
  for (const [path, text] of Object.entries(surroundings[name]?.files ?? {})) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

function run(dir, file, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['-t', '-c', file], {
      cwd: dir,
      env: { PATH: '/nowhere', ...env },
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Lines without the program's name, sorted: their order means nothing. */
function linesOf(output, file) {
  const lines = output.replace(/^nats-server: /, '').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => line.replaceAll(file, 'main.conf'))
    .sort();
}

async function record(one, dir, index) {
  const file = `main${index}.conf`;
  writeFileSync(join(dir, file), one.text);
  const env = surroundings[one.surroundings]?.env;
  const seen = [];
  for (let i = 0; i < RUNS; i++) seen.push(await run(dir, file, env));
  rmSync(join(dir, file));
  const lines = seen.map(({ output }) => linesOf(output, file));
  const same = lines.every((other) => JSON.stringify(other) === JSON.stringify(lines[0]));
  const common = lines[0].filter((line) => lines.every((other) => other.includes(line)));
  const result = { ...one, accepted: seen[0].code === 0, lines: common };
  return same ? result : { ...result, unstable: true };
}

const version = /v(\S+)/.exec(spawnSync(program, ['--version']).stdout.toString())[1];
const cases = allCases();
const names = new Set(cases.map(({ name }) => name));
if (names.size !== cases.length) throw new Error('two cases have the same name');
const folders = new Map();
for (const name of ['', ...Object.keys(surroundings)]) folders.set(name, prepare(name || 'plain'));
const results = new Array(cases.length);
// What was recorded before and did not change need not run again.
const known = new Map();
if (existsSync(recorded) && !process.env.RECORD_ALL) {
  const [, ...lines] = readFileSync(recorded, 'utf8').trim().split('\n');
  for (const line of lines) {
    const before = JSON.parse(line);
    known.set(JSON.stringify([before.text, before.surroundings]), before);
  }
}
let next = 0;
async function worker() {
  while (next < cases.length) {
    const index = next++;
    const one = cases[index];
    const before = known.get(JSON.stringify([one.text, one.surroundings]));
    if (before !== undefined) results[index] = { ...before, ...one };
    else results[index] = await record(one, folders.get(one.surroundings ?? ''), index);
  }
}
await Promise.all([worker(), worker()]);
const head = JSON.stringify({ version, surroundings });
mkdirSync(dirname(recorded), { recursive: true });
writeFileSync(recorded, `${[head, ...results.map((r) => JSON.stringify(r))].join('\n')}\n`);
const accepted = results.filter((r) => r.accepted).length;
const unstable = results.filter((r) => r.unstable).length;
console.log(`${results.length} cases: ${accepted} accepted, ${unstable} unstable`);
