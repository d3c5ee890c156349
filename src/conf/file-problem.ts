/** Texts of operating system errors as Go prints them, by Node's error code. */
const TEXTS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  EMFILE: 'too many open files',
  EIO: 'input/output error',
};

/**
 * `open /etc/x.conf: no such file or directory`: the complaint of Go about a file that cannot be
 * read, made from the error that Node threw for it.
 */
export function fileProblem(path: string, error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'ERR_INVALID_ARG_VALUE') return `open ${path}: invalid argument`;
  const text = code !== undefined && Object.hasOwn(TEXTS, code) ? TEXTS[code] : undefined;
  const call = code === 'EISDIR' || code === 'EIO' ? 'read' : 'open';
  return `${call} ${path}: ${text ?? message ?? String(error)}`;
}
