/**
 * The file system as a parameter. Asynchronous except for the `*Sync` calls, which are allowed only
 * before "Server is ready" and in the command line. Errors carry Node's `code` (ENOENT, EIO…).
 * The simulated disk (sim-disk.ts) implements the same and can lose, tear and reorder what was
 * not synced.
 */
export interface FileHandle {
  /** Reads up to `length` bytes at `position` into `buffer`; returns the bytes read, 0 at the end. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** Writes at `position`; may be short: returns the bytes written. */
  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** Makes written data (and the size needed to read it) durable. */
  datasync(): Promise<void>;
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export type OpenMode = 'r' | 'r+' | 'w' | 'w+' | 'a' | 'wx';

export interface Disk {
  open(path: string, mode: OpenMode, permissions?: number): Promise<FileHandle>;
  readFile(path: string): Promise<Buffer>;
  writeFile(path: string, data: Uint8Array | string, permissions?: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Permissions default to 0750. */
  mkdir(path: string, options?: { recursive?: boolean; permissions?: number }): Promise<void>;
  rmdir(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  stat(path: string): Promise<{ size: number; isDirectory: boolean; mtimeMs: number } | undefined>;
  /** Makes the entries of a directory durable. */
  syncDirectory(path: string): Promise<void>;
  readFileSync(path: string): Buffer;
  writeFileSync(path: string, data: Uint8Array | string, permissions?: number): void;
  unlinkSync(path: string): void;
  existsSync(path: string): boolean;
}
