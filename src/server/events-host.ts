/** What system events see of a server, and monitoring's documents for their requests. */
import type { Account } from '../account/account.ts';
import type { GoRecord } from '../base/go-json-decode.ts';
import { clientInfo } from '../client/client.ts';
import type { Connection } from '../connection/connection.ts';
import type { ServerCounters } from '../connection/connection-host.ts';
import {
  type DocumentName,
  type EventDocuments,
  type EventsHost,
  noAnswer,
  RefusedDocument,
} from '../events/events-host.ts';
import { buildAccountDetail, buildAccountz } from '../monitor/accountz.ts';
import { buildAccstatz } from '../monitor/accstatz.ts';
import { buildConnz } from '../monitor/connz.ts';
import type { MonitorContext } from '../monitor/context.ts';
import { expvarDocument } from '../monitor/expvarz.ts';
import { mergedFeatureFlags } from '../monitor/feature-flags.ts';
import { buildGatewayz } from '../monitor/gatewayz.ts';
import { buildHealthz } from '../monitor/healthz.ts';
import { buildJsz } from '../monitor/jsz.ts';
import { buildLeafz } from '../monitor/leafz.ts';
import { BadArgumentError, type StateChoice } from '../monitor/query.ts';
import { buildRoutez } from '../monitor/routez.ts';
import { buildSubsz } from '../monitor/subsz.ts';
import { buildVarz } from '../monitor/varz.ts';
import type { Options } from '../options/types.ts';
import type { Clock, Random, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ProcessStats } from '../platform/process-stats.ts';
import { wireSubject } from '../subject/tokens.ts';
import { encodeInfo, type ServerInfo } from '../wire/info.ts';
import type { Server } from './server.ts';

export class ServerEventsHost implements EventsHost {
  private readonly server: Server;
  readonly reload: () => Promise<void>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly process: ProcessStats;
  readonly counters: ServerCounters;
  readonly startMs: number;
  readonly globalAccount: Account;
  readonly documents: EventDocuments;

  constructor(server: Server, context: MonitorContext, reload: () => Promise<void>) {
    this.server = server;
    this.reload = reload;
    this.clock = server.clock;
    this.timers = server.timers;
    this.random = server.random;
    this.logger = server.logger;
    this.process = context.process;
    this.counters = server.counters;
    this.startMs = server.startMs;
    this.globalAccount = server.globalAccount;
    this.documents = new MonitorDocuments(context);
  }

  get options(): Options {
    return this.server.options;
  }

  get systemAccount(): Account {
    return this.server.systemAccount;
  }

  get clusterName(): string {
    return this.server.clusterName;
  }

  info(): ServerInfo {
    return this.server.copyInfo();
  }

  featureFlags(): ReadonlyMap<string, boolean> {
    return mergedFeatureFlags(this.options.featureFlags);
  }

  accounts(): Iterable<Account> {
    return this.server.accounts.all();
  }

  account(name: string): Account | undefined {
    return name === '' ? undefined : this.server.accounts.get(name);
  }

  client(id: number): Connection | undefined {
    return this.server.clients.get(id);
  }

  clientCount(): number {
    return this.server.clients.size;
  }

  sendLameDuckInfo(connection: Connection): boolean {
    if (connection.options.protocol < 1 || !connection.firstPongSent) return false;
    connection.sendUtf8(encodeInfo({ ...clientInfo(connection), ldm: true }));
    return true;
  }
}

type Build = (context: MonitorContext, options: GoRecord) => object | typeof noAnswer;

const states = new Map<bigint, StateChoice>([
  [0n, 'open'],
  [1n, 'closed'],
  [2n, 'all'],
]);

const documents: Record<DocumentName, Build> = {
  VARZ: (context) => buildVarz(context),
  SUBSZ: (context, options) =>
    buildSubsz(context, {
      subs: options.bool('subscriptions'),
      offset: options.int('offset'),
      limit: options.int('limit'),
      test: wireSubject(options.text('test')),
      account: options.text('account'),
    }),
  CONNZ: (context, options) =>
    buildConnz(context, {
      sort: options.text('sort'),
      auth: options.bool('auth'),
      subs: options.bool('subscriptions'),
      detail: options.bool('subscriptions_detail'),
      offset: options.int('offset'),
      limit: options.int('limit'),
      cid: options.int('cid'),
      state: states.get(options.int('state')) ?? 'none',
      user: options.text('user'),
      account: options.text('acc'),
      mqttClient: options.text('mqtt_client'),
      filterSubject: wireSubject(options.text('filter_subject')),
    }),
  ROUTEZ: (context) => buildRoutez(context),
  GATEWAYZ: (context, options) => buildGatewayz(context, options.text('name')),
  LEAFZ: (context) => buildLeafz(context),
  ACCOUNTZ: (context, options) => buildAccountz(context, options.text('account')),
  ACCSTATZ: (context, options) =>
    buildAccstatz(context, {
      unused: options.bool('include_unused'),
      accounts: options.list('accounts'),
    }),
  ACCOUNTINFO: (context, options) => buildAccountDetail(context, options.text('account')),
  JSZ: (context, options) => (options.bool('leader_only') ? noAnswer : buildJsz(context)),
  HEALTHZ: (context, options) =>
    buildHealthz(context, {
      jsEnabled: options.bool('js-enabled'),
      jsEnabledOnly: options.bool('js-enabled-only'),
      jsServerOnly: options.bool('js-server-only'),
      jsMetaOnly: options.bool('js-meta-only'),
      account: options.text('account'),
      stream: options.text('stream'),
      consumer: options.text('consumer'),
      details: options.bool('details'),
    }),
  EXPVARZ: (context) => expvarDocument(context.process),
  IPQUEUESZ: () => ({}),
  RAFTZ: () => ({}),
};

export class MonitorDocuments implements EventDocuments {
  private readonly context: MonitorContext;

  constructor(context: MonitorContext) {
    this.context = context;
  }

  build(name: DocumentName, options: GoRecord): object | typeof noAnswer {
    try {
      return documents[name](this.context, options);
    } catch (error) {
      if (error instanceof BadArgumentError) throw new RefusedDocument(error.message);
      throw error;
    }
  }
}
