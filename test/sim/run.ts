/** `node scripts/sim.mjs`: simulations with fresh seeds until the time is up; stops at a failure. */
import { randomInt } from 'node:crypto';
import { simulate } from './simulation.ts';

const usage = `usage: node scripts/sim.mjs [--seconds 60] [--seed N] [--runs N] [--length ms] [--verbose]
  --seconds  real time to spend (default 60)
  --seed     first seed; the next runs count up (default: a fresh one, printed)
  --runs     stop after so many runs
  --length   simulated milliseconds of traffic in each run (default 3000)
  --verbose  print every run, and the last events of a failed one`;

interface Arguments {
  seconds: number;
  seed: number;
  runs: number;
  length: number;
  verbose: boolean;
}

/** Undefined: they cannot be understood. */
function parseArguments(args: readonly string[]): Arguments | undefined {
  const given: Arguments = {
    seconds: 60,
    seed: randomInt(2 ** 31),
    runs: Number.POSITIVE_INFINITY,
    length: 3000,
    verbose: false,
  };
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.replace(/^--?/, '');
    if (name === 'verbose') given.verbose = true;
    else if (name === 'seconds' || name === 'seed' || name === 'runs' || name === 'length') {
      const value = Number(args[++i]);
      if (!Number.isInteger(value) || value < 0) return undefined;
      given[name] = value;
    } else return undefined;
  }
  return given;
}

async function runOne(seed: number, given: Arguments): Promise<boolean> {
  const began = performance.now();
  const result = await simulate(seed, given.length);
  const ms = Math.round(performance.now() - began);
  if (given.verbose) {
    const { hash, messages, deliveries, lost, slowConsumers } = result;
    console.log(
      `seed ${seed}: ${hash}, ${messages} messages, ${deliveries} deliveries, ${lost} connections lost, ${slowConsumers} slow consumers, ${ms} ms`,
    );
  }
  if (result.problems.length === 0) return true;
  if (given.verbose) console.error(result.tail.join('\n'));
  console.error(`seed ${seed} fails:\n  ${result.problems.slice(0, 30).join('\n  ')}`);
  console.error(
    `again: node scripts/sim.mjs --seed ${seed} --runs 1 --length ${given.length} --verbose`,
  );
  return false;
}

/** Runs until time or runs are used up. Sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const given = parseArguments(args);
  if (given === undefined) {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  const until = performance.now() + given.seconds * 1000;
  console.log(`simulating from seed ${given.seed}`);
  let runs = 0;
  while (runs < given.runs && performance.now() < until) {
    if (!(await runOne(given.seed + runs, given))) {
      process.exitCode = 1;
      return;
    }
    runs++;
  }
  console.log(`${runs} simulations, seeds ${given.seed} to ${given.seed + runs - 1}: ok`);
}
