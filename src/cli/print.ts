import { writeSync } from 'node:fs';

const RETRY_MS = 5;

/**
 * Writes all of `text` before it returns, so that the process may end right after. A reader that has gone
 * (`nats-server --help | head`) is no fault; process.stdout would make it one.
 */
export function print(fd: 1 | 2, text: string): void {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
