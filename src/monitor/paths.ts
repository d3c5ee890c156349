/** Paths as Go's `path` and http.ServeMux clean them. */

/** `path.Join(base, path)`: cleaned; '' base gives the path itself. */
export function joinPath(base: string, path: string): string {
  return clean([base, path].filter((part) => part !== '').join('/'));
}

/** The path that ServeMux redirects to: without `//`, `.` and `..`, a final slash kept. */
export function cleanRequestPath(path: string): string {
  const rooted = path.startsWith('/') ? path : `/${path}`;
  const cleaned = clean(rooted);
  return rooted.endsWith('/') && cleaned !== '/' ? `${cleaned}/` : cleaned;
}

function clean(path: string): string {
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  return (rooted ? '/' : '') + kept.join('/') || '.';
}
