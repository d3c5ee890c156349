/**
 * Worker threads as a parameter: long computations leave the event loop. The node implementation is
 * in node-worker.ts; a simulation answers synchronously instead of starting one.
 */
export interface WorkerHandler {
  onMessage(message: unknown): void;
  /** The thread ended on its own: after an error, or because it could not start. Once. */
  onExit(error: Error | undefined): void;
}

export interface WorkerLink {
  /** Messages are copied. */
  post(message: unknown): void;
  /** Ends the thread; `onExit` is not called any more. Idempotent. */
  terminate(): void;
}

export interface Workers {
  /** Starts a thread from program text (`import source from 'worker:./x-worker.ts'`). */
  start(source: string, handler: WorkerHandler): WorkerLink;
}
