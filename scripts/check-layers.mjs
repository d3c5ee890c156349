// Enforces the layers of ARCHITECTURE.md and the determinism rule: a folder of src/ imports only
// from folders with a lower number, and only platform/ and transport/ touch the real world.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { root } from './setup.mjs';

const layers = {
  base: 0,
  platform: 1,
  codec: 1,
  subject: 2,
  wire: 2,
  conf: 2,
  raft: 2,
  auth: 3,
  store: 3,
  options: 4,
  account: 5,
  transport: 6,
  connection: 7,
  deliver: 8,
  client: 9,
  cluster: 9,
  events: 9,
  jetstream: 9,
  mqtt: 10,
  monitor: 10,
  server: 11,
  cli: 12,
};
const real = new Set(['platform', 'transport', 'cli']);
const realModules =
  /^(node:)?(net|tls|dns|http|https|http2|fs|worker_threads|child_process|timers|perf_hooks|dgram|os)(\/|$)/;
const realGlobals =
  /\b(Date\.now|new Date\(\)|performance\.now|process\.hrtime|(setTimeout|setInterval|setImmediate)\(|Math\.random|crypto\.(randomBytes|getRandomValues|randomUUID|randomInt))/;

const problems = [];
function* walk(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else if (name.endsWith('.ts') && !name.endsWith('.d.ts')) yield path;
  }
}
const src = join(root, 'src');
for (const file of walk(src)) {
  const folder = relative(src, file).split('/')[0];
  const layer = layers[folder] ?? 99;
  const test = file.endsWith('.test.ts');
  const lines = readFileSync(file, 'utf8').split('\n');
  lines.forEach((line, i) => {
    const where = `${relative(root, file)}:${i + 1}`;
    const spec = /(?:from|import)\s*\(?['"]([^'"]+)['"]/.exec(line)?.[1];
    if (spec?.startsWith('.') || spec?.startsWith('worker:.')) {
      const target = relative(src, resolve(dirname(file), spec.replace(/^worker:/, '')));
      const targetFolder = target.split('/')[0];
      const targetLayer = layers[targetFolder] ?? 99;
      // Files of src/ itself (the library's entries) may import anything.
      if (targetFolder !== folder && targetLayer >= layer && !test && layer < 99)
        problems.push(
          `${where}: ${folder} (${layer}) may not import ${targetFolder} (${targetLayer})`,
        );
    } else if (spec && !test && !real.has(folder) && layer < 99 && realModules.test(spec)) {
      if (!line.startsWith('import type'))
        problems.push(`${where}: ${spec} belongs to platform/ or transport/`);
    }
    const code = line.replace(/\/\/.*$|^\s*\*.*$/, '');
    if (!test && !real.has(folder) && layer < 99 && realGlobals.test(code))
      problems.push(`${where}: take the clock, timers and randomness from platform/`);
  });
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log('layers: ok');
