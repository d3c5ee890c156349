// The command line of `npm run bench`.
import { parseArgs } from 'node:util';
import { SetupError } from './toolchain.mjs';

export const help = `npm run bench -- [rows or groups…] [options]

  --pairs N        rounds per row (7)
  --seconds S      length of a measurement on nats-server (1)
  --quick          a smoke run: every row tiny, one round, nothing is judged
  --server PATH    the server to test (bin/nats-server.cjs): a Node program or an executable;
                   again with NAME=PATH for more arms, such as an older build
  --node PATH      the Node that runs it (this one)
  --node-flag F    a flag for that Node; may be repeated
  --reference PATH the nats-server to compare with (installed through Go)
  --no-noise       leave out the second copy of nats-server
  --keep           keep one server per row and arm instead of a new one per measurement
  --calm           repeat the rounds in which other programs were busy
  --json FILE      where the numbers go (bench/results/<time>.json)
  --assert         exit with 2 when a goal is missed
  --profile        where the tested server's time goes, row by row (only it is run)
  --list           the rows`;

const options = {
  pairs: { type: 'string' },
  seconds: { type: 'string' },
  quick: { type: 'boolean', default: false },
  server: { type: 'string', multiple: true, default: [] },
  node: { type: 'string', default: process.execPath },
  'node-flag': { type: 'string', multiple: true, default: [] },
  reference: { type: 'string' },
  'no-noise': { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  calm: { type: 'boolean', default: false },
  json: { type: 'string' },
  assert: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

function positive(text, fallback, name) {
  if (text === undefined) return fallback;
  const n = Number(text);
  if (!(n > 0)) throw new SetupError(`--${name} wants a number above 0, not "${text}"`);
  return n;
}

/** The parsed command line: { names, ...options with numbers as numbers }. */
export function parseCommandLine(args) {
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new SetupError(`${error.message}\n\n${help}`);
  }
  const { values, positionals: names } = parsed;
  return {
    ...values,
    names,
    pairs: Math.ceil(positive(values.pairs, values.quick ? 1 : 7, 'pairs')),
    seconds: positive(values.seconds, 1, 'seconds'),
  };
}
