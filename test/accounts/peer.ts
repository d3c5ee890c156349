import type { Duplex } from 'node:stream';

/** A client by hand, over a connection without TCP. */
export class Peer {
  text = '';
  private readonly stream: Duplex;
  private waiting: (() => void) | undefined;

  constructor(stream: Duplex, user: string) {
    this.stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      if (this.text.includes('PONG\r\n')) this.waiting?.();
    });
    stream.write(
      `CONNECT ${JSON.stringify({ verbose: false, user, pass: 'p', headers: true })}\r\n`,
    );
  }

  /** What came since the last time, up to the PONG. */
  async send(lines: string): Promise<string> {
    this.stream.write(`${lines}PING\r\n`);
    if (!this.text.includes('PONG\r\n')) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
    const seen = this.text.replace(/^INFO .*\r\n/m, '');
    this.text = '';
    return seen.replace('PONG\r\n', '');
  }

  /** What comes until the server closes the connection. */
  async closed(lines: string): Promise<string> {
    const end = new Promise<void>((resolve) => {
      this.stream.once('close', resolve);
    });
    this.stream.write(lines);
    await end;
    return this.text;
  }
}
