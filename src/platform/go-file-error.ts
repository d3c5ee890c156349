/** The reasons of failed system calls in Go's words. */
const reasons: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  EEXIST: 'file exists',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  EMFILE: 'too many open files',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EIO: 'input/output error',
};

/**
 * A failed file operation as Go words it, e.g. `open /x: permission denied`: operators know these
 * texts from nats-server, and scripts look for them.
 */
export function goFileError(verb: string, path: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return `${verb} ${path}: ${reasons[code] ?? (code || String(error))}`;
}
