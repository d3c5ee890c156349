import { fileProblem } from '../conf/file-problem.ts';

/** What reading a configuration needs from the world; `cli/` and `index.ts` pass the real one. */
export interface OptionsIo {
  /** The bytes of a file. Throws Node's error with `code` (ENOENT, EACCES, EISDIR…). */
  readFile(path: string): Uint8Array;
  /** The value of an environment variable. */
  env(name: string): string | undefined;
  /** What stands at `path`: undefined when nothing does; `mode` are the Unix permission bits. */
  stat(path: string): { isDirectory: boolean; mode: number } | undefined;
}

/** The text of a failed read as Go words it: `open PATH: no such file or directory`. */
export function fileErrorText(error: unknown, path: string): string {
  return fileProblem(path, error);
}
