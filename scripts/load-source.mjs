// Imports TypeScript of src/ into a script: bundled in memory, so that nothing has to be built before.
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { root } from './setup.mjs';

/** The exports of a source file, given by its path inside the project. */
export async function loadSource(path) {
  const result = await esbuild.build({
    entryPoints: [join(root, path)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  const text = Buffer.from(result.outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${text}`);
}
