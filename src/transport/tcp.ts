/**
 * Hot: Node's TCP sockets as Streams. Accepted sockets are read straight into the read area
 * (`onread`), which saves Node the allocation of a buffer per read; where a runtime does not offer
 * that, data events are copied into it. Guarded by the bench rows publish only and request.
 */
import * as net from 'node:net';
import type { Listener, Stream, StreamHandler } from '../platform/network.ts';
import { readArea } from './read-area.ts';

const idle: StreamHandler = { onBytes() {}, onDrain() {}, onClose() {} };
const nothing = Buffer.alloc(0);

interface RawWriter {
  _writableState?: { writelen?: unknown };
  _handle?: { writeQueueSize?: unknown } | null;
}

/** A Stream over a Duplex-like Node socket (TCP, TLS). */
export class SocketStream implements Stream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  handler: StreamHandler = idle;
  onReleased: (() => void) | undefined = undefined;
  protected readonly socket: net.Socket;
  private waitingForDrain = false;
  private closedError: Error | undefined;
  private ended = false;

  constructor(socket: net.Socket) {
    this.socket = socket;
    this.remoteAddress = stripMappedPrefix(socket.remoteAddress ?? '');
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = socket.localAddress ?? '';
    this.localPort = socket.localPort ?? 0;
    socket.on('error', (error) => {
      this.closedError = error;
    });
    socket.on('end', () => this.finish());
    socket.on('close', () => {
      this.finish();
      this.onReleased?.();
    });
  }

  get pendingBytes(): number {
    return this.socket.writableLength;
  }

  /** A batch of buffers counts as pending until all of it is written; the handle knows more. */
  get unsentBytes(): number {
    const { writableLength } = this.socket;
    const raw = this.socket as unknown as RawWriter;
    const batch = raw._writableState?.writelen;
    const queued = raw._handle?.writeQueueSize;
    if (typeof batch !== 'number' || typeof queued !== 'number') return writableLength;
    return writableLength - batch + Math.min(queued, batch);
  }

  write(buffer: Buffer, start: number, end: number): boolean {
    const socket = this.socket;
    socket.write(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end));
    if (socket.writableLength === 0) return true;
    if (!this.waitingForDrain) {
      this.waitingForDrain = true;
      this.awaitDrain();
    }
    return false;
  }

  /** An empty write completes behind everything that is queued now. */
  private awaitDrain(): void {
    this.socket.write(nothing, () => {
      if (this.socket.writableLength > 0 && !this.socket.destroyed) {
        this.awaitDrain();
        return;
      }
      this.waitingForDrain = false;
      this.handler.onDrain();
    });
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
    // The peer may never close its side: what it still sends is nobody's.
    this.handler = idle;
    this.socket.destroySoon();
  }

  destroy(): void {
    this.handler = idle;
    this.socket.destroy();
  }

  /** Copies a data event into the read area, piece by piece. */
  deliver(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += readArea.capacity) {
      const count = chunk.copy(
        readArea.target,
        0,
        at,
        Math.min(chunk.length, at + readArea.capacity),
      );
      this.handler.onBytes(count);
    }
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    const handler = this.handler;
    handler.onClose(this.closedError);
  }
}

/** A stream that does not read before `resume`, so that the socket can still be upgraded. */
export class LateStream extends SocketStream {
  private reading = false;

  override resume(): void {
    if (!this.reading) {
      this.reading = true;
      this.socket.on('data', (chunk: Buffer) => this.deliver(chunk));
    }
    super.resume();
  }
}

/** IPv4 peers of a dual-stack listener appear as `::ffff:1.2.3.4`; Go prints them as IPv4. */
function stripMappedPrefix(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

interface RawHandle {
  useUserBuffer?: unknown;
}

/** Takes over an accepted, paused socket so that it reads into the read area. */
function readDirectly(accepted: net.Socket): SocketStream | undefined {
  const handle = (accepted as unknown as { _handle?: RawHandle | null })._handle;
  if (!handle || typeof handle.useUserBuffer !== 'function') return undefined;
  let stream: SocketStream | undefined;
  const options = {
    handle,
    onread: {
      buffer: readArea.target,
      callback(count: number): boolean {
        stream?.handler.onBytes(count);
        return true;
      },
    },
    allowHalfOpen: false,
    pauseOnCreate: true,
    readable: true,
    writable: true,
  };
  const socket = new net.Socket(options as net.SocketConstructorOpts);
  stream = new SocketStream(socket);
  return stream;
}

export interface TcpListenOptions {
  /** Empty host or `0.0.0.0` listens on all interfaces, IPv4 and IPv6, as nats-server does. */
  host: string;
  /** 0 picks a free port. */
  port: number;
  backlog?: number;
}

/** Called for each accepted socket; it is paused until its stream is resumed. */
export type AcceptHandler = (socket: net.Socket) => void;

/** Listens; rejects with Node's error (code EADDRINUSE, EACCES…). */
export function listenTcp(options: TcpListenOptions, onAccept: AcceptHandler): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ pauseOnConnect: true, noDelay: true }, onAccept);
    const all = options.host === '' || options.host === '0.0.0.0';
    const listen: net.ListenOptions = { port: options.port, backlog: options.backlog ?? 1024 };
    listen.host = all ? '::' : options.host;
    server.once('listening', () => {
      // Accept errors (EMFILE…) are not fatal: the socket is lost, the listener stays.
      server.removeAllListeners('error').on('error', () => {});
      const address = server.address() as net.AddressInfo;
      resolve({ host: options.host, port: address.port, close: () => void server.close() });
    });
    server.on('error', (error: NodeJS.ErrnoException) => {
      // Machines without IPv6 refuse `::`.
      const noIpv6 = error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL';
      if (!noIpv6 || listen.host !== '::' || !all) {
        reject(error);
        return;
      }
      listen.host = '0.0.0.0';
      server.listen(listen);
    });
    server.listen(listen);
  });
}

/** The fast stream of an accepted socket, or one on data events. Call `resume` to start reading. */
export function acceptStream(socket: net.Socket): SocketStream {
  return readDirectly(socket) ?? new LateStream(socket);
}
