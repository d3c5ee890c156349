import { basename } from 'node:path';

import { natsVersion, tnatsdVersion } from '../base/version.ts';

/**
 * The name under which the program answers: that of the file or link it was started as. Whatever is
 * not `tnatsd` speaks as nats-server, because what starts it (a test suite, a chart) expects that.
 */
export function programName(scriptPath: string | undefined): 'tnatsd' | 'nats-server' {
  return basename(scriptPath ?? '').startsWith('tnatsd') ? 'tnatsd' : 'nats-server';
}

/** The line of --version; clients parse the form of nats-server's. */
export function versionLine(program: 'tnatsd' | 'nats-server'): string {
  if (program === 'nats-server') return `nats-server: v${natsVersion}`;
  return `tnatsd: v${tnatsdVersion} (nats-server v${natsVersion})`;
}
