/**
 * The official JavaScript client over WebSocket. Node 20 has no WebSocket of its own: that of the
 * package ws stands in, an implementation that shares nothing with ours.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConnectionOptions,
  headers,
  type NatsConnection,
  wsconnect,
} from '@nats-io/transport-node';
import { type ClientOptions, WebSocket } from 'ws';
import { certsDir } from '../conformance/target.ts';

const block = (more: string) => `websocket { listen: "127.0.0.1:-1"${more} }\n`;
const plain = (more = '') => block(`, no_tls: true${more}`);
const users = `authorization { users: [ { user: u, password: p }, { user: g, password: q } ] }\n`;
const cookieNames = ', user_cookie: cu, pass_cookie: cp, token_cookie: ct';
const secure = ', tls { cert_file: "@CERTS@/server.pem", key_file: "@CERTS@/server-key.pem"';

/** A way to connect: options of the client and of its WebSocket. */
export interface WebSocketScenario {
  readonly name: string;
  /** Configuration file; `@CERTS@` is the folder of certificates. */
  readonly config: string;
  readonly socket?: ClientOptions;
  readonly client?: ConnectionOptions;
  /** Connects to the TLS port. */
  readonly secure?: boolean;
  /** What comes of it; undefined: a conversation as it should be. */
  readonly run?: (open: Open) => Promise<unknown>;
}

interface Opened {
  readonly nc: NatsConnection;
  readonly socket: WebSocket;
}
type Open = () => Promise<Opened>;

export const webSocketScenarios: readonly WebSocketScenario[] = [
  { name: 'plain', config: plain() },
  {
    name: 'compression on both sides',
    config: plain(', compression: true'),
    socket: { perMessageDeflate: { threshold: 0 } },
  },
  { name: 'compression not configured', config: plain(), socket: { perMessageDeflate: true } },
  {
    name: 'compression not asked for',
    config: plain(', compression: true'),
    socket: { perMessageDeflate: false },
  },
  {
    name: 'a browser',
    config: plain(', compression: true'),
    socket: { headers: { 'User-Agent': 'Mozilla/5.0 Chrome/1' } },
  },
  {
    name: 'a browser without compression',
    config: plain(),
    socket: { headers: { 'User-Agent': 'Mozilla/5.0 Chrome/1' } },
  },
  { name: 'TLS', config: block(`${secure} }`), secure: true },
  {
    name: 'TLS with a client certificate',
    config: block(`${secure}, ca_file: "@CERTS@/ca.pem", verify: true }`),
    secure: true,
    socket: {
      cert: readFileSync(join(certsDir, 'client.pem')),
      key: readFileSync(join(certsDir, 'client-key.pem')),
    },
  },
  {
    name: 'TLS without the client certificate',
    config: block(`${secure}, ca_file: "@CERTS@/ca.pem", verify: true }`),
    secure: true,
    run: failure,
  },
  { name: 'user and password', config: plain() + users, client: { user: 'u', pass: 'p' } },
  {
    name: 'wrong password',
    config: plain() + users,
    client: { user: 'u', pass: 'x' },
    run: refusal,
  },
  { name: 'no password', config: plain() + users, run: refusal },
  {
    name: 'user and password in cookies',
    config: plain(cookieNames) + users,
    socket: { headers: { Cookie: 'x=y; cu=u; cp=p' } },
  },
  {
    name: 'wrong password in a cookie',
    config: plain(cookieNames) + users,
    socket: { headers: { Cookie: 'cu=u; cp=x' } },
    run: refusal,
  },
  {
    name: 'CONNECT before cookies',
    config: plain(cookieNames) + users,
    client: { user: 'g', pass: 'q' },
    socket: { headers: { Cookie: 'cu=u; cp=x' } },
  },
  {
    name: 'token in a cookie',
    config: `${plain(cookieNames)}authorization { token: t1 }\n`,
    socket: { headers: { Cookie: 'ct="t1"' } },
  },
  {
    name: 'credentials of the listener',
    config: plain(', authorization { username: w, password: v }'),
    client: { user: 'w', pass: 'v' },
  },
  {
    name: 'wrong credentials of the listener',
    config: plain(', authorization { username: w, password: v }'),
    run: refusal,
  },
  { name: 'no_auth_user of the listener', config: plain(', no_auth_user: g') + users },
  {
    name: 'connection type not allowed',
    config:
      plain() +
      'authorization { users: [ { user: u, password: p, allowed_connection_types: [STANDARD] } ] }\n',
    client: { user: 'u', pass: 'p' },
    run: refusal,
  },
  {
    name: 'connection type allowed',
    config:
      plain() +
      'authorization { users: [ { user: u, password: p, allowed_connection_types: [WEBSOCKET] } ] }\n',
    client: { user: 'u', pass: 'p' },
  },
  {
    name: 'origin allowed',
    config: plain(', allowed_origins: ["http://good.example"]'),
    socket: { origin: 'http://good.example' },
  },
  {
    name: 'origin not allowed',
    config: plain(', allowed_origins: ["http://good.example"]'),
    socket: { origin: 'http://evil.example' },
    run: failure,
  },
  {
    name: 'a payload that is too long',
    config: `max_payload: 1000\n${plain()}`,
    run: async (open) => {
      const { nc, socket } = await open();
      const closing = closed(socket);
      socket.send(`PUB a 2000\r\n${'x'.repeat(2000)}\r\n`);
      // Which of the two the client names depends on how they arrive.
      const error = String(await nc.closed());
      assert.match(error, /Maximum (Message )?Payload/);
      return closing;
    },
  },
  {
    name: 'the client closes',
    config: plain(),
    run: async (open) => {
      const { nc, socket } = await open();
      const closing = closed(socket);
      await nc.flush();
      socket.close(3456, 'enough');
      return closing;
    },
  },
];

/** Code and reason of the close frame that came back. */
function closed(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve(`${code} ${reason.toString()}`));
  });
}

async function failure(open: Open): Promise<string> {
  try {
    await open();
    return 'connected';
  } catch (error) {
    const { cause } = error as Error;
    return cause instanceof Error ? cause.message : String(error);
  }
}

/** Let in over HTTP, and refused by the protocol. */
async function refusal(open: Open): Promise<unknown> {
  try {
    await open();
    return 'connected';
  } catch (error) {
    return (error as Error).message;
  }
}

/** Messages both ways, headers, a long payload, requests, and a drain. */
async function converse(open: Open): Promise<unknown> {
  const [a, b] = [await open(), await open()];
  const got: string[] = [];
  const all = new Promise<void>((resolve) => {
    a.nc.subscribe('talk.>', {
      callback: (_error, msg) => {
        got.push(`${msg.subject} ${msg.headers?.get('k') ?? ''} ${msg.data.length}`);
        if (msg.subject === 'talk.last') resolve();
      },
    });
  });
  a.nc.subscribe('echo', { callback: (_error, msg) => void msg.respond(msg.data) });
  await a.nc.flush();
  for (let i = 0; i < 200; i++) b.nc.publish('talk.many', `message ${i}`);
  const h = headers();
  h.set('k', 'v');
  b.nc.publish('talk.header', 'x', { headers: h });
  const long = 'A long payload. '.repeat(30_000);
  const reply = await b.nc.request('echo', long, { timeout: 20_000 });
  assert.equal(reply.string(), long);
  await assert.rejects(b.nc.request('nobody', ''), /no responders/i);
  b.nc.publish('talk.last', '');
  await all;
  const { info } = a.nc;
  await a.nc.drain();
  await b.nc.close();
  return {
    got: [got.length, got[200], got[201]],
    extensions: a.socket.extensions,
    tls: [info?.tls_required, info?.tls_available, info?.auth_required],
    urls: info?.connect_urls,
    ip: info?.client_ip,
    samePort: String(info?.port) === new URL(a.socket.url).port && info?.host === '127.0.0.1',
  };
}

/** What comes of a scenario, without what differs from run to run. */
export async function playWebSocket(scenario: WebSocketScenario, port: number): Promise<unknown> {
  const scheme = scenario.secure === true ? 'wss' : 'ws';
  const sockets: WebSocket[] = [];
  const connections: NatsConnection[] = [];
  const open: Open = async () => {
    let socket: WebSocket | undefined;
    let failed: Error | undefined;
    const nc = await wsconnect({
      servers: `${scheme}://127.0.0.1:${port}`,
      reconnect: false,
      maxReconnectAttempts: 0,
      timeout: 5_000,
      ...scenario.client,
      wsFactory: () => {
        socket = new WebSocket(`${scheme}://127.0.0.1:${port}`, {
          ca: readFileSync(join(certsDir, 'ca.pem')),
          perMessageDeflate: false,
          ...scenario.socket,
        });
        socket.on('error', (error) => {
          failed = error;
        });
        sockets.push(socket);
        return Promise.resolve({
          // biome-ignore lint/suspicious/noExplicitAny: the client declares the DOM's type
          socket: socket as any,
          encrypted: scenario.secure === true,
        });
      },
    }).catch((error: Error) => {
      throw new Error(error.name, { cause: failed });
    });
    connections.push(nc);
    return { nc, socket: socket! };
  };
  try {
    return await (scenario.run ?? converse)(open);
  } finally {
    for (const nc of connections) await nc.close().catch(() => {});
    for (const socket of sockets) socket.terminate();
  }
}
