import { basename } from 'node:path';

/** Our own version; `package.json` says the same (cli.test.ts compares them). */
export const TNATSD_VERSION = '0.1.0';

/** The nats-server version whose protocols and behaviour we match; clients gate features on it. */
export const NATS_SERVER_VERSION = '2.15.2';

/**
 * The name under which the program answers: that of the file or link it was started as. Whatever is
 * not `tnatsd` speaks as nats-server, because what starts it (a test suite, a chart) expects that.
 */
export function programName(scriptPath: string | undefined): 'tnatsd' | 'nats-server' {
  return basename(scriptPath ?? '').startsWith('tnatsd') ? 'tnatsd' : 'nats-server';
}

/** The line of --version; clients parse the form of nats-server's. */
export function versionLine(program: 'tnatsd' | 'nats-server'): string {
  if (program === 'nats-server') return `nats-server: v${NATS_SERVER_VERSION}`;
  return `tnatsd: v${TNATSD_VERSION} (nats-server v${NATS_SERVER_VERSION})`;
}
