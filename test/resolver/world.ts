/**
 * Servers with a resolver, without listeners: what options of operator mode become, on a simulated
 * machine. Requests go through the system account as they do in a server; JWTs are made by the
 * official library.
 */
import {
  createAccount,
  createOperator,
  encodeAccount,
  encodeGeneric,
  encodeOperator,
} from '@nats-io/jwt';
import type { Account } from '../../src/account/account.ts';
import { Accounts } from '../../src/account/accounts.ts';
import type { KnownAccounts } from '../../src/account/resolver.ts';
import { emptyCounters } from '../../src/connection/connection-host.ts';
import { Deliverer } from '../../src/deliver/deliver.ts';
import { InternalClient } from '../../src/deliver/internal-client.ts';
import { EventPublisher } from '../../src/events/event-publisher.ts';
import type { EventsHost } from '../../src/events/events-host.ts';
import { defaultOptions } from '../../src/options/default-options.ts';
import type { Options } from '../../src/options/types.ts';
import type { HttpClient } from '../../src/platform/http-client.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { type SimPlatform, simPlatform } from '../../src/platform/sim.ts';
import { Resolvers } from '../../src/server/resolvers.ts';

export type Keys = ReturnType<typeof createOperator>;

const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1 };
type AccountClaims = Parameters<typeof encodeAccount>[2];

/** An operator with a signing key and a system account. */
export interface Trust {
  readonly operator: Keys;
  readonly signing: Keys;
  readonly system: Keys;
  readonly operatorJwt: string;
  readonly systemJwt: string;
}

export async function makeTrust(strict = false): Promise<Trust> {
  const [operator, signing, system] = [createOperator(), createOperator(), createAccount()];
  const claims = {
    signing_keys: [signing.getPublicKey()],
    system_account: system.getPublicKey(),
    strict_signing_key_usage: strict,
  };
  const operatorJwt = await encodeOperator('O', operator, claims);
  const systemJwt = await accountJwt(system, signing);
  return { operator, signing, system, operatorJwt, systemJwt };
}

/** Signs the users of every account: an operator that is strict takes no others. */
export const userSigner: Keys = createAccount();

/** `conn` makes JWTs of one account differ. */
export function accountJwt(
  account: Keys,
  signer: Keys,
  conn = -1,
  more: Record<string, unknown> = {},
  times: { exp?: number } = {},
): Promise<string> {
  const claims = {
    limits: { ...unlimited, wildcards: true, conn },
    signing_keys: [userSigner.getPublicKey()],
    ...more,
  };
  return encodeAccount('A', account, claims as AccountClaims, { signer, ...times });
}

export function deleteJwt(signer: Keys, accounts: unknown): Promise<string> {
  return encodeGeneric('delete', signer, 'x', { accounts });
}

export interface Answer {
  readonly subject: string;
  readonly text: string;
}

export interface World {
  readonly platform: SimPlatform;
  readonly options: Options;
  readonly resolvers: Resolvers;
  readonly system: Account;
  /** A client of the system account that is not the server. */
  readonly client: InternalClient;
  readonly log: string[];
  /** What the accounts in use were told. */
  readonly told: string[];
  /** Accounts in use. */
  readonly known: Set<string>;
  done<T>(promise: Promise<T>): Promise<T>;
  /** Publishes with a reply subject and collects what comes within a second. */
  ask(subject: string, payload?: string | Buffer): Promise<string[]>;
}

const target = { buffer: Buffer.alloc(128), headroom: 0, capacity: 64 };

function recorder(log: string[]): Logger {
  const level = (name: string) => (text: string) => void log.push(`[${name}] ${text}`);
  return {
    debugEnabled: true,
    traceEnabled: false,
    notice: level('INF'),
    warn: level('WRN'),
    error: level('ERR'),
    fatal: level('FTL'),
    debug: level('DBG'),
    trace: level('TRC'),
  };
}

export function resolverOptions(
  trust: Trust,
  type: string,
  definition: Record<string, unknown> = {},
): Options {
  const options = defaultOptions();
  options.operatorJwts = [trust.operatorJwt];
  options.systemAccount = trust.system.getPublicKey();
  const usual = {
    ...{ dir: '/jwt', allowDelete: true, hardDelete: false, limit: 0n },
    ...{ ttlNs: 0n, intervalNs: 0n, timeoutNs: 0n },
  };
  options.resolver = { type, definition: { ...usual, ...definition } };
  return options;
}

export async function openWorld(
  options: Options,
  { platform = simPlatform(1, target), http }: { platform?: SimPlatform; http?: HttpClient } = {},
): Promise<World> {
  const log: string[] = [];
  const told: string[] = [];
  const known = new Set<string>();
  const logger = recorder(log);
  const accounts = new Accounts({ ...platform, sublistCache: true });
  const system = accounts.ensure(options.systemAccount);
  const deliverer = new Deliverer(platform.random, emptyCounters(), { onAutoUnsubscribe() {} });
  const info = { server_name: 'lab', host: '0.0.0.0', server_id: 'N1', version: '2.15.2' };
  const host = {
    ...{ options, clock: platform.clock, timers: platform.timers, random: platform.random },
    ...{ logger, systemAccount: system, clusterName: '' },
    info: () => info,
    featureFlags: () => new Map<string, boolean>(),
  } as unknown as EventsHost;
  const used: KnownAccounts = {
    isKnown: (key) => known.has(key),
    updateClaims: (key, jwt) => void told.push(`update ${key} ${jwt}`),
    disable: (key) => void told.push(`disable ${key}`),
  };
  const openHttp = (): Promise<HttpClient> =>
    http === undefined ? Promise.reject(new Error('no HTTP')) : Promise.resolve(http);
  const resolvers = new Resolvers(options, { platform, logger, openHttp });
  const done = <T>(promise: Promise<T>): Promise<T> => platform.time.runUntil(promise);
  await done(resolvers.open());
  const openClient = (): InternalClient => new InternalClient(deliverer, system);
  const publisher = new EventPublisher(host, deliverer);
  resolvers.startRequests({ publisher, accounts: used, openClient });
  const client = openClient();
  let asked = 0;
  const ask = async (subject: string, payload: string | Buffer = ''): Promise<string[]> => {
    const reply = `answers.${++asked}`;
    const answers: string[] = [];
    const sub = client.subscribe(reply, (_subject, _reply, _header, bytes) => {
      answers.push(bytes.toString('latin1'));
    });
    client.publish(subject, Buffer.from(payload as string, 'latin1'), { reply });
    await platform.time.run(1_000);
    client.unsubscribe(sub);
    return answers;
  };
  return { platform, options, resolvers, system, client, log, told, known, done, ask };
}

/** What `one` asks of other servers reaches `other`, and its answers come back. */
export function linkWorlds(one: World, other: World): void {
  for (const [subject, queue] of [
    ['$SYS.REQ.CLAIMS.PACK', 'responder'],
    ['$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP', ''],
  ] as const) {
    const forward = (asked: string, reply: string, _header: unknown, payload: Buffer): void => {
      other.client.publish(asked, payload, { reply });
    };
    one.client.subscribe(subject, forward, queue);
  }
  other.client.subscribe('$SYS._INBOX.>', (subject, _reply, _header, payload) => {
    one.client.publish(subject, payload);
  });
}
