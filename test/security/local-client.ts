/** A client inside the process that speaks plain protocol, as a user of the server in a test. */
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';

const patienceMs = 10_000;

export class LocalClient {
  /** All lines and payloads behind INFO. */
  text = '';
  closed = false;
  private late = false;
  info: { nonce?: string } = {};
  private readonly stream: Duplex;
  private wake: () => void = () => {};

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.wake();
    });
    const over = () => {
      this.closed = true;
      this.wake();
    };
    stream.on('close', over).on('end', over).on('error', over);
  }

  /** Sends CONNECT with these fields and waits until the server took or refused it. */
  async login(fields: object): Promise<this> {
    await this.until(/^INFO .*\r\n/);
    this.info = JSON.parse(/^INFO (.*)\r\n/.exec(this.text)![1]!);
    this.text = '';
    const options = { verbose: false, pedantic: false, headers: true, ...fields };
    this.stream.write(`CONNECT ${JSON.stringify(options)}\r\n`);
    await this.send('');
    return this;
  }

  /** Sends `lines`; gives what came up to the PONG behind them, or up to the end. */
  async send(lines: string): Promise<string> {
    if (!this.closed) this.stream.write(`${lines}PING\r\n`, 'latin1');
    await this.until(/PONG\r\n/);
    const seen = this.text.replace('PONG\r\n', '');
    this.text = '';
    return seen;
  }

  /** Resolves when the text matches, or the connection is closed. */
  async until(pattern: RegExp): Promise<void> {
    const late = setTimeout(() => {
      this.late = true;
      this.wake();
    }, patienceMs);
    while (!pattern.test(this.text) && !this.closed) {
      assert.ok(!this.late, `no ${pattern} in ${this.text.slice(-300)}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    clearTimeout(late);
  }

  end(): void {
    this.stream.destroy();
  }
}
