/*
 * Secrets given as flags must not stay visible to everyone who may list processes. nats-server rewrites
 * its own arguments; Node can set the title, which `ps` shows in place of the command line.
 */

const SECRET = /^--?(user|pass|auth)$/;
const URLS = /^--?(routes|cluster|cluster_listen)$/;
const REDACTED = '[REDACTED]';

/**
 * A URL without its user and password. What does not parse as a URL is redacted all the same: it may
 * be a secret with a slip of the pen.
 */
function redactUrlUser(text: string): string {
  return text.replace(/^(\s*(?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/)?)[^/?#]*@/, `$1${REDACTED}@`);
}

function redactValue(flag: string, value: string): string {
  if (SECRET.test(flag)) return REDACTED;
  return value.split(',').map(redactUrlUser).join(',');
}

/** The arguments with every user, password, token and URL credential replaced. */
export function redactArgs(args: readonly string[]): string[] {
  const result = [...args];
  for (let i = 0; i < result.length; i++) {
    const arg = result[i] as string;
    const equals = arg.indexOf('=');
    const flag = equals < 0 ? arg : arg.slice(0, equals);
    if (!SECRET.test(flag) && !URLS.test(flag)) continue;
    if (equals >= 0) result[i] = `${flag}=${redactValue(flag, arg.slice(equals + 1))}`;
    else if (i + 1 < result.length) result[i + 1] = redactValue(flag, result[i + 1] as string);
  }
  return result;
}

/**
 * Shows `nats-server <arguments>` with secrets redacted in process listings, instead of node and a
 * script: `pgrep nats-server`, service scripts and `--signal` find the server by it.
 */
export function titleOf(program: string, args: readonly string[]): string {
  return [program, ...redactArgs(args)].join(' ');
}
