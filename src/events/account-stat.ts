/** What one account does: in /accstatz, in its answers and in the events of its connections. */
import type { Account } from '../account/account.ts';
import { countMembers } from '../connection/account-members.ts';

export interface Volume {
  msgs: number;
  bytes: number;
}

export interface DataStats extends Volume {
  gateways: Volume;
  routes: Volume;
  leafs: Volume;
}

export interface AccountStat {
  acc: string;
  name: string;
  conns: number;
  leafnodes: number;
  total_conns: number;
  num_subscriptions: number;
  sent: DataStats;
  received: DataStats;
  slow_consumers: number;
}

export function buildAccountStat(account: Account): AccountStat {
  const { clients, leafNodes } = countMembers(account);
  const { traffic } = account;
  return {
    acc: account.name,
    name: accountNameTag(account),
    conns: clients,
    leafnodes: leafNodes,
    total_conns: clients + leafNodes,
    num_subscriptions: account.sublist.count,
    sent: dataStats(traffic.outMsgs, traffic.outBytes),
    received: dataStats(traffic.inMsgs, traffic.inBytes),
    slow_consumers: account.slowConsumers,
  };
}

/** What goes over routes, gateways and leaf nodes is nothing yet. */
function dataStats(msgs: number, bytes: number): DataStats {
  const none = (): Volume => ({ msgs: 0, bytes: 0 });
  return { msgs, bytes, gateways: none(), routes: none(), leafs: none() };
}

/** The name that people gave an account which is a key; else its own. */
export function accountNameTag(account: Account): string {
  return account.spec?.nameTag || account.name;
}
