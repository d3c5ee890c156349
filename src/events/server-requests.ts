/** `$SYS.REQ.SERVER.<id>.<NAME>` to this server and `$SYS.REQ.SERVER.PING.<NAME>` to every server. */

import type { GoRecord } from '../base/go-json-decode.ts';
import { goQuote } from '../base/go-quote.ts';
import { formatDuration } from '../options/duration.ts';
import type { EventPublisher } from './event-publisher.ts';
import type { DocumentName } from './events-host.ts';
import { requestStructs } from './request-options.ts';
import type { BuildData, Request, Responder } from './responder.ts';
import type { StatszBroadcast } from './statsz-broadcast.ts';

const documentNames = [
  'VARZ',
  'SUBSZ',
  'CONNZ',
  'ROUTEZ',
  'GATEWAYZ',
  'LEAFZ',
  'ACCOUNTZ',
  'JSZ',
  'HEALTHZ',
  'EXPVARZ',
  'IPQUEUESZ',
  'RAFTZ',
] as const satisfies readonly DocumentName[];

export class ServerRequests {
  private readonly publisher: EventPublisher;
  private readonly responder: Responder;
  private readonly statsz: StatszBroadcast;

  constructor(publisher: EventPublisher, responder: Responder, statsz: StatszBroadcast) {
    this.publisher = publisher;
    this.responder = responder;
    this.statsz = statsz;
  }

  /** What answers to each name. */
  handlers(): Map<string, (request: Request) => void> {
    const { host } = this.publisher;
    const handlers = new Map<string, (request: Request) => void>();
    for (const name of documentNames) {
      const build: BuildData = (options) => host.documents.build(name, options);
      const struct = requestStructs[name];
      handlers.set(name, (request) => this.responder.answer(request, struct, build));
    }
    handlers.set('IDZ', (request) => this.processIdz(request));
    handlers.set('STATSZ', (request) => this.processStatsz(request));
    handlers.set('PROFILEZ', (request) =>
      this.responder.answer(request, requestStructs.PROFILEZ, profilez),
    );
    return handlers;
  }

  private processIdz({ reply }: Request): void {
    const { server_name: name, host, server_id: id } = this.publisher.host.info();
    if (reply !== '') this.publisher.publish(reply, { name, host, id });
  }

  /** Without a reply the answer is the broadcast. */
  processStatsz(request: Request): void {
    const subject = request.reply === '' ? this.statsz.subject : request.reply;
    const options = this.responder.options({ ...request, reply: subject }, requestStructs.STATSZ);
    if (options === undefined) return;
    if (request.reply === '') this.statsz.broadcastNow();
    else this.statsz.sendTo(subject);
  }
}

const durationNsMax = 15_000_000_000n;

/** Profiles in pprof's format are something of Go's runtime: what is asked is checked all the same. */
function profilez(options: GoRecord): { profile: null; error: string } {
  const failure = (error: string) => ({ profile: null, error });
  const name = options.text('name');
  if (name === '') return failure('Profile name not specified');
  if (name !== 'cpu') return failure(`Profile ${goQuote(Buffer.from(name, 'utf8'))} not found`);
  const duration = options.int('duration');
  if (duration > 0n && duration <= durationNsMax) {
    return failure('Failed to start CPU profile: not available in this runtime');
  }
  return failure(`Duration ${formatDuration(duration)} should be between 0s and 15s`);
}
