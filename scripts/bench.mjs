// npm run bench -- [rows…] [options]: tnatsd beside nats-server under the same load, in turns.
// See bench/README.md for how to read what it prints.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { measureRow, runGenerator } from '../bench/measure.mjs';
import { help, parseCommandLine } from '../bench/options.mjs';
import { summarizeProfiles } from '../bench/profile.mjs';
import { rows, selectRows } from '../bench/rows.mjs';
import { scratch, startServer } from '../bench/servers.mjs';
import { renderTable, summarize, verdict } from '../bench/table.mjs';
import {
  ensureGenerator,
  ensureReference,
  referenceVersion,
  SetupError,
} from '../bench/toolchain.mjs';
import { ensureBuilt, root } from './setup.mjs';

/** How to run a server program: by Node when it is a script. */
function command(path, options, extraFlags = []) {
  if (!/\.[cm]?js$/.test(path)) return [resolve(path)];
  return [options.node, ...options['node-flag'], ...extraFlags, resolve(path)];
}

function testedArms(options, extraFlags) {
  const given = options.server.length > 0 ? options.server : [join(root, 'bin', 'nats-server.cjs')];
  return given.map((text, i) => {
    const named = /^(\w[\w.-]*)=(.+)$/.exec(text);
    const label = named?.[1] ?? (i === 0 ? 'tnatsd' : `server ${i + 1}`);
    const id = i === 0 ? 'tested' : `tested${i + 1}`;
    return { id, label, command: command(named?.[2] ?? text, options, extraFlags) };
  });
}

async function prepare(options) {
  // Before anything slow: a machine without Go learns it at once.
  const reference = options.reference ?? ensureReference(root);
  const generator = ensureGenerator(root);
  if (options.server.length === 0) await ensureBuilt();
  const arms = [
    { id: 'reference', label: 'nats-server', command: [reference] },
    ...testedArms(options),
  ];
  if (!options['no-noise'] && !options.quick)
    arms.push({ id: 'noise', label: 'nats-server again', command: [reference] });
  const certs = join(scratch(), 'certs');
  mkdirSync(certs);
  spawnSync(generator, ['cert', certs], { stdio: 'inherit' });
  return {
    arms,
    bare: {
      id: 'bare',
      label: 'bare node',
      bare: true,
      command: [options.node, join(root, 'bench', 'bare-listener.cjs')],
    },
    generator,
    certs,
    pairs: options.pairs,
    seconds: options.seconds,
    warmup: 0.4,
    quick: options.quick,
    calm: options.calm && !options.quick,
    fresh: !options.keep,
    problems: [],
    progress: (text) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
    },
  };
}

function output(program, args) {
  return spawnSync(program, args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
}

/** What a reader needs to know to repeat the run. */
function describeRun(options) {
  const commit = output('git', ['rev-parse', '--short', 'HEAD']) || 'unknown';
  const changed = output('git', ['status', '--porcelain', '--untracked-files=no'])
    ? ' + changes'
    : '';
  return {
    date: new Date().toISOString(),
    commit: commit + changed,
    node: output(options.node, ['--version']),
    reference: `nats-server ${referenceVersion}`,
    machine: `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'CPU'}, ${os.platform()} ${os.release()}`,
    load: os
      .loadavg()
      .map((n) => n.toFixed(1))
      .join(' '),
    pairs: options.pairs,
    seconds: options.seconds,
    servers: options.keep ? 'one per row' : 'a new one per measurement',
  };
}

function save(options, run, measured, problems) {
  const name = `${run.date.replace(/[:.]/g, '-')}.json`;
  const file = resolve(options.json ?? join(root, 'bench', 'results', name));
  mkdirSync(dirname(file), { recursive: true });
  const document = {
    run,
    rows: measured.map(({ summary, samples }) => ({ ...summary, samples })),
    problems,
  };
  writeFileSync(file, `${JSON.stringify(document, null, 1)}\n`);
  return file;
}

/** Once per row and server: what failed in one round mostly fails in all of them. */
function printProblems(problems) {
  const seen = new Map();
  for (const problem of problems) {
    const where = problem.split(': ', 1)[0];
    if (!seen.has(where)) console.log(`PROBLEM ${problem}`);
    seen.set(where, (seen.get(where) ?? 0) + 1);
  }
  for (const [where, count] of seen)
    if (count > 1) console.log(`${where}: ${count} failures in all`);
}

async function compare(options, chosen) {
  const context = await prepare(options);
  const run = describeRun(options);
  console.log(
    Object.entries(run)
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
  );
  const begin = performance.now();
  const measured = [];
  for (const row of chosen) {
    const one = await measureRow(context, row);
    measured.push({ ...one, summary: summarize(one) });
    context.progress('');
    if (!process.stderr.isTTY) console.error(`bench: ${row.name} done`);
  }
  console.log(`\n${renderTable(measured, context.arms, !options.quick)}\n`);
  printProblems(context.problems);
  const minutes = ((performance.now() - begin) / 60_000).toFixed(1);
  console.log(`${minutes} minutes; numbers in ${save(options, run, measured, context.problems)}`);
  if (context.problems.length > 0) return 1;
  const missed = measured.some(({ row, summary }) => verdict(row, summary) === false);
  return options.assert && !options.quick && missed ? 2 : 0;
}

/** Runs only the tested server, under V8's profiler. */
async function profile(options, chosen) {
  const context = await prepare({ ...options, 'no-noise': true });
  for (const row of chosen.filter((one) => one.guess)) {
    const folder = mkdtempSync(join(scratch(), 'profile-'));
    const [arm] = testedArms(options, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
    const server = await startServer(arm, row.server?.(context));
    const count = row.guess * 10;
    const result = await runGenerator(context, server, row, { count, warmup: row.guess });
    await server.stop();
    console.log(
      `\n${row.name}: ${row.title}, ${Math.round(result.rate)} msgs/s under the profiler`,
    );
    console.log(summarizeProfiles(folder));
  }
  return 0;
}

async function main() {
  const options = parseCommandLine(process.argv.slice(2));
  if (options.help) return console.log(help);
  if (options.list) {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    console.log(`tnatsd ${version} bench`);
    for (const row of rows)
      console.log(`${row.group.padEnd(8)} ${row.name.padEnd(10)} ${row.title}`);
    return;
  }
  const chosen = selectRows(options.names);
  process.exitCode = await (options.profile ? profile(options, chosen) : compare(options, chosen));
}

main().catch((error) => {
  const plain = error instanceof SetupError || error instanceof RangeError;
  console.error(plain ? `bench: ${error.message}` : error);
  process.exitCode = 1;
});
