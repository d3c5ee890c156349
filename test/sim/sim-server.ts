/** The production composition of a server on the simulated machine. */
import { defaultOptions } from '../../src/options/default-options.ts';
import type { Options } from '../../src/options/types.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { type SimPlatform, simPlatform } from '../../src/platform/sim.ts';
import { ProgramServer } from '../../src/server/program-server.ts';
import type { Accepted, ServerNetwork } from '../../src/server/server-network.ts';

export const serverAddress = { address: '10.0.0.1', port: 4222 };

export interface SimServer {
  readonly platform: SimPlatform;
  readonly program: ProgramServer;
  readonly log: readonly string[];
}

/** Small read areas put more message borders between chunks; the parser may not care. */
export interface ReadAreaSizes {
  readonly headroom: number;
  readonly capacity: number;
}

function readArea(sizes: ReadAreaSizes): ServerNetwork['readBuffer'] {
  const buffer = Buffer.alloc(sizes.headroom + sizes.capacity + 64);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  return { buffer, view, ...sizes };
}

function simServerNetwork(platform: SimPlatform, area: ServerNetwork['readBuffer']): ServerNetwork {
  return {
    readBuffer: area,
    listen(where, _tls, onAccept) {
      const listener = platform.network.listen(serverAddress.address, where.port, (stream) => {
        const accepted: Accepted = {
          stream,
          peek: () => Promise.reject(new Error('the simulation has no TLS')),
          upgrade: () => Promise.reject(new Error('the simulation has no TLS')),
        };
        onAccept(accepted);
      });
      return Promise.resolve({
        host: listener.host,
        port: listener.port,
        missing: [],
        prepareTls: () => Promise.resolve({ missing: [], use() {} }),
        close: () => listener.close(),
      });
    },
  };
}

function recordingLogger(platform: SimPlatform, log: string[]): Logger {
  const level = (name: string) => (text: string) => {
    log.push(`[${name}] ${text}`);
    platform.time.note(`log ${name} ${text}`);
  };
  return {
    debugEnabled: true,
    traceEnabled: false,
    notice: level('INF'),
    warn: level('WRN'),
    error: level('ERR'),
    fatal: level('FTL'),
    debug: level('DBG'),
    trace: level('TRC'),
  };
}

/** Starts a server whose options are the defaults with `change` applied. */
export async function startSimServer(
  seed: number,
  sizes: ReadAreaSizes,
  change: (options: Options) => void,
): Promise<SimServer> {
  const area = readArea(sizes);
  const platform = simPlatform(seed, area);
  const log: string[] = [];
  const options = defaultOptions();
  options.port = serverAddress.port;
  options.noSigs = true;
  change(options);
  const program = new ProgramServer({
    options,
    logger: recordingLogger(platform, log),
    platform,
    network: simServerNetwork(platform, area),
    pid: 1,
    reread: () => options,
    configureLog() {},
  });
  await platform.time.runUntil(program.start());
  return { platform, program, log };
}
