/**
 * The subscriptions of one client: SUB and UNSUB with everything that may refuse them, and what a
 * reload takes away. The Connection holds the table by sid, the account's sublist does the matching.
 */
import type { StreamImport } from '../account/imports.ts';
import { addShadows, removeShadows } from '../account/shadow-subscriptions.ts';
import { clientMaySubscribe } from '../auth/permissions.ts';
import { goQuote } from '../base/go-quote.ts';
import type { Connection } from '../connection/connection.ts';
import { InvalidSubjectError } from '../subject/sublist.ts';
import { Subscription } from '../subject/subscription.ts';
import { parseSize } from '../wire/client-parser.ts';
import { protocolErrors, quotedErrors } from '../wire/protocol-errors.ts';
import { quoteSubject } from './quote-subject.ts';

export class ClientSubscriptions {
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** `subject [queue] sid`; false when that is not what the line has. */
  processSub(line: string): boolean {
    const args = splitArguments(line);
    if (args.length !== 2 && args.length !== 3) return false;
    const queue = args.length === 3 ? args[1]! : '';
    this.subscribe(args[0]!, queue, args[args.length - 1]!);
    return true;
  }

  private subscribe(subject: string, queue: string, sid: string): void {
    const { connection } = this;
    const { options, clock } = connection.host;
    connection.noteInput(clock.nowMs());
    if (!clientMaySubscribe(connection.permissions, subject, queue)) {
      connection.sendErr(quotedErrors.subscribe(subject, queue));
      const group = queue === '' ? '' : ` Queue: ${quoteSubject(queue)},`;
      connection.logError(
        `Subscription Violation - Subject ${quoteSubject(subject)},${group} SID ${sid}`,
      );
      return;
    }
    if (options.maxSubTokens > 0 && subject.split('.').length > options.maxSubTokens) {
      connection.sendErr(`${quotedErrors.subscribe(subject, '')}, too many tokens`);
      connection.logError(
        `Subscription Violation Too Many Tokens - Subject ${quoteSubject(subject)}, SID ${sid}`,
      );
      return;
    }
    if (connection.maxSubs >= 0 && connection.subs.size >= connection.maxSubs) {
      connection.logError(protocolErrors.maxSubscriptions.text);
      connection.sendErr(protocolErrors.maxSubscriptions.text);
      return;
    }
    // A sid in use stays what it is (trap T12).
    if (!connection.subs.has(sid) && !this.insert(subject, queue, sid)) return;
    if (connection.verbose) connection.sendOk();
  }

  private insert(subject: string, queue: string, sid: string): boolean {
    const { connection } = this;
    const sub = new Subscription(connection, subject, queue, sid);
    try {
      connection.account.sublist.insert(sub);
    } catch (error) {
      if (!(error instanceof InvalidSubjectError)) throw error;
      connection.sendErr(protocolErrors.invalidSubject.text);
      return false;
    }
    sub.filter = connection.permissions?.denyFilterFor(subject, queue) ?? null;
    connection.subs.set(sid, sub);
    for (const shadow of addShadows(connection.account, sub)) {
      const exporter = (shadow.imported as StreamImport).account.name;
      connection.logDebug(
        `Creating import subscription on ${quoteSubject(shadow.subject)} from account ${goQuote(exporter)}`,
      );
    }
    return true;
  }

  /** `sid [max]`; false when that is not what the line has. */
  processUnsub(line: string): boolean {
    const { connection } = this;
    const args = splitArguments(line);
    if (args.length !== 1 && args.length !== 2) return false;
    connection.noteInput(connection.host.clock.nowMs());
    const bytes = Buffer.from(args[1] ?? '', 'latin1');
    const max = parseSize(bytes, 0, bytes.length);
    const sub = connection.subs.get(args[0]!);
    if (sub !== undefined) {
      if (max > 0 && max > sub.delivered) sub.max = max;
      else this.unsubscribe(sub);
    }
    if (connection.verbose) connection.sendOk();
    return true;
  }

  /** Removes one subscription of this connection. */
  unsubscribe(sub: Subscription): void {
    const { connection } = this;
    if (connection.trace)
      connection.host.logger.trace(`${connection.label} - <-> [DELSUB ${sub.sid}]`);
    connection.subs.delete(sub.sid);
    this.withdraw(sub);
  }

  /** Takes the interest out of the account, and out of those it imports from. */
  private withdraw(sub: Subscription): void {
    const { account } = this.connection;
    sub.closed = true;
    account.sublist.remove(sub);
    removeShadows(sub);
    account.responses.onUnsubscribed(sub.subject);
  }

  /** Removes all of them: a close, or a second CONNECT. */
  dropAll(): void {
    for (const sub of this.connection.subs.values()) this.withdraw(sub);
    this.connection.subs.clear();
  }

  /** Renews the delivery filters; returns what may not stay, with the texts to send and log. */
  recheck(): { sub: Subscription; text: string; log: string }[] {
    const { connection } = this;
    const removed: { sub: Subscription; text: string; log: string }[] = [];
    for (const sub of connection.subs.values()) {
      const { subject, queue, sid } = sub;
      sub.useFilter(connection.permissions?.denyFilterFor(subject, queue) ?? null);
      if (clientMaySubscribe(connection.permissions, subject, queue)) continue;
      const text = `${quotedErrors.subscribe(subject, queue)} (sid ${quoteSubject(sid)})`;
      const group = queue === '' ? '' : ` using queue ${quoteSubject(queue)}`;
      const who = connection.userName === '' ? 'N/A' : `User ${goQuote(connection.userName)}`;
      const log = `Removed sub ${quoteSubject(subject)}${group} (sid ${quoteSubject(sid)}) for ${who} - not authorized`;
      removed.push({ sub, text, log });
    }
    return removed;
  }
}

/** Splits like nats-server: blanks, tabs, CR and LF separate, repeated ones count once. */
function splitArguments(text: string): string[] {
  return text.split(/[ \t\r\n]+/).filter((part) => part !== '');
}
