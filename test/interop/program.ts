/** Runs a client that is a program of its own: `<program> <scenario> <host:port> <certs folder>`. */
import { spawn } from 'node:child_process';
import { certsDir } from '../conformance/target.ts';
import type { RunClient } from './scenarios.ts';

const patienceMs = 40_000;

/** The program prints READY when the server may be acted upon, and exits with 0 when all went well. */
export function runProgram(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): RunClient {
  return async (scenario, url, ready) => {
    const child = spawn(command, [...args, scenario, url, certsDir], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let output = '';
    let acted: Promise<void> | undefined;
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('READY')) acted ??= ready();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    const how = await new Promise<number | string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code, signal) => resolve(code ?? signal ?? -1));
    });
    clearTimeout(timer);
    await acted;
    if (how !== 0) throw new Error(`${scenario} ended with ${how}:\n${output.slice(-3_000)}`);
  };
}
