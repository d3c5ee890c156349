// Builds what ships: dist/tnatsd.cjs (the program), dist/index and dist/testing (the library) and
// the worker sources they carry as strings.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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

/** In testing.ts: the library is beside it, not inside it, so that both share one copy. */
const libraryBeside = {
  name: 'library-beside',
  setup(build) {
    build.onResolve({ filter: /^\.\/index\.ts$/ }, () => ({ path: './index.cjs', external: true }));
  },
};

const program = {
  ...common,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/tnatsd.cjs',
  format: 'cjs',
  // bin/launch.cjs runs the program with node:vm, where a real import() only works with a warning.
  supported: { 'dynamic-import': false },
  minifySyntax: true,
  minifyWhitespace: true,
};

/** Builds beside and renames: who starts the program meanwhile finds the old file or the new one. */
async function buildWhole(options) {
  const { outputFiles } = await esbuild.build({ ...options, write: false });
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, contents);
    renameSync(`${path}.new`, path);
  }
}

/**
 * An entry of the library: CommonJS, which every test runner can load, and an ES module that names
 * its exports again. One copy of the code whoever imports it, so `instanceof` always works.
 */
async function buildEntry(name, plugins = []) {
  await buildWhole({
    ...common,
    plugins: [...common.plugins, ...plugins],
    entryPoints: [`src/${name}.ts`],
    outfile: `dist/${name}.cjs`,
    format: 'cjs',
  });
  const file = join(root, 'dist', `${name}.cjs`);
  const load = createRequire(file);
  delete load.cache[file];
  const names = Object.keys(load(file)).join(', ');
  writeFileSync(join(root, 'dist', `${name}.mjs`), `export { ${names} } from './${name}.cjs';\n`);
}

/** Bundles the program and the library into dist/. */
export async function buildDist() {
  rmSync(join(root, 'dist', 'cache'), { recursive: true, force: true });
  await Promise.all([buildWhole(program), buildEntry('index')]);
  await buildEntry('testing', [libraryBeside]);
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
