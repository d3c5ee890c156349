/**
 * The accounts of a server: made, looked up, and built from configuration or claims. Building is
 * idempotent: `configure` takes a complete new set of specs and changes what differs on accounts
 * that live on, with their connections and subscriptions. Exports come first, then imports one by
 * one, each judged against those before it; one that is not allowed is reported and left out.
 */
import { linkService, linkStream } from '../options/account-links.ts';
import type { Clock, Random, Timers } from '../platform/clock.ts';
import { SubjectMappings } from '../subject/mapping.ts';
import { isSubsetMatch } from '../subject/match.ts';
import { Sublist } from '../subject/sublist.ts';
import { roles, Subscription } from '../subject/subscription.ts';
import { wireSubject } from '../subject/tokens.ts';
import { Account, globalAccountName } from './account.ts';
import type { AccountSpec, ServiceImportSpec, StreamImportSpec } from './account-spec.ts';
import { type ServiceExport, ServiceImport, StreamImport } from './imports.ts';
import {
  type ServiceResponse,
  ServiceResponses,
  type UnansweredReason,
} from './service-responses.ts';
import { addShadows, removeShadows } from './shadow-subscriptions.ts';
import { systemExports, systemImports } from './system-services.ts';

const defaultThresholdMs = 120_000;

export interface AccountsParts {
  readonly random: Random;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly sublistCache: boolean;
}

/** The subscriptions of a member of an account. */
export interface Member {
  readonly subs: ReadonlyMap<string, Subscription>;
}

export class Accounts {
  private readonly parts: AccountsParts;
  private readonly byName = new Map<string, Account>();
  /** Exports to every account what one may ask of the server. */
  private systemAccount: Account | undefined;
  /** Told when a measured request stays unanswered; wired by the composition root. */
  onUnanswered: (response: ServiceResponse, reason: UnansweredReason) => void = () => {};
  /** Finds accounts that are not here yet (operator mode); wired by the composition root. */
  fetch: ((name: string) => Promise<Account | undefined>) | undefined;

  constructor(parts: AccountsParts) {
    this.parts = parts;
  }

  get(name: string): Account | undefined {
    return this.byName.get(name === '' ? globalAccountName : name);
  }

  all(): Iterable<Account> {
    return this.byName.values();
  }

  get size(): number {
    return this.byName.size;
  }

  /** The account, asked of the resolver when there is one and it is not known. */
  lookup(name: string): Account | undefined | Promise<Account | undefined> {
    const known = this.get(name);
    if (this.fetch === undefined) return known;
    // Without claims it only stands for one that is still to come.
    const usable = known !== undefined && known.claims !== undefined && !known.expired;
    return usable ? known : this.fetch(name);
  }

  /** The account of that name, made when it is new. */
  ensure(name: string): Account {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const { random, clock, timers, sublistCache } = this.parts;
    const sublist = new Sublist(random.below(0xffffffff), sublistCache);
    const onUnanswered = (response: ServiceResponse, reason: UnansweredReason): void =>
      this.onUnanswered(response, reason);
    const responses = new ServiceResponses(sublist, { random, clock, timers, onUnanswered });
    const account = new Account(name, sublist, responses, clock.nowMs());
    this.byName.set(name, account);
    this.importSystemServices(account);
    return account;
  }

  /** Forgets an account that nobody is bound to and nobody imports from. */
  remove(account: Account): void {
    this.clearImports(account);
    account.responses.close();
    this.byName.delete(account.name);
  }

  /** Ends the timers: the server stops. */
  close(): void {
    for (const account of this.byName.values()) account.responses.close();
  }

  /** Forgets configured accounts of other names. Their connections are closed by a reload. */
  retain(names: ReadonlySet<string>): void {
    for (const account of [...this.byName.values()]) {
      const configured = account.spec !== undefined && account.spec.jwt === undefined;
      if (!configured || names.has(account.name)) continue;
      if (account.name === globalAccountName || account === this.systemAccount) {
        this.clearImports(account);
        account.spec = undefined;
      } else this.remove(account);
    }
  }

  // ---- building ----

  /**
   * Builds these accounts anew; their subjects are ordinary text as in a file. Returns what is
   * wrong with imports, in nats-server's words; they are left out.
   */
  configure(specs: readonly AccountSpec[]): string[] {
    const accounts = specs.map((spec) => ({ account: this.ensure(spec.name), spec }));
    for (const { account, spec } of accounts) this.useSpec(account, spec);
    if (this.systemAccount !== undefined) this.exportSystemServices(this.systemAccount);
    const problems: string[] = [];
    for (const { account, spec } of accounts) {
      const subjects = account.streamImports.length + spec.streamImports.length;
      account.streamImports = [];
      for (const one of spec.streamImports) this.importStream(account, one, problems);
      if (subjects > 0) renewShadows(account);
    }
    for (const { account, spec } of accounts) {
      for (const one of account.serviceImports) dropService(account, one);
      account.serviceImports = [];
      for (const one of spec.serviceImports) this.importService(account, one, problems);
      this.importSystemServices(account);
    }
    return problems;
  }

  private useSpec(account: Account, spec: AccountSpec): void {
    account.spec = spec;
    account.limits = spec.limits;
    account.updatedMs = this.parts.clock.nowMs();
    this.map(account, spec.mappings);
    const { links } = account;
    links.streams.clear();
    links.services.clear();
    links.streamImports.length = 0;
    links.serviceImports.length = 0;
    for (const { subject, accounts, accountTokenPosition, activated } of spec.streamExports) {
      const approved = accounts && accounts.length > 0 ? new Set(accounts) : undefined;
      links.streams.set(subject, { approved, position: accountTokenPosition, activated });
    }
    account.serviceExports = new Map();
    for (const one of spec.serviceExports) {
      const { subject, accounts, accountTokenPosition, activated, responseType } = one;
      const approved = accounts && accounts.length > 0 ? new Set(accounts) : undefined;
      const singleton = responseType === 'singleton';
      const position = accountTokenPosition;
      links.services.set(subject, { approved, position, activated, singleton });
      const exported = wireSubject(subject);
      account.serviceExports.set(exported, {
        subject: exported,
        responseType,
        thresholdMs: Number(one.responseThresholdNs) / 1e6 || defaultThresholdMs,
        latency: one.latency && { ...one.latency, subject: wireSubject(one.latency.subject) },
        allowTrace: one.allowTrace,
      });
    }
  }

  /** Gives the account its subject mappings. */
  map(account: Account, mappings: AccountSpec['mappings']): void {
    if (mappings.length === 0) {
      account.mappings = undefined;
      return;
    }
    account.mappings = new SubjectMappings(this.parts.random);
    for (const { source, destinations } of mappings) account.mappings.add(source, destinations);
  }

  private importStream(account: Account, one: StreamImportSpec, problems: string[]): void {
    const exporter = this.byName.get(one.account);
    const why =
      exporter === undefined
        ? `account ${JSON.stringify(one.account)} not found`
        : linkStream(account.links, exporter.links, one, one.token);
    if (exporter === undefined || why !== undefined) {
      problems.push(`Error adding stream import ${JSON.stringify(one.subject)}: ${why}`);
      return;
    }
    const { from, to } = account.links.streamImports.at(-1)!;
    const dot = one.prefix.endsWith('.') ? '' : '.';
    const mapped = one.prefix === '' ? one.to || from : `${one.prefix}${dot}${from}`;
    const rest = { allowTrace: one.allowTrace, random: this.parts.random };
    account.streamImports.push(
      new StreamImport(exporter, wireSubject(from), wireSubject(to), wireSubject(mapped), rest),
    );
  }

  private importService(account: Account, one: ServiceImportSpec, problems: string[]): void {
    const exporter = this.byName.get(one.account);
    const why =
      exporter === undefined
        ? `account ${JSON.stringify(one.account)} not found`
        : linkService(account.links, exporter.links, one, one.token);
    if (exporter === undefined || why !== undefined) {
      problems.push(`Error adding service import ${JSON.stringify(one.subject)}: ${why}`);
      return;
    }
    const { from, to } = account.links.serviceImports.at(-1)!;
    this.addService(account, exporter, {
      from: wireSubject(from),
      to: wireSubject(to),
      mapped: wireSubject(one.to || one.subject),
      share: one.share,
    });
  }

  private addService(
    account: Account,
    exporter: Account,
    { from, to, mapped, share }: { from: string; to: string; mapped: string; share: boolean },
  ): void {
    const rest = { share, export: findExport(exporter, to), random: this.parts.random };
    const service = new ServiceImport(exporter, from, to, mapped, rest);
    const sub = new Subscription(account, from, '', 'si');
    sub.role = roles.service;
    sub.service = service;
    account.sublist.insert(sub);
    service.sub = sub;
    account.serviceImports.push(service);
  }

  /** Ends all its imports. */
  clearImports(account: Account): void {
    for (const one of account.serviceImports) dropService(account, one);
    account.serviceImports = [];
    account.streamImports = [];
    renewShadows(account);
  }

  // ---- services of the system account ----

  /** Every account, now and later, may ask the server about itself through `account`. */
  useSystemAccount(account: Account): void {
    this.systemAccount = account;
    this.exportSystemServices(account);
    for (const other of this.byName.values()) this.importSystemServices(other);
  }

  private exportSystemServices(account: Account): void {
    for (const { subject, responseType } of systemExports) {
      const known = [...account.serviceExports.keys()];
      if (known.some((exported) => isSubsetMatch(subject, exported))) continue;
      account.serviceExports.set(subject, {
        subject,
        responseType,
        thresholdMs: defaultThresholdMs,
        latency: undefined,
        allowTrace: false,
      });
    }
  }

  private importSystemServices(account: Account): void {
    const { systemAccount } = this;
    if (systemAccount === undefined) return;
    for (const { from, to, share, alsoSystem } of systemImports) {
      if (account === systemAccount && !alsoSystem) continue;
      const known = account.serviceImports.some(
        (one) => one.account === systemAccount && one.from === from,
      );
      if (known) continue;
      const exported = to(account.name);
      this.addService(account, systemAccount, { from, to: exported, mapped: from, share });
    }
  }
}

function findExport(exporter: Account, subject: string): ServiceExport | undefined {
  const exact = exporter.serviceExports.get(subject);
  if (exact !== undefined) return exact;
  for (const one of exporter.serviceExports.values()) {
    if (isSubsetMatch(subject, one.subject)) return one;
  }
  return undefined;
}

function dropService(account: Account, service: ServiceImport): void {
  const { sub } = service;
  if (sub === undefined) return;
  sub.closed = true;
  account.sublist.remove(sub);
  service.sub = undefined;
}

/** The account's stream imports changed: what its members are interested in follows. */
function renewShadows(account: Account): void {
  for (const member of account.connections) {
    for (const sub of (member as Member).subs.values()) {
      removeShadows(sub);
      addShadows(account, sub);
    }
  }
}
