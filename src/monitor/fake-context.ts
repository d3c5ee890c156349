/** A MonitorContext for tests: real accounts and connections on a network that goes nowhere. */
import { type Account, globalAccountName, systemAccountName } from '../account/account.ts';
import { Accounts } from '../account/accounts.ts';
import { ClosedConnections } from '../connection/closed-connections.ts';
import { Connection, connectionKinds } from '../connection/connection.ts';
import { type ConnectionHost, emptyCounters } from '../connection/connection-host.ts';
import { FlushQueue } from '../connection/flush-queue.ts';
import { setBaselineOptions } from '../options/baseline-options.ts';
import { defaultOptions } from '../options/default-options.ts';
import type { Clock, Random, Timers } from '../platform/clock.ts';
import { silentLogger } from '../platform/logger.ts';
import type { Stream } from '../platform/network.ts';
import type { ProcessStats } from '../platform/process-stats.ts';
import { Subscription } from '../subject/subscription.ts';
import type { MonitorContext } from './context.ts';

/** The clock stands still at this time unless a test moves it. */
export const fakeStartMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

const timers: Timers = {
  after: () => ({ clear() {} }),
  every: () => ({ clear() {} }),
};
const random: Random = { below: () => 0, bytes: (n) => Buffer.alloc(n) };

const processStats: ProcessStats = {
  cores: 2,
  pid: 4711,
  startMs: fakeStartMs,
  commandLine: ['tnatsd', '--pass', 'canary'],
  residentBytes: () => 50_000_000,
  memory: () => ({ rss: 5, heapTotal: 4, heapUsed: 3, external: 2, arrayBuffers: 1 }),
  cpuPercent: () => 1.5,
  cpuSeconds: () => ({ user: 1, system: 0.5 }),
  activeResources: () => ['TCPServerWrap', 'Timeout', 'Timeout'],
};

function fakeStream(port: number): Stream {
  return {
    remoteAddress: '127.0.0.1',
    remotePort: port,
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
}

/** Everything is public, so that a test can set what it needs. */
export class FakeContext implements MonitorContext {
  readonly options = defaultOptions();
  nowMs = fakeStartMs;
  readonly clock: Clock = {
    nowMs: () => this.nowMs,
    nowNs: () => BigInt(Math.floor(this.nowMs)) * 1_000_000n,
    monotonicMs: () => this.nowMs,
  };
  readonly timers = timers;
  readonly warnings: string[] = [];
  readonly notices: string[] = [];
  readonly logger = {
    ...silentLogger,
    warn: (text: string) => void this.warnings.push(text),
    notice: (text: string) => void this.notices.push(text),
  };
  readonly process = processStats;
  readonly counters = emptyCounters();
  readonly tnatsdVersion = '0.1.0';
  readonly startMs = fakeStartMs;
  readonly configLoadMs = fakeStartMs;
  readonly httpRequests = new Map<string, number>();
  readonly closedConnections = new ClosedConnections(3);
  private readonly registry = new Accounts({
    random,
    clock: this.clock,
    timers,
    sublistCache: true,
  });
  readonly global = this.registry.ensure(globalAccountName);
  readonly systemAccount = this.registry.ensure(systemAccountName);
  readonly accountList = [this.global, this.systemAccount];
  readonly open: Connection[] = [];
  missing: string | undefined;
  private readonly host: ConnectionHost;

  constructor() {
    setBaselineOptions(this.options);
    this.host = {
      options: this.options,
      clock: this.clock,
      timers,
      random,
      logger: silentLogger,
      flushQueue: new FlushQueue({ endOfTurn() {}, yieldThen() {} }),
      counters: this.counters,
      globalAccount: this.global,
      systemAccount: this.systemAccount,
      shuttingDown: false,
      copyInfo: () => this.info(),
      onConnectionClosed() {},
      onConnected() {},
      clusterName: '',
      serverName: 'fake',
      bindAccount: () => 'ok',
      mayLog: () => true,
    };
  }

  /** Adds an open connection with subscriptions given as `subject` or `subject queue`. */
  connect(subjects: readonly string[] = [], account = this.global): Connection {
    const id = this.open.length + 1;
    const connection = new Connection(
      this.host,
      fakeStream(50_000 + id),
      id,
      connectionKinds.client,
      () => {},
    );
    connection.account = account;
    account.add(connection);
    subjects.forEach((text, index) => {
      const [subject = '', queue = ''] = text.split(' ');
      const sub = new Subscription(connection, subject, queue, String(index + 1));
      connection.subs.set(sub.sid, sub);
      account.sublist.insert(sub);
    });
    this.open.push(connection);
    this.counters.totalConnections++;
    return connection;
  }

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

  websocketConnectUrls(): readonly string[] {
    return [];
  }

  connections(): Iterable<Connection> {
    return this.open;
  }

  openConnectionCount(): number {
    return this.open.length;
  }

  accounts(): Iterable<Account> {
    return this.accountList;
  }

  account(name: string): Account | undefined {
    return this.accountList.find((account) => account.name === name);
  }

  notReady(): string | undefined {
    return this.missing;
  }

  certificateNotAfterMs(): number | undefined {
    return Date.UTC(2124, 0, 1);
  }
}
