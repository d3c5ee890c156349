/** `$SYS.REQ.ACCOUNT.<account>.<NAME>` and `$SYS.REQ.ACCOUNT.PING.STATZ`. */

import { utf8FromLatin1 } from '../base/go-json.ts';
import { decodeGoStruct, GoDecodeError, GoRecord } from '../base/go-json-decode.ts';
import { tokenAt } from '../subject/tokens.ts';
import type { AccountEvents } from './account-events.ts';
import type { EventPublisher } from './event-publisher.ts';
import { type DocumentName, noAnswer, RefusedDocument } from './events-host.ts';
import { connectionsStruct, requestStructs } from './request-options.ts';
import type { BuildData, Request, Responder } from './responder.ts';

type Prepare = (options: GoRecord, account: string) => void;

export class AccountRequests {
  private readonly publisher: EventPublisher;
  private readonly responder: Responder;
  private readonly accountEvents: AccountEvents;

  constructor(publisher: EventPublisher, responder: Responder, accountEvents: AccountEvents) {
    this.publisher = publisher;
    this.responder = responder;
    this.accountEvents = accountEvents;
  }

  /** What answers to each name. */
  handlers(): Map<string, (request: Request) => void> {
    const account: Prepare = (options, name) => options.set('account', name);
    return new Map([
      [
        'SUBSZ',
        this.document('SUBSZ', (options, name) => {
          account(options, name);
          options.set('subscriptions', true);
        }),
      ],
      ['CONNZ', this.document('CONNZ', (options, name) => options.set('acc', name))],
      ['LEAFZ', this.document('LEAFZ', account)],
      ['INFO', this.document('ACCOUNTINFO', account)],
      ['JSZ', (request) => this.processJsz(request)],
      ['STATZ', (request) => this.processStatz(request)],
      ['CONNS', (request) => this.processConns(request)],
    ]);
  }

  /** The numbers of every account that is in use, or of those named. */
  processPingStatz(request: Request): void {
    const build: BuildData = (options) => this.statz(options);
    this.responder.answer(request, requestStructs.ACCSTATZ, build);
  }

  private document(name: DocumentName, prepare: Prepare): (request: Request) => void {
    const { documents } = this.publisher.host;
    return (request) =>
      this.responder.answer(request, requestStructs[name], (options) => {
        prepare(options, accountOf(request));
        return documents.build(name, options);
      });
  }

  private processJsz(request: Request): void {
    this.responder.answer(request, requestStructs.JSZ, () => {
      throw new RefusedDocument('jetstream not enabled');
    });
  }

  /** `PING` is another subject's business, though this one's wildcard matches it, too. */
  private processStatz(request: Request): void {
    this.responder.answer(request, requestStructs.ACCSTATZ, (options) => {
      const name = accountOf(request);
      if (name === 'PING') return noAnswer;
      options.set('accounts', [name]);
      return this.statz(options);
    });
  }

  /** Nobody answers when there is nothing to tell. */
  private statz(options: GoRecord): object | typeof noAnswer {
    const document = this.publisher.host.documents.build('ACCSTATZ', options);
    if (document === noAnswer || options.bool('include_unused')) return document;
    const { account_statz: stats } = document as { account_statz?: readonly object[] };
    return stats?.length === 0 ? noAnswer : document;
  }

  /** The old form: the event of the account's connections is the answer, none when there are none. */
  private processConns(request: Request): void {
    const name = accountOf(request);
    const asked = this.decodeConns(request.payload, name);
    if (asked === undefined) return;
    const account = this.publisher.host.account(name);
    if (account === undefined || account.connections.size === 0 || request.reply === '') return;
    this.accountEvents.tell(account, [request.reply]);
  }

  private decodeConns(payload: Buffer, name: string): GoRecord | undefined {
    if (payload.length === 0) return new GoRecord();
    const { logger } = this.publisher.host;
    try {
      const asked = decodeGoStruct(payload, connectionsStruct);
      const other = asked.text('acc');
      if (other === '' || other === name) return asked;
      logger.error('SYSTEM - Error unmarshalled account does not match subject');
    } catch (error) {
      if (!(error instanceof GoDecodeError)) throw error;
      const what = 'Error unmarshalling account connections request message';
      logger.error(`SYSTEM - ${what}: ${error.message}`);
    }
    return undefined;
  }
}

/** The account's name in the subject. */
function accountOf(request: Request): string {
  return utf8FromLatin1(tokenAt(request.subject, 4));
}
