import * as fs from 'node:fs';
import type { Disk, FileHandle } from './disk.ts';

class NodeFileHandle implements FileHandle {
  private readonly handle: fs.promises.FileHandle;

  constructor(handle: fs.promises.FileHandle) {
    this.handle = handle;
  }

  async read(buffer: Uint8Array, offset: number, length: number, position: number) {
    return (await this.handle.read(buffer, offset, length, position)).bytesRead;
  }

  async write(buffer: Uint8Array, offset: number, length: number, position: number) {
    return (await this.handle.write(buffer, offset, length, position)).bytesWritten;
  }

  datasync(): Promise<void> {
    return this.handle.datasync();
  }

  sync(): Promise<void> {
    return this.handle.sync();
  }

  truncate(length: number): Promise<void> {
    return this.handle.truncate(length);
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function syncDirectory(path: string): Promise<void> {
  // Windows can neither open nor sync a directory; NTFS journals its entries.
  if (process.platform === 'win32') return;
  const handle = await fs.promises.open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function statOrUndefined(path: string) {
  try {
    const stat = await fs.promises.stat(path);
    return { size: stat.size, isDirectory: stat.isDirectory(), mtimeMs: stat.mtimeMs };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** `writeFile` with a short write retried by Node; permissions default to 0640. */
const DEFAULT_PERMISSIONS = 0o640;
const DIRECTORY_PERMISSIONS = 0o750;

export const nodeDisk: Disk = {
  async open(path, mode, permissions = DEFAULT_PERMISSIONS) {
    return new NodeFileHandle(await fs.promises.open(path, mode, permissions));
  },
  readFile: (path) => fs.promises.readFile(path),
  writeFile: (path, data, permissions = DEFAULT_PERMISSIONS) =>
    fs.promises.writeFile(path, data, { mode: permissions }),
  rename: (from, to) => fs.promises.rename(from, to),
  unlink: (path) => fs.promises.unlink(path),
  async mkdir(path, { recursive = false, permissions = DIRECTORY_PERMISSIONS } = {}) {
    await fs.promises.mkdir(path, { recursive, mode: permissions });
  },
  rmdir: (path) => fs.promises.rmdir(path),
  readdir: (path) => fs.promises.readdir(path),
  stat: statOrUndefined,
  syncDirectory,
  readFileSync: (path) => fs.readFileSync(path),
  writeFileSync(path, data, permissions = DEFAULT_PERMISSIONS) {
    fs.writeFileSync(path, data, { mode: permissions });
  },
  unlinkSync: (path) => fs.unlinkSync(path),
  existsSync: (path) => fs.existsSync(path),
};
