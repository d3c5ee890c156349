/**
 * The network as a parameter. A `Stream` is one end of a byte stream; `Network` makes them by
 * listening and dialling. Node's sockets, the simulated network and the in-process pipe all look
 * like this to the transport layer.
 *
 * Reading: bytes arrive in the process-wide read area (see transport/read-area.ts): `onBytes(n)`
 * means that n bytes stand at its start and are gone when the callback returns. `pause` stops
 * reading after the current callback.
 *
 * Writing: `write(buffer, start, end)` returns true when every byte was taken before it returned
 * (the caller may reuse the buffer at once), false when the stream keeps the buffer until
 * `onDrain` (the caller must not touch it any more).
 */
export interface StreamHandler {
  onBytes(count: number): void;
  onDrain(): void;
  /**
   * The peer has finished sending, or the stream failed (`error`). At most once; a stream that this
   * side ended or destroyed may keep silent.
   */
  onClose(error: Error | undefined): void;
}

export interface Stream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  handler: StreamHandler;
  write(buffer: Buffer, start: number, end: number): boolean;
  /** Bytes handed to `write` and not yet taken by the other side. */
  readonly pendingBytes: number;
  /**
   * The part of them that has not left, where a stream holds buffers for longer than that; for
   * seeing progress. Dearer than `pendingBytes`.
   */
  readonly unsentBytes?: number;
  /**
   * Called when the stream is gone for good and uses no buffer any more, also behind `end` and
   * `destroy`, when the handler hears nothing. A stream that cannot tell never calls it; its
   * buffers are then lost to their pool.
   */
  onReleased?: (() => void) | undefined;
  pause(): void;
  resume(): void;
  /** Closes after what was written is flushed. */
  end(): void;
  /** Closes at once; unsent bytes are dropped. */
  destroy(): void;
}

/** An open listening socket. `port` is the real one when 0 was asked for. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  close(): void;
}
