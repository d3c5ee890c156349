/**
 * Publishes what the server has to tell. An event is built only when somebody listens: a server
 * without watchers pays one match per event.
 */
import type { Account } from '../account/account.ts';
import { goJson } from '../base/go-json.ts';
import { timeText } from '../base/go-time.ts';
import { Nuid } from '../base/nuid.ts';
import type { Deliverer } from '../deliver/deliver.ts';
import { isValidLiteralSubject } from '../subject/validate.ts';
import type { EventsHost } from './events-host.ts';
import { type ServerBlock, ServerBlocks } from './server-block.ts';

/** The first members of an event with a type. */
export interface TypedEvent {
  type: string;
  id: string;
  timestamp: string;
}

/** What would end a subject, or the line it stands in, on the wire. */
const notInSubjects = /[\x00-\x20]/;

export class EventPublisher {
  readonly host: EventsHost;
  private readonly deliverer: Deliverer;
  private readonly blocks: ServerBlocks;
  private readonly ids: Nuid;

  constructor(host: EventsHost, deliverer: Deliverer) {
    this.host = host;
    this.deliverer = deliverer;
    this.blocks = new ServerBlocks(host);
    this.ids = new Nuid(host.random);
  }

  hasInterest(subject: string, account = this.host.systemAccount): boolean {
    return account.sublist.hasInterest(subject);
  }

  /** `subject` is a wire subject. */
  publishEvent(
    subject: string,
    build: (server: ServerBlock) => object,
    account: Account = this.host.systemAccount,
  ): void {
    if (this.hasInterest(subject, account))
      this.publish(subject, build(this.blocks.next()), account);
  }

  /** For an answer. */
  nextServerBlock(): ServerBlock {
    return this.blocks.next();
  }

  publish(subject: string, document: object, account: Account = this.host.systemAccount): void {
    this.publishBytes(subject, Buffer.from(goJson(document), 'utf8'), undefined, account);
  }

  /** Nothing goes to what is no subject: names of accounts and replies come from outside. */
  publishBytes(
    subject: string,
    payload: Buffer,
    header?: Buffer,
    account: Account = this.host.systemAccount,
  ): void {
    if (notInSubjects.test(subject) || !isValidLiteralSubject(subject)) return;
    this.deliverer.publish(account, subject, '', payload, header);
  }

  typed(type: string): TypedEvent {
    return { type, id: this.ids.next(), timestamp: timeText(this.host.clock.nowMs()) };
  }
}
