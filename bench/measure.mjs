// Runs a row: calibrates how much work a measurement is, then lets the arms take turns, round by
// round, each round in another order. All arms do exactly the same work, and each measurement is
// one run of the generator with its own warm-up.
import { spawn } from 'node:child_process';
import { own, startServer } from './servers.mjs';
import { measureStart } from './start-time.mjs';
import { roundOrder } from './statistics.mjs';

const generatorTimeoutMs = 150_000;
/** Other programs may use so many cores in a round that is called calm. */
const calmCores = 0.15;

/** Runs the load generator and returns its result, an object (see bench/load/measure.go). */
export function runGenerator(context, server, row, work) {
  const flags = { ...row.flags, ...(context.quick ? row.quick : {}), ...work };
  const args = [row.load, '-url', server.url, '-pid', String(server.pid)];
  if (row.tls) args.push('-ca', `${context.certs}/ca.pem`);
  for (const [name, value] of Object.entries(flags)) args.push(`-${name}=${value}`);
  const child = own(spawn(context.generator, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      err += 'load: took too long';
    }, generatorTimeoutMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code !== 0) return reject(new Error(`${err.trim() || `load ended with ${code}`}`));
      resolve(JSON.parse(out.trim().split('\n').at(-1)));
    });
  });
}

/** How many messages make a measurement of about `context.seconds` on the reference server. */
async function calibrate(context, row) {
  if (!row.guess) return {};
  if (context.quick) return { count: Math.ceil(row.guess / 10), warmup: Math.ceil(row.guess / 50) };
  const server = await startServer(context.arms[0], row.server?.(context));
  try {
    const probe = await runGenerator(context, server, row, { count: row.guess, warmup: row.guess });
    const copies = probe.messages / row.guess;
    const count = Math.ceil((probe.rate / copies) * context.seconds);
    return { count, warmup: Math.ceil(count * context.warmup) };
  } finally {
    await server.stop();
  }
}

/** Hands out the row's server of an arm: one per measurement, or one for the whole row. */
class ServerPool {
  constructor(context, row) {
    this.context = context;
    this.row = row;
    this.fresh = context.fresh || row.fresh === true;
    this.kept = new Map();
  }

  async use(arm, work) {
    let server = this.kept.get(arm);
    if (!server) {
      server = await startServer(arm, this.row.server?.(this.context));
      if (!this.fresh) this.kept.set(arm, server);
    }
    try {
      return await work(server);
    } catch (error) {
      error.message += `\n${arm.label}'s log ends:\n${server.log()}`;
      this.kept.delete(arm);
      await server.stop();
      throw error;
    } finally {
      if (this.fresh) await server.stop();
    }
  }

  async close() {
    for (const server of this.kept.values()) await server.stop();
  }
}

async function measureOnce(context, row, pool, arm, work) {
  if (row.load === 'start') return measureStart(arm);
  if (arm.bare) return undefined;
  const result = await pool.use(arm, (server) => runGenerator(context, server, row, work));
  const wrong = context.quick ? undefined : row.check?.(result);
  if (wrong) context.problems.push(`${row.name}, ${arm.label}: ${wrong}`);
  return result;
}

/** Lets each arm have its turn: an object of results by the arm's id. */
async function measureRound(context, row, pool, arms, work, round) {
  const results = {};
  for (const arm of roundOrder(arms, round)) {
    context.progress(`${row.name}, round ${round + 1}, ${arm.label}`);
    try {
      results[arm.id] = await measureOnce(context, row, pool, arm, work);
    } catch (error) {
      context.problems.push(`${row.name}, ${arm.label}: ${error.message}`);
    }
  }
  return results;
}

/** Cores that other programs used in the worst measurement of a round. */
const disturbance = (results) =>
  Math.max(0, ...Object.values(results).map((result) => result?.others_cpu ?? 0));

function roundsOf(context, row) {
  if (context.quick) return 1;
  // Starts and memory say how often they are worth repeating.
  return row.load === 'start' ? row.rounds : Math.min(context.pairs, row.rounds ?? context.pairs);
}

/**
 * Measures one row. With `context.calm`, rounds in which other programs were busy are repeated,
 * up to twice as many again, and the calmest are kept; which ones does not depend on the results.
 * @returns { row, work, samples }: samples has, by the arm's id, one result per round, in the
 *   order of rounds; undefined where a measurement failed (the reason is in context.problems)
 */
export async function measureRow(context, row) {
  const work = await calibrate(context, row);
  const pool = new ServerPool(context, row);
  const arms = row.limitOverBare ? [...context.arms, context.bare] : context.arms;
  const wanted = roundsOf(context, row);
  const most = context.calm ? wanted * 3 : wanted;
  const rounds = [];
  const calm = () => rounds.filter((one) => disturbance(one) <= calmCores).length;
  try {
    while (rounds.length < wanted || (rounds.length < most && calm() < wanted))
      rounds.push(await measureRound(context, row, pool, arms, work, rounds.length));
  } finally {
    await pool.close();
  }
  const kept = keepCalmest(rounds, wanted);
  const samples = arms.map((arm) => [arm.id, kept.map((results) => results[arm.id])]);
  return { row, work, samples: Object.fromEntries(samples), rounds: rounds.length };
}

/** The least disturbed rounds, in the order in which they were measured. */
function keepCalmest(rounds, wanted) {
  const best = [...rounds].sort((a, b) => disturbance(a) - disturbance(b)).slice(0, wanted);
  return rounds.filter((one) => best.includes(one));
}
