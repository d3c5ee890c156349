/** The official Python client, installed into .cache by pip when it is not there. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './program.ts';
import { type Client, interopSuite } from './suite.ts';

declare const __PROJECT_ROOT__: string;

const version = 'nats-py==2.16.0';
const packages = join(__PROJECT_ROOT__, '.cache/python', version);
const program = join(__PROJECT_ROOT__, 'test/interop/python/client.py');

function python(args: string[], env: NodeJS.ProcessEnv = {}): string | undefined {
  const result = spawnSync('python3', args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (result.error) return 'python3 is not installed';
  return result.status === 0 ? undefined : result.stderr.slice(-600);
}

/** `pip install --target` needs neither a virtual environment nor the right to write elsewhere. */
function install(): string | undefined {
  if (existsSync(join(packages, 'nats', 'aio', 'client.py'))) return undefined;
  const pip = [
    '-m',
    'pip',
    'install',
    '-q',
    '--disable-pip-version-check',
    '--target',
    packages,
    version,
  ];
  return python(pip);
}

function client(): Client {
  const problem = python(['--version']) ?? install();
  if (problem !== undefined) return { missing: problem };
  const env = { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' };
  return { run: runProgram('python3', ['-u', program], env) };
}

interopSuite('Python', client());
