import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/*
 * The program as other people's test suites start it: an executable named `nats-server` found on PATH.
 * Everything is observed from outside: its pid, its files, its standard error, its sockets.
 */

export interface Cleanup {
  after(fn: () => void | Promise<void>): void;
}

const PATIENCE_MS = 10_000;
/** Another nats-server to judge by the same tests: the tests themselves are judged this way. */
const PROGRAM = process.env.SPAWN_PROGRAM ?? join(__PROJECT_ROOT__, 'bin/nats-server.cjs');

export function temporaryFolder(t: Cleanup): string {
  const dir = fs.mkdtempSync(join(tmpdir(), 'tnatsd-spawn-'));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Waits until `look` gives something else than undefined, false or an empty text. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const found = await look();
    if (found) return found as NonNullable<T>;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return assert.fail(`waited in vain for ${what}`);
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class SpawnedServer {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly exit: Promise<number | string>;
  stderr = '';
  stdout = '';

  private constructor(child: ChildProcess) {
    this.child = child;
    this.pid = child.pid as number;
    child.stderr?.on('data', (data) => {
      this.stderr += data;
    });
    child.stdout?.on('data', (data) => {
      this.stdout += data;
    });
    this.exit = new Promise((resolve) => {
      child.on('close', (code, signal) => resolve(code ?? signal ?? 'none'));
    });
  }

  /** Starts `nats-server` from PATH; it is killed at the end of the test if it still runs. */
  static start(t: Cleanup, args: string[], env: Record<string, string> = {}): SpawnedServer {
    const bin = temporaryFolder(t);
    fs.symlinkSync(PROGRAM, join(bin, 'nats-server'));
    // The executable finds its Node on PATH: let it be the one that runs the tests.
    const path = [bin, dirname(process.execPath), process.env.PATH].join(':');
    const child = spawn('nats-server', args, {
      env: { ...process.env, ...env, PATH: path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(async () => {
      child.kill('SIGKILL');
    });
    return new SpawnedServer(child);
  }

  /** Runs it to its end. */
  static async run(t: Cleanup, args: string[], env?: Record<string, string>) {
    const server = SpawnedServer.start(t, args, env);
    return { code: await server.exit, stdout: server.stdout, stderr: server.stderr };
  }

  /** Waits for a match in standard error. */
  async logs(expected: string | RegExp): Promise<RegExpMatchArray> {
    const pattern = typeof expected === 'string' ? new RegExp(escapeRegExp(expected)) : expected;
    let ended: number | string | undefined;
    void this.exit.then((code) => {
      ended = code;
    });
    return eventually(`${pattern} in\n${this.stderr}`, () => {
      const match = this.stderr.match(pattern);
      if (match === null && ended !== undefined) {
        assert.fail(`exit ${ended} without ${pattern} in\n${this.stderr}`);
      }
      return match;
    });
  }

  ready(): Promise<RegExpMatchArray> {
    return this.logs(/\[INF\] Server is ready\n/);
  }

  /** The client port, as launchers read it from the log. */
  async port(): Promise<number> {
    const match = await this.logs(/Listening for client connections on \S*:(\d+)\n/);
    return Number(match[1]);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A bare client: lines out, text in. */
export class RawClient {
  readonly socket: net.Socket;
  text = '';
  closed = false;

  constructor(t: Cleanup, port: number, host = '127.0.0.1') {
    this.socket = net.connect({ port, host });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (data) => {
      this.text += data;
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
    t.after(() => {
      this.socket.destroy();
    });
  }

  send(text: string): void {
    this.socket.write(text);
  }

  async sees(expected: RegExp): Promise<RegExpMatchArray> {
    return eventually(`${expected} in ${this.text}`, () => this.text.match(expected));
  }

  async info(): Promise<Record<string, unknown>> {
    const match = await this.sees(/^INFO (\{.*\}) ?\r\n/);
    return JSON.parse(match[1] as string);
  }
}

/** The document behind a monitoring URL, undefined while nobody answers with 200. */
export async function getJson(url: string): Promise<Record<string, unknown> | undefined> {
  try {
    const response = await fetch(url);
    if (response.status !== 200) return undefined;
    return (await response.json()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
