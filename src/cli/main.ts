import { basename } from 'node:path';
import { NATS_SERVER_VERSION, TNATSD_VERSION } from './version.ts';

/** The program's name as it was called: bin/nats-server.cjs, bin/tnatsd.cjs, or a link to them. */
export function programName(scriptPath: string | undefined): string {
  return basename(scriptPath ?? '').startsWith('nats-server') ? 'nats-server' : 'tnatsd';
}

export function versionLine(program: string): string {
  if (program === 'nats-server') return `nats-server: v${NATS_SERVER_VERSION}`;
  return `${program}: v${TNATSD_VERSION} (nats-server v${NATS_SERVER_VERSION})`;
}

if (process.argv.includes('--version') || process.argv.includes('-v')) {
  process.stdout.write(`${versionLine(programName(process.argv[1]))}\n`);
}
