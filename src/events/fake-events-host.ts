/** An EventsHost for tests: real accounts and deliveries, a clock that the test moves. */

import { type Account, globalAccountName, systemAccountName } from '../account/account.ts';
import { Accounts } from '../account/accounts.ts';
import { plainUser } from '../auth/auth-user.ts';
import type { GoRecord } from '../base/go-json-decode.ts';
import { Connection, connectionKinds } from '../connection/connection.ts';
import { type ConnectionHost, emptyCounters } from '../connection/connection-host.ts';
import { FlushQueue } from '../connection/flush-queue.ts';
import { Deliverer } from '../deliver/deliver.ts';
import { InternalClient } from '../deliver/internal-client.ts';
import { setBaselineOptions } from '../options/baseline-options.ts';
import { defaultOptions } from '../options/default-options.ts';
import type { Clock, Random, Timer, Timers } from '../platform/clock.ts';
import { silentLogger } from '../platform/logger.ts';
import type { Stream } from '../platform/network.ts';
import type { ProcessStats } from '../platform/process-stats.ts';
import {
  type DocumentName,
  type EventsHost,
  type noAnswer,
  RefusedDocument,
} from './events-host.ts';
import { SystemEvents } from './system-events.ts';

const startMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

const processStats: ProcessStats = {
  cores: 2,
  pid: 1,
  startMs,
  commandLine: [],
  residentBytes: () => 5_000_000,
  memory: () => ({ rss: 5, heapTotal: 4, heapUsed: 3, external: 2, arrayBuffers: 1 }),
  cpuPercent: () => 1.5,
  cpuSeconds: () => ({ user: 1, system: 0.5 }),
  activeResources: () => [],
};

const stream: Stream = {
  remoteAddress: '127.0.0.1',
  remotePort: 4711,
  localAddress: '127.0.0.1',
  localPort: 4222,
  handler: { onBytes() {}, onDrain() {}, onClose() {} },
  pendingBytes: 0,
  write: () => true,
  pause() {},
  resume() {},
  end() {},
  destroy() {},
};

/** Timers that run when the test moves the clock. */
class ManualTimers implements Timers {
  nowMs = 0;
  private readonly due: { atMs: number; run: () => void }[] = [];

  get waiting(): number {
    return this.due.length;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry = { atMs: this.nowMs + delayMs, run: callback };
    this.due.push(entry);
    return {
      clear: () => {
        const at = this.due.indexOf(entry);
        if (at >= 0) this.due.splice(at, 1);
      },
    };
  }

  every(): Timer {
    throw new Error('events use no intervals');
  }

  advance(ms: number): void {
    const until = this.nowMs + ms;
    for (;;) {
      this.due.sort((a, b) => a.atMs - b.atMs);
      const next = this.due[0];
      if (next === undefined || next.atMs > until) break;
      this.due.shift();
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = until;
  }
}

export interface Heard {
  readonly subject: string;
  readonly header: string;
  /** Parsed JSON, or the bytes when the header says that they are encoded. */
  readonly document: Record<string, unknown>;
  readonly payload: Buffer;
}

/** Everything is public, so that a test can set what it needs. */
export class FakeEventsHost implements EventsHost {
  readonly options = defaultOptions();
  readonly timers = new ManualTimers();
  readonly clock: Clock = {
    nowMs: () => startMs + this.timers.nowMs,
    nowNs: () => BigInt(startMs + this.timers.nowMs) * 1_000_000n,
    monotonicMs: () => this.timers.nowMs,
  };
  readonly random: Random = { below: () => 0, bytes: (count) => Buffer.alloc(count) };
  readonly errors: string[] = [];
  readonly logger = { ...silentLogger, error: (text: string) => void this.errors.push(text) };
  readonly process = processStats;
  readonly counters = emptyCounters();
  readonly startMs = startMs;
  readonly registry: Accounts;
  readonly globalAccount: Account;
  systemAccount: Account;
  clusterName = '';
  reloads = 0;
  reloadProblem: string | undefined;
  readonly connections = new Map<number, Connection>();
  readonly deliverer: Deliverer;
  readonly events: SystemEvents;
  /** Requests for documents: name and the options that were not empty. */
  readonly built: [DocumentName, GoRecord][] = [];
  answer: object | typeof noAnswer = { some: 'document' };
  refusal: string | undefined;
  private readonly connectionHost: ConnectionHost;

  constructor() {
    setBaselineOptions(this.options);
    const { random, clock, timers, counters } = this;
    this.registry = new Accounts({ random, clock, timers, sublistCache: true });
    this.globalAccount = this.registry.ensure(globalAccountName);
    this.systemAccount = this.registry.ensure(systemAccountName);
    this.deliverer = new Deliverer(random, counters, { onAutoUnsubscribe() {} });
    this.connectionHost = {
      options: this.options,
      clock,
      timers,
      random,
      logger: silentLogger,
      flushQueue: new FlushQueue({ endOfTurn() {}, yieldThen() {} }),
      counters,
      globalAccount: this.globalAccount,
      systemAccount: this.systemAccount,
      shuttingDown: false,
      clusterName: '',
      serverName: 'fake',
      mayLog: () => true,
      copyInfo: () => this.info(),
      bindAccount: () => 'ok',
      onConnectionClosed: (connection, reason) => {
        this.connections.delete(connection.id);
        this.events.onDisconnected(connection, reason);
      },
      onConnected() {},
    };
    this.events = new SystemEvents(this, this.deliverer);
  }

  readonly documents = {
    build: (name: DocumentName, options: GoRecord): object | typeof noAnswer => {
      this.built.push([name, options]);
      if (this.refusal !== undefined) throw new RefusedDocument(this.refusal);
      return this.answer;
    },
  };

  info() {
    return {
      server_id: 'NFAKE',
      server_name: 'fake',
      version: '2.15.2',
      proto: 1,
      go: 'node',
      host: '0.0.0.0',
      port: 4222,
      headers: true,
      max_payload: 1_048_576,
    };
  }

  featureFlags(): ReadonlyMap<string, boolean> {
    return new Map([['flag', true]]);
  }

  accounts(): Iterable<Account> {
    return this.registry.all();
  }

  account(name: string): Account | undefined {
    return name === '' ? undefined : this.registry.get(name);
  }

  client(id: number): Connection | undefined {
    return this.connections.get(id);
  }

  clientCount(): number {
    return this.connections.size;
  }

  reload(): Promise<void> {
    this.reloads++;
    return this.reloadProblem === undefined
      ? Promise.resolve()
      : Promise.reject(new Error(this.reloadProblem));
  }

  sendLameDuckInfo(connection: Connection): boolean {
    return connection.options.protocol >= 1;
  }

  // ---- for tests ----

  /** A member of the account that logged in as this user; '' has not. */
  connect(account: Account, user: string): Connection {
    const id = this.connections.size + 5;
    const { client } = connectionKinds;
    const connection = new Connection(this.connectionHost, stream, id, client, () => {});
    connection.account = account;
    if (user !== '') connection.user = plainUser(user);
    connection.options.user = user;
    account.add(connection);
    this.connections.set(id, connection);
    return connection;
  }

  /** What is published on the subject from now on. */
  listen(subject: string, account = this.systemAccount): Heard[] {
    const heard: Heard[] = [];
    new InternalClient(this.deliverer, account).subscribe(
      subject,
      (on, _reply, header, payload) => {
        const text = header?.latin1Slice() ?? '';
        const document = text.includes('Encoding: ') ? {} : JSON.parse(payload.toString());
        heard.push({ subject: on, header: text, document, payload });
      },
    );
    return heard;
  }

  /** Sends a request in the system account; returns the answers that came at once. */
  request(subject: string, body = '', header?: string): Heard[] {
    const heard = this.listen('_INBOX.1');
    const block = header === undefined ? undefined : Buffer.from(`NATS/1.0\r\n${header}\r\n\r\n`);
    const client = new InternalClient(this.deliverer, this.systemAccount);
    client.publish(subject, Buffer.from(body), {
      reply: '_INBOX.1',
      ...(block === undefined ? {} : { header: block }),
    });
    return heard;
  }
}
