// npm run soak -- [minutes] [parts…] [--server PATH] [--node PATH] [--seed N]
//
// The long tests, one after the other, each for so many minutes (10). Parts:
//   load   every kind of core traffic at full speed from the bench's generator; nothing may be
//          lost or doubled, nobody may be closed, and the server's memory must be flat
//   others every test/fuzz/<part>.fuzz.ts: a program that takes --minutes M --seed S --server PATH
//          --node PATH, prints what it did, ends by itself, and exits with 0 only if all was well
// Without parts: all of them. The first lines name the commit and the seed, with which a failure
// can be repeated; the last line of each part is its result. It always ends by itself.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { describeGrowth, memoryGrowth } from '../bench/growth.mjs';
import { own, startServer } from '../bench/servers.mjs';
import { ensureGenerator, SetupError } from '../bench/toolchain.mjs';
import { ensureBuilt, root } from './setup.mjs';

const fuzzFolder = join(root, 'test', 'fuzz');
/** What a part may take beyond its minutes (connecting, draining, reporting) before it is ended. */
const graceMs = 120_000;

function fuzzParts() {
  const ending = '.fuzz.ts';
  return readdirSync(fuzzFolder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => entry.name.slice(0, -ending.length))
    .sort();
}

const isScript = (path) => /\.[cm]?js$/.test(path);

function parseCommandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      server: { type: 'string' },
      node: { type: 'string', default: process.execPath },
      seed: { type: 'string' },
    },
  });
  const minutes = /^[\d.]+$/.test(positionals[0] ?? '') ? Number(positionals.shift()) : 10;
  const known = ['load', ...fuzzParts()];
  const unknown = positionals.find((part) => !known.includes(part));
  if (unknown) throw new SetupError(`no part named "${unknown}"; there are: ${known.join(' ')}`);
  const seed = values.seed ? Number(values.seed) : Date.now() % 2 ** 31;
  const server = resolve(values.server ?? join(root, 'bin', 'nats-server.cjs'));
  const parts = positionals.length > 0 ? positionals : known;
  return { minutes, parts, seed, server, ours: !values.server, node: values.node };
}

/** Runs a child to its end, or ends it when it is late; resolves with its exit code. */
function finish(child, minutes) {
  return new Promise((done) => {
    const late = setTimeout(
      () => {
        console.log('soak: took too long, ended');
        child.kill('SIGKILL');
      },
      minutes * 60_000 + graceMs,
    );
    child.on('error', (error) => console.log(`soak: ${error.message}`));
    child.on('close', (code) => {
      clearTimeout(late);
      done(code);
    });
  });
}

/** Prints about one line in half a minute, and keeps all samples. */
function watchSamples(stream, samples, results) {
  createInterface({ input: stream }).on('line', (line) => {
    const value = JSON.parse(line);
    if (value.second === undefined) return results.push(value);
    samples.push(value);
    if (value.second % 30 !== 0) return;
    const rate = (value.rate / 1e6).toFixed(2);
    const rss = (value.rss / 2 ** 20).toFixed(1);
    console.log(
      `  ${value.second} s: ${rate} M deliveries/s, ${value.requests} requests, ` +
        `${value.opened} visitors, ${Math.round(value.churn_rate)} SUB+UNSUB/s, RSS ${rss} MiB`,
    );
  });
}

async function soakLoad(options) {
  const generator = ensureGenerator(root);
  const command = isScript(options.server) ? [options.node, options.server] : [options.server];
  const server = await startServer({ label: 'server', command });
  try {
    const args = ['soak', '-url', server.url, '-pid', String(server.pid)];
    args.push(`-seconds=${options.minutes * 60}`, `-seed=${options.seed}`, '-publishers=4');
    args.push('-subscribers=4', '-subjects=1000', '-churn=5000', '-requesters=4');
    const child = own(spawn(generator, args, { stdio: ['ignore', 'pipe', 'inherit'] }));
    const samples = [];
    const results = [];
    watchSamples(child.stdout, samples, results);
    const code = await finish(child, options.minutes);
    if (code !== 0) return `FAILED: the generator ended with ${code}\n${server.log()}`;
    const [result] = results;
    const growth = memoryGrowth(samples.map(({ second, rss }) => [second, rss]));
    const text =
      `${result.messages} deliveries, all exactly once, ${(result.rate / 1e6).toFixed(2)} M/s; ` +
      describeGrowth(growth);
    return growth.flat || !growth.judged ? `ok: ${text}` : `FAILED: memory is not flat: ${text}`;
  } finally {
    await server.stop();
  }
}

const group = { detached: process.platform !== 'win32', stdio: 'inherit' };

/** Ending the child ends what it started, too: it leads a process group of its own. */
function ownGroup(child) {
  const killOne = child.kill.bind(child);
  child.kill = (signal) => {
    if (!group.detached || child.pid === undefined) return killOne(signal);
    try {
      return process.kill(-child.pid, signal);
    } catch {
      return false;
    }
  };
  return own(child);
}

async function soakProgram(part, options) {
  const { buildTests } = await import('./bundle.mjs');
  mkdirSync(join(root, 'build'), { recursive: true });
  const outdir = mkdtempSync(join(root, 'build', 'soak-'));
  const clean = () => rmSync(outdir, { recursive: true, force: true });
  process.once('exit', clean);
  try {
    const file = join('test', 'fuzz', `${part}.fuzz.ts`);
    await buildTests([file], outdir);
    const program = join(outdir, file.replace(/\.ts$/, '.mjs'));
    const args = ['--enable-source-maps', program, '--minutes', String(options.minutes)];
    args.push('--seed', String(options.seed), '--server', options.server, '--node', options.node);
    const child = ownGroup(spawn(process.execPath, args, { ...group, cwd: root }));
    const code = await finish(child, options.minutes);
    return code === 0 ? 'ok' : `FAILED: ended with ${code}`;
  } finally {
    clean();
  }
}

function git(...args) {
  return spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
}

async function main() {
  const options = parseCommandLine();
  if (options.ours) await ensureBuilt();
  const changed = git('status', '--porcelain', '--untracked-files=no') ? ' + changes' : '';
  console.log(`soak: commit ${git('rev-parse', 'HEAD') || 'unknown'}${changed}`);
  console.log(`soak: seed ${options.seed}, ${options.minutes} minutes each, ${options.server}`);
  for (const part of options.parts) {
    console.log(`soak: ${part}…`);
    const result = await (part === 'load' ? soakLoad(options) : soakProgram(part, options));
    console.log(`soak: ${part}: ${result}`);
    if (result.startsWith('FAILED')) process.exitCode = 1;
  }
}

main().catch((error) => {
  console.error(error instanceof SetupError ? `soak: ${error.message}` : error);
  process.exitCode = 1;
});
