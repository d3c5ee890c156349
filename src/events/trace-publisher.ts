/** Publishes what message tracing found, with the block of the server that found it. */
import type { Account } from '../account/account.ts';
import { goJson } from '../base/go-json.ts';
import type { TraceDocument, TracePublisher } from '../deliver/message-trace.ts';
import { encodeContent, encodingHeader, encodingOf } from './content-encoding.ts';
import type { EventPublisher } from './event-publisher.ts';

export class EventTraces implements TracePublisher {
  private readonly publisher: EventPublisher;

  constructor(publisher: EventPublisher) {
    this.publisher = publisher;
  }

  publishTrace(account: Account, dest: string, document: TraceDocument, accepted: string): void {
    const { publisher } = this;
    if (!publisher.hasInterest(dest, account)) return;
    const { request, hops, events } = document;
    const server = publisher.nextServerBlock();
    const json = Buffer.from(goJson({ server, request, hops, events }), 'utf8');
    const encoding = encodingOf(accepted);
    if (encoding === undefined) publisher.publishBytes(dest, json, undefined, account);
    else {
      const header = encodingHeader(encoding);
      publisher.publishBytes(dest, encodeContent(json, encoding), header, account);
    }
  }
}
