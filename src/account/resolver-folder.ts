/**
 * The files of account JWTs, `<account key>.jwt`, as nats-server keeps them: either server opens
 * what the other left. What is deleted may stay as `….jwt.deleted`. Folders inside are searched,
 * too; with `shard` files stand in folders named by the last two letters of the key.
 *
 * No path is made of anything but a valid nkey. Files are replaced whole; what a crash left half
 * written is removed when the folder is opened.
 */
import { dirname, join } from 'node:path';
import { isAnyPublicNkey } from '../auth/nkeys.ts';
import type { Disk } from '../platform/disk.ts';
import { goFileError } from '../platform/go-file-error.ts';
import { makeDirectory, replaceFile, unfinishedSuffix } from '../platform/replace-file.ts';
import { JwtStoreError } from './resolver-errors.ts';

const extension = '.jwt';
const deletedSuffix = '.deleted';
const filePermissions = 0o600;
const folderPermissions = 0o700;
/** Longest JWT that is stored or read. */
export const jwtBytesMax = 1024 * 1024;
/** Folders inside folders that are searched. */
const depthMax = 16;

export interface JwtFile {
  readonly key: string;
  readonly path: string;
}

export class JwtFolder {
  readonly directory: string;
  private readonly disk: Disk;
  private readonly shard: boolean;

  constructor(disk: Disk, directory: string, shard: boolean) {
    this.disk = disk;
    this.directory = directory;
    this.shard = shard;
  }

  /** Makes the folder when it is missing. */
  async open(): Promise<void> {
    await makeDirectory(this.disk, this.directory, folderPermissions);
    for await (const path of this.paths()) {
      if (path.endsWith(extension + unfinishedSuffix)) await this.disk.unlink(path);
    }
  }

  /** Throws for what is no public nkey. */
  pathOf(key: string): string {
    if (!isAnyPublicNkey(key)) throw new JwtStoreError('KEY_INVALID', 'invalid public key');
    const name = key + extension;
    return this.shard ? join(this.directory, key.slice(-2), name) : join(this.directory, name);
  }

  /** Undefined when there is no such file. */
  async read(path: string): Promise<string | undefined> {
    try {
      const found = await this.disk.stat(path);
      if (found === undefined) return undefined;
      if (found.size > jwtBytesMax) throw new JwtStoreError('JWT_INVALID', 'invalid JWT');
      return (await this.disk.readFile(path)).toString('latin1');
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (error instanceof JwtStoreError) throw error;
      throw new Error(goFileError('open', path, error), { cause: error });
    }
  }

  async write(key: string, jwt: Buffer): Promise<void> {
    const path = this.pathOf(key);
    if (this.shard) await makeDirectory(this.disk, dirname(path), folderPermissions);
    await replaceFile(this.disk, path, jwt, filePermissions);
  }

  /** Removes a file, or sets it aside. Resolves with false when there was none. */
  async remove(key: string, keep: boolean): Promise<boolean> {
    const path = this.pathOf(key);
    try {
      if (keep) await this.disk.rename(path, path + deletedSuffix);
      else await this.disk.unlink(path);
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    await this.disk.syncDirectory(dirname(path));
    return true;
  }

  /** Every JWT, in the order of the paths. Files whose name is no nkey are passed over. */
  async *files(): AsyncGenerator<JwtFile> {
    for await (const path of this.paths()) {
      if (!path.endsWith(extension)) continue;
      const key = path.slice(dirname(path).length + 1, -extension.length);
      if (isAnyPublicNkey(key)) yield { key, path };
    }
  }

  private async *paths(folder = this.directory, depth = 0): AsyncGenerator<string> {
    for (const name of (await this.disk.readdir(folder)).sort()) {
      const path = join(folder, name);
      const isFile = [extension, deletedSuffix, unfinishedSuffix].some((end) => name.endsWith(end));
      if (isFile) yield path;
      else if (depth < depthMax && (await this.disk.stat(path))?.isDirectory === true) {
        yield* this.paths(path, depth + 1);
      }
    }
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
