/**
 * How many subscriptions of clients there are for a subject: `$SYS.DEBUG.SUBSCRIBERS`, whose body is
 * a subject and perhaps a queue, and `$SYS.REQ.ACCOUNT.NSUBS`, with which servers ask each other.
 */
import type { Account } from '../account/account.ts';
import { isSubsetMatch } from '../subject/match.ts';
import { roles, type Subscription } from '../subject/subscription.ts';
import { isLiteral } from '../subject/tokens.ts';

/** Wire subject and queue; '' counts members of every queue and plain subscriptions. */
export function countSubscribers(account: Account, subject: string, queue: string): number {
  const counts = (sub: Subscription): boolean =>
    sub.role === roles.client && (queue === '' || sub.queue === queue);
  if (!isLiteral(subject)) {
    const all = account.sublist.all();
    return all.filter((sub) => counts(sub) && isSubsetMatch(sub.subject, subject)).length;
  }
  const { plain, groups } = account.sublist.matchString(subject);
  const lists = [plain.subs, ...groups.map((group) => group.members.subs)];
  return lists.reduce((sum, subs) => sum + subs.filter(counts).length, 0);
}
