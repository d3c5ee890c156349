/** Starts the server under test, or the real nats-server as the baseline, as a process of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fillFixtures } from './placeholders.ts';

declare const __PROJECT_ROOT__: string;

// TNATSD_PROGRAM and TNATSD_NODE name another build of our program, or another Node to run it.

/** The version that every expectation in this folder was recorded from. */
export const referenceVersion = '2.15.2';
export type TargetKind = 'tnatsd' | 'nats-server';

export interface TargetConfig {
  /** Configuration file text; `@CERTS@` and `@DIR@` stand for folders. */
  text: string;
  flags?: string[];
  /** Further files, by name below `@DIR@`. */
  files?: Record<string, string>;
}

export interface Ports {
  nats?: string[];
  monitoring?: string[];
  cluster?: string[];
  profile?: string[];
  websocket?: string[];
}

export interface Target {
  readonly kind: TargetKind;
  readonly pid: number;
  readonly ports: Ports;
  readonly clientPort: number;
  readonly dir: string;
  /** Everything written to stderr so far. */
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** Replaces the configuration file; does not signal. */
  rewriteConfig(text: string): void;
  /** Replaces the configuration file, signals, and gives the log's verdict without time and folder. */
  reload(text: string): Promise<string>;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  stop(): Promise<void>;
}

export const certsDir = join(__PROJECT_ROOT__, 'test/fixtures/tls');

function candidates(): string[] {
  const named = process.env.NATS_SERVER;
  return [
    ...(named ? [named] : []),
    join(__PROJECT_ROOT__, '.cache/go-bin/nats-server'),
    join(homedir(), 'go/bin/nats-server'),
  ];
}

/** Path of the real server in the reference version; undefined when this machine has none. */
export function findReference(): string | undefined {
  return candidates().find((path) => {
    if (!existsSync(path)) return false;
    const version = spawnSync(path, ['-v'], { encoding: 'utf8' });
    return version.stdout.includes(`v${referenceVersion}`);
  });
}

function program(kind: TargetKind): string[] {
  if (kind === 'tnatsd')
    return [
      process.env.TNATSD_NODE ?? process.execPath,
      process.env.TNATSD_PROGRAM ?? join(__PROJECT_ROOT__, 'bin', 'nats-server.cjs'),
    ];
  const path = findReference();
  if (!path) throw new Error(`nats-server ${referenceVersion} not found: set NATS_SERVER`);
  return [path];
}

function expand(text: string, dir: string): string {
  return fillFixtures(text).replaceAll('@CERTS@', certsDir).replaceAll('@DIR@', dir);
}

/** The digest of the configuration that follows is left out. */
const verdictPattern =
  /(Reloaded server configuration|Failed to reload server configuration: .*(?=\n))/;

async function waitForVerdict(sinceThen: () => string): Promise<string> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const verdict = verdictPattern.exec(sinceThen())?.[1];
    if (verdict !== undefined || Date.now() > deadline) return verdict ?? 'no verdict';
    await sleep(5);
  }
}

/** Our program runs under node, so the file may carry either name. */
function readPorts(dir: string, pid: number): Ports | undefined {
  const file = join(dir, `nats-server_${pid}.ports`);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Ports;
  } catch {
    return undefined; // not written to its end yet
  }
}

async function waitForPorts(child: ChildProcess, dir: string, log: () => string): Promise<Ports> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const ports = readPorts(dir, child.pid ?? 0);
    if (ports?.nats) return ports;
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`server did not start:\n${log()}`);
    }
    await sleep(5);
  }
}

/** Starts a server on loopback with free ports; throws with its log when it does not come up. */
export async function startTarget(kind: TargetKind, config: TargetConfig): Promise<Target> {
  const dir = mkdtempSync(join(tmpdir(), 'tnatsd-conformance-'));
  const configFile = join(dir, 'server.conf');
  writeFileSync(configFile, expand(config.text, dir));
  for (const [name, text] of Object.entries(config.files ?? {}))
    writeFileSync(join(dir, name), expand(text, dir));
  const flags = (config.flags ?? ['-a', '127.0.0.1', '-p', '-1']).map((f) => expand(f, dir));
  const [command = '', ...first] = program(kind);
  const args = [...first, '-c', configFile, '--ports_file_dir', dir, ...flags];
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: dir });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString('latin1')).slice(-262_144);
  });
  const exited = new Promise<number | string>((resolve) => {
    child.on('exit', (code, signal) => resolve(code ?? signal ?? -1));
    child.on('error', (error) => resolve(error.message));
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const clean = () => {
    process.removeListener('exit', kill);
    rmSync(dir, { recursive: true, force: true });
  };
  const ports = await waitForPorts(child, dir, () => log).catch((error: unknown) => {
    clean();
    throw error;
  });
  const rewriteConfig = (text: string) => writeFileSync(configFile, expand(text, dir));
  return {
    kind,
    pid: child.pid ?? 0,
    ports,
    clientPort: Number(new URL(ports.nats?.[0] ?? '').port),
    dir,
    log: () => log,
    signal: (name) => child.kill(name),
    rewriteConfig,
    reload: async (text) => {
      const before = log.length;
      rewriteConfig(text);
      child.kill('SIGHUP');
      const verdict = await waitForVerdict(() => log.slice(before));
      return verdict.replaceAll(dir, '@DIR@');
    },
    exited,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
      clean();
    },
  };
}
