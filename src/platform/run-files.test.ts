import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from './logger.ts';
import { nodeDisk } from './node-disk.ts';
import {
  portsFilePath,
  portsInfo,
  removePortsFile,
  writePidFile,
  writePortsFile,
} from './run-files.ts';

function folder(t: { after(fn: () => void): void }): string {
  const dir = fs.mkdtempSync(join(tmpdir(), 'tnatsd-run-'));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function collecting() {
  const errors: string[] = [];
  return { errors, logger: { ...silentLogger, error: (text: string) => void errors.push(text) } };
}

test('the ports file holds the URLs of each listener in the order of nats-server', async (t) => {
  const path = portsFilePath(folder(t), 42);
  assert.match(path, /\/nats-server_42\.ports$/);
  const { errors, logger } = collecting();
  const facts = {
    websocket: { host: '::1', port: 8080, tls: true },
    nats: { host: '127.0.0.1', port: 4222, tls: false },
    monitoring: { host: '127.0.0.1', port: 8222, tls: false },
    cluster: { host: '127.0.0.1', port: 6222, tls: true },
    profile: undefined,
  };
  await writePortsFile(nodeDisk, path, facts, logger);
  assert.equal(
    fs.readFileSync(path, 'utf8'),
    '{"nats":["nats://127.0.0.1:4222"],"monitoring":["http://127.0.0.1:8222"],' +
      '"cluster":["tls://127.0.0.1:6222"],"websocket":["wss://[::1]:8080"]}',
  );
  assert.deepEqual(fs.readdirSync(join(path, '..')), ['nats-server_42.ports']);
  await removePortsFile(nodeDisk, path, logger);
  assert.equal(fs.existsSync(path), false);
  assert.deepEqual(errors, []);
});

test('an unspecified address stands for every address of the machine', () => {
  const urls = portsInfo({ nats: { host: '0.0.0.0', port: 1, tls: false } }).nats ?? [];
  assert.ok(urls.includes('nats://127.0.0.1:1'), urls.join());
  assert.ok(!urls.some((url) => url.includes('0.0.0.0')));
});

test('failures have the texts of nats-server', async () => {
  const { errors, logger } = collecting();
  const path = '/nonexistent/nats-server_1.ports';
  await writePortsFile(nodeDisk, path, {}, logger);
  await removePortsFile(nodeDisk, path, logger);
  assert.deepEqual(errors, [
    `Error writing ports file (${path}): open ${path}: no such file or directory`,
    `Error cleaning up ports file ${path}: remove ${path}: no such file or directory`,
  ]);
  assert.throws(() => writePidFile(nodeDisk, '/nonexistent/pid', 1), {
    message: 'Could not write pidfile: open /nonexistent/pid: no such file or directory',
  });
});

test('the pid file holds the number alone', (t) => {
  const path = join(folder(t), 'pid');
  writePidFile(nodeDisk, path, 1234);
  assert.equal(fs.readFileSync(path, 'utf8'), '1234');
});
