import { join } from 'node:path';

/** `$NAME`, `${NAME}` and the one-character names of a shell. */
const REFERENCE = /\$(?:\{([^}]*)\}|([*#$@!?0-9-])|([A-Za-z_][A-Za-z0-9_]*))/g;

/**
 * A path with environment variables and a leading `~` replaced, as nats-server does with credentials.
 * Throws an Error with nats-server's text when there is no home folder.
 */
export function expandPath(path: string, env: (name: string) => string | undefined): string {
  const expanded = path.replace(REFERENCE, (_all, braced, special, name) => {
    return env(braced ?? special ?? name) ?? '';
  });
  if (!expanded.startsWith('~')) return expanded;
  const home = env('HOME') ?? '';
  if (home === '') throw new Error('failed to get home dir, require $HOME');
  return join(home, expanded.slice(1));
}
