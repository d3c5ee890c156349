/**
 * A disk in memory that can fail. Operations take random, seeded time and finish in an order that
 * is not that of asking. `crash` is a power cut: open handles die, unsynced contents are kept, lost
 * or torn (sim-file.ts), unsynced directory entries kept or lost (sim-directory.ts). `fail` makes
 * the n-th operation of a kind report EIO, ENOSPC or whatever; `capacityBytes` fills up;
 * `shortWrites` writes less than asked, which is normal for a disk.
 *
 * A new file is durable when it was synced and its directory too, as on ext4 without luck.
 */
import type { Disk, FileHandle, OpenMode } from './disk.ts';
import { SimDirectory, type SimNode } from './sim-directory.ts';
import { SimFile } from './sim-file.ts';
import type { SimRandom } from './sim-random.ts';
import type { SimTime } from './sim-time.ts';

export type DiskOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'rename'
  | 'unlink'
  | 'mkdir'
  | 'syncDirectory';

interface Fault {
  readonly operation: DiskOperation;
  readonly path: string;
  readonly code: string;
  /** Matching operations to let pass first, and then to fail. */
  skip: number;
  times: number;
}

export function diskError(code: string, syscall: string, path: string): NodeJS.ErrnoException {
  const error = new Error(`${code}: ${syscall} '${path}'`);
  return Object.assign(error, { code, syscall, path });
}

function splitPath(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

export class SimDisk implements Disk {
  readonly time: SimTime;
  readonly random: SimRandom;
  /** Longest time of one operation. */
  latencyMs = 1;
  /** Chance that a write is short. */
  shortWrites = 0.05;
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Handles of earlier generations are dead. */
  generation = 0;
  private readonly root = new SimDirectory();
  private faults: Fault[] = [];

  constructor(time: SimTime, random: SimRandom) {
    this.time = time;
    this.random = random;
  }

  // ---- faults ----

  /** The operations number `skip + 1` to `skip + times` whose path contains `path` fail. */
  fail(
    operation: DiskOperation,
    code: string,
    where: { path?: string; skip?: number; times?: number } = {},
  ): void {
    const { path = '', skip = 0, times = 1 } = where;
    this.faults.push({ operation, path, code, skip, times });
  }

  /** Throws when a fault is due. */
  check(operation: DiskOperation, path: string): void {
    for (const fault of this.faults) {
      if (fault.operation !== operation || !path.includes(fault.path)) continue;
      if (fault.skip > 0) {
        fault.skip--;
        continue;
      }
      if (--fault.times === 0) this.faults = this.faults.filter((other) => other !== fault);
      this.time.note(`disk ${operation} ${path} fails with ${fault.code}`);
      throw diskError(fault.code, operation, path);
    }
  }

  crash(): void {
    this.time.note('disk crash');
    this.generation++;
    this.root.crash(this.random);
  }

  /** Damages a file as a bad sector does: no error tells of it. */
  flipBit(path: string, bit: number): void {
    this.fileAt(path, 'flip').flipBit(bit);
  }

  /** Bytes of all files. */
  get usedBytes(): number {
    return usedBytes(this.root);
  }

  // ---- asynchrony ----

  /** Runs `work` after a random time; what it throws rejects. */
  later<T>(work: () => T): Promise<T> {
    const { generation } = this;
    return new Promise((resolve, reject) => {
      this.time.io(this.random.fraction() * this.latencyMs, () => {
        // Whoever asked before the power cut is not there any more.
        if (generation !== this.generation) return;
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  // ---- nodes ----

  private nodeAt(parts: readonly string[]): SimNode | undefined {
    let node: SimNode | undefined = this.root;
    for (const part of parts) {
      if (!(node instanceof SimDirectory)) return undefined;
      node = node.entries.get(part);
    }
    return node;
  }

  private directoryOf(path: string, syscall: string): [SimDirectory, string] {
    const parts = splitPath(path);
    const name = parts.pop();
    const directory = this.nodeAt(parts);
    if (name === undefined || directory === undefined) throw diskError('ENOENT', syscall, path);
    if (!(directory instanceof SimDirectory)) throw diskError('ENOTDIR', syscall, path);
    return [directory, name];
  }

  private fileAt(path: string, syscall: string): SimFile {
    const node = this.nodeAt(splitPath(path));
    if (node === undefined) throw diskError('ENOENT', syscall, path);
    if (node instanceof SimDirectory) throw diskError('EISDIR', syscall, path);
    return node;
  }

  private directoryAt(path: string, syscall: string): SimDirectory {
    const node = this.nodeAt(splitPath(path));
    if (node === undefined) throw diskError('ENOENT', syscall, path);
    if (!(node instanceof SimDirectory)) throw diskError('ENOTDIR', syscall, path);
    return node;
  }

  private openFile(path: string, mode: OpenMode): SimFile {
    const [directory, name] = this.directoryOf(path, 'open');
    const known = directory.entries.get(name);
    if (known instanceof SimDirectory) throw diskError('EISDIR', 'open', path);
    if (known !== undefined && mode === 'wx') throw diskError('EEXIST', 'open', path);
    if (known !== undefined) {
      if (mode === 'w' || mode === 'w+') known.truncate(0, this.time.nowMs());
      return known;
    }
    if (mode === 'r' || mode === 'r+') throw diskError('ENOENT', 'open', path);
    const file = new SimFile(this.time.nowMs());
    directory.change([name, file]);
    return file;
  }

  /** Throws ENOSPC when the file may not grow to `length`. */
  reserve(file: SimFile, length: number, path: string): void {
    const growth = length - file.content.length;
    if (growth > 0 && this.usedBytes + growth > this.capacityBytes) {
      throw diskError('ENOSPC', 'write', path);
    }
  }

  // ---- Disk ----

  open(path: string, mode: OpenMode): Promise<FileHandle> {
    return this.later(() => {
      this.check('open', path);
      return new SimFileHandle(this, this.openFile(path, mode), path, mode);
    });
  }

  readFile(path: string): Promise<Buffer> {
    return this.later(() => this.readFileSync(path));
  }

  writeFile(path: string, data: Uint8Array | string): Promise<void> {
    return this.later(() => this.writeFileSync(path, data));
  }

  rename(from: string, to: string): Promise<void> {
    return this.later(() => {
      this.check('rename', from);
      const [source, name] = this.directoryOf(from, 'rename');
      const [target, newName] = this.directoryOf(to, 'rename');
      const node = source.entries.get(name);
      if (node === undefined) throw diskError('ENOENT', 'rename', from);
      if (source === target) source.change([name, undefined], [newName, node]);
      else {
        target.change([newName, node]);
        source.change([name, undefined]);
      }
    });
  }

  unlink(path: string): Promise<void> {
    return this.later(() => this.unlinkSync(path));
  }

  mkdir(path: string, options: { recursive?: boolean } = {}): Promise<void> {
    return this.later(() => {
      this.check('mkdir', path);
      const parts = splitPath(path);
      for (let i = options.recursive ? 1 : parts.length; i <= parts.length; i++) {
        const part = parts.slice(0, i).join('/');
        const [directory, name] = this.directoryOf(part, 'mkdir');
        const known = directory.entries.get(name);
        if (known === undefined) directory.change([name, new SimDirectory()]);
        else if (!options.recursive || known instanceof SimFile) {
          throw diskError('EEXIST', 'mkdir', path);
        }
      }
    });
  }

  rmdir(path: string): Promise<void> {
    return this.later(() => {
      if (this.directoryAt(path, 'rmdir').entries.size > 0) {
        throw diskError('ENOTEMPTY', 'rmdir', path);
      }
      const [directory, name] = this.directoryOf(path, 'rmdir');
      directory.change([name, undefined]);
    });
  }

  /** Names in random order: the real order means nothing. */
  readdir(path: string): Promise<string[]> {
    return this.later(() => {
      const names = [...this.directoryAt(path, 'scandir').entries.keys()];
      for (let i = names.length - 1; i > 0; i--) {
        const other = this.random.below(i + 1);
        [names[i], names[other]] = [names[other]!, names[i]!];
      }
      return names;
    });
  }

  stat(path: string): Promise<{ size: number; isDirectory: boolean; mtimeMs: number } | undefined> {
    return this.later(() => {
      const node = this.nodeAt(splitPath(path));
      if (node === undefined) return undefined;
      if (node instanceof SimDirectory) return { size: 4096, isDirectory: true, mtimeMs: 0 };
      return { size: node.content.length, isDirectory: false, mtimeMs: node.modifiedMs };
    });
  }

  syncDirectory(path: string): Promise<void> {
    let covered = 0;
    try {
      covered = this.directoryAt(path, 'fsync').changeCount;
    } catch (error) {
      return Promise.reject(error);
    }
    return this.later(() => {
      this.check('syncDirectory', path);
      this.directoryAt(path, 'fsync').sync(covered);
    });
  }

  readFileSync(path: string): Buffer {
    this.check('read', path);
    return Buffer.from(this.fileAt(path, 'open').content);
  }

  writeFileSync(path: string, data: Uint8Array | string): void {
    this.check('open', path);
    const file = this.openFile(path, 'w');
    this.check('write', path);
    const bytes = Buffer.from(data as Uint8Array);
    this.reserve(file, bytes.length, path);
    file.write(0, bytes, this.time.nowMs());
  }

  unlinkSync(path: string): void {
    this.check('unlink', path);
    this.fileAt(path, 'unlink');
    const [directory, name] = this.directoryOf(path, 'unlink');
    directory.change([name, undefined]);
  }

  existsSync(path: string): boolean {
    return this.nodeAt(splitPath(path)) !== undefined;
  }
}

function usedBytes(node: SimNode): number {
  if (node instanceof SimFile) return node.content.length;
  let sum = 0;
  for (const child of node.entries.values()) sum += usedBytes(child);
  return sum;
}

class SimFileHandle implements FileHandle {
  private readonly disk: SimDisk;
  private readonly file: SimFile;
  private readonly path: string;
  private readonly mode: OpenMode;
  private readonly generation: number;
  private closed = false;

  constructor(disk: SimDisk, file: SimFile, path: string, mode: OpenMode) {
    this.disk = disk;
    this.file = file;
    this.path = path;
    this.mode = mode;
    this.generation = disk.generation;
  }

  private later<T>(work: () => T): Promise<T> {
    if (this.closed || this.generation !== this.disk.generation) {
      return Promise.reject(diskError('EBADF', 'file', this.path));
    }
    return this.disk.later(work);
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return this.later(() => {
      this.disk.check('read', this.path);
      return this.file.content.copy(buffer, offset, position, position + length);
    });
  }

  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    if (this.mode === 'r') return Promise.reject(diskError('EBADF', 'write', this.path));
    return this.later(() => {
      const { disk, file } = this;
      disk.check('write', this.path);
      const short = length > 1 && disk.random.chance(disk.shortWrites);
      const count = short ? disk.random.between(1, length - 1) : length;
      const at = this.mode === 'a' ? file.content.length : position;
      disk.reserve(file, at + count, this.path);
      file.write(
        at,
        Buffer.from(buffer.buffer, buffer.byteOffset + offset, count),
        disk.time.nowMs(),
      );
      return count;
    });
  }

  datasync(): Promise<void> {
    const covered = this.file.changeCount;
    return this.later(() => {
      try {
        this.disk.check('sync', this.path);
      } catch (error) {
        this.file.failSync(covered);
        throw error;
      }
      this.file.sync(covered);
    });
  }

  sync(): Promise<void> {
    return this.datasync();
  }

  truncate(length: number): Promise<void> {
    return this.later(() => {
      this.disk.check('truncate', this.path);
      this.disk.reserve(this.file, length, this.path);
      this.file.truncate(length, this.disk.time.nowMs());
    });
  }

  size(): Promise<number> {
    return this.later(() => this.file.content.length);
  }

  close(): Promise<void> {
    return this.later(() => {
      this.closed = true;
    });
  }
}
