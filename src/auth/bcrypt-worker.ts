/** Runs in a worker thread: one comparison per message, answered in order. */
import { compareSync } from 'bcryptjs';
import { serveWorker } from '../platform/node-worker.ts';

serveWorker((message) => {
  const { hash, password } = message as { hash: string; password: string };
  try {
    return compareSync(password, hash);
  } catch {
    // A hash that only looks like one.
    return false;
  }
});
