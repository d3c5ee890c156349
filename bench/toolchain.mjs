// What the bench needs and a clone does not have: nats-server itself and the load generator, both
// made by Go, both kept in .cache/ and made again only when their sources change.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const referenceVersion = 'v2.15.2';
const referenceModule = 'github.com/nats-io/nats-server/v2';
const exe = process.platform === 'win32' ? '.exe' : '';

/** An error whose message is all that the reader needs: printed without a stack. */
export class SetupError extends Error {}

function go(args, options = {}) {
  const result = spawnSync('go', args, { encoding: 'utf8', ...options });
  if (result.error?.code === 'ENOENT') {
    throw new SetupError(
      'Go is missing. The bench compares with nats-server, which is written in Go, and its load\n' +
        'generator uses the official Go client. Install Go 1.26 or newer (https://go.dev/dl/) so\n' +
        'that `go version` works, and run this again; everything else is set up by itself.',
    );
  }
  if (result.error) throw result.error;
  if (result.status !== 0) {
    throw new SetupError(`go ${args.join(' ')} failed:\n${result.stderr || result.stdout}`);
  }
  return result.stdout;
}

/** Is this file nats-server of the wanted version? Asked of Go: our own program answers `-v` alike. */
function isReference(path) {
  if (!existsSync(path)) return false;
  const result = spawnSync('go', ['version', '-m', path], { encoding: 'utf8' });
  const text = result.stdout ?? '';
  return new RegExp(`\\bmod\\s+${referenceModule}\\s+${referenceVersion}\\b`).test(text);
}

/** The path of nats-server, installed when it is not there. */
export function ensureReference(root) {
  const bin = join(root, '.cache', 'go-bin');
  const ours = join(bin, `nats-server${exe}`);
  const [gopath, gobin] = go(['env', 'GOPATH', 'GOBIN']).split(/\r?\n/);
  const found = [ours, join(gobin || join(gopath, 'bin'), `nats-server${exe}`)].find(isReference);
  if (found) return found;
  console.error(`bench: installing nats-server ${referenceVersion} with Go…`);
  mkdirSync(bin, { recursive: true });
  go(['install', `${referenceModule}@${referenceVersion}`], {
    env: { ...process.env, GOBIN: bin, GOFLAGS: '' },
  });
  return ours;
}

/** The path of the load generator, compiled when its sources changed. */
export function ensureGenerator(root) {
  const source = join(root, 'bench', 'load');
  const hash = createHash('sha256').update(go(['version']));
  for (const name of readdirSync(source).sort()) {
    if (/\.go$|^go\.(mod|sum)$/.test(name))
      hash.update(name).update(readFileSync(join(source, name)));
  }
  const key = hash.digest('hex');
  const binary = join(root, '.cache', `bench-load${exe}`);
  const stamp = join(root, '.cache', 'bench-load.built-from');
  if (existsSync(binary) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return binary;
  console.error('bench: compiling the load generator…');
  mkdirSync(join(root, '.cache'), { recursive: true });
  go(['build', '-o', binary, '.'], { cwd: source });
  writeFileSync(stamp, key);
  return binary;
}
