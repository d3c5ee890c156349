/**
 * What a folder of account JWTs holds, without the JWTs: who was used last, when each is due for
 * removal, and a hash of all that tells two servers at a glance whether they hold the same.
 *
 * The map's order is the order of use. The earliest due time is kept as a lower bound, so that
 * looking for due ones costs nothing until one may be due.
 */
import { createHash } from 'node:crypto';

const hashBytes = 32;
export const never = Number.POSITIVE_INFINITY;

export interface IndexEntry {
  readonly hash: Buffer;
  /** When the claims expire, milliseconds since 1970. */
  readonly expiresMs: number;
  /** When the file is removed. */
  dueMs: number;
}

export interface IndexOptions {
  /** Since the last use; 0: JWTs stay until they expire. */
  readonly ttlMs: number;
  /** Keeps the order of use; without it the order in which JWTs came. */
  readonly byUse: boolean;
}

export class JwtIndex {
  private readonly entries = new Map<string, IndexEntry>();
  private readonly options: IndexOptions;
  /** XOR of the SHA-256 of every JWT, as nats-server's. */
  private readonly combined = Buffer.alloc(hashBytes);
  private earliestMs = never;

  constructor(options: IndexOptions) {
    this.options = options;
  }

  get size(): number {
    return this.entries.size;
  }

  get hash(): Buffer {
    return Buffer.from(this.combined);
  }

  /** In the order of use. */
  keys(): string[] {
    return [...this.entries.keys()];
  }

  get(key: string): IndexEntry | undefined {
    return this.entries.get(key);
  }

  get leastRecentlyUsed(): string | undefined {
    return this.entries.keys().next().value;
  }

  /** Takes in a JWT, or its new contents. */
  track(key: string, jwt: Uint8Array, expiresMs: number, nowMs: number): void {
    const known = this.entries.get(key);
    if (known !== undefined) this.toggle(known.hash);
    const { ttlMs } = this.options;
    const dueMs = ttlMs === 0 ? expiresMs : nowMs + ttlMs;
    const hash = sha256(jwt);
    this.toggle(hash);
    this.entries.set(key, { hash, expiresMs, dueMs });
    this.earliestMs = Math.min(this.earliestMs, dueMs);
  }

  /** Notes a use. */
  touch(key: string, nowMs: number): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    if (this.options.ttlMs !== 0) entry.dueMs = nowMs + this.options.ttlMs;
    if (!this.options.byUse) return;
    this.entries.delete(key);
    this.entries.set(key, entry);
  }

  remove(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.toggle(entry.hash);
    this.entries.delete(key);
  }

  /** Keys whose time has come. */
  due(nowMs: number): string[] {
    if (nowMs < this.earliestMs) return [];
    const keys: string[] = [];
    this.earliestMs = never;
    for (const [key, { dueMs }] of this.entries) {
      if (dueMs <= nowMs) keys.push(key);
      this.earliestMs = Math.min(this.earliestMs, dueMs);
    }
    return keys;
  }

  private toggle(hash: Buffer): void {
    for (let i = 0; i < hashBytes; i++) this.combined[i]! ^= hash[i]!;
  }
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
