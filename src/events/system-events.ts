/**
 * The system account's side of a server: what it tells by itself and what it answers.
 *
 * - client-events.ts: clients that come, go or fail to log in;
 * - account-events.ts: connections per account;
 * - statsz-broadcast.ts: the numbers of the server;
 * - server-requests.ts, account-requests.ts, commands.ts, user-info.ts, subscriber-counts.ts:
 *   requests.
 *
 * Documents are monitoring's; the host brings them. What accounts other than the system account can
 * ask: system-exports.ts.
 */
import type { Account } from '../account/account.ts';
import { utf8FromLatin1 } from '../base/go-json.ts';
import { decodeGoStruct, GoDecodeError } from '../base/go-json-decode.ts';
import type { Connection } from '../connection/connection.ts';
import type { Deliverer } from '../deliver/deliver.ts';
import { InternalClient } from '../deliver/internal-client.ts';
import { headerValue } from '../deliver/message-header.ts';
import { wireSubject } from '../subject/tokens.ts';
import type { OcspEvents } from '../transport/ocsp/peer-verifier.ts';
import { AccountEvents } from './account-events.ts';
import { AccountRequests } from './account-requests.ts';
import { ClientEvents } from './client-events.ts';
import { Commands } from './commands.ts';
import { EventPublisher } from './event-publisher.ts';
import type { EventsHost } from './events-host.ts';
import { OcspPeerEvents } from './ocsp-events.ts';
import { countStruct } from './request-options.ts';
import { type Request, Responder } from './responder.ts';
import { ServerRequests } from './server-requests.ts';
import { StatszBroadcast } from './statsz-broadcast.ts';
import { countSubscribers } from './subscriber-counts.ts';
import { EventTraces } from './trace-publisher.ts';
import { buildUserInfo } from './user-info.ts';

/** Reasons of closes that are failed logins. */
const authErrors: ReadonlySet<string> = new Set([
  'Authentication Failure',
  'Proxy Not Trusted',
  'Proxy Required',
]);

export class SystemEvents {
  private readonly host: EventsHost;
  private readonly deliverer: Deliverer;
  private client: InternalClient;
  readonly publisher: EventPublisher;
  readonly traces: EventTraces;
  private readonly responder: Responder;
  private readonly clients: ClientEvents;
  private readonly accounts: AccountEvents;
  private readonly statsz: StatszBroadcast;
  private readonly ocsp: OcspPeerEvents;
  private running = false;

  constructor(host: EventsHost, deliverer: Deliverer) {
    this.host = host;
    this.deliverer = deliverer;
    this.client = new InternalClient(deliverer, host.systemAccount);
    this.publisher = new EventPublisher(host, deliverer);
    this.traces = new EventTraces(this.publisher);
    this.responder = new Responder(this.publisher);
    this.clients = new ClientEvents(this.publisher);
    this.accounts = new AccountEvents(this.publisher);
    this.statsz = new StatszBroadcast(this.publisher);
    this.ocsp = new OcspPeerEvents(this.publisher);
  }

  start(): void {
    this.running = true;
    this.subscribeAll();
    this.statsz.start();
  }

  private subscribeAll(): void {
    this.subscribeServerRequests();
    this.subscribeAccountRequests();
    this.subscribeCommands();
    this.subscribeInquiries();
  }

  /** Tells the last thing and falls silent. */
  shutdown(): void {
    if (!this.running) return;
    this.tellAll('SHUTDOWN');
    this.running = false;
    this.statsz.stop();
    this.accounts.stop();
    this.client.close();
  }

  // ---- what happens in the server ----

  onConnected(connection: Connection): void {
    if (this.running) this.clients.onConnected(connection);
  }

  /** `account` gained or lost a connection. */
  onMembersChanged(account: Account): void {
    if (this.running) this.accounts.onMembersChanged(account);
  }

  /** Call it while the connection is still a member of its account. */
  onDisconnected(connection: Connection, reason: string): void {
    if (!this.running) return;
    if (authErrors.has(reason)) {
      this.clients.onAuthError(connection, reason, this.authErrorAccount(connection));
    }
    this.clients.onDisconnected(connection, reason);
  }

  /** Whose owners hear of a failed login: where a callout decides, the account that it runs in. */
  private authErrorAccount(connection: Connection): Account {
    const { authCallout } = this.host.options;
    const callout = authCallout && this.host.account(authCallout.account);
    return callout ?? connection.account;
  }

  onOcspPeerRejected(...event: Parameters<OcspEvents['onPeerRejected']>): void {
    if (this.running) this.ocsp.onPeerRejected(...event);
  }

  onOcspLinkInvalid(...event: Parameters<OcspEvents['onLinkInvalid']>): void {
    if (this.running) this.ocsp.onLinkInvalid(...event);
  }

  onLameDuck(): void {
    if (this.running) this.tellAll('LAMEDUCK');
  }

  /** The system account may be another one now. */
  onReloaded(): void {
    if (!this.running) return;
    if (this.host.systemAccount !== this.client.account) {
      this.client.close();
      this.client = new InternalClient(this.deliverer, this.host.systemAccount);
      this.subscribeAll();
    }
    this.statsz.broadcast();
  }

  private tellAll(what: 'SHUTDOWN' | 'LAMEDUCK'): void {
    const { server_id } = this.host.info();
    this.publisher.publishEvent(`$SYS.SERVER.${server_id}.${what}`, (server) => server);
  }

  // ---- requests ----

  private subscribe(subject: string, handle: (request: Request, from?: Connection) => void): void {
    this.client.subscribe(subject, (requested, reply, header, payload, from) => {
      handle({ subject: requested, reply, header, payload }, from);
    });
  }

  private subscribeServerRequests(): void {
    const { server_id } = this.host.info();
    const requests = new ServerRequests(this.publisher, this.responder, this.statsz);
    this.subscribe('$SYS.REQ.SERVER.PING', (request) => requests.processStatsz(request));
    for (const [name, handle] of requests.handlers()) {
      this.subscribe(`$SYS.REQ.SERVER.${server_id}.${name}`, handle);
      this.subscribe(`$SYS.REQ.SERVER.PING.${name}`, handle);
    }
  }

  private subscribeAccountRequests(): void {
    const requests = new AccountRequests(this.publisher, this.responder, this.accounts);
    for (const [name, handle] of requests.handlers()) {
      this.subscribe(`$SYS.REQ.ACCOUNT.*.${name}`, handle);
    }
    this.subscribe('$SYS.REQ.ACCOUNT.PING.STATZ', (request) => requests.processPingStatz(request));
  }

  private subscribeCommands(): void {
    const prefix = `$SYS.REQ.SERVER.${this.host.info().server_id}`;
    const commands = new Commands(this.publisher, this.responder);
    this.subscribe(`${prefix}.RELOAD`, (request) => commands.processReload(request));
    this.subscribe(`${prefix}.KICK`, (request) => commands.processKick(request));
    this.subscribe(`${prefix}.LDM`, (request) => commands.processLameDuck(request));
  }

  private subscribeInquiries(): void {
    this.subscribe('$SYS.REQ.USER.*.INFO', (request, from) => this.processUserInfo(request, from));
    this.subscribe('$SYS.DEBUG.SUBSCRIBERS', (request, from) =>
      this.processSubscribers(request, from),
    );
    this.subscribe('$SYS.REQ.ACCOUNT.NSUBS', (request) => this.processCount(request));
  }

  private processUserInfo({ reply, header }: Request, from: Connection | undefined): void {
    if (reply === '') return;
    const data = buildUserInfo(from, isShared(header), this.host.clock.nowMs());
    this.publisher.publish(reply, { server: this.publisher.nextServerBlock(), data });
  }

  private processSubscribers({ reply, payload }: Request, from: Connection | undefined): void {
    if (from === undefined || reply === '') return;
    const [subject = '', queue = ''] = payload.latin1Slice().trim().split(' ');
    const count = countSubscribers(from.account, subject, queue);
    this.publisher.publishBytes(reply, Buffer.from(String(count)));
  }

  private processCount({ reply, payload }: Request): void {
    if (reply === '') return;
    try {
      const asked = decodeGoStruct(payload, countStruct);
      const account = this.host.account(asked.text('acc'));
      if (account === undefined || account.connections.size === 0) return;
      // Go has the queue as bytes, which JSON carries in base64.
      const queue = Buffer.from(asked.text('queue'), 'base64').latin1Slice();
      const count = countSubscribers(account, wireSubject(asked.text('subject')), queue);
      this.publisher.publishBytes(reply, Buffer.from(String(count)));
    } catch (error) {
      if (!(error instanceof GoDecodeError)) throw error;
      const what = 'Error unmarshalling account nsubs request message';
      this.host.logger.error(`SYSTEM - ${what}: ${utf8FromLatin1(error.message)}`);
    }
  }
}

/** The request came through an import that tells who asks. */
function isShared(header: Buffer | undefined): boolean {
  return header !== undefined && headerValue(header, 'Nats-Request-Info') !== undefined;
}
