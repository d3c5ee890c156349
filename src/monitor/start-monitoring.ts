/** Starts the monitoring listener that the options ask for. */
import { joinHostPort } from '../options/go-url.ts';
import {
  type HttpListener,
  type HttpListenOptions,
  listenHttp,
} from '../transport/http-listener.ts';
import type { HttpsServerSettings } from '../transport/tls-context.ts';
import type { MonitorContext } from './context.ts';
import { createRouter } from './router.ts';

/** Where and how to listen; a port of -1 takes a free one. */
export interface MonitorListenOptions {
  readonly host: string;
  readonly port: number;
  /** The client certificate and key: HTTPS, without verification of the peer unless `ocsp` asks for it. */
  readonly tls?: HttpsServerSettings | undefined;
  readonly ocsp?: HttpListenOptions['ocsp'];
}

export interface MonitorServer {
  readonly address: { readonly host: string; readonly port: number };
  readonly url: string;
  /** After a reload that brought new certificates; open connections keep theirs. */
  updateTls(tls: HttpsServerSettings): void;
  close(): Promise<void>;
}

/**
 * Listens and logs where. Rejects with nats-server's text when the address cannot be had. Checks
 * of the options (both ports, HTTPS without a certificate) are the caller's: `monitorProblem`.
 */
export async function startMonitoring(
  context: MonitorContext,
  options: MonitorListenOptions,
): Promise<MonitorServer> {
  const { host, tls, ocsp } = options;
  const protocol = tls === undefined ? 'http' : 'https';
  const port = options.port === -1 ? 0 : options.port;
  const router = createRouter(context);
  const onError = (error: Error) => context.logger.error(`monitoring: ${error.message}`);
  let listener: HttpListener;
  try {
    listener = await listenHttp({ host, port, tls, ocsp, handler: router, onError });
  } catch (error) {
    throw new Error(listenText(error as NodeJS.ErrnoException, host, port), { cause: error });
  }
  const shown = joinHostPort(host, listener.port);
  context.logger.notice(`Starting ${protocol} monitor on ${shown}`);
  return {
    address: { host, port: listener.port },
    url: `${protocol}://${shown}`,
    updateTls: (next) => listener.updateTls(next),
    close: () => listener.close(),
  };
}

const systemTexts = new Map([
  ['EADDRINUSE', 'bind: address already in use'],
  ['EACCES', 'bind: permission denied'],
  ['EADDRNOTAVAIL', 'bind: cannot assign requested address'],
]);

function listenText(error: NodeJS.ErrnoException, host: string, port: number): string {
  const where = joinHostPort(host, port);
  if (error.syscall === 'getaddrinfo') {
    return `can't listen to the monitor port: listen tcp: lookup ${host}: no such host`;
  }
  const text = systemTexts.get(error.code ?? '') ?? error.message;
  return `can't listen to the monitor port: listen tcp ${where}: ${text}`;
}

/** What is wrong with the monitoring options, in nats-server's words; undefined when nothing is. */
export function monitorProblem(options: {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly tls: object | undefined;
}): string | undefined {
  const { httpPort, httpsPort, tls } = options;
  if (httpPort !== 0 && httpsPort !== 0) {
    return `can't specify both HTTP (${httpPort}) and HTTPs (${httpsPort}) ports`;
  }
  if (httpsPort !== 0 && tls === undefined) return 'TLS cert and key required for HTTPS';
  return undefined;
}
