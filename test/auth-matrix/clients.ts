/** One client that speaks the protocol by hand, over any of the ways in. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import WebSocket from 'ws';
import { certsDir, type Ports } from '../conformance/target.ts';
import type { ClientKind, Credential } from './matrix.ts';

const patienceMs = 15_000;

interface Carrier {
  write(bytes: string): void;
  end(): void;
}

const file = (name: string) => readFileSync(join(certsDir, `${name}.pem`));

/** With the client's certificate, if it has one. */
function tlsOptions({ certificate }: Credential) {
  const own = certificate && { cert: file(certificate), key: file(`${certificate}-key`) };
  return { ca: file('ca'), servername: 'localhost', ...(own || {}) };
}

const portOf = (url: string | undefined) =>
  Number(new URL((url ?? '').replace(/^(nats|tls|wss?):/, 'http:')).port);

export class MatrixClient {
  /** Everything received; latin1 of the bytes. */
  text = '';
  /** Set when the connection has ended; says how, where the transport tells. */
  ended: string | undefined;
  /** A reset may have thrown away what was on its way. */
  wasReset = false;
  private carrier: Carrier | undefined;
  private onChange: () => void = () => {};
  private taken = 0;

  /** Connects; resolves when INFO is there, or the end. */
  static async open(
    kind: ClientKind,
    ports: Ports,
    shows: Credential,
    secureWebsocket = false,
  ): Promise<MatrixClient> {
    const client = new MatrixClient();
    if (kind === 'websocket') client.overWebsocket(ports, shows, secureWebsocket);
    else await client.overTcp(ports, shows, kind === 'tls');
    await client.until('INFO', () => client.text.includes('\r\n'));
    return client;
  }

  private received(chunk: Buffer): void {
    this.text += chunk.toString('latin1');
    this.onChange();
  }

  private finished(how: string): void {
    this.ended ??= how;
    this.onChange();
  }

  private failed = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') this.wasReset = true;
  };

  private async overTcp(ports: Ports, shows: Credential, secure: boolean): Promise<void> {
    const socket = connect({ port: portOf(ports.nats?.[0]), host: '127.0.0.1', noDelay: true });
    socket.on('error', this.failed);
    socket.on('data', (chunk: Buffer) => this.received(chunk));
    this.carrier = { write: (bytes) => socket.write(bytes, 'latin1'), end: () => socket.destroy() };
    if (!secure) return void socket.on('close', () => this.finished('closed'));
    await this.until('INFO before TLS', () => this.text.includes('\r\n'));
    socket.removeAllListeners('data');
    const tls = connectTls({ socket, ...tlsOptions(shows) });
    tls.on('error', this.failed);
    tls.on('data', (chunk: Buffer) => this.received(chunk));
    tls.on('close', () => this.finished('closed'));
    this.carrier = { write: (bytes) => tls.write(bytes, 'latin1'), end: () => tls.destroy() };
    await new Promise((resolve) => tls.once('secureConnect', resolve).once('close', resolve));
  }

  private overWebsocket(ports: Ports, shows: Credential, secure: boolean): void {
    const port = portOf(ports.websocket?.[0]);
    const socket = new WebSocket(`${secure ? 'wss' : 'ws'}://127.0.0.1:${port}/`, {
      ...(secure ? tlsOptions(shows) : {}),
      headers: shows.cookie === undefined ? {} : { Cookie: shows.cookie },
    });
    socket.on('error', this.failed);
    socket.on('message', (data: Buffer) => this.received(data));
    socket.on('close', (code, reason) => this.finished(`closed ${code} ${reason}`.trimEnd()));
    this.carrier = {
      write: (bytes) => socket.send(Buffer.from(bytes, 'latin1')),
      end: () => socket.terminate(),
    };
  }

  /** Waits until it holds or the connection has ended. */
  async until(what: string, holds: () => boolean, ms = patienceMs): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!holds() && this.ended === undefined) return;
        clearTimeout(timer);
        this.onChange = () => {};
        resolve();
      };
      const timer = setTimeout(
        () => reject(new Error(`no ${what} in ${JSON.stringify(this.text.slice(-500))}`)),
        ms,
      );
      this.onChange = look;
      look();
    });
  }

  send(bytes: string): void {
    if (this.ended === undefined) this.carrier?.write(bytes);
  }

  /** Everything that was sent before has been worked on, and its answers are here. */
  async flush(): Promise<void> {
    const before = this.pongs();
    this.send('PING\r\n');
    await this.until('PONG', () => this.pongs() > before);
  }

  private pongs(): number {
    return this.text.split('PONG\r\n').length;
  }

  nonce(): string {
    return /"nonce":"([^"]+)"/.exec(this.text)?.[1] ?? '';
  }

  /** The reply subject of the message that came last. */
  lastReply(): string {
    const replies = [...this.text.matchAll(/^MSG \S+ \S+ (\S+) \d+\r$/gm)];
    return replies.at(-1)?.[1] ?? '';
  }

  /** What came since the last `take`. */
  fresh(): string {
    return this.text.slice(this.taken);
  }

  take(): string {
    const text = this.fresh();
    this.taken = this.text.length;
    return text;
  }

  end(): void {
    this.carrier?.end();
  }
}
