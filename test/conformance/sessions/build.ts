/** Short forms in which the tables write their sessions. */
import type { Action, Session } from '../session.ts';

type Flags = Partial<Pick<Session, 'whole' | 'fresh' | 'pings' | 'unordered'>>;

/** The usual CONNECT of a library, quiet. */
export const quiet = 'CONNECT {"verbose":false,"pedantic":false}\r\n';
export const headers = 'CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\n';
export const responders =
  'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}\r\n';
export const pedantic = 'CONNECT {"verbose":false,"pedantic":true}\r\n';
export const ping = 'PING\r\n';

/** `rows` is a blank-separated list of row and trap names. */
export function session(
  name: string,
  config: string,
  rows: string,
  actions: Action[],
  flags: Flags = {},
): Session {
  return {
    name,
    rows: rows.split(' '),
    config,
    steps: actions.map((action) => ({ do: action })),
    ...flags,
  };
}

/** One session per case: connection `a` sends `before`, then the case, then `after`. */
export function each(
  prefix: string,
  config: string,
  rows: string,
  cases: Record<string, string>,
  around: { before?: string; after?: string; flags?: Flags } = {},
): Session[] {
  return Object.entries(cases).map(([name, bytes]) => {
    const actions: Action[] = [];
    if (around.before) actions.push(['a', around.before]);
    actions.push(['a', bytes]);
    if (around.after) actions.push(['a', around.after]);
    return session(`${prefix}: ${name}`, config, rows, actions, around.flags);
  });
}

/** Names cases by their own text. */
export function named(lines: string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [JSON.stringify(line).slice(0, 90), line]));
}

/** PUB with its payload. */
export function pub(subject: string, payload: string, reply = ''): string {
  return `PUB ${subject} ${reply}${reply ? ' ' : ''}${payload.length}\r\n${payload}\r\n`;
}

/** HPUB of a header block and a payload. */
export function hpub(subject: string, block: string, payload: string, reply = ''): string {
  const sizes = `${block.length} ${block.length + payload.length}`;
  return `HPUB ${subject} ${reply}${reply ? ' ' : ''}${sizes}\r\n${block}${payload}\r\n`;
}
