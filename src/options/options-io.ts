/** What reading a configuration needs from the world; `cli/` and `index.ts` pass the real one. */
export interface OptionsIo {
  /** The bytes of a file. Throws Node's error with `code` (ENOENT, EACCES, EISDIR…). */
  readFile(path: string): Uint8Array;
  /** The value of an environment variable. */
  env(name: string): string | undefined;
  /** What stands at `path`: undefined when nothing does; `mode` are the Unix permission bits. */
  stat(path: string): { isDirectory: boolean; mode: number } | undefined;
}

const reasons: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  EMFILE: 'too many open files',
};

/** The text of a failed read as Go words it: `open PATH: no such file or directory`. */
export function fileErrorText(error: unknown, path: string): string {
  const code = (error as { code?: string }).code ?? '';
  // Go opens a directory without complaint and fails at the first read.
  const verb = code === 'EISDIR' ? 'read' : 'open';
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return `${verb} ${path}: ${reason}`;
}
