/**
 * Account JWTs in a folder (resolver-folder.ts) with an index in memory (resolver-index.ts): the
 * limit, what expires, what is replaced by what, and the exchange with other servers.
 *
 * Changes run one after the other and are on disk, for good, before they resolve; reading waits for
 * nothing. Only JWTs whose subject is the key are stored under it: both come from peers. Whether
 * their issuer is trusted is judged when an account is made of them.
 */
import { isPublicNkey } from '../auth/nkeys.ts';
import type { Clock } from '../platform/clock.ts';
import type { Disk } from '../platform/disk.ts';
import { JwtStoreError } from './resolver-errors.ts';
import { type JwtFile, JwtFolder, jwtBytesMax } from './resolver-folder.ts';
import { JwtIndex, never } from './resolver-index.ts';

/** Files read at a time while the folder is indexed. */
const readsAtOnce = 16;
/** Changes that wait for the disk. */
export const pendingChangesMax = 1000;
export const pendingBytesMax = 64 * 1024 * 1024;

/** What the store looks at in a JWT. Times are seconds since 1970; 0 is none. */
export interface JwtFacts {
  readonly id: string;
  readonly subject: string;
  readonly issuedAt: number;
  readonly expires: number;
}

export interface JwtStoreOptions {
  readonly directory: string;
  readonly shard: boolean;
  readonly deletes: 'refused' | 'renamed' | 'removed';
  readonly limit: number;
  /** At the limit the least recently used makes room; otherwise the store is full. */
  readonly evicts: boolean;
  /** Since the last use; 0: JWTs stay until they expire. */
  readonly ttlMs: number;
}

export interface JwtStoreParts {
  readonly disk: Disk;
  readonly clock: Clock;
  /** Decodes a JWT of any type and verifies its signature; throws. */
  readonly factsOf: (jwt: string) => JwtFacts;
}

/** Told when an account's JWT is new or another, or is gone. */
export interface JwtStoreEvents {
  onChanged(key: string, jwt: string): Promise<void> | void;
  onDeleted(key: string): void;
}

export class JwtStore {
  readonly options: JwtStoreOptions;
  events: JwtStoreEvents = { onChanged() {}, onDeleted() {} };
  private readonly parts: JwtStoreParts;
  private readonly folder: JwtFolder;
  private index: JwtIndex;
  private lastChange: Promise<unknown> = Promise.resolve();
  private pendingChanges = 0;
  private pendingBytes = 0;

  constructor(options: JwtStoreOptions, parts: JwtStoreParts) {
    this.options = options;
    this.parts = parts;
    this.folder = new JwtFolder(parts.disk, options.directory, options.shard);
    this.index = this.emptyIndex();
  }

  private emptyIndex(): JwtIndex {
    return new JwtIndex({ ttlMs: this.options.ttlMs, byUse: this.options.evicts });
  }

  /** 32 bytes that are equal where the contents are. */
  get hash(): Buffer {
    return this.index.hash;
  }

  get size(): number {
    return this.index.size;
  }

  /** Makes the folder when it is missing, and reads it. */
  open(): Promise<void> {
    return this.change(0, async () => {
      await this.folder.open();
      this.index = await this.readIndex();
    });
  }

  /** Resolves when what was asked for until now is done. */
  async settled(): Promise<void> {
    await this.lastChange;
  }

  // ---- reading ----

  /** The JWT of an account; undefined when there is none. Rejects for what is no key. */
  async load(key: string): Promise<string | undefined> {
    const jwt = await this.folder.read(this.folder.pathOf(key));
    if (jwt !== undefined) this.index.touch(key, this.parts.clock.nowMs());
    return jwt;
  }

  /** Keys of the JWTs that have not expired, in the order of their paths. */
  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.folder.files()) if (this.isCurrent(key)) keys.push(key);
    return keys;
  }

  /** `key|jwt` of every JWT that has not expired. */
  async *packed(): AsyncGenerator<string> {
    for await (const { key, path } of this.folder.files()) {
      if (!this.isCurrent(key)) continue;
      const jwt = await this.folder.read(path);
      if (jwt !== undefined && jwt !== '') yield `${key}|${jwt}`;
    }
  }

  private isCurrent(key: string): boolean {
    const entry = this.index.get(key);
    return entry !== undefined && entry.expiresMs >= this.parts.clock.nowMs();
  }

  // ---- storing ----

  /** Stores a JWT over whatever there is. */
  save(key: string, jwt: string): Promise<void> {
    return this.changeJwt(key, jwt, () => this.write(key, jwt));
  }

  /** Stores a JWT unless the one that is there was issued later. */
  saveIfNewer(key: string, jwt: string): Promise<void> {
    return this.changeJwt(key, jwt, async (facts) => {
      const existing = await this.folder.read(this.folder.pathOf(key));
      if (existing !== undefined && !this.supersedes(facts, existing)) return false;
      return this.write(key, jwt);
    });
  }

  /** Takes in lines `key|jwt` of another server; the first that is wrong rejects. */
  async merge(pack: string): Promise<void> {
    for (const line of pack.split('\n')) {
      if (line === '') continue;
      const [key, jwt, ...more] = line.split('|');
      if (key === undefined || jwt === undefined || more.length > 0) {
        throw new JwtStoreError('JWT_INVALID', "line in package didn't contain 2 entries");
      }
      if (!isPublicNkey(key, 'account')) {
        throw new JwtStoreError('KEY_INVALID', 'key to merge is not a valid public account key');
      }
      await this.saveIfNewer(key, jwt);
    }
  }

  private async changeJwt(
    key: string,
    jwt: string,
    work: (facts: JwtFacts) => Promise<boolean>,
  ): Promise<void> {
    if (!isPublicNkey(key, 'account')) throw new JwtStoreError('KEY_INVALID', 'invalid public key');
    if (jwt === '' || jwt.length > jwtBytesMax) {
      throw new JwtStoreError('JWT_INVALID', 'invalid JWT');
    }
    const facts = this.parts.factsOf(jwt);
    if (facts.subject !== key) {
      const text = 'jwt subject nkey and provided nkey do not match';
      throw new JwtStoreError('JWT_INVALID', text);
    }
    if (await this.change(jwt.length, () => work(facts))) await this.events.onChanged(key, jwt);
  }

  /** May a JWT take the place of one that is stored? What cannot be read may be replaced. */
  private supersedes(facts: JwtFacts, existing: string): boolean {
    try {
      const old = this.parts.factsOf(existing);
      return old.id !== facts.id && old.issuedAt <= facts.issuedAt;
    } catch {
      return true;
    }
  }

  /** False when the same JWT is there already. */
  private async write(key: string, jwt: string): Promise<boolean> {
    const { clock } = this.parts;
    if (this.index.get(key) === undefined) await this.makeRoom();
    else {
      this.index.touch(key, clock.nowMs());
      if ((await this.folder.read(this.folder.pathOf(key))) === jwt) return false;
    }
    const bytes = Buffer.from(jwt, 'latin1');
    await this.folder.write(key, bytes);
    this.index.track(key, bytes, this.expiryOf(jwt), clock.nowMs());
    return true;
  }

  private async makeRoom(): Promise<void> {
    if (this.index.size < this.options.limit) return;
    const oldest = this.index.leastRecentlyUsed;
    if (!this.options.evicts || oldest === undefined) {
      throw new JwtStoreError('STORE_FULL', 'jwt store is full');
    }
    await this.folder.remove(oldest, false);
    this.index.remove(oldest);
  }

  // ---- removing ----

  /** Removes an account; one that is not there counts as removed. */
  async delete(key: string): Promise<void> {
    const { deletes } = this.options;
    if (deletes === 'refused') {
      throw new JwtStoreError('DELETE_REFUSED', 'store is not set up to for delete');
    }
    const removed = await this.change(0, async () => {
      const known = await this.folder.remove(key, deletes === 'renamed');
      if (known) this.index.remove(key);
      return known;
    });
    if (removed) this.events.onDeleted(key);
  }

  /** Removes the files whose time has come. */
  expire(): Promise<void> {
    return this.change(0, async () => {
      for (const key of this.index.due(this.parts.clock.nowMs())) {
        await this.folder.remove(key, false);
        this.index.remove(key);
      }
    });
  }

  // ---- the folder as a whole ----

  /** Reads the folder again; what others changed in it is told of. */
  async reload(): Promise<void> {
    const changed = await this.change(0, async () => {
      const before = this.index;
      this.index = await this.readIndex();
      return this.keysUnlike(before);
    });
    for (const key of changed) {
      const jwt = await this.folder.read(this.folder.pathOf(key));
      if (jwt !== undefined) await this.events.onChanged(key, jwt);
    }
  }

  /** A cache may have dropped what an account still has: there every new JWT counts as changed. */
  private keysUnlike(before: JwtIndex): string[] {
    return this.index.keys().filter((key) => {
      const old = before.get(key)?.hash;
      if (old === undefined) return this.options.evicts;
      return this.index.get(key)?.hash.equals(old) === false;
    });
  }

  private async readIndex(): Promise<JwtIndex> {
    const index = this.emptyIndex();
    let batch: JwtFile[] = [];
    for await (const file of this.folder.files()) {
      if (batch.push(file) < readsAtOnce) continue;
      await this.readBatch(index, batch);
      batch = [];
    }
    await this.readBatch(index, batch);
    return index;
  }

  /** Files that cannot be read are passed over, as in nats-server. */
  private async readBatch(index: JwtIndex, files: readonly JwtFile[]): Promise<void> {
    const reading = files.map(({ path }) => this.folder.read(path).catch(() => undefined));
    const jwts = await Promise.all(reading);
    const nowMs = this.parts.clock.nowMs();
    for (const [i, jwt] of jwts.entries()) {
      if (jwt === undefined) continue;
      index.track(files[i]!.key, Buffer.from(jwt, 'latin1'), this.expiryOf(jwt), nowMs);
    }
  }

  /** What cannot be decoded stays for ever, as in nats-server. */
  private expiryOf(jwt: string): number {
    try {
      const { expires } = this.parts.factsOf(jwt);
      return expires === 0 ? never : expires * 1000;
    } catch {
      return never;
    }
  }

  /** Runs `work` when everything before it is done. Refuses when too much waits. */
  private async change<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.pendingChanges >= pendingChangesMax || this.pendingBytes + bytes > pendingBytesMax) {
      throw new JwtStoreError('STORE_BUSY', 'too many changes wait for the disk');
    }
    this.pendingChanges++;
    this.pendingBytes += bytes;
    const turn = this.lastChange.then(work).finally(() => {
      this.pendingChanges--;
      this.pendingBytes -= bytes;
    });
    this.lastChange = turn.catch(() => {});
    return turn;
  }
}
