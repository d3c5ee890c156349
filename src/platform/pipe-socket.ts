import { Duplex } from 'node:stream';
import type { Stream, StreamHandler } from './network.ts';
import type { ReadTarget } from './read-target.ts';

/**
 * One end of a pipe as a Node Duplex, for programs that want to speak NATS with a server in the
 * same process. Looks enough like a connected `net.Socket` for code that expects one.
 */
export class PipeSocket extends Duplex implements StreamHandler {
  readonly connecting = false;
  private readonly end_: Stream;
  private readonly target: ReadTarget;
  private afterDrain: (() => void) | undefined;

  constructor(end: Stream, target: ReadTarget) {
    super({ allowHalfOpen: false });
    this.end_ = end;
    this.target = target;
    end.handler = this;
  }

  get remoteAddress(): string {
    return this.end_.remoteAddress;
  }

  get remotePort(): number {
    return this.end_.remotePort;
  }

  // ---- StreamHandler ----

  onBytes(count: number): void {
    const { buffer, headroom } = this.target;
    if (!this.push(Buffer.from(buffer.subarray(headroom, headroom + count)))) this.end_.pause();
  }

  onDrain(): void {
    const done = this.afterDrain;
    this.afterDrain = undefined;
    done?.();
  }

  onClose(error: Error | undefined): void {
    if (error !== undefined) this.destroy(error);
    else this.push(null);
    this.onDrain();
  }

  // ---- Duplex ----

  override _read(): void {
    this.end_.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.end_.write(chunk, 0, chunk.length)) done();
    else this.afterDrain = done;
  }

  override _final(done: () => void): void {
    this.end_.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.end_.destroy();
    done(error);
  }

  // ---- what users of a net.Socket call ----

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
