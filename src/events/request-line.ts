import { errorText } from '../base/error-text.ts';
import type { Logger } from '../platform/logger.ts';

/** Requests that wait, and their bytes. */
export const waitingRequestsMax = 4_096;
export const waitingBytesMax = 64 * 1024 * 1024;

/** Serves one request after the other, in the order in which they came. */
export class RequestLine {
  private readonly logger: Logger;
  private last: Promise<void> = Promise.resolve();
  private waiting = 0;
  private waitingBytes = 0;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** False when there is no room; nothing is served then. */
  add(bytes: number, serve: () => Promise<void>): boolean {
    if (this.waiting >= waitingRequestsMax || this.waitingBytes + bytes > waitingBytesMax) {
      return false;
    }
    this.waiting++;
    this.waitingBytes += bytes;
    this.last = this.last.then(serve).then(
      () => this.done(bytes),
      (error: unknown) => {
        this.done(bytes);
        this.logger.error(`DirResolver - Request resulted in error: ${errorText(error)}`);
      },
    );
    return true;
  }

  private done(bytes: number): void {
    this.waiting--;
    this.waitingBytes -= bytes;
  }

  /** Resolves when everything that came until now is served. */
  async settled(): Promise<void> {
    await this.last;
  }
}
