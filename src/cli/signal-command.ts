import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { goQuote } from '../base/go-quote.ts';

/*
 * `--signal command[=pid]`: stop, quit, term, reopen, reload or ldm for a running server. Without a pid
 * the only running server is meant; `=12*` means all whose pid begins with 12, `=*` all. A pid may be
 * given as the path of a pid file. Texts and order of checks are nats-server's (server/signal.go).
 */

const signals: Record<string, NodeJS.Signals> = {
  stop: 'SIGKILL',
  quit: 'SIGINT',
  reopen: 'SIGUSR1',
  reload: 'SIGHUP',
  ldm: 'SIGUSR2',
  term: 'SIGTERM',
};

/** What the command touches of the machine; tests give their own. */
export interface ProcessTable {
  readonly ownPid: number;
  /** The pids of running servers. Throws when they cannot be found out. */
  serverPids(): number[];
  kill(pid: number, signal: NodeJS.Signals): void;
  /** The contents of a file, undefined when there is none. */
  readFile(path: string): string | undefined;
}

const PROCESS_NAME = 'nats-server';
/** A running server carries its command line as title, so that its name is the first word. */
const OWN_NAMES = /^(nats-server|tnatsd)\b/;

function pidsFromProc(): number[] {
  const pids: number[] = [];
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (OWN_NAMES.test(fs.readFileSync(`/proc/${name}/comm`, 'utf8'))) pids.push(Number(name));
    } catch {
      // The process ended meanwhile.
    }
  }
  return pids;
}

function pidsFromPs(): number[] {
  const output = execFileSync('ps', ['-axo', 'pid=,comm='], { encoding: 'utf8' });
  return output
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(?:.*\/)?(.*)$/.exec(line))
    .filter((match) => match !== null && OWN_NAMES.test(match[2] ?? ''))
    .map((match) => Number(match?.[1]));
}

export const machineProcesses: ProcessTable = {
  ownPid: process.pid,
  serverPids: () => (fs.existsSync('/proc/self/comm') ? pidsFromProc() : pidsFromPs()),
  kill: (pid, signal) => void process.kill(pid, signal),
  readFile(path) {
    try {
      return fs.readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
};

const killReasons: Record<string, string> = {
  ESRCH: 'no such process',
  EPERM: 'operation not permitted',
};

function runningPids(table: ProcessTable): number[] {
  try {
    return table.serverPids().filter((pid) => pid !== table.ownPid);
  } catch {
    throw new Error('unable to resolve pid, try providing one');
  }
}

/** The pids that the expression means. */
function targetPids(expression: string, table: ProcessTable): number[] {
  const isGlob = expression.endsWith('*');
  const prefix = isGlob ? expression.slice(0, -1) : expression;
  if (prefix !== '' && !/^\+?0*[1-9]\d*$/.test(prefix)) throw new Error(`invalid pid: ${prefix}`);
  if (prefix !== '' && !isGlob) return [Number(prefix)];
  const pids = runningPids(table);
  if (pids.length > 1 && !isGlob) {
    throw new Error(`multiple ${PROCESS_NAME} processes running:\n${pids.join('\n')}`);
  }
  if (pids.length === 0) throw new Error(`no ${PROCESS_NAME} processes running`);
  return pids.filter((pid) => String(pid).startsWith(prefix));
}

/** Sends the signal; throws an Error with nats-server's text when it could not be sent to all. */
export function sendSignalCommand(parameter: string, table: ProcessTable): void {
  const [command = '', pidOrFile = '', ...rest] = parameter.split('=');
  if (rest.length > 0) throw new Error(`invalid signal parameters: [${rest.join(' ')}]`);
  const expression = pidOrFile === '' ? '' : (table.readFile(pidOrFile)?.trim() ?? pidOrFile);
  const pids = targetPids(expression, table);
  const signal = Object.hasOwn(signals, command) ? signals[command] : undefined;
  if (signal === undefined) throw new Error(`unknown signal ${goQuote(command)}`);
  const failures: string[] = [];
  for (const pid of pids) {
    try {
      table.kill(pid, signal);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      const reason = killReasons[code] ?? String(error);
      failures.push(`\nsignal ${goQuote(command)} ${pid}: ${reason}`);
    }
  }
  if (failures.length > 0) throw new Error(failures.join(''));
}
