/** TLS clients that are driven by hand, and the certificates of the fixtures. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { eventually, type RawClient } from './raw-client.ts';

export const folder = join(__PROJECT_ROOT__, 'test/fixtures/tls');

/** A `tls {}` block with the server's certificate. */
export function tlsBlock(more = ''): string {
  return `tls { cert_file: "${folder}/server.pem", key_file: "${folder}/server-key.pem", ca_file: "${folder}/ca.pem"${more} }\n`;
}

export function credentials(name: string): { cert: Buffer; key: Buffer } {
  const file = (suffix: string) => readFileSync(join(folder, `${name}${suffix}.pem`));
  return { cert: file(''), key: file('-key') };
}

/** The other side of a handshake on a socket that is connected. */
export class TlsClient {
  readonly socket: TLSSocket;
  text = '';
  error = '';
  closed = false;

  constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static over(raw: RawClient, options: ConnectionOptions = {}): TlsClient {
    raw.socket.removeAllListeners('data');
    const socket = connectTls({ socket: raw.socket, rejectUnauthorized: false, ...options });
    return new TlsClient(socket);
  }

  static to(port: number, options: ConnectionOptions = {}): TlsClient {
    const place = { port, host: '127.0.0.1', rejectUnauthorized: false };
    return new TlsClient(connectTls({ ...place, ...options }));
  }

  async secured(): Promise<this> {
    await new Promise((done) => this.socket.once('secureConnect', done).once('close', done));
    return this;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  async until(text: string): Promise<string> {
    await eventually(
      `${text} in ${this.text} ${this.error}`,
      () => this.text.includes(text) || this.closed,
    );
    return this.text;
  }

  async untilClosed(ms = 5000): Promise<string> {
    await eventually('the end of the TLS connection', () => this.closed, ms);
    return this.text;
  }

  end(): void {
    this.socket.destroy();
  }
}
