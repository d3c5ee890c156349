import { parentPort, Worker } from 'node:worker_threads';
import type { WorkerHandler, WorkerLink, Workers } from './worker.ts';

/** Threads of this process. They do not keep it alive and inherit no flags and no environment. */
export const nodeWorkers: Workers = {
  start(source: string, handler: WorkerHandler): WorkerLink {
    const worker = new Worker(source, { eval: true, execArgv: [], env: {} });
    let ended = false;
    let failure: Error | undefined;
    worker.on('message', (message) => {
      if (!ended) handler.onMessage(message);
    });
    worker.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', () => {
      if (ended) return;
      ended = true;
      handler.onExit(failure);
    });
    // Both are needed: listening and coming up each make the port hold the process again.
    worker.unref();
    worker.on('online', () => worker.unref());
    return {
      post: (message) => worker.postMessage(message),
      terminate() {
        ended = true;
        void worker.terminate();
      },
    };
  },
};

/** In the worker: answers each message with what `handle` returns. */
export function serveWorker(handle: (message: unknown) => unknown): void {
  parentPort?.on('message', (message) => parentPort?.postMessage(handle(message)));
}
