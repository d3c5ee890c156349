/** The JWTs of the sessions, by name. */
const tokens: Record<string, string> = {};

export function tokenOf(name: string): string {
  const token = tokens[name];
  if (token === undefined) throw new Error(`no token ${name}`);
  return token;
}
