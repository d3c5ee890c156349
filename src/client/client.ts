/**
 * Hot: what a client connection speaks: CONNECT, SUB, UNSUB, PUB, HPUB, PING, PONG, as nats-server's
 * client.go does with kind CLIENT. Budget: a publish allocates nothing on the plain path. Guarded by
 * the bench rows publish only and 1:1.
 *
 * One object per connection beside its Connection. It is the parser's target and the stream's
 * handler. Who the client is and may be: login.ts; its subscriptions: subscriptions.ts.
 */

import type { Authenticator } from '../auth/users.ts';
import { goQuote } from '../base/go-quote.ts';
import { closeReasons } from '../connection/close-reason.ts';
import type { Connection } from '../connection/connection.ts';
import { buildMsg } from '../deliver/build-msg.ts';
import type { Deliverer } from '../deliver/deliver.ts';
import type { TracePublisher } from '../deliver/message-trace.ts';
import { tracePayload } from '../deliver/trace.ts';
import { mayBeTraced, startTrace, traceRefused } from '../deliver/trace-request.ts';
import type { StreamHandler } from '../platform/network.ts';
import type { Route } from '../subject/route.ts';
import { isValidLiteralSubjectBytes } from '../subject/validate.ts';
import { type ClientOperations, ClientParser, type ReadBuffer } from '../wire/client-parser.ts';
import { jsonProblem } from '../wire/connect.ts';
import type { InboundMsg } from '../wire/inbound-msg.ts';
import { encodeInfo, type ServerInfo } from '../wire/info.ts';
import { protocolErrors, quotedErrors } from '../wire/protocol-errors.ts';
import { redactConnect } from '../wire/redact-connect.ts';
import { Login } from './login.ts';
import { quoteSubject } from './quote-subject.ts';
import { isReservedPublish, isReservedReply } from './reserved.ts';
import { ClientSubscriptions } from './subscriptions.ts';

/** What clients share; one per server. */
export interface ClientContext {
  readonly deliverer: Deliverer;
  /** Replaced by a reload. */
  authenticator: Authenticator;
  readonly readArea: ReadBuffer;
  /** Absent without a system account: nothing is traced then. */
  traces?: TracePublisher | undefined;
}

export class Client implements ClientOperations, StreamHandler {
  readonly connection: Connection;
  private readonly context: ClientContext;
  private readonly parser: ClientParser;
  readonly login: Login;
  readonly subscriptions: ClientSubscriptions;
  awaitingAuth = false;
  suspended = false;
  traceIn = false;
  private countedMsgs = 0;
  private countedBytes = 0;
  /** The route of the last subject published to. */
  private lastRoute: Route | null = null;

  constructor(connection: Connection, context: ClientContext) {
    this.connection = connection;
    this.context = context;
    this.parser = new ClientParser(this);
    this.login = new Login(this, context);
    this.subscriptions = new ClientSubscriptions(connection);
    this.traceIn = connection.trace;
    connection.stream.handler = this;
  }

  get closed(): boolean {
    return this.connection.closed || this.connection.doomed;
  }

  get maxControlLine(): number {
    return this.connection.host.options.maxControlLine;
  }

  get maxPayload(): number {
    return this.connection.maxPayload;
  }

  get headers(): boolean {
    return this.connection.headers;
  }

  /** Bytes held between chunks, for limits and tests. */
  get heldBytes(): number {
    return this.parser.heldBytes;
  }

  // ---- stream ----

  onBytes(count: number): void {
    const { connection } = this;
    if (this.closed) return;
    connection.host.flushQueue.noteInput();
    const { deliverer } = this.context;
    deliverer.nowMs = connection.host.clock.nowMs();
    deliverer.source = this;
    this.parser.parse(this.context.readArea, count);
    if (this.suspended) this.login.holdMuch();
    this.count();
    deliverer.source = null;
  }

  /** Adds what came to the counters that hardly anybody reads in between. */
  count(): void {
    const { connection } = this;
    const msgs = connection.inMsgs - this.countedMsgs;
    if (msgs === 0) return;
    const bytes = connection.inBytes - this.countedBytes;
    this.countedMsgs = connection.inMsgs;
    this.countedBytes = connection.inBytes;
    const { counters, clock } = connection.host;
    counters.inMsgs += msgs;
    counters.inBytes += bytes;
    counters.inClientMsgs += msgs;
    counters.inClientBytes += bytes;
    connection.account.traffic.inMsgs += msgs;
    connection.account.traffic.inBytes += bytes;
    connection.noteInput(clock.nowMs());
  }

  onDrain(): void {
    this.connection.outbound.onDrain();
  }

  onClose(error: Error | undefined): void {
    this.connection.onStreamClosed(error);
  }

  // ---- CONNECT ----

  onGate(): boolean {
    return this.login.admitGuest();
  }

  onConnect(buffer: Buffer, start: number, end: number): void {
    this.login.processConnect(buffer.utf8Slice(start, end));
  }

  parseKept(): void {
    this.parser.resume();
    this.count();
  }

  onInfo(buffer: Buffer, start: number, end: number): void {
    // A client has nothing to tell; nats-server only minds broken JSON.
    const text = buffer.utf8Slice(start, end);
    try {
      const info: unknown = JSON.parse(text);
      if (info !== null && (typeof info !== 'object' || Array.isArray(info)))
        this.protocolViolation('INFO is not an object');
    } catch (error) {
      this.protocolViolation(jsonProblem(text, error));
    }
  }

  // ---- PING, PONG, -ERR ----

  onPing(): void {
    const { connection } = this;
    connection.sendPong();
    connection.lastInMs = connection.host.clock.nowMs();
    if (!connection.connectReceived || connection.firstPongSent) return;
    connection.firstPongSent = true;
    if (connection.options.protocol >= 1) this.sendConnectInfo();
  }

  /** After the first PONG: which account the client is bound to. */
  private sendConnectInfo(): void {
    const { connection } = this;
    const info = clientInfo(connection);
    info.connect_info = true;
    info.remote_account = connection.account.name;
    if (connection.account === connection.host.systemAccount) info.acc_is_sys = true;
    connection.sendUtf8(encodeInfo(info));
  }

  onPong(): void {
    this.connection.onPong();
  }

  onPeerError(text: string): void {
    this.connection.logError(`Client Error ${printable(text)}`);
    this.connection.close(closeReasons.parseError);
  }

  // ---- SUB, UNSUB ----

  onSub(buffer: Buffer, start: number, end: number): void {
    if (this.subscriptions.processSub(buffer.latin1Slice(start, end))) return;
    this.onMalformed('processSub', 'Parse Error', buffer, start, end);
  }

  onUnsub(buffer: Buffer, start: number, end: number): void {
    if (this.subscriptions.processUnsub(buffer.latin1Slice(start, end))) return;
    this.onMalformed('processUnsub', 'Parse Error', buffer, start, end);
  }

  /** Removes all: a close, or a second CONNECT. */
  dropSubscriptions(): void {
    this.subscriptions.dropAll();
    this.lastRoute = null;
  }

  /** Permissions changed: subscriptions that they do not cover any more are removed. */
  dropForbidden(): void {
    for (const { sub, text, log } of this.subscriptions.recheck()) {
      this.subscriptions.unsubscribe(sub);
      this.connection.sendErr(text);
      this.connection.host.logger.notice(log);
    }
  }

  // ---- PUB, HPUB ----

  onMessageLine(msg: InboundMsg): boolean {
    const { connection } = this;
    if (connection.maxPayload >= 0 && msg.size > connection.maxPayload) {
      const { traces } = this.context;
      if (traces !== undefined) {
        traceRefused(connection, msg, 'maximum payload exceeded')?.send(traces);
      }
      connection.logError(`maximum payload exceeded: ${msg.size} vs ${connection.maxPayload}`);
      connection.fail(protocolErrors.maxPayload.text, closeReasons.maxPayloadExceeded);
      return false;
    }
    if (
      connection.options.pedantic &&
      !isValidLiteralSubjectBytes(msg.buffer, msg.subjectStart, msg.subjectEnd)
    ) {
      connection.sendErr(protocolErrors.invalidPublishSubject.text);
    }
    return true;
  }

  onMessage(inbound: InboundMsg): void {
    const { connection } = this;
    connection.inMsgs++;
    connection.inBytes += inbound.size;
    if (inbound.headerSize > 0 && mayBeTraced(inbound)) this.publishTraced(inbound);
    else this.publish(inbound);
  }

  private publish(inbound: InboundMsg): void {
    const { connection } = this;
    let msg = inbound;
    if (connection.account.mappings !== undefined) msg = this.mapSubject(inbound);
    if (this.traceIn) tracePayload(connection, msg, '<<-');
    if (!this.mayPublish(msg)) return;
    if (connection.verbose) connection.sendOk();
    let route = this.lastRoute;
    if (
      route === null ||
      route.dead ||
      !route.matches(msg.buffer, msg.subjectStart, msg.subjectEnd)
    ) {
      route = connection.account.sublist.match(msg.buffer, msg.subjectStart, msg.subjectEnd);
      if (!route.dead) this.lastRoute = route;
    }
    const delivered = route.isEmpty
      ? 0
      : this.context.deliverer.deliver(connection, connection.account, route, msg);
    if (delivered === 0 && connection.options.no_responders && msg.hasReply) {
      this.sendNoResponders(msg);
    }
  }

  private publishTraced(inbound: InboundMsg): void {
    const { deliverer } = this.context;
    const { skip, trace, msg, denied } = startTrace(this.connection, inbound);
    if (denied !== undefined) this.refusePublish(denied);
    if (skip) return;
    deliverer.trace = trace;
    this.publish(msg);
    deliverer.trace = null;
    if (trace !== null && this.context.traces !== undefined) trace.send(this.context.traces);
  }

  /** The message with its mapped subject; what a mapping drops goes to the empty subject. */
  private mapSubject(msg: InboundMsg): InboundMsg {
    const subject = msg.subject();
    const { account, host } = this.connection;
    const mapped = account.mappings!.match(subject, host.clusterName) ?? '';
    if (mapped === subject) return msg;
    if (this.traceIn) this.connection.traceIn('MAPPING', `${subject} -> ${mapped}`);
    this.context.deliverer.trace?.addMapping(mapped);
    const headerEnd = msg.payloadStart + Math.max(0, msg.headerSize);
    const header =
      msg.headerSize >= 0 ? msg.buffer.subarray(msg.payloadStart, headerEnd) : undefined;
    return buildMsg(mapped, msg.reply(), msg.buffer.subarray(headerEnd, msg.end - 2), header);
  }

  private mayPublish(msg: InboundMsg): boolean {
    const { connection } = this;
    const { buffer, subjectStart, subjectEnd } = msg;
    const { permissions } = connection;
    const system = connection.account === connection.host.systemAccount;
    const allowed =
      !isReservedPublish(buffer, subjectStart, subjectEnd, system) &&
      (permissions === undefined ||
        permissions.canPublishBytes(buffer, subjectStart, subjectEnd) ||
        (connection.responses?.use(msg.subject()) ?? false));
    if (!allowed) {
      this.refusePublish(msg.subject());
      return false;
    }
    if (msg.replyEnd > msg.replyStart && isReservedReply(buffer, msg.replyStart, msg.replyEnd)) {
      const reply = msg.reply();
      const text = quotedErrors.reply(reply);
      this.context.deliverer.trace?.refuse(text);
      connection.sendErr(text);
      connection.logError(`Publish Violation - Reply ${quoteSubject(reply)}`);
      return false;
    }
    return true;
  }

  private refusePublish(subject: string): void {
    const text = quotedErrors.publish(subject);
    this.context.deliverer.trace?.refuse(text);
    this.connection.sendErr(text);
    this.connection.logError(`Publish Violation - Subject ${quoteSubject(subject)}`);
  }

  /** Status 503 to the requester, when it listens on its own reply subject (trap T15). */
  private sendNoResponders(msg: InboundMsg): void {
    const { connection } = this;
    const subject = msg.subject();
    const reply = msg.reply();
    const { plain } = connection.account.sublist.matchString(reply);
    const sub = plain.subs.find((candidate) => candidate.owner === connection);
    if (sub === undefined) return;
    const header = `NATS/1.0 503\r\nNats-Subject: ${subject}\r\n\r\n`;
    connection.send(`HMSG ${reply} ${sub.sid} ${header.length} ${header.length}\r\n${header}\r\n`);
  }

  // ---- errors ----

  onTrace(operation: string, buffer: Buffer, start: number, end: number): void {
    const argument = end < start ? '' : buffer.utf8Slice(start, end);
    this.connection.traceIn(
      operation,
      operation === 'CONNECT' ? redactConnect(argument) : argument,
    );
  }

  onUnknownOperation(buffer: Buffer, at: number, end: number): void {
    const snippet = goQuote(buffer.subarray(at, Math.min(end, at + 32)));
    this.connection.sendErr(protocolErrors.unknownOperation.text);
    this.protocolViolation(`Client parser ERROR, state=0, i=0: proto='${snippet}...'`);
  }

  onControlLineExceeded(buffer: Buffer, start: number, end: number): void {
    // It may be a CONNECT.
    const shown = redactConnect(buffer.latin1Slice(start, Math.min(end, start + 512)));
    const snippet = goQuote(Buffer.from(shown.slice(0, 128), 'latin1'));
    this.connection.logError(
      `maximum control line exceeded: max_control_line ${this.maxControlLine}, Buffer len ${end - start} (snip: ${snippet}...)`,
    );
    this.connection.fail(protocolErrors.maxControlLine.text, closeReasons.maxControlLineExceeded);
  }

  onMalformed(operation: string, reason: string, buffer: Buffer, start: number, end: number): void {
    const text =
      operation === '' ? reason : `${operation} ${reason}: ${goQuote(buffer.subarray(start, end))}`;
    this.protocolViolation(text);
  }

  /** What came makes no sense: log it and close. */
  protocolViolation(text: string): void {
    this.connection.logError(text);
    this.connection.close(closeReasons.protocolViolation);
  }
}

/** Nothing that a terminal obeys gets into a line of the log. */
function printable(text: string): string {
  const quoted = goQuote(Buffer.from(text, 'latin1'));
  return /[\x00-\x1f\x7f]/.test(text) ? quoted.slice(1, -1) : text;
}

/** The server's INFO with what belongs to one client. */
export function clientInfo(connection: Connection): ServerInfo {
  const info = connection.host.copyInfo();
  info.max_payload = connection.maxPayload;
  info.client_id = connection.id;
  info.client_ip = connection.remoteHost;
  // A challenge is for those who have not answered yet.
  if (connection.nonce !== '' && !connection.connectReceived) info.nonce = connection.nonce;
  if (connection.transport === 'websocket') {
    const { websocket } = connection.host.options;
    const secured = websocket.tls === undefined ? undefined : true;
    info.host = websocket.host;
    info.port = websocket.port;
    info.tls_required = secured;
    info.tls_available = secured;
  }
  return info;
}
