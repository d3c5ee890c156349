/** A client that speaks the protocol by hand over a socket, and a server whose inside can be seen. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { defaultOptions } from '../../src/options/default-options.ts';
import { processConfigString } from '../../src/options/process-config.ts';
import type { Options } from '../../src/options/types.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { nodePlatform } from '../../src/platform/node.ts';
import { nodeConfigFiles } from '../../src/platform/node-config-files.ts';
import { ProgramServer } from '../../src/server/program-server.ts';
import type { Server } from '../../src/server/server.ts';
import { NodeNetwork } from '../../src/transport/node-network.ts';

/** A quiet client: no +OK, no complaints about subjects. */
export const hello = 'CONNECT {"verbose":false,"pedantic":false}\r\n';

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `holds` does; the text tells what was waited for. */
export async function eventually(what: string, holds: () => boolean, ms = 5000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) assert.fail(`not in time: ${what}`);
    await pause(5);
  }
}

export class RawClient {
  readonly socket: Socket;
  /** Everything received, as bytes. */
  text = '';
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.text += chunk;
    });
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('error', () => {});
  }

  static async open(port: number, first = ''): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const client = new RawClient(socket);
    // Also when it is refused.
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    if (first !== '') client.send(first);
    return client;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Everything received so far, once it contains a match. */
  async until(pattern: RegExp | string, ms = 5000): Promise<string> {
    const found = () =>
      typeof pattern === 'string' ? this.text.includes(pattern) : pattern.test(this.text);
    await eventually(
      `${pattern} in ${JSON.stringify(this.text.slice(-300))}`,
      () => found() || this.closed,
      ms,
    );
    assert.ok(found(), `closed without ${pattern}: ${JSON.stringify(this.text.slice(-300))}`);
    return this.text;
  }

  async untilClosed(ms = 5000): Promise<string> {
    await eventually('the end of the connection', () => this.closed, ms);
    return this.text;
  }

  /** Everything sent before was processed. Counts PONGs, so it may be called again and again. */
  async flush(ms = 5000): Promise<void> {
    const before = this.text.split('PONG\r\n').length;
    this.send('PING\r\n');
    await eventually('PONG', () => this.text.split('PONG\r\n').length > before, ms);
  }

  /** Stops reading, so that the server's buffers for this client fill. */
  stall(): void {
    this.socket.pause();
  }

  end(): void {
    this.socket.destroy();
  }
}

export interface CoreServer {
  readonly program: ProgramServer;
  readonly server: Server;
  readonly port: number;
  readonly log: string[];
  /** Reads `config` as if the file had changed. */
  reload(config: string): Promise<void>;
  close(): Promise<void>;
}

function readOptions(config: string) {
  const options = defaultOptions();
  processConfigString(config, nodeConfigFiles, options);
  options.noSigs = true;
  return options;
}

/**
 * Starts a server on a free loopback port, with a configuration in the language of the file.
 * `change` sets what the language does not allow, such as very short times.
 */
export async function startCore(
  config = '',
  change: (options: Options) => void = () => {},
): Promise<CoreServer> {
  const log: string[] = [];
  const level = (name: string) => (text: string) => {
    log.push(`[${name}] ${text}`);
  };
  const logger: Logger = {
    debugEnabled: true,
    traceEnabled: false,
    notice: level('INF'),
    warn: level('WRN'),
    error: level('ERR'),
    fatal: level('FTL'),
    debug: level('DBG'),
    trace: level('TRC'),
  };
  const listen = 'listen: "127.0.0.1:-1"\n';
  let current = config;
  const options = readOptions(listen + config);
  change(options);
  const program = new ProgramServer({
    options,
    logger,
    platform: nodePlatform(),
    network: new NodeNetwork(),
    pid: process.pid,
    reread: () => readOptions(listen + current),
    configureLog() {},
  });
  await program.start().catch(async (error: unknown) => {
    await program.shutdown();
    throw error;
  });
  return {
    program,
    server: program.server,
    port: program.server.clientPort!,
    log,
    reload(next) {
      current = next;
      return program.reload();
    },
    close: () => program.shutdown(),
  };
}

/** Runs `body` against a server that is closed afterwards. */
export async function withCore(
  config: string,
  body: (core: CoreServer) => Promise<void>,
  change?: (options: Options) => void,
): Promise<void> {
  const core = await startCore(config, change);
  try {
    await body(core);
  } finally {
    await core.close();
  }
}
