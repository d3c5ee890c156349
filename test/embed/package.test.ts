import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

/*
 * The package as others get it: packed, installed into an empty project without a registry, and used
 * from there by import, require, TypeScript and the command line.
 */

const project = mkdtempSync(join(tmpdir(), 'tnatsd-package-'));
after(() => rmSync(project, { recursive: true, force: true }));

function run(command: string, args: readonly string[], cwd = project): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  const shown = `${command} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`;
  assert.equal(result.status, 0, shown);
  return result.stdout;
}

function runNode(name: string, text: string): string {
  writeFileSync(join(project, name), text);
  return run(process.execPath, [name]);
}

interface Packed {
  filename: string;
  files: { path: string }[];
}

const packArgs = ['pack', '--json', '--silent', '--pack-destination', project];
const [packed] = JSON.parse(run('npm', packArgs, __PROJECT_ROOT__)) as Packed[];
writeFileSync(join(project, 'package.json'), '{ "name": "consumer", "private": true }\n');
run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${packed!.filename}`]);

const expected =
  /^(bin\/[\w-]+\.cjs|dist\/(tnatsd|index|testing)\.[cm]js|dist\/types\/[\w/.-]+|docs\/[\w.-]+|package\.json|[A-Z]+\.md|LICENSE|NOTICE)$/;

test('the package holds what runs, its types and documents, and nothing else', () => {
  const paths = packed!.files.map(({ path }) => path);
  assert.deepEqual(
    paths.filter((path) => !expected.test(path)),
    [],
  );
  for (const path of ['LICENSE', 'NOTICE', 'README.md', 'dist/types/index.d.ts']) {
    assert.ok(paths.includes(path), `${path} in ${paths}`);
  }
});

test('both commands run', () => {
  assert.match(
    run('npx', ['--no', '--', 'tnatsd', '--version']),
    /^tnatsd: v\d.*nats-server v2\.15\.2/,
  );
  assert.match(run('npx', ['--no', '--', 'nats-server', '-v']), /^nats-server: v2\.15\.2$/m);
});

const use = `
  (async () => {
    const server = await createServer();
    const one = await startTestServer();
    if (!(one.server instanceof NatsServer)) throw new Error('two copies of the library');
    console.log(/^nats:/.test(server.url) && server.id !== one.server.id);
    await one.close();
    await server.close();
  })();
`;

test('an ES module imports it', () => {
  const text = `import { createServer, NatsServer } from 'tnatsd';
    import { startTestServer } from 'tnatsd/testing';
    ${use}`;
  assert.equal(runNode('use.mjs', text), 'true\n');
});

test('CommonJS requires it, and gets the same classes as an import', () => {
  const text = `const { createServer, NatsServer } = require('tnatsd');
    const { startTestServer } = require('tnatsd/testing');
    import('tnatsd').then((m) => {
      if (m.NatsServer !== NatsServer) throw new Error('two copies of the library');
    });
    ${use}`;
  assert.equal(runNode('use.cjs', text), 'true\n');
});

const typed = `
import { createServer, ListenError, type CreateServerOptions, type NatsServer } from 'tnatsd';
import { natsTest, startTestServer, type TestServer } from 'tnatsd/testing';

const options: CreateServerOptions = {
  port: -1,
  authorization: { users: [{ user: 'a', password: 'b', permissions: { publish: ['x.>'] } }] },
  logger: { warn: (line) => console.log(line.length) },
};
export async function main(): Promise<number> {
  await using server: NatsServer = await createServer(options);
  server.on('connect', ({ id, name }) => console.log(id.toFixed(), name.length));
  server.on('disconnect', ({ reason }) => console.log(reason.length));
  const failure: unknown = new Error();
  if (failure instanceof ListenError) console.log(failure.code.length);
  // @ts-expect-error: not an option
  await createServer({ prot: 1 });
  // @ts-expect-error: made by createServer only
  new (server.constructor as typeof NatsServer)();
  const one: TestServer = await startTestServer();
  const run: () => Promise<void> = natsTest(async ({ url }) => console.log(url.length));
  await run();
  return one.port;
}
`;

test('TypeScript knows its types, from ES modules and from CommonJS', () => {
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  symlinkSync(join(__PROJECT_ROOT__, 'node_modules/@types/node'), join(modules, '@types/node'));
  symlinkSync(join(__PROJECT_ROOT__, 'node_modules/undici-types'), join(modules, 'undici-types'));
  for (const name of ['typed.mts', 'typed.cts']) writeFileSync(join(project, name), typed);
  const flags = '--strict --exactOptionalPropertyTypes --noEmit --types node --target es2022';
  for (const module of ['nodenext', 'node18']) {
    const tsc = join(__PROJECT_ROOT__, 'node_modules/typescript/bin/tsc');
    const lib = 'es2022,esnext.disposable';
    const args = [tsc, ...flags.split(' '), '--lib', lib, '--module', module];
    run(process.execPath, [...args, 'typed.mts', 'typed.cts']);
  }
});
