/**
 * How servers with a complete folder keep it the same. Each asks in a while, with the hash of what
 * it has, and takes in what another one sends: JWTs, one a message, and an empty message at the
 * end. Questions for a single account are answered, too; without an answer nobody has to wait.
 *
 * A cache asks for single accounts and answers nothing.
 */
import type { DirectoryResolver } from '../account/resolver-directory.ts';
import { errorText } from '../base/error-text.ts';
import { goQuote } from '../base/go-quote.ts';
import type { InternalClient } from '../deliver/internal-client.ts';
import type { Timer } from '../platform/clock.ts';
import type { Subscription } from '../subject/subscription.ts';
import { tokenAt } from '../subject/tokens.ts';
import { isValidLiteralSubject } from '../subject/validate.ts';
import { SystemLookups } from './account-lookups.ts';
import type { EventsHost } from './events-host.ts';
import { Inbox } from './inbox.ts';
import type { RequestLine } from './request-line.ts';

const packSubject = '$SYS.REQ.CLAIMS.PACK';
const lookupSubject = '$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP';
const noBytes = Buffer.alloc(0);
/** Questions for single accounts that are looked up at a time; more stay unanswered. */
export const lookupAnswersMax = 1_024;

export class ClaimsExchange {
  private readonly client: InternalClient;
  private readonly host: EventsHost;
  private readonly resolver: DirectoryResolver;
  private readonly line: RequestLine;
  private readonly lookups: SystemLookups;
  private readonly inbox: Inbox;
  private responder: Subscription | undefined;
  private timer: Timer | undefined;
  private answering = 0;

  constructor(
    client: InternalClient,
    host: EventsHost,
    resolver: DirectoryResolver,
    line: RequestLine,
  ) {
    this.client = client;
    this.host = host;
    this.resolver = resolver;
    this.line = line;
    this.lookups = new SystemLookups(client, host.timers, host.random);
    this.inbox = new Inbox(host.random);
  }

  start(): void {
    this.resolver.lookups = this.lookups;
    if (this.resolver.kind !== 'full') return;
    this.lookups.ownReceivers = 1;
    this.client.subscribe(lookupSubject, (subject, reply) => this.processLookup(subject, reply));
    this.client.subscribe(this.inbox.wildcard, (_subject, _reply, _header, payload) => {
      this.line.add(payload.length, () => this.takeIn(payload));
    });
    this.answerPacks();
    this.timer = this.host.timers.every(this.resolver.intervalMs, () => this.requestPack());
  }

  close(): void {
    this.timer?.clear();
    this.lookups.close();
    if (this.resolver.lookups === this.lookups) this.resolver.lookups = undefined;
  }

  // ---- single accounts ----

  private processLookup(subject: string, reply: string): void {
    if (reply === '' || this.lookups.isOwn(reply) || this.answering >= lookupAnswersMax) return;
    this.answering++;
    void this.answerLookup(tokenAt(subject, 4), reply).finally(() => {
      this.answering--;
    });
  }

  private async answerLookup(key: string, reply: string): Promise<void> {
    const { logger } = this.host;
    try {
      const jwt = await this.resolver.jwts.load(key);
      if (jwt === undefined) logger.debug(`DirResolver - Could not find account ${goQuote(key)}`);
      this.publish(reply, jwt ?? '');
    } catch (error) {
      const what = `DirResolver - Error looking up account ${goQuote(key)}: ${errorText(error)}`;
      logger.error(what);
    }
  }

  // ---- all of them ----

  /** One of the servers that listen answers. */
  private answerPacks(): void {
    this.responder = this.client.subscribe(
      packSubject,
      (_subject, reply, _header, payload) => {
        if (reply !== '') this.line.add(0, () => this.answerPack(reply, payload));
      },
      'responder',
    );
  }

  private async answerPack(reply: string, theirs: Buffer): Promise<void> {
    const { jwts } = this.resolver;
    const { logger } = this.host;
    const ours = jwts.hash;
    if (ours.equals(theirs)) {
      this.publish(reply, '');
      logger.debug(`DirResolver - Pack request matches hash ${ours.toString('hex')}`);
      return;
    }
    try {
      for await (const line of jwts.packed()) this.publish(reply, line);
    } catch (error) {
      logger.error(`DirResolver - Pack request error: ${errorText(error)}`);
      return;
    }
    const [asked, ended] = [theirs.toString('hex'), ours.toString('hex')];
    const how = `Pack request hash ${asked} - finished responding with hash ${ended}`;
    logger.debug(`DirResolver - ${how}`);
    this.publish(reply, '');
  }

  /** Asks the others; for the time of asking we are none of those who answer. */
  private requestPack(): void {
    const ours = this.resolver.jwts.hash;
    this.host.logger.debug(`DirResolver - Checking store state: ${ours.toString('hex')}`);
    if (this.responder !== undefined) this.client.unsubscribe(this.responder);
    this.client.publish(packSubject, ours, { reply: this.inbox.next() });
    this.answerPacks();
  }

  private async takeIn(payload: Buffer): Promise<void> {
    const { jwts } = this.resolver;
    const { logger } = this.host;
    const before = jwts.hash.toString('hex');
    if (payload.length === 0) {
      logger.debug(`DirResolver - Merging finished and resulting in: ${before}`);
      return;
    }
    try {
      await jwts.merge(payload.toString('latin1'));
      const after = jwts.hash.toString('hex');
      logger.debug(`DirResolver - Merging succeeded and changed ${before} to ${after}`);
    } catch (error) {
      logger.error(`DirResolver - Merging resulted in error: ${errorText(error)}`);
    }
  }

  private publish(reply: string, text: string): void {
    if (!isValidLiteralSubject(reply)) return;
    this.client.publish(reply, text === '' ? noBytes : Buffer.from(text, 'latin1'));
  }
}
