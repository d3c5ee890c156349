/**
 * How long services take, told to whoever listens on the subject that the export names: the message
 * `io.nats.server.metric.v1.service_latency`, published in the exporter's account. Durations are
 * nanoseconds. A requester is shown in detail when its import shares that, a responder always.
 */
import type { Account } from '../account/account.ts';
import type { ServiceImport } from '../account/imports.ts';
import type { ServiceResponse, UnansweredReason } from '../account/service-responses.ts';
import { goJson } from '../base/go-json.ts';
import { timeText } from '../base/go-time.ts';
import { Nuid } from '../base/nuid.ts';
import { type ClientInfo, clientInfoOf } from '../connection/client-info.ts';
import { type Connection, connectionKinds } from '../connection/connection.ts';
import type { Clock, Random } from '../platform/clock.ts';
import type { Deliverer } from './deliver.ts';
import type { SampledHeader } from './latency-sampling.ts';

const metricType = 'io.nats.server.metric.v1.service_latency';

interface Measured {
  readonly status: number;
  readonly description?: string;
  readonly requestor?: ClientInfo | undefined;
  readonly responder?: ClientInfo | undefined;
  readonly header: SampledHeader | undefined;
  readonly startMs: number;
  readonly serviceNs: number;
  readonly systemNs: number;
  readonly totalNs: number;
}

const unanswered: Record<UnansweredReason, { status: number; description: string }> = {
  noDelivery: { status: 503, description: 'Service Unavailable' },
  timeout: { status: 504, description: 'Service Timeout' },
  lostInterest: { status: 408, description: 'Request Timeout' },
};

export class ServiceLatencies {
  private readonly deliverer: Deliverer;
  private readonly clock: Clock;
  private readonly ids: Nuid;

  constructor(deliverer: Deliverer, clock: Clock, random: Random) {
    this.deliverer = deliverer;
    this.clock = clock;
    this.ids = new Nuid(random);
  }

  /** A request without a reply subject, which nobody can answer. */
  reportBadRequest(
    service: ServiceImport,
    requester: Connection | null,
    header: SampledHeader | undefined,
  ): void {
    const subject = service.export?.latency?.subject;
    if (subject === undefined || requester === null) return;
    const requestor = clientInfoOf(requester, service.share);
    this.report(service.account, subject, {
      status: 400,
      description: 'Bad Request',
      requestor,
      header,
      startMs: this.clock.nowMs() - requester.rttMs,
      serviceNs: 0,
      systemNs: 0,
      totalNs: 0,
    });
  }

  /** The reply has come, from `responder`. */
  reportReply(exporter: Account, response: ServiceResponse, responder: Connection | null): void {
    const { tracking } = response;
    const requester = tracking?.requester as Connection | null | undefined;
    if (tracking === undefined || !requester) return;
    tracking.requester = null;
    const nowMs = this.clock.nowMs();
    const asked = requester.rttMs * 1e6;
    const answered = responder === null ? 0 : responder.rttMs * 1e6;
    const inService = (nowMs - response.sinceMs) * 1e6;
    const systemNs = answered > 0 ? Math.max(0, (this.clock.nowMs() - nowMs) * 1e6) : 0;
    this.report(exporter, tracking.subject, {
      status: 200,
      requestor: clientInfoOf(requester, response.share),
      responder: responderInfo(responder),
      header: tracking.header,
      startMs: response.sinceMs - requester.rttMs,
      serviceNs: Math.max(0, inService - answered),
      systemNs,
      totalNs: asked + inService + systemNs,
    });
  }

  /** Nobody answered, or nobody waits any more. */
  reportUnanswered(response: ServiceResponse, reason: UnansweredReason): void {
    const { tracking } = response;
    const requester = tracking?.requester as Connection | null | undefined;
    if (tracking === undefined || !requester) return;
    tracking.requester = null;
    this.report(response.exporter, tracking.subject, {
      ...unanswered[reason],
      requestor: clientInfoOf(requester, response.share),
      header: tracking.header,
      startMs: response.sinceMs - requester.rttMs,
      serviceNs: 0,
      systemNs: 0,
      totalNs: 0,
    });
  }

  private report(account: Account, subject: string, measured: Measured): void {
    const { status, description, requestor, responder, header, startMs } = measured;
    const text = goJson({
      type: metricType,
      id: this.ids.next(),
      timestamp: timeText(this.clock.nowMs()),
      status,
      description,
      requestor,
      responder,
      header: header === undefined || header.size === 0 ? undefined : header,
      start: timeText(startMs),
      service: Math.round(measured.serviceNs),
      system: Math.round(measured.systemNs),
      total: Math.round(measured.totalNs),
    });
    this.deliverer.afterwards(() => {
      this.deliverer.publish(account, subject, '', Buffer.from(text));
    });
  }
}

function responderInfo(responder: Connection | null): ClientInfo | undefined {
  if (responder === null || responder.kind === connectionKinds.system) return undefined;
  return clientInfoOf(responder, true);
}
