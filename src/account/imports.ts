/**
 * What crosses the border of an account, as the data plane needs it. A stream import turns the
 * exporter's subjects into local ones; a service import turns a local request into one for the
 * exporter. Whether an import is allowed at all was judged before (options/account-links.ts).
 * Subjects are wire subjects.
 */
import type { ServiceLatencyOptions } from '../options/types.ts';
import type { Random } from '../platform/clock.ts';
import type { ImportedSubject, Subscription } from '../subject/subscription.ts';
import { hasWildcard } from '../subject/tokens.ts';
import { SubjectTransform, tokenizeTransform } from '../subject/transform.ts';
import type { Account } from './account.ts';

export type ResponseType = 'singleton' | 'stream' | 'chunked';

export interface ServiceExport {
  /** May be a wildcard. */
  readonly subject: string;
  readonly responseType: ResponseType;
  /** How long a reply is waited for. */
  readonly thresholdMs: number;
  readonly latency: ServiceLatencyOptions | undefined;
  readonly allowTrace: boolean;
}

export class StreamImport implements ImportedSubject {
  /** The exporting account. */
  readonly account: Account;
  /** The exporter's subject. */
  readonly from: string;
  /** The local subject. */
  readonly to: string;
  readonly allowTrace: boolean;
  private readonly transform: SubjectTransform | undefined;
  private readonly reverse: SubjectTransform | undefined;
  private readonly asPublished: boolean;

  /** `mapped` is the local subject as configured, with `$1` or functions. */
  constructor(
    account: Account,
    from: string,
    to: string,
    mapped: string,
    rest: { allowTrace: boolean; random: Random },
  ) {
    this.account = account;
    this.from = from;
    this.to = to;
    this.allowTrace = rest.allowTrace;
    const wild = hasWildcard(from);
    this.asPublished = wild && to === from;
    this.transform =
      wild && !this.asPublished
        ? SubjectTransform.create(from, tokenizeTransform(mapped), {
            strict: true,
            random: rest.random,
          })
        : undefined;
    this.reverse = this.transform?.reverse();
  }

  localSubject(subject: string): string {
    if (this.transform !== undefined) return this.transform.transform(subject);
    return this.asPublished ? subject : this.to;
  }

  /**
   * The exporter's subject of interest for a local subscription. `part` is the piece of the import
   * that the subscription is interested in when that is less than all of it.
   */
  interest(part: string | undefined): string {
    if (part === undefined) return this.from;
    if (this.asPublished) return part;
    return this.reverse?.transform(part) ?? this.from;
  }
}

export class ServiceImport {
  /** The exporting account. */
  readonly account: Account;
  /** The local subject, perhaps with wildcards. */
  readonly from: string;
  /** The exporter's subject. */
  readonly to: string;
  readonly export: ServiceExport | undefined;
  readonly share: boolean;
  /** The importer's interest; set while the import is in force. */
  sub: Subscription | undefined;
  private readonly transform: SubjectTransform | undefined;
  private readonly asPublished: boolean;

  /** `mapped` is the local subject as configured. */
  constructor(
    account: Account,
    from: string,
    to: string,
    mapped: string,
    rest: { share: boolean; export: ServiceExport | undefined; random: Random },
  ) {
    this.account = account;
    this.from = from;
    this.to = to;
    this.share = rest.share;
    this.export = rest.export;
    const wild = hasWildcard(to);
    this.asPublished = wild && to === from;
    this.transform =
      wild && !this.asPublished
        ? SubjectTransform.create(to, tokenizeTransform(mapped), {
            strict: true,
            random: rest.random,
          })?.reverse()
        : undefined;
  }

  /** The exporter's subject for a request to the local `subject`. */
  exporterSubject(subject: string): string {
    if (this.transform !== undefined) return this.transform.transform(subject);
    return this.asPublished ? subject : this.to;
  }
}
