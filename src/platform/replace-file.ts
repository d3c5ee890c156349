import { dirname } from 'node:path';
import type { Disk, FileHandle } from './disk.ts';

/** Ends the name of a file that is being written; what bears it after a crash is rubbish. */
export const unfinishedSuffix = '.tmp';

/**
 * Gives a file new contents, all or nothing: after a crash it holds the old or the new ones, and
 * once this resolved the new ones for good. One call per path at a time.
 */
export async function replaceFile(
  disk: Disk,
  path: string,
  data: Buffer,
  permissions: number,
): Promise<void> {
  const unfinished = path + unfinishedSuffix;
  try {
    await writeDurably(disk, unfinished, data, permissions);
    await disk.rename(unfinished, path);
  } catch (error) {
    await disk.unlink(unfinished).catch(() => {});
    throw error;
  }
  await disk.syncDirectory(dirname(path));
}

async function writeDurably(
  disk: Disk,
  path: string,
  data: Buffer,
  permissions: number,
): Promise<void> {
  const handle = await disk.open(path, 'w', permissions);
  try {
    await writeAll(handle, data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, data: Buffer): Promise<void> {
  let done = 0;
  while (done < data.length) done += await handle.write(data, done, data.length - done, done);
}

/** Makes a directory, and those around it, for good; what is there already is left as it is. */
export async function makeDirectory(disk: Disk, path: string, permissions: number): Promise<void> {
  const found = await disk.stat(path);
  if (found?.isDirectory === true) return;
  const around = dirname(path);
  if (around !== path) await makeDirectory(disk, around, permissions);
  await disk.mkdir(path, { recursive: true, permissions });
  await disk.syncDirectory(around);
}
