// Builds what ships: dist/tnatsd.cjs (the program), dist/index.mjs and dist/testing.mjs (the
// library) and the worker sources they carry as strings.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as esbuild from 'esbuild';
import { root } from './setup.mjs';

/**
 * `import source from 'worker:./x-worker.ts'` gives the bundled program text of a worker thread,
 * so that one file serves the executable, the library and the single executable alike.
 */
export const workerPlugin = {
  name: 'worker-source',
  setup(build) {
    build.onResolve({ filter: /^worker:/ }, (args) => ({
      path: resolve(dirname(args.importer), args.path.slice('worker:'.length)),
      namespace: 'worker-source',
    }));
    build.onLoad({ filter: /.*/, namespace: 'worker-source' }, async (args) => {
      const result = await esbuild.build({
        entryPoints: [args.path],
        bundle: true,
        write: false,
        platform: 'node',
        format: 'cjs',
        target: 'node20',
        minify: true,
      });
      return { contents: result.outputFiles[0].text, loader: 'text' };
    });
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  plugins: [workerPlugin],
  loader: { '.html': 'text' },
  legalComments: 'none',
  logLevel: 'warning',
};

/** Bundles the program and the library into dist/. */
export async function buildDist() {
  rmSync(join(root, 'dist', 'cache'), { recursive: true, force: true });
  const jobs = [];
  jobs.push(
    esbuild.build({
      ...common,
      entryPoints: ['src/cli/main.ts'],
      outfile: 'dist/tnatsd.cjs',
      format: 'cjs',
      // bin/launch.cjs runs the program with node:vm, where a real import() only works with a warning.
      supported: { 'dynamic-import': false },
      minifySyntax: true,
      minifyWhitespace: true,
    }),
  );
  const library = ['src/index.ts', 'src/testing.ts'].filter((f) => existsSync(join(root, f)));
  jobs.push(
    esbuild.build({
      ...common,
      entryPoints: library,
      outdir: 'dist',
      outExtension: { '.js': '.mjs' },
      format: 'esm',
      splitting: true,
      chunkNames: 'chunk-[hash]',
      metafile: true,
      banner: {
        js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
      },
    }),
  );
  const built = await Promise.all(jobs);
  const kept = new Set(built.flatMap((job) => Object.keys(job.metafile?.outputs ?? {})));
  for (const name of readdirSync(join(root, 'dist'))) {
    const stale = name.startsWith('chunk-') && !kept.has(`dist/${name}`);
    if (stale) rmSync(join(root, 'dist', name));
  }
}

/** Bundles test files into `outdir`, keeping their tree, with shared code in chunks. */
export async function buildTests(files, outdir) {
  await esbuild.build({
    ...common,
    entryPoints: files,
    outdir,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    splitting: true,
    sourcemap: 'linked',
    packages: 'external',
    define: { __PROJECT_ROOT__: JSON.stringify(root) },
  });
}
