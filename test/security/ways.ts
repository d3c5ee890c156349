/** Every way into a server, with the same hands: bytes out, protocol text in. */
import { connect as connectTls } from 'node:tls';
import { type CoreServer, eventually, RawClient } from '../fault/raw-client.ts';
import { RawWebSocket, upgradeRequest } from '../fault/raw-websocket.ts';
import { TlsClient, tlsBlock } from '../fault/tls-peer.ts';

export type Way = 'TCP' | 'TLS' | 'PROXY' | 'PROXY and TLS' | 'WebSocket' | 'secure WebSocket';

export interface Peer {
  send(text: string): void;
  /** Protocol text received so far. */
  text(): string;
  closed(): boolean;
  end(): void;
}

/** Ways that a server with `openTo(secured)` has. */
export const waysOf = (secured: boolean): readonly Way[] =>
  secured ? ['TLS', 'PROXY and TLS', 'secure WebSocket'] : ['TCP', 'PROXY', 'WebSocket'];

/** Configuration of the listeners. */
export function openTo(secured: boolean): string {
  const websocket = secured ? tlsBlock() : 'no_tls: true';
  return `proxy_protocol: true\n${secured ? tlsBlock() : ''}
    websocket { listen: "127.0.0.1:-1", compression: true\n${websocket} }\n`;
}

const proxyHeader = 'PROXY TCP4 192.0.2.1 198.51.100.1 4711 4222\r\n';

export async function enter(core: CoreServer, way: Way): Promise<Peer> {
  if (way === 'WebSocket') return overWebSocket(core, false);
  if (way === 'secure WebSocket') return overWebSocket(core, true);
  const raw = await RawClient.open(core.port, way.startsWith('PROXY') ? proxyHeader : '');
  await raw.until('INFO');
  if (!way.endsWith('TLS')) return peerOf(raw);
  return peerOf(await TlsClient.over(raw).secured());
}

function peerOf(client: RawClient | TlsClient): Peer {
  return {
    send: (text) => client.send(text),
    text: () => client.text,
    closed: () => client.closed,
    end: () => client.end(),
  };
}

async function overWebSocket(core: CoreServer, secured: boolean): Promise<Peer> {
  const port = core.server.websocketListener.port!;
  const client = secured ? secureWebSocket(port) : await RawWebSocket.open(port);
  await eventually('INFO', () => client.closed || client.frames().length > 0);
  return {
    send: (text) => client.send(text),
    text: () => client.text(),
    closed: () => client.closed,
    end: () => client.end(),
  };
}

function secureWebSocket(port: number): RawWebSocket {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const client = new RawWebSocket(socket);
  socket.write(upgradeRequest());
  return client;
}

/** Sends `text`; gives what comes behind INFO, up to a PONG, an error or the end. */
export async function say(core: CoreServer, way: Way, text: string): Promise<string> {
  const peer = await enter(core, way);
  peer.send(text);
  await eventually(
    `an answer over ${way} to ${text}`,
    () => /^(PONG|-ERR)/m.test(peer.text()) || peer.closed(),
  );
  const said = peer.text().replace(/^INFO .*\r\n/m, '');
  peer.end();
  return said;
}
