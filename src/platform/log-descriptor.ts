import * as fs from 'node:fs';
import * as net from 'node:net';
import type { LineWriter } from './log-sink.ts';

/*
 * Lines to an open descriptor, usually standard error. Lines gather during a loop turn and leave
 * in one write at its end. A terminal or file takes them at once. A pipe or socket whose reader has stopped
 * reading must not stop the server (nats-server blocks there): pipes are written without blocking, the
 * rest waits in a bounded backlog, and beyond it lines are counted and dropped. At exit what is left
 * is written, waiting for the reader for a moment at most.
 */

/** Lines that wait for the reader, in bytes. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;
/** Gathered lines are written early at this size, to keep single writes short. */
const GATHER_CHARS_MAX = 64 * 1024;
const RETRY_MS = 5;
const EXIT_WAIT_MS = 1000;

/**
 * Makes writing to the descriptor return at once instead of waiting for the reader. A pipe is opened
 * anew, because setting the flag on the inherited end would change it for every process that shares it; a
 * socket (what Node gives its children) cannot be opened anew, and its end is hardly ever shared.
 */
function openNonBlocking(fd: number): number {
  if (process.platform === 'win32') return fd;
  try {
    const kind = fs.fstatSync(fd);
    // Making a stream of the descriptor has the flag as its only effect: it is never read or written.
    if (kind.isSocket()) new net.Socket({ fd, readable: false, writable: true }).unref();
    if (!kind.isFIFO() || process.platform !== 'linux') return fd;
    return fs.openSync(`/proc/self/fd/${fd}`, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}

export class DescriptorWriter implements LineWriter {
  private readonly fd: number;
  private readonly ownsFd: boolean;
  private readonly droppedLine: (count: number) => string;
  private gathered: string;
  private scheduled: boolean;
  private backlog: Buffer[];
  private backlogBytes: number;
  private dropped: number;
  private retry: NodeJS.Timeout | undefined;

  /** `droppedLine` gives the line that tells how many are missing before it. */
  constructor(fd: number, droppedLine: (count: number) => string) {
    this.droppedLine = droppedLine;
    this.fd = openNonBlocking(fd);
    this.ownsFd = this.fd !== fd;
    this.gathered = '';
    this.scheduled = false;
    this.backlog = [];
    this.backlogBytes = 0;
    this.dropped = 0;
    this.retry = undefined;
  }

  write(line: string): void {
    this.gathered += line;
    if (this.gathered.length > GATHER_CHARS_MAX) this.writeGathered();
    else if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(() => {
        this.scheduled = false;
        this.writeGathered();
      });
    }
  }

  flush(): void {
    this.writeGathered(true);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let waited = 0; this.backlog.length > 0 && waited < EXIT_WAIT_MS; waited += RETRY_MS) {
      Atomics.wait(pause, 0, 0, RETRY_MS);
      this.writeBacklog();
    }
  }

  close(): void {
    this.flush();
    clearTimeout(this.retry);
    if (this.ownsFd) fs.closeSync(this.fd);
  }

  /** `urgent`: what explains an exit is kept even when the backlog is full. */
  private writeGathered(urgent = false): void {
    if (this.gathered === '') return;
    if (this.backlogBytes > BACKLOG_BYTES_MAX && !urgent) {
      this.dropped += this.gathered.split('\n').length - 1;
      this.gathered = '';
      return;
    }
    if (this.dropped > 0) {
      this.gathered = this.droppedLine(this.dropped) + this.gathered;
      this.dropped = 0;
    }
    const bytes = Buffer.from(this.gathered);
    this.gathered = '';
    this.backlog.push(bytes);
    this.backlogBytes += bytes.length;
    this.writeBacklog();
  }

  private writeBacklog(): void {
    while (this.backlog.length > 0) {
      const first = this.backlog[0] as Buffer;
      const written = this.tryWrite(first);
      this.backlogBytes -= written;
      if (written === first.length) this.backlog.shift();
      else {
        this.backlog[0] = first.subarray(written);
        this.retryLater();
        return;
      }
    }
  }

  /** Bytes taken. A broken descriptor takes everything: there is nobody left to tell. */
  private tryWrite(bytes: Buffer): number {
    try {
      return fs.writeSync(this.fd, bytes);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : bytes.length;
    }
  }

  private retryLater(): void {
    if (this.retry !== undefined) return;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.writeBacklog();
    }, RETRY_MS);
    this.retry.unref();
  }
}
