// npm start -- <flags>: sets up what is missing, then becomes the server.
import { join } from 'node:path';
import { ensureBuilt, root } from './setup.mjs';

await ensureBuilt();
const program = join(root, 'bin', 'tnatsd.cjs');
process.argv[1] = program;
const { createRequire } = await import('node:module');
createRequire(import.meta.url)(program);
