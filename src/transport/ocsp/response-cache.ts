/**
 * Answers about peers' certificates, kept between handshakes and, in a file that nats-server reads
 * and writes alike, between runs: JSON by fingerprint, each answer an S2 stream in base64.
 *
 * The file is written every `saveIntervalSeconds` and at the end, when something has changed, under
 * another name first. A file that cannot be read is left behind with a warning.
 */
import { resolve } from 'node:path';
import { goJson } from '../../base/go-json.ts';
import { goJsonProblem } from '../../base/go-json-problem.ts';
import { timeText } from '../../base/go-time.ts';
import { decodeS2Stream, encodeS2Stream } from '../../codec/s2-stream.ts';
import type { OcspCache } from '../../options/ocsp-rows.ts';
import type { Clock, Timer, Timers } from '../../platform/clock.ts';
import type { Disk } from '../../platform/disk.ts';
import { goFileError } from '../../platform/go-file-error.ts';
import type { Logger } from '../../platform/logger.ts';
import { replaceFile } from '../../platform/replace-file.ts';
import { optionalTimeText } from './currency.ts';
import { responderLimits } from './responder-client.ts';
import type { OcspResponse, OcspStatus } from './response.ts';

export interface CacheStats {
  readonly type: OcspCache['type'];
  hits: number;
  misses: number;
  responses: number;
  revokes: number;
  goods: number;
  unknowns: number;
}

export interface CacheParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly disk: Disk;
}

interface Item {
  readonly subject: string;
  readonly cachedAt: string;
  readonly status: OcspStatus;
  readonly expires: string;
  /** S2 stream. */
  readonly bytes: Buffer;
}

export const cacheLimits = { itemsMax: 10_000, bytesMax: 64 << 20, fileBytesMax: 128 << 20 };
const filePermissions = 0o600;
const counterOf = { good: 'goods', revoked: 'revokes', unknown: 'unknowns' } as const;

export class ResponseCache {
  readonly type: OcspCache['type'];
  private readonly options: OcspCache;
  private readonly parts: CacheParts;
  private readonly limits: typeof cacheLimits;
  private readonly items = new Map<string, Item>();
  private counters: CacheStats;
  private bytes = 0;
  private online = false;
  private dirty = false;
  private timer: Timer | undefined;
  private saving: Promise<void> = Promise.resolve();

  constructor(options: OcspCache, parts: CacheParts, limits = cacheLimits) {
    this.options = options;
    this.type = options.type;
    this.parts = parts;
    this.limits = limits;
    this.counters = this.emptyStats();
  }

  private emptyStats(): CacheStats {
    const { type } = this;
    return { type, hits: 0, misses: 0, responses: 0, revokes: 0, goods: 0, unknowns: 0 };
  }

  /** What /varz shows; undefined when nothing is cached at all. */
  get stats(): CacheStats | undefined {
    return this.type === 'none' ? undefined : { ...this.counters };
  }

  /** Reads the file. */
  async start(): Promise<void> {
    const { logger } = this.parts;
    if (this.type === 'local') {
      logger.debug('Starting OCSP peer cache');
      await this.load();
      this.saveLater();
    }
    this.online = true;
    logger.notice(`OCSP peer cache online, type [${this.type}]`);
  }

  /** Writes the file when something has changed. */
  async stop(): Promise<void> {
    if (!this.online) return;
    this.online = false;
    if (this.type === 'none') return;
    this.parts.logger.debug('Stopping OCSP peer cache');
    this.timer?.clear();
    await this.save();
  }

  put(key: string, response: OcspResponse, subject: string): void {
    if (!this.online || this.type === 'none') return;
    const { logger, clock } = this.parts;
    logger.debug(`Caching OCSP response for [${subject}], key [${key}]`);
    const bytes = encodeS2Stream(response.raw);
    const ratio = (bytes.length / response.raw.length).toFixed(6);
    logger.debug(`OCSP response compression ratio: [${ratio}]`);
    this.remove(key);
    this.add(key, {
      subject,
      cachedAt: timeText(Math.round(clock.nowMs() / 1000) * 1000),
      status: response.status,
      expires: optionalTimeText(response.nextUpdateMs),
      bytes,
    });
    this.evict();
    this.dirty = true;
  }

  get(key: string): Buffer | undefined {
    if (!this.online || this.type === 'none') return undefined;
    const { logger } = this.parts;
    const item = this.items.get(key);
    if (item === undefined) {
      this.counters.misses++;
      logger.debug(`OCSP peer cache miss for key [${key}]`);
      return undefined;
    }
    this.counters.hits++;
    logger.debug(`OCSP peer cache hit for key [${key}]`);
    try {
      return decodeS2Stream(item.bytes, responderLimits.replyBytesMax);
    } catch (error) {
      const reason = (error as Error).message;
      logger.error(`Unable to decompress OCSP response for key [${key}]: ${reason}`);
      return undefined;
    }
  }

  /** What was found turned out to be useless: the hit was a miss. A revocation may be kept. */
  drop(key: string): void {
    const item = this.items.get(key);
    if (!this.online || item === undefined) return;
    const { logger } = this.parts;
    this.counters.misses++;
    this.counters.hits--;
    if (item.status === 'revoked' && this.options.preserveRevoked) {
      logger.debug(`Revoked OCSP response for key [${key}] preserved by cache policy`);
      return;
    }
    logger.debug(`Deleting OCSP peer cached response for key [${key}]`);
    this.remove(key);
    this.dirty = true;
  }

  private add(key: string, item: Item): void {
    this.items.set(key, item);
    this.bytes += item.bytes.length;
    this.count(item, 1);
  }

  private remove(key: string): void {
    const item = this.items.get(key);
    if (item === undefined) return;
    this.items.delete(key);
    this.bytes -= item.bytes.length;
    this.count(item, -1);
  }

  private count({ status }: Item, by: number): void {
    this.counters.responses += by;
    this.counters[counterOf[status]] += by;
  }

  /** The oldest go first; good ones before revocations that are to be preserved. */
  private evict(): void {
    const full = () => this.items.size > this.limits.itemsMax || this.bytes > this.limits.bytesMax;
    for (const spare of [this.options.preserveRevoked, false]) {
      for (const [key, item] of this.items) {
        if (!full()) return;
        if (!spare || item.status !== 'revoked') this.remove(key);
      }
    }
  }

  // ---- the file ----

  private get folder(): string {
    return this.options.localStore || '_rc_';
  }

  private async load(): Promise<void> {
    const { logger } = this.parts;
    const path = resolve(this.folder, 'cache.json');
    logger.debug(`Loading OCSP peer cache [${path}]`);
    this.items.clear();
    this.bytes = 0;
    this.counters = this.emptyStats();
    try {
      const bytes = await readBounded(this.parts.disk, path, this.limits.fileBytesMax);
      for (const [key, item] of readCacheFile(bytes)) this.add(key, item);
      this.evict();
      this.dirty = false;
    } catch (error) {
      this.loadFailed(error as NodeJS.ErrnoException, path);
    }
  }

  private loadFailed(error: NodeJS.ErrnoException, path: string): void {
    const { logger } = this.parts;
    if (error.code === 'ENOENT') {
      logger.debug('No OCSP peer cache found, starting with empty cache');
      return;
    }
    logger.warn(`Unable to load OCSP peer cache: ${fileProblem(error, path)}`);
    // A file that is no cache is replaced; one that could not be read may be read the next time.
    this.dirty = error.code === undefined;
  }

  private saveLater(): void {
    const { timers, logger } = this.parts;
    this.timer = timers.after(this.options.saveIntervalSeconds * 1000, () => {
      logger.debug('OCSP peer cache save timer expired');
      void this.save().then(() => {
        if (this.online) this.saveLater();
      });
    });
  }

  private save(): Promise<void> {
    this.saving = this.saving.then(() => this.saveNow());
    return this.saving;
  }

  private async saveNow(): Promise<void> {
    if (!this.dirty) return;
    const { logger } = this.parts;
    const path = resolve(this.folder, 'cache.json');
    logger.debug('OCSP peer cache is dirty, saving');
    logger.debug(`Saving OCSP peer cache [${path}]`);
    const text = this.encode();
    this.dirty = false;
    try {
      await this.write(path, text);
      logger.debug(`Saved OCSP peer cache successfully (${Buffer.byteLength(text)} bytes)`);
    } catch (error) {
      this.dirty = true;
      logger.error(`Unable to save OCSP peer cache: ${fileProblem(error as Error, path)}`);
    }
  }

  private async write(path: string, text: string): Promise<void> {
    const { disk } = this.parts;
    if ((await disk.stat(this.folder)) === undefined) await disk.mkdir(this.folder);
    await replaceFile(disk, path, Buffer.from(text), filePermissions);
  }

  private encode(): string {
    const entries = [...this.items].map(([key, item]): [string, object] => [
      key,
      {
        subject: item.subject === '' ? undefined : item.subject,
        cached_at: item.cachedAt,
        resp_status: item.status,
        resp_expires: item.expires,
        resp: item.bytes.toString('base64'),
      },
    ]);
    return goJson(new Map(entries), 1);
  }
}

/** In Go's words when it is the system's. */
function fileProblem(error: NodeJS.ErrnoException, path: string): string {
  if (error.code === undefined) return error.message;
  return goFileError(error.syscall ?? 'open', error.path ?? path, error);
}

async function readBounded(disk: Disk, path: string, bytesMax: number): Promise<Buffer> {
  const found = await disk.stat(path);
  if (found !== undefined && found.size > bytesMax) {
    throw new Error(`${path} is larger than ${bytesMax} bytes`);
  }
  return disk.readFile(path);
}

function readCacheFile(bytes: Buffer): [string, Item][] {
  const problem = goJsonProblem(bytes.toString('latin1'));
  if (problem !== undefined) throw new Error(problem);
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('json: cannot unmarshal into Go value of type map');
  }
  return Object.entries(value).map(([key, item]) => [key, readItem(item)]);
}

/** A status that is none of the three is unknown, as in nats-server. */
function readItem(value: unknown): Item {
  const { subject, cached_at, resp_status, resp_expires, resp } = (value ?? {}) as Record<
    string,
    unknown
  >;
  if (typeof resp !== 'string') throw new Error('json: an entry has no response');
  const known = resp_status === 'good' || resp_status === 'revoked';
  return {
    subject: typeof subject === 'string' ? subject : '',
    cachedAt: typeof cached_at === 'string' ? cached_at : optionalTimeText(undefined),
    status: known ? resp_status : 'unknown',
    expires: typeof resp_expires === 'string' ? resp_expires : optionalTimeText(undefined),
    bytes: Buffer.from(resp, 'base64'),
  };
}
