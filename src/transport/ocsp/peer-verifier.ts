/**
 * Judges a peer that has shown certificates, after its handshake and before it may say anything. Of
 * all chains from its certificate to a trusted root one must be good: each link that names an OCSP
 * responder has a current good answer, from the cache or from that responder. Chains without such
 * links are good. The log lines and reasons are nats-server's.
 */
import type { OcspPeerOptions } from '../../options/ocsp-peer-block.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import {
  type Certificate,
  type CertificateInfo,
  certificateFingerprint,
  certificateInfo,
  readCertificate,
  subjectText,
} from './certificate.ts';
import { buildChains } from './chains.ts';
import { currencyProblem } from './currency.ts';
import type { ResponderClient } from './responder-client.ts';
import {
  encodeOcspRequest,
  type OcspResponse,
  readOcspResponse,
  validDelegation,
} from './response.ts';
import type { ResponseCache } from './response-cache.ts';

/** Hears what nats-server publishes as events of the system account. */
export interface OcspEvents {
  /** A connection was refused; `kind` is `Client` or `Leafnode`. */
  onPeerRejected(kind: string, peer: CertificateInfo, reason: string): void;
  /** A certificate of a chain is not good; another chain may still be. */
  onLinkInvalid(link: CertificateInfo, peer: CertificateInfo, reason: string): void;
}

export interface VerifierParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly cache: ResponseCache;
  readonly client: ResponderClient;
  readonly events: OcspEvents;
}

export interface VerifierSettings {
  readonly options: OcspPeerOptions;
  /** `Client`, `Leafnode`: in events. */
  readonly kind: string;
  /** What the peer is in the handshake. */
  readonly peer: 'client' | 'server';
  readonly roots: readonly Certificate[];
}

export type PeerVerdict = 'good' | { reject: string };

interface Link {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** Certificates that a peer sends beyond this do not count. */
const sentMax = 16;
const defaultTimeoutMs = 2000;

export class OcspPeerVerifier {
  private readonly settings: VerifierSettings;
  private readonly parts: VerifierParts;
  /** Queries under way, by fingerprint: many connections with one certificate ask once. */
  private readonly queries = new Map<string, Promise<Buffer>>();

  constructor(settings: VerifierSettings, parts: VerifierParts) {
    this.settings = settings;
    this.parts = parts;
  }

  /** `sent`: DER of what the peer sent, its own certificate first. */
  async verifyPeer(sent: readonly Uint8Array[]): Promise<PeerVerdict> {
    const { kind, peer } = this.settings;
    const chains = this.chainsOf(sent);
    this.debug(`Peer OCSP enabled: ${chains.length} TLS ${peer} chain(s) will be evaluated`);
    if (await this.anyGood(chains)) return 'good';
    const reason = `${peer} not OCSP valid`;
    const leaf = chains[0]?.[0];
    if (leaf !== undefined) {
      this.parts.events.onPeerRejected(kind, certificateInfo(leaf), reason);
    }
    return { reject: reason };
  }

  private chainsOf(sent: readonly Uint8Array[]): Certificate[][] {
    try {
      const [leaf, ...others] = sent.slice(0, sentMax).map(readCertificate);
      const nowMs = this.parts.clock.nowMs();
      return leaf ? buildChains(leaf, others, this.settings.roots, nowMs) : [];
    } catch (error) {
      this.debug(`Peer certificate cannot be read: ${(error as Error).message}`);
      return [];
    }
  }

  private debug(text: string): void {
    if (this.parts.logger.debugEnabled) this.parts.logger.debug(text);
  }

  private async anyGood(chains: readonly Certificate[][]): Promise<boolean> {
    if (chains.length === 0) {
      this.parts.logger.error('Peer certificate is nil, rejecting OCSP peer');
      return false;
    }
    for (const [index, chain] of chains.entries()) {
      if (await this.chainGood(index, chain)) return true;
    }
    this.debug('No OCSP valid chains, thus peer is invalid');
    return false;
  }

  private async chainGood(index: number, chain: readonly Certificate[]): Promise<boolean> {
    this.debug(`Chain [${index}]: ${chain.length} total link(s)`);
    if (chain.length === 1) {
      this.debug(`Chain [${index}] is self-signed, thus peer is valid`);
      return true;
    }
    const links = eligibleLinks(chain);
    if (links.length === 0) {
      this.debug(`Chain [${index}] has no OCSP eligible links, thus peer is valid`);
      return true;
    }
    this.debug(`Chain [${index}] has ${links.length} OCSP eligible link(s)`);
    for (const link of links) {
      const problem = await this.linkProblem(link);
      if (problem === undefined) continue;
      this.debug(problem);
      const peer = certificateInfo(chain[0] as Certificate);
      this.parts.events.onLinkInvalid(certificateInfo(link.certificate), peer, problem);
      return false;
    }
    this.debug(`Chain [${index}] is OCSP valid for all eligible links, thus peer is valid`);
    return true;
  }

  private async linkProblem(link: Link): Promise<string | undefined> {
    const key = certificateFingerprint(link.certificate);
    const subject = subjectText(link.certificate);
    const cached = this.cachedResponse(link, key, subject);
    const found = cached.current ?? (await this.newResponse(link, key, subject, cached.revoked));
    return typeof found === 'object' ? this.statusProblem(found, subject) : found || undefined;
  }

  /** `revoked`: a revocation was found, if not a current one. */
  private cachedResponse(
    link: Link,
    key: string,
    subject: string,
  ): { current?: OcspResponse; revoked: boolean } {
    const { cache, clock } = this.parts;
    this.debug(`Checking OCSP peer cache for [${subject}], key [${key}]`);
    const raw = cache.get(key);
    if (raw === undefined || raw.length === 0) return { revoked: false };
    const response = readTrusted(raw, link);
    if (response === undefined) {
      this.debug(`Invalid cached OCSP response for [${subject}] with fingerprint [${key}]`);
      cache.drop(key);
      return { revoked: false };
    }
    const revoked = response.status === 'revoked';
    const problem = currencyProblem(response, this.settings.options, clock.nowMs());
    if (problem === undefined) {
      this.debug(`Cached OCSP response is current, status [${response.status}]`);
      return { current: response, revoked };
    }
    this.debug(problem);
    this.debug(`Cached OCSP response is expired, status [${response.status}]`);
    cache.drop(key);
    return { revoked };
  }

  /** An answer; why there is none; or '' when the link passes without. */
  private async newResponse(
    link: Link,
    key: string,
    subject: string,
    revokedBefore: boolean,
  ): Promise<OcspResponse | string> {
    let raw: Buffer;
    try {
      raw = await this.fetch(link, key);
    } catch (error) {
      return this.unreachable(subject, (error as Error).message, revokedBefore);
    }
    if (raw.length === 0) return this.unreachable(subject, '%!s(<nil>)', revokedBefore);
    const response = this.judge(raw, link, subject);
    if (typeof response === 'object') this.parts.cache.put(key, response, subject);
    return response;
  }

  private unreachable(subject: string, reason: string, revokedBefore: boolean): string {
    const { logger } = this.parts;
    const { warnOnly, allowWhenCaUnreachable } = this.settings.options;
    logger.warn(
      `Attempt to obtain OCSP response from CA responder for [${subject}] failed: ${reason}`,
    );
    const problem = 'Failed OCSP response fetch';
    if (warnOnly) return this.problemOrWarning(subject, problem);
    if (!allowWhenCaUnreachable) return problem;
    const [found, verb] = revokedBefore
      ? ['cached revocation exists', 'rejecting']
      : ['no cached revocation', 'allowing'];
    logger.warn(
      `Failed to obtain OCSP CA response for [${subject}] but AllowWhenCAUnreachable set; ` +
        `${found} so ${verb}`,
    );
    return revokedBefore ? problem : '';
  }

  /** With `warn_only` a bad link passes. */
  private problemOrWarning(subject: string, problem: string): string {
    if (!this.settings.options.warnOnly) return problem;
    this.parts.logger.warn(`OCSP verify fail for [${subject}] but WarnOnly is true so allowing`);
    return '';
  }

  private judge(raw: Buffer, link: Link, subject: string): OcspResponse | string {
    const { logger, clock } = this.parts;
    let response: OcspResponse;
    try {
      response = readOcspResponse(raw, link.certificate, link.issuer);
    } catch (error) {
      logger.error(
        `Could not parse OCSP CA response for [${subject}]: ${(error as Error).message}`,
      );
      return this.problemOrWarning(subject, 'Failed OCSP response parse');
    }
    if (!validDelegation(link.issuer, response)) {
      const problem = `Invalid OCSP response delegation: ${subject}`;
      logger.warn(problem);
      return this.problemOrWarning(subject, problem);
    }
    const problem = currencyProblem(response, this.settings.options, clock.nowMs());
    if (problem === undefined) return response;
    this.debug(problem);
    logger.warn(`New OCSP CA response obtained for [${subject}] but not current`);
    return this.problemOrWarning(subject, 'OCSP response not in effectivity window');
  }

  private statusProblem({ status }: OcspResponse, subject: string): string | undefined {
    const { unknownIsGood } = this.settings.options;
    if (status === 'good' || (status === 'unknown' && unknownIsGood)) {
      this.debug(`OCSP verify pass for [${subject}]`);
      return undefined;
    }
    this.parts.logger.warn(`OCSP verify fail for [${subject}] with CA status [${status}]`);
    const problem = `Invalid OCSP response status: ${status}`;
    return this.problemOrWarning(subject, problem) || undefined;
  }

  private fetch(link: Link, key: string): Promise<Buffer> {
    let query = this.queries.get(key);
    if (query === undefined) {
      query = this.ask(link).finally(() => this.queries.delete(key));
      this.queries.set(key, query);
    }
    return query;
  }

  /** Asks one responder after the other. */
  private async ask({ certificate, issuer }: Link): Promise<Buffer> {
    const request = encodeURIComponent(encodeOcspRequest(certificate, issuer).toString('base64'));
    const timeoutMs = this.settings.options.timeoutSeconds * 1000 || defaultTimeoutMs;
    let problem = '';
    for (const url of certificate.ocspUrls) {
      this.debug(`Trying OCSP responder url [${url}]`);
      try {
        const reply = await this.parts.client.get(
          `${url.replace(/\/$/, '')}/${request}`,
          timeoutMs,
        );
        if (reply.status === 200) return reply.body;
        problem = `bad OCSP responder http status: [${reply.status}]`;
      } catch (error) {
        problem = (error as Error).message;
      }
    }
    throw new Error(`exhausted OCSP responders: ${problem}`);
  }
}

/** Links that name responders; the root has nobody to ask about. */
function eligibleLinks(chain: readonly Certificate[]): Link[] {
  return chain.flatMap((certificate, at) => {
    const issuer = chain[at + 1];
    return issuer && certificate.ocspUrls.length > 0 ? [{ certificate, issuer }] : [];
  });
}

function readTrusted(raw: Buffer, { certificate, issuer }: Link): OcspResponse | undefined {
  try {
    const response = readOcspResponse(raw, certificate, issuer);
    return validDelegation(issuer, response) ? response : undefined;
  } catch {
    return undefined;
  }
}
