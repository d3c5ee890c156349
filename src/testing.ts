/**
 * For other people's tests: a fresh server per test on a free port, closed by itself.
 *
 *     import { natsTest } from 'tnatsd/testing';
 *     import { test } from 'node:test';
 *
 *     test('orders', natsTest(async ({ url }) => { … connect({ servers: url }) … }));
 *
 * Works with node:test, vitest and jest alike, since it needs nothing from them. For one server per
 * file, call `startTestServer` in a before hook and its `close` in an after hook.
 */
import {
  type CreateServerOptions,
  createServer,
  type NatsServer,
  type ServerLogger,
} from './index.ts';

export type { CreateServerOptions, NatsServer } from './index.ts';

/** What a test gets. */
export interface TestServer extends AsyncDisposable {
  readonly server: NatsServer;
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Log lines so far, `[INF] text`. */
  readonly log: readonly string[];
  readonly close: () => Promise<void>;
  /** Stops the server and starts it again on the same port: for reconnect tests. */
  readonly restart: () => Promise<void>;
}

/** Starts a server on a free loopback port. `options` are those of createServer. */
export async function startTestServer(options: CreateServerOptions = {}): Promise<TestServer> {
  const log: string[] = [];
  const level =
    (name: string) =>
    (text: string): void => {
      log.push(`[${name}] ${text}`);
    };
  const logger: Required<ServerLogger> = {
    notice: level('INF'),
    warn: level('WRN'),
    error: level('ERR'),
    fatal: level('FTL'),
    debug: level('DBG'),
    trace: level('TRC'),
    ...options.logger,
  };
  const start = (port: number): Promise<NatsServer> =>
    createServer({ host: '127.0.0.1', ...options, port, logger });
  let server = await start(options.port ?? -1);
  const port = server.ports.nats!;
  return {
    get server() {
      return server;
    },
    url: server.url,
    port,
    log,
    close: () => server.close(),
    async restart() {
      await server.close();
      server = await start(port);
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/**
 * Wraps a test function: it gets a running server, which is closed when the function ends, whether
 * it passes or fails.
 */
export function natsTest(
  body: (server: TestServer) => Promise<void> | void,
  options: CreateServerOptions = {},
): () => Promise<void> {
  return async () => {
    const server = await startTestServer(options);
    try {
      await body(server);
    } finally {
      await server.close();
    }
  };
}
