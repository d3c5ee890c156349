import { parseGoUrl } from '../options/go-url.ts';

/*
 * Secrets given as flags must not stay visible to everyone who may list processes. nats-server rewrites
 * its own arguments; Node can set the title, which `ps` shows in place of the command line.
 */

const SECRET = /^--?(user|pass|auth)$/;
const URLS = /^--?(routes|cluster|cluster_listen)$/;
const REDACTED = '[REDACTED]';

/** A URL without its user and password; a text that holds neither is returned as it is. */
function redactUrlUser(text: string): string {
  const at = text.lastIndexOf('@');
  if (at < 0) return text;
  const trimmed = text.trim();
  try {
    // -1 is no port of a URL.
    if (parseGoUrl(trimmed.replace(/:-1$/, ':0')).user === undefined) return text;
  } catch {
    return text;
  }
  const start = trimmed.indexOf('//') + 2;
  const end = trimmed.slice(start).search(/[/?#]|$/) + start;
  const authority = trimmed.slice(start, end);
  return `${trimmed.slice(0, start)}${REDACTED}${authority.slice(authority.lastIndexOf('@'))}${trimmed.slice(end)}`;
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
