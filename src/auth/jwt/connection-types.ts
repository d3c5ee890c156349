import { goQuote } from '../../base/go-quote.ts';
import { type ConnectionType, connectionTypes } from '../auth-user.ts';

/** Kinds that a user may connect by. */
export interface AllowedConnectionTypes {
  /** None is all, unless `problem` says that only unknown ones were named. */
  readonly known: ReadonlySet<ConnectionType>;
  /** What nats-server logs about those that are unknown. */
  readonly problem: string | undefined;
}

/** Any case. Unknown kinds are passed over as long as a known one is among them. */
export function allowedConnectionTypes(names: readonly string[]): AllowedConnectionTypes {
  const known = new Set<ConnectionType>();
  const unknown: string[] = [];
  for (const name of names.map((one) => one.toUpperCase())) {
    const type = connectionTypes.find((one) => one === name);
    if (type === undefined) unknown.push(name);
    else known.add(type);
  }
  const shown = unknown.map((name) => goQuote(name)).join(' ');
  return { known, problem: unknown.length > 0 ? `invalid connection types [${shown}]` : undefined };
}

/** May a connection of this kind be made? Where only unknown kinds were named, none may. */
export function mayConnectBy(allowed: AllowedConnectionTypes, type: ConnectionType): boolean {
  return allowed.known.size === 0 ? allowed.problem === undefined : allowed.known.has(type);
}
