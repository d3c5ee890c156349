/**
 * Hot: what a client connection speaks: CONNECT, SUB, UNSUB, PUB, HPUB, PING, PONG, as nats-server's
 * client.go does with kind CLIENT. Budget: a publish allocates nothing on the plain path. Guarded by
 * the bench rows publish only and 1:1.
 *
 * One object per connection beside its Connection. It is the parser's target and the stream's
 * handler. CONNECT may have to wait for a password hash: then parsing is suspended and what arrives
 * stays in the parser. The stream is paused only when that is more than a little, so that a peer that
 * leaves meanwhile is noticed and no time is spent on its password.
 */

import { clientMaySubscribe } from '../auth/permissions.ts';
import { ResponsePermits } from '../auth/response-permits.ts';
import type { Authenticator, AuthResult, AuthUser, ConnectionType } from '../auth/users.ts';
import { goQuote } from '../base/go-quote.ts';
import { closeReasons } from '../connection/close-reason.ts';
import type { Connection } from '../connection/connection.ts';
import { buildMsg, type Deliverer } from '../deliver/deliver.ts';
import { tracePayload } from '../deliver/trace.ts';
import type { StreamHandler } from '../platform/network.ts';
import type { Route } from '../subject/route.ts';
import { InvalidSubjectError } from '../subject/sublist.ts';
import { Subscription } from '../subject/subscription.ts';
import { isValidLiteralSubjectBytes } from '../subject/validate.ts';
import {
  type ClientOperations,
  ClientParser,
  parseSize,
  type ReadBuffer,
} from '../wire/client-parser.ts';
import { ConnectError, decodeConnect, jsonProblem, redactConnect } from '../wire/connect.ts';
import type { InboundMsg } from '../wire/inbound-msg.ts';
import { encodeInfo, type ServerInfo } from '../wire/info.ts';
import { protocolErrors, quotedErrors } from '../wire/protocol-errors.ts';
import { isReservedPublish, isReservedReply } from './reserved.ts';

/** What may arrive while a password is compared before the stream is paused, in bytes. */
const heldWhileAsking = 1024;

/** What clients share; one per server. */
export interface ClientContext {
  readonly deliverer: Deliverer;
  /** Replaced by a reload. */
  authenticator: Authenticator;
  readonly readArea: ReadBuffer;
}

export class Client implements ClientOperations, StreamHandler {
  readonly connection: Connection;
  private readonly context: ClientContext;
  private readonly parser: ClientParser;
  awaitingAuth = false;
  suspended = false;
  traceIn = false;
  /** The stream is paused because of `suspended`. */
  private held = false;
  /** CONNECTs seen: an answer about an earlier one is worth nothing. */
  private connects = 0;
  /** The route of the last subject published to. */
  private lastRoute: Route | null = null;

  constructor(connection: Connection, context: ClientContext) {
    this.connection = connection;
    this.context = context;
    this.parser = new ClientParser(this);
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
    const msgs = connection.inMsgs;
    const bytes = connection.inBytes;
    this.context.deliverer.nowMs = connection.host.clock.nowMs();
    this.parser.parse(this.context.readArea, count);
    if (this.suspended) this.holdMuch();
    this.account(connection.inMsgs - msgs, connection.inBytes - bytes);
  }

  /** Adds what one chunk brought to the counters that nobody reads in between. */
  private account(msgs: number, bytes: number): void {
    if (msgs === 0) return;
    const { connection } = this;
    const { counters, clock } = connection.host;
    counters.inMsgs += msgs;
    counters.inBytes += bytes;
    counters.inClientMsgs += msgs;
    counters.inClientBytes += bytes;
    connection.account.traffic.inMsgs += msgs;
    connection.account.traffic.inBytes += bytes;
    this.touch(clock.nowMs());
  }

  private touch(now: number): void {
    this.connection.lastActivityMs = now;
    this.connection.lastInMs = now;
  }

  onDrain(): void {
    this.connection.outbound.onDrain();
  }

  onClose(error: Error | undefined): void {
    this.connection.onStreamClosed(error);
  }

  // ---- CONNECT ----

  onGate(): boolean {
    const { connection } = this;
    const guest =
      connection.host.options.noAuthUser === ''
        ? undefined
        : this.context.authenticator.authenticate(guestCredentials(connection));
    if (guest === undefined || guest instanceof Promise || !guest.ok) {
      this.refuse();
      return false;
    }
    connection.connectReceived = true;
    this.rememberGuest(guest);
    this.accept(guest.user);
    return true;
  }

  /** A later CONNECT without a user name is then one of the guest, as in nats-server. */
  private rememberGuest(result: AuthResult): void {
    if (!result.ok || result.guest === undefined) return;
    this.connection.options.user = result.guest.user;
    this.connection.options.pass = result.guest.pass;
  }

  private accept(user: AuthUser): void {
    this.connection.clearAuthTimer();
    this.awaitingAuth = false;
    this.adopt(user);
  }

  /** The connection acts for this user now. */
  private adopt(user: AuthUser): void {
    const { connection } = this;
    connection.userName = user.name;
    connection.permissions = user.permissions;
    connection.responses = ResponsePermits.for(user.permissions, connection.host.clock);
  }

  /** The credentials are wrong. */
  refuse(): void {
    const user = this.connection.options.user;
    this.connection.logError(
      user === '' ? 'authentication error' : `authentication error - User ${goQuote(user)}`,
    );
    this.connection.fail(
      protocolErrors.authorizationViolation.text,
      closeReasons.authenticationViolation,
    );
  }

  onConnect(buffer: Buffer, start: number, end: number): void {
    const { connection } = this;
    connection.clearAuthTimer();
    const { clock, options } = connection.host;
    connection.lastActivityMs = clock.nowMs();
    connection.rttMs = Math.max(clock.nowMs() - connection.startMs, 1e-6);
    connection.startFirstPingTimer();
    try {
      decodeConnect(buffer.utf8Slice(start, end), connection.options);
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      this.protocolViolation(error.message);
      return;
    }
    const first = !connection.connectReceived;
    connection.connectReceived = true;
    this.connects++;
    connection.echo = connection.options.echo;
    connection.verbose = connection.options.verbose;
    connection.headers = connection.options.headers && !options.noHeaderSupport;
    // No operator: a JWT means nothing.
    connection.options.jwt = '';
    if (!first) this.dropSubscriptions();
    const result = this.identify();
    if (result instanceof Promise) this.awaitUser(result, first);
    else this.finishConnect(result, first);
  }

  /** Asks who sent the last CONNECT. */
  private identify(): AuthResult | Promise<AuthResult> {
    const { connection } = this;
    const { user, pass, auth_token: token } = connection.options;
    return this.context.authenticator.authenticate(
      { ...guestCredentials(connection), user, pass, token },
      () => connection.closed,
    );
  }

  private awaitUser(pending: Promise<AuthResult>, first: boolean): void {
    this.suspended = true;
    const { authenticator } = this.context;
    const done = (result: AuthResult): void => {
      if (this.closed) return;
      // Reloaded meanwhile: what counts are the users of now.
      const current = authenticator === this.context.authenticator ? result : this.identify();
      if (current instanceof Promise) this.awaitUser(current, first);
      else this.goOn(current, first);
    };
    pending.then(done, () => done({ ok: false, reason: 'authorization' }));
  }

  /** The answer has come: what was kept meanwhile is parsed. */
  private goOn(result: AuthResult, first: boolean): void {
    this.suspended = false;
    this.finishConnect(result, first);
    if (this.closed) return;
    const { inMsgs, inBytes } = this.connection;
    this.parser.resume();
    this.account(this.connection.inMsgs - inMsgs, this.connection.inBytes - inBytes);
    if (this.suspended) this.holdMuch();
    else if (this.held) {
      this.held = false;
      this.connection.release();
    }
  }

  private holdMuch(): void {
    if (this.held || this.parser.heldBytes <= heldWhileAsking) return;
    this.held = true;
    this.connection.hold();
  }

  private finishConnect(result: AuthResult, first: boolean): void {
    const { connection } = this;
    const { options } = connection;
    // An account in CONNECT was a feature once; now it is an attack (CVE-2022-24450).
    if (!result.ok || options.account !== '' || options.new_account) {
      this.refuse();
      return;
    }
    this.rememberGuest(result);
    this.accept(result.user);
    if (first) this.labelConnection();
    if (options.protocol < 0 || options.protocol > 1) {
      connection.fail(protocolErrors.badClientProtocol.text, closeReasons.badClientProtocolVersion);
      return;
    }
    if (options.no_responders && !connection.headers) {
      connection.fail(
        protocolErrors.noRespondersNeedHeaders.text,
        closeReasons.noRespondersRequiresHeaders,
      );
      return;
    }
    if (connection.verbose) connection.sendOk();
    if (first) connection.host.onConnected(connection);
  }

  /** Adds `"v1.2:lang:name"` and `"account/user"` to the prefix of log lines. */
  private labelConnection(): void {
    const { connection } = this;
    const { version, lang, name } = connection.options;
    const parts = [version === '' ? '' : `v${version}`, lang, name].filter((part) => part !== '');
    if (parts.length > 0) connection.label += ` - ${goQuote(parts.join(':'))}`;
    if (connection.userName !== '') {
      connection.label += ` - ${goQuote(`${connection.account.name}/user:${connection.userName}`)}`;
    }
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
    const args = splitArguments(buffer.latin1Slice(start, end));
    if (args.length !== 2 && args.length !== 3) {
      this.onMalformed('processSub', 'Parse Error', buffer, start, end);
      return;
    }
    const queue = args.length === 3 ? args[1]! : '';
    this.subscribe(args[0]!, queue, args[args.length - 1]!);
  }

  private subscribe(subject: string, queue: string, sid: string): void {
    const { connection } = this;
    const { options, clock } = connection.host;
    this.touch(clock.nowMs());
    if (!clientMaySubscribe(connection.permissions, subject, queue)) {
      connection.sendErr(quotedErrors.subscribe(subject, queue));
      const group = queue === '' ? '' : ` Queue: ${quote(queue)},`;
      connection.logError(`Subscription Violation - Subject ${quote(subject)},${group} SID ${sid}`);
      return;
    }
    if (options.maxSubTokens > 0 && subject.split('.').length > options.maxSubTokens) {
      connection.sendErr(`${quotedErrors.subscribe(subject, '')}, too many tokens`);
      connection.logError(
        `Subscription Violation Too Many Tokens - Subject ${quote(subject)}, SID ${sid}`,
      );
      return;
    }
    if (connection.maxSubs > 0 && connection.subs.size >= connection.maxSubs) {
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
    return true;
  }

  onUnsub(buffer: Buffer, start: number, end: number): void {
    const { connection } = this;
    const args = splitArguments(buffer.latin1Slice(start, end));
    if (args.length !== 1 && args.length !== 2) {
      this.onMalformed('processUnsub', 'Parse Error', buffer, start, end);
      return;
    }
    this.touch(connection.host.clock.nowMs());
    const bytes = Buffer.from(args[1] ?? '', 'latin1');
    const max = parseSize(bytes, 0, bytes.length);
    const sub = connection.subs.get(args[0]!);
    if (sub !== undefined) {
      if (max > 0 && max > sub.delivered) sub.max = max;
      else this.unsubscribe(sub);
    }
    if (connection.verbose) connection.sendOk();
  }

  /** Removes one subscription of this connection. */
  unsubscribe(sub: Subscription): void {
    const { connection } = this;
    if (this.traceIn) connection.host.logger.trace(`${connection.label} - <-> [DELSUB ${sub.sid}]`);
    sub.closed = true;
    connection.subs.delete(sub.sid);
    connection.account.sublist.remove(sub);
  }

  /** Removes all of them: a close, or a second CONNECT. */
  dropSubscriptions(): void {
    for (const sub of this.connection.subs.values()) {
      sub.closed = true;
      this.connection.account.sublist.remove(sub);
    }
    this.connection.subs.clear();
    this.lastRoute = null;
  }

  // ---- reload ----

  /** Asks again who this is, with the credentials of its CONNECT; false: nobody any more. */
  async reauthenticate(): Promise<boolean> {
    const { connects } = this;
    const { authenticator } = this.context;
    const result = await this.identify();
    // Another CONNECT was judged by the new rules, and another reload asks for itself.
    if (connects !== this.connects || authenticator !== this.context.authenticator) return true;
    if (!result.ok) return false;
    if (this.connection.connectReceived || !authenticator.required) this.adopt(result.user);
    return true;
  }

  /** Renews the delivery filters; returns what may not stay, with the texts to send and log. */
  recheckSubscriptions(): { sub: Subscription; text: string; log: string }[] {
    const { connection } = this;
    const removed: { sub: Subscription; text: string; log: string }[] = [];
    for (const sub of connection.subs.values()) {
      const { subject, queue, sid } = sub;
      sub.filter = connection.permissions?.denyFilterFor(subject, queue) ?? null;
      if (clientMaySubscribe(connection.permissions, subject, queue)) continue;
      const text = `${quotedErrors.subscribe(subject, queue)} (sid ${quote(sid)})`;
      const group = queue === '' ? '' : ` using queue ${quote(queue)}`;
      const who = connection.userName === '' ? 'N/A' : `User ${goQuote(connection.userName)}`;
      const log = `Removed sub ${quote(subject)}${group} (sid ${quote(sid)}) for ${who} - not authorized`;
      removed.push({ sub, text, log });
    }
    return removed;
  }

  // ---- PUB, HPUB ----

  onMessageLine(msg: InboundMsg): boolean {
    const { connection } = this;
    if (connection.maxPayload >= 0 && msg.size > connection.maxPayload) {
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

  /** The message with its mapped subject; what a mapping drops goes to the empty subject. */
  private mapSubject(msg: InboundMsg): InboundMsg {
    const subject = msg.subject();
    const { account, host } = this.connection;
    const mapped = account.mappings!.match(subject, host.clusterName) ?? '';
    if (mapped === subject) return msg;
    if (this.traceIn) this.connection.traceIn('MAPPING', `${subject} -> ${mapped}`);
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
      const subject = msg.subject();
      connection.sendErr(quotedErrors.publish(subject));
      connection.logError(`Publish Violation - Subject ${quote(subject)}`);
      return false;
    }
    if (msg.replyEnd > msg.replyStart && isReservedReply(buffer, msg.replyStart, msg.replyEnd)) {
      const reply = msg.reply();
      connection.sendErr(quotedErrors.reply(reply));
      connection.logError(`Publish Violation - Reply ${quote(reply)}`);
      return false;
    }
    return true;
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
    const snippet = goQuote(buffer.subarray(start, Math.min(end, start + 128)));
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

  private protocolViolation(text: string): void {
    this.connection.logError(text);
    this.connection.close(closeReasons.protocolViolation);
  }
}

/** Nothing that a terminal obeys gets into a line of the log. */
function printable(text: string): string {
  const quoted = goQuote(Buffer.from(text, 'latin1'));
  return /[\x00-\x1f\x7f]/.test(text) ? quoted.slice(1, -1) : text;
}

function quote(subject: string): string {
  return goQuote(Buffer.from(subject, 'latin1'));
}

/** How the connection came in, without anything it claims. */
function guestCredentials(connection: Connection): {
  user: string;
  pass: string;
  token: string;
  connectionType: ConnectionType;
} {
  return { user: '', pass: '', token: '', connectionType: connectionTypes[connection.transport] };
}

const connectionTypes = {
  nats: 'STANDARD',
  websocket: 'WEBSOCKET',
  mqtt: 'MQTT',
  'in-process': 'IN_PROCESS',
} as const satisfies Record<Connection['transport'], ConnectionType>;

/** Splits like nats-server: blanks, tabs, CR and LF separate, repeated ones count once. */
function splitArguments(text: string): string[] {
  return text.split(/[ \t\r\n]+/).filter((part) => part !== '');
}

/** The server's INFO with what belongs to one client. */
export function clientInfo(connection: Connection): ServerInfo {
  const info = connection.host.copyInfo();
  info.max_payload = connection.maxPayload;
  info.client_id = connection.id;
  info.client_ip = connection.remoteHost;
  if (connection.nonce !== '') info.nonce = connection.nonce;
  return info;
}
