import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer } from '../../src/index.ts';
import { Peer } from './peer.ts';

const account = (limits: string, imports: string, rights: string) => `
accounts {
  A { users: [ { user: a, password: p } ], exports: [ { stream: "s.>" }, { service: q } ] }
  B { users: [ { user: b, password: p${rights} } ]${limits}, imports: [ ${imports} ] }
}`;
const stream = '{ stream: { account: A, subject: "s.>" } }';

test('a reload of an unchanged file leaves answers allowed; one without mappings ends them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tnatsd-reload-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const configFile = join(folder, 'server.conf');
  const users = `authorization { users: [ { user: a, password: p }
    { user: s, password: p, permissions: { subscribe: "q", publish: "none", allow_responses: true } } ] }`;
  writeFileSync(configFile, `${users}\nmappings: { "from": "to" }\n`);
  const server = await createServer({ configFile, autoListen: false });
  t.after(() => server.close());
  const [a, s] = [new Peer(server.connect(), 'a'), new Peer(server.connect(), 's')];
  await s.send('SUB q 1\r\n');
  await a.send('SUB * 1\r\nPUB q inbox 1\r\nx\r\n');
  await server.reload();
  assert.doesNotMatch(await s.send('PUB inbox 2\r\nok\r\n'), /-ERR/);
  assert.match(await a.send('PUB from 1\r\n1\r\n'), /MSG to 1 1/);
  writeFileSync(configFile, users);
  await server.reload();
  assert.match(await a.send('PUB from 1\r\n2\r\n'), /MSG from 1 1\r\n2/);
});

test('imports, exports, limits and permissions of live connections follow a reload', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tnatsd-reload-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const configFile = join(folder, 'server.conf');
  const use = (text: string) => writeFileSync(configFile, text);
  use(account('', '', ''));
  const server = await createServer({ configFile, autoListen: false });
  t.after(() => server.close());
  const [a, b] = [new Peer(server.connect(), 'a'), new Peer(server.connect(), 'b')];
  await a.send('SUB q 1\r\n');
  await b.send('SUB > 1\r\n');
  await a.send('PUB s.x 1\r\n1\r\n');
  assert.equal(await b.send(''), '', 'nothing is imported');

  use(account('', stream, ''));
  await server.reload();
  await a.send('PUB s.x 1\r\n2\r\n');
  assert.match(await b.send(''), /^MSG s\.x 1 1\r\n2/, 'a subscription from before the import');

  use(account('', `{ service: { account: A, subject: q } }`, ''));
  await server.reload();
  await a.send('PUB s.x 1\r\n3\r\n');
  assert.match(await b.send('PUB q 1\r\n4\r\n'), /^MSG q 1 1\r\n4\r\n$/, 'its own message alone');
  assert.match(await a.send(''), /^HMSG q 1 /);

  use(account(', limits: { max_payload: 3 }', '', ', permissions: { subscribe: { deny: ">" } }'));
  await server.reload();
  assert.match(
    await b.send(''),
    /-ERR 'Permissions Violation for Subscription to ">" \(sid "1"\)'/,
  );
  assert.match(await b.closed('PUB x 4\r\n1234\r\n'), /-ERR 'Maximum Payload Violation'/);

  use('accounts { A { users: [ { user: a, password: p } ] } }');
  await server.reload();
  assert.match(await a.send(''), /^$/);
});
