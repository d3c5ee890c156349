/**
 * Requests and replies over the border of accounts. A request that meets a service import goes on
 * in the exporter's account under the exporter's subject, with a reply subject of its own, and with
 * who asked in the header `Nats-Request-Info` (whatever the requester wrote there is stripped). A
 * reply to such a subject goes back to the requester's account under the requester's reply subject.
 * Imports may be chained. Behaviour of nats-server's processServiceImport.
 */
import type { Account } from '../account/account.ts';
import { ServiceImport } from '../account/imports.ts';
import { type ServiceResponse, ServiceResponses } from '../account/service-responses.ts';
import type { ClientInfo } from '../connection/client-info.ts';
import { clientInfoOf, encodeClientInfo } from '../connection/client-info.ts';
import { type Connection, connectionKinds } from '../connection/connection.ts';
import type { Random } from '../platform/clock.ts';
import type { Subscription } from '../subject/subscription.ts';
import type { InboundMsg } from '../wire/inbound-msg.ts';
import { buildMsg } from './build-msg.ts';
import type { Deliverer, ServiceBorder } from './deliver.ts';
import { type SampledHeader, sampleRequest } from './latency-sampling.ts';
import { headerValue, withHeader } from './message-header.ts';
import { type MessageTrace, traceDestHeader, traceDisabled } from './message-trace.ts';
import type { ServiceLatencies } from './service-latency.ts';

export const requestInfoHeader = 'Nats-Request-Info';

export interface ServiceImportsHost {
  readonly random: Random;
  readonly systemAccount: Account;
  readonly serverName: string;
  readonly clusterName: string;
  /** Marks reply subjects whose latency this server measures. */
  readonly serverHash: string;
}

/** The parts of a message that change at a border. */
interface Parcel {
  readonly subject: string;
  readonly reply: string;
  readonly header: Buffer | undefined;
  readonly payload: Buffer;
}

export class ServiceImports implements ServiceBorder {
  private readonly deliverer: Deliverer;
  private readonly latencies: ServiceLatencies;
  private readonly host: ServiceImportsHost;
  /** The imports that the message went through to get here. */
  private readonly chain: (ServiceImport | ServiceResponse)[] = [];

  constructor(deliverer: Deliverer, latencies: ServiceLatencies, host: ServiceImportsHost) {
    this.deliverer = deliverer;
    this.latencies = latencies;
    this.host = host;
  }

  process(from: Connection | null, account: Account, sub: Subscription, msg: InboundMsg): boolean {
    const { service } = sub;
    if (service instanceof ServiceImport) return this.request(from, account, service, msg);
    // Whoever replies is never told that nobody waits, as in nats-server.
    if (!(service instanceof ServiceResponses) || account.expired) return true;
    const response = service.find(msg.subject());
    if (response !== undefined) this.reply(from, account, response, msg);
    return true;
  }

  /** The same export again: the message would go in circles. */
  private turnsBack(next: ServiceImport | ServiceResponse): boolean {
    return this.chain.some((before) => before.export === next.export);
  }

  // ---- requests ----

  private request(
    from: Connection | null,
    importer: Account,
    service: ServiceImport,
    msg: InboundMsg,
  ): boolean {
    if (this.turnsBack(service)) return false;
    const { latency } = service.export ?? {};
    const header = headerOf(msg);
    const sampled = sampleRequest(latency, header, this.host.random);
    let response: ServiceResponse | undefined;
    let reply = '';
    if (msg.hasReply) {
      reply = msg.reply();
      // Acknowledgements of JetStream find their way by themselves.
      if (!reply.startsWith('$JS.ACK.')) {
        response = this.awaitReply(from, importer, service, reply, sampled);
        reply = response.from;
      }
    } else if (sampled !== undefined) {
      this.latencies.reportBadRequest(service, from, sampled.header);
    }
    const subject = this.mapped(service.account, service.exporterSubject(msg.subject()));
    const known = this.withRequester(from, importer, service, header);
    const parcel = { subject, reply, header: known, payload: payloadOf(msg) };
    const { trace } = this.deliverer;
    const delivered =
      trace === null
        ? this.cross(from, service, service.account, parcel)
        : this.crossTraced(from, importer, service, parcel, { trace, published: msg.subject() });
    if (trace?.only && response !== undefined) response.owner.remove(response);
    if (!delivered && response !== undefined) response.owner.giveUp(response, 'noDelivery');
    return delivered;
  }

  /** Traces beyond the border only where the export allows it. */
  private crossTraced(
    from: Connection | null,
    importer: Account,
    service: ServiceImport,
    parcel: Parcel,
    { trace, published }: { trace: MessageTrace; published: string },
  ): boolean {
    trace.addServiceImport(service.account, published, parcel.subject);
    if (!(service.export?.allowTrace ?? false)) {
      return !trace.only && this.crossUntraced(from, service, service.account, parcel);
    }
    // What is traced beyond comes back as replies do, for as long as this delivery lasts.
    const { dest } = trace;
    const way = service.account.responses.expect(importer, dest, service, '');
    trace.dest = way.from;
    const header = withHeader(parcel.header, traceDestHeader, way.from);
    const delivered = this.cross(from, service, service.account, { ...parcel, header });
    trace.dest = dest;
    way.owner.remove(way);
    return delivered;
  }

  private awaitReply(
    from: Connection | null,
    importer: Account,
    service: ServiceImport,
    reply: string,
    sampled: { header: SampledHeader | undefined } | undefined,
  ): ServiceResponse {
    const { latency, responseType } = service.export ?? {};
    const tracked = sampled !== undefined && latency !== undefined;
    const { responses } = service.account;
    const hash = tracked ? this.host.serverHash : '';
    const response = responses.expect(importer, reply, service, hash);
    if (tracked && responseType === 'singleton') {
      const { subject } = latency;
      response.tracking = { subject, header: sampled.header, requester: from };
    }
    return response;
  }

  private mapped(account: Account, subject: string): string {
    return account.mappings?.match(subject, this.host.clusterName) ?? subject;
  }

  /** The header with who asks; what a client claims of itself there is not believed. */
  private withRequester(
    from: Connection | null,
    importer: Account,
    service: ServiceImport,
    header: Buffer | undefined,
  ): Buffer | undefined {
    const before = this.chain.at(-1);
    const share = before?.share ?? service.share;
    const toSystem = service.account === this.host.systemAccount;
    const known = before === undefined ? undefined : knownInfo(header);
    let info: ClientInfo | undefined;
    if (known !== undefined) {
      info = known;
      info.svc = importer.name;
      if (!share && (service.share || toSystem)) this.addServer(info);
    } else if (from !== null && from.kind !== connectionKinds.system) {
      info = clientInfoOf(from, share);
      if (!share && toSystem) this.addServer(info);
    } else if (from === null && importer !== this.host.systemAccount) {
      info = { acc: importer.name };
    }
    if (info === undefined) return header;
    return withHeader(header, requestInfoHeader, encodeClientInfo(info));
  }

  private addServer(info: ClientInfo): void {
    const { serverName, clusterName } = this.host;
    info.server = serverName;
    info.cluster = clusterName === '' ? undefined : clusterName;
  }

  // ---- replies ----

  private reply(
    from: Connection | null,
    exporter: Account,
    response: ServiceResponse,
    msg: InboundMsg,
  ): void {
    if (this.turnsBack(response)) return;
    let next: ServiceResponse | undefined;
    let reply = '';
    if (msg.hasReply) {
      reply = msg.reply();
      if (!reply.startsWith('$JS.ACK.')) {
        const { responses } = response.account;
        next = responses.expect(exporter, reply, response, '');
        reply = next.from;
      }
    }
    if (response.tracking !== undefined && !response.delivered) {
      response.delivered = true;
      this.latencies.reportReply(exporter, response, from);
    }
    const subject = this.mapped(response.account, response.to);
    const payload = payloadOf(msg);
    const parcel = { subject, reply, header: headerOf(msg), payload };
    const { trace } = this.deliverer;
    const delivered =
      trace === null
        ? this.cross(from, response, response.account, parcel)
        : this.replyTraced(from, response, parcel, { trace, published: msg.subject() });
    const singleton = (response.export?.responseType ?? 'singleton') === 'singleton';
    if (!delivered || singleton || msg.size === 0) {
      response.owner.giveUp(response, 'noDelivery');
    } else response.owner.renew(response);
  }

  /** The trace of a reply ends at the border. */
  private replyTraced(
    from: Connection | null,
    response: ServiceResponse,
    parcel: Parcel,
    { trace, published }: { trace: MessageTrace; published: string },
  ): boolean {
    trace.addServiceImport(response.account, published, parcel.subject);
    return !trace.only && this.crossUntraced(from, response, response.account, parcel);
  }

  // ---- both ----

  private crossUntraced(
    from: Connection | null,
    way: ServiceImport | ServiceResponse,
    to: Account,
    parcel: Parcel,
  ): boolean {
    const { deliverer } = this;
    const { trace } = deliverer;
    deliverer.trace = null;
    const header = withHeader(parcel.header, traceDestHeader, traceDisabled);
    const delivered = this.cross(from, way, to, { ...parcel, header });
    deliverer.trace = trace;
    return delivered;
  }

  private cross(
    from: Connection | null,
    way: ServiceImport | ServiceResponse,
    to: Account,
    { subject, reply, header, payload }: Parcel,
  ): boolean {
    const { deliverer, chain } = this;
    const { throughService } = deliverer;
    chain.push(way);
    deliverer.throughService = true;
    const count = deliverer.deliverAside(from, to, buildMsg(subject, reply, payload, header));
    deliverer.throughService = throughService;
    chain.pop();
    return count > 0;
  }
}

function headerOf(msg: InboundMsg): Buffer | undefined {
  if (msg.headerSize <= 0) return undefined;
  return msg.buffer.subarray(msg.payloadStart, msg.payloadStart + msg.headerSize);
}

function payloadOf(msg: InboundMsg): Buffer {
  return msg.buffer.subarray(msg.payloadStart + Math.max(0, msg.headerSize), msg.end - 2);
}

/** What the border before this one wrote. */
function knownInfo(header: Buffer | undefined): ClientInfo | undefined {
  const text = header && headerValue(header, requestInfoHeader);
  if (text === undefined) return undefined;
  try {
    const info: unknown = JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
    if (info === null || typeof info !== 'object' || Array.isArray(info)) return undefined;
    return info as ClientInfo;
  } catch {
    return undefined;
  }
}
