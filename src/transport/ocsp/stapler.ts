/**
 * Keeps the status of one of our certificates at hand, so that it can be stapled to handshakes.
 *
 * A status comes from memory, from the file of an earlier run, or from a responder, whichever is
 * valid first. It is asked for anew half way to its next update. What nobody may rely on any more is
 * not stapled: the handshake fails then, as in nats-server. Where the policy says so, a certificate that
 * is not good any more ends the server.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { formatDuration } from '../../options/duration.ts';
import type { Clock, Timer, Timers } from '../../platform/clock.ts';
import type { Disk } from '../../platform/disk.ts';
import { goFileError } from '../../platform/go-file-error.ts';
import type { Logger } from '../../platform/logger.ts';
import { replaceFile } from '../../platform/replace-file.ts';
import type { Certificate } from './certificate.ts';
import { optionalTimeText, stapleProblem } from './currency.ts';
import { type ResponderClient, responderLimits } from './responder-client.ts';
import {
  encodeOcspRequest,
  type OcspResponse,
  readOcspResponse,
  validDelegation,
} from './response.ts';

export interface StaplerSettings {
  /** `Client`, `Router`, …: in log lines. */
  readonly kind: string;
  readonly certFile: string;
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** Instead of those the certificate names. */
  readonly overrideUrls: readonly string[];
  /** Empty: statuses are not kept in files. */
  readonly storeDir: string;
  readonly shutdownOnRevoke: boolean;
}

export interface StaplerParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly disk: Disk;
  readonly client: ResponderClient;
  /** The certificate is not good any more and the server must not go on. */
  onRevoked(): void;
}

const queryTimeoutMs = 30_000;
const dayMs = 86_400_000;
/** When a status has no next update. */
const checkIntervalMs = dayMs;
/** When its next update has passed. */
const retryIntervalMs = 120_000;
/** However short the statuses of a responder last. */
const refreshMinMs = 1000;
/** A responder that failed is not asked again for each handshake. */
const failurePauseMs = 1000;
const filePermissions = 0o600;

/** The folder of statuses below the store directory. Throws in nats-server's words. */
export async function createStapleFolder(disk: Disk, storeDir: string): Promise<void> {
  if (storeDir === '') return;
  const folder = join(storeDir, 'ocsp');
  const found = await disk.stat(folder);
  if (found !== undefined && !found.isDirectory) {
    throw new Error('OCSP storage directory is not a directory');
  }
  if (found !== undefined) return;
  try {
    await disk.mkdir(folder, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') throw new Error('OCSP storage directory is not a directory');
    const reason = goFileError('mkdir', folder, error);
    throw new Error(`could not create OCSP storage directory - ${reason}`);
  }
}

export class OcspStapler {
  private readonly settings: StaplerSettings;
  private readonly parts: StaplerParts;
  private status: OcspResponse | undefined;
  private query: Promise<OcspResponse> | undefined;
  private failure: { readonly error: Error; readonly untilMs: number } | undefined;
  private timer: Timer | undefined;
  private closed = false;

  constructor(settings: StaplerSettings, parts: StaplerParts) {
    this.settings = settings;
    this.parts = parts;
  }

  /** DER of the certificate whose status this is. */
  get certificate(): Buffer {
    return this.settings.certificate.raw;
  }

  /** Gets the first status. Rejects with the text that ends a start. */
  async open(): Promise<void> {
    const { certFile, shutdownOnRevoke } = this.settings;
    let response: OcspResponse;
    try {
      response = await this.current();
    } catch (error) {
      const reason = (error as Error).message;
      throw new Error(`bad OCSP status update for certificate at '${certFile}': ${reason}`);
    }
    if (response.status !== 'good' && shutdownOnRevoke) {
      throw new Error(
        `found existing OCSP status for certificate at '${certFile}': ${response.status}`,
      );
    }
  }

  /** Begins to watch the status; after `open`. */
  async start(): Promise<void> {
    const { kind, certFile, shutdownOnRevoke } = this.settings;
    const { logger } = this.parts;
    logger.notice(`OCSP Stapling enabled for ${kind} connections`);
    const response = await this.current().catch(() => undefined);
    if (this.closed) return;
    if (response?.status === 'good') {
      const next = this.nextText(response);
      logger.notice(`Found OCSP status for ${kind} certificate at '${certFile}': good, ${next}`);
      this.refreshIn(this.nextRunMs());
    } else if (response !== undefined && shutdownOnRevoke) {
      const { status } = response;
      logger.error(`Found OCSP status for ${kind} certificate at '${certFile}': ${status}`);
      this.parts.onRevoked();
    } else this.refreshIn(0);
  }

  close(): void {
    this.closed = true;
    this.timer?.clear();
  }

  /** What to staple now. Rejects when nothing valid can be had. */
  async staple(): Promise<Buffer> {
    return (await this.current()).raw;
  }

  private current(): Promise<OcspResponse> {
    const { status } = this;
    const nowMs = this.parts.clock.nowMs();
    if (status !== undefined && stapleProblem(status, nowMs) === undefined) {
      return Promise.resolve(status);
    }
    if (this.failure !== undefined && nowMs < this.failure.untilMs) {
      return Promise.reject(this.failure.error);
    }
    return this.share(() => this.fromFile().catch(() => this.fromResponders()));
  }

  /** Handshakes that come meanwhile wait for the same answer. */
  private share(ask: () => Promise<OcspResponse>): Promise<OcspResponse> {
    this.query ??= ask()
      .then((response) => {
        this.failure = undefined;
        this.status = response;
        return response;
      })
      .catch((error: Error) => {
        this.failure = { error, untilMs: this.parts.clock.nowMs() + failurePauseMs };
        throw error;
      })
      .finally(() => {
        this.query = undefined;
      });
    return this.query;
  }

  private get path(): string | undefined {
    const { storeDir, certificate } = this.settings;
    if (storeDir === '') return undefined;
    return join(storeDir, 'ocsp', createHash('sha256').update(certificate.raw).digest('hex'));
  }

  private async fromFile(): Promise<OcspResponse> {
    const { path } = this;
    const { disk } = this.parts;
    if (path === undefined) throw new Error('store_dir not set');
    const found = await disk.stat(path);
    if (found === undefined || found.size > responderLimits.replyBytesMax) {
      throw new Error('no status in a file');
    }
    return this.read(await disk.readFile(path));
  }

  private read(raw: Buffer): OcspResponse {
    const { certificate, issuer } = this.settings;
    const response = readOcspResponse(raw, certificate, issuer);
    if (!validDelegation(issuer, response)) {
      throw new Error('OCSP response signer missing authorization by CA to act as OCSP signer');
    }
    const problem = stapleProblem(response, this.parts.clock.nowMs());
    if (problem !== undefined) throw new Error(problem);
    return response;
  }

  private async fromResponders(): Promise<OcspResponse> {
    const { certificate, issuer, overrideUrls } = this.settings;
    const request = encodeOcspRequest(certificate, issuer);
    const urls = overrideUrls.length > 0 ? overrideUrls : certificate.ocspUrls;
    if (urls.length === 0) throw new Error('no available ocsp servers');
    let problem = '';
    for (const url of urls.map((each) => each.replace(/\/$/, ''))) {
      try {
        const response = await this.ask(url, request);
        await this.keep(response.raw);
        return response;
      } catch (error) {
        if (error instanceof StapleFileError) throw error;
        problem = (error as Error).message;
      }
    }
    throw new Error(`exhausted ocsp servers: ${problem}`);
  }

  /** By POST, and when that fails by GET. */
  private async ask(url: string, request: Buffer): Promise<OcspResponse> {
    const raw = await this.send('POST', url, request).catch(async (posted: Error) => {
      try {
        return await this.send('GET', url, request);
      } catch (got) {
        throw new Error(`${posted.message}\n${(got as Error).message}`);
      }
    });
    try {
      return this.read(raw);
    } catch (error) {
      throw new Error(`failed to get remote status from ${url}: ${(error as Error).message}`);
    }
  }

  private async send(method: 'GET' | 'POST', url: string, request: Buffer): Promise<Buffer> {
    const { client, clock, logger } = this.parts;
    const startMs = clock.monotonicMs();
    const encoded = request.toString('base64');
    const target = method === 'GET' ? `${url}/${encoded}` : url;
    const reply =
      method === 'GET'
        ? await client.get(target, queryTimeoutMs)
        : await client.post(target, request, queryTimeoutMs);
    const seconds = ((clock.monotonicMs() - startMs) / 1000).toFixed(3);
    logger.debug(
      `Received OCSP response (method=${method}, status=${reply.status}, url=${target}, duration=${seconds}s)`,
    );
    if (reply.status <= 299) return reply.body;
    const length = method === 'GET' ? encoded.length : request.length;
    throw new Error(`non-ok http status on ${method} request (reqlen=${length}): ${reply.status}`);
  }

  private async keep(raw: Buffer): Promise<void> {
    if (this.path === undefined) return;
    try {
      await replaceFile(this.parts.disk, this.path, raw, filePermissions);
    } catch (error) {
      throw new StapleFileError(
        `failed to write ocsp status: ${goFileError('open', this.path, error)}`,
      );
    }
  }

  // ---- watching ----

  private nextRunMs(): number {
    const next = this.status?.nextUpdateMs;
    if (next === undefined) return checkIntervalMs;
    const half = (next - this.parts.clock.nowMs()) / 2;
    return half < 0 ? retryIntervalMs : Math.max(half, refreshMinMs);
  }

  private nextText({ nextUpdateMs }: OcspResponse): string {
    const again = formatDuration(BigInt(Math.round(this.nextRunMs() * 1e6)));
    return `next update ${optionalTimeText(nextUpdateMs)}, checking again in ${again}`;
  }

  /** In steps of a day at most: timers do not reach as far as next updates may lie ahead. */
  private refreshIn(delayMs: number): void {
    if (this.closed) return;
    this.timer = this.parts.timers.after(Math.min(delayMs, dayMs), () => {
      if (delayMs > dayMs) this.refreshIn(delayMs - dayMs);
      else void this.refresh();
    });
  }

  private async refresh(): Promise<void> {
    const { kind, certFile, shutdownOnRevoke } = this.settings;
    const { logger } = this.parts;
    const outcome = await this.share(() => this.fromResponders()).catch((error: Error) => error);
    if (this.closed) return;
    if (outcome instanceof Error) {
      const again = this.nextRunMs();
      const shown = formatDuration(BigInt(Math.round(again * 1e6)));
      logger.error(
        `Bad OCSP status update for certificate '${certFile}': ${outcome.message}, trying again in ${shown}`,
      );
      this.refreshIn(again);
    } else if (outcome.status === 'good') {
      const next = this.nextText(outcome);
      logger.notice(`Received OCSP status for ${kind} certificate '${certFile}': good, ${next}`);
      this.refreshIn(this.nextRunMs());
    } else {
      logger.error(`Received OCSP status for ${kind} certificate '${certFile}': ${outcome.status}`);
      if (shutdownOnRevoke) this.parts.onRevoked();
    }
  }
}

/** A status that cannot be kept counts as none, as in nats-server. */
class StapleFileError extends Error {}
