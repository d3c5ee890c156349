import type { Account } from '../account/account.ts';
import { Connection, connectionKinds } from './connection.ts';

/** Local connections of an account by kind; internal clients do not count. */
export function countMembers(account: Account): { clients: number; leafNodes: number } {
  let clients = 0;
  let leafNodes = 0;
  for (const member of account.connections) {
    if (!(member instanceof Connection)) continue;
    if (member.kind === connectionKinds.client) clients++;
    else if (member.kind === connectionKinds.leaf) leafNodes++;
  }
  return { clients, leafNodes };
}
