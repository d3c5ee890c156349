/** The official Go client: a small program, compiled into .cache. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './program.ts';
import { type Client, interopSuite } from './suite.ts';

declare const __PROJECT_ROOT__: string;

const binary = join(__PROJECT_ROOT__, '.cache', 'interop-go');

function client(): Client {
  mkdirSync(join(__PROJECT_ROOT__, '.cache'), { recursive: true });
  const cwd = join(__PROJECT_ROOT__, 'test/interop/go');
  const built = spawnSync('go', ['build', '-o', binary, '.'], { encoding: 'utf8', cwd });
  if (built.error) return { missing: 'go is not installed' };
  if (built.status !== 0) return { missing: `go build failed: ${built.stderr.slice(-600)}` };
  return { run: runProgram(binary, []) };
}

interopSuite('Go', client());
