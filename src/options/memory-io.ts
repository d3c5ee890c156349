import type { OptionsIo } from './options-io.ts';

/** A world of given files and variables, for reading configurations without a disk (and for tests). */
export function memoryIo(
  files: Readonly<Record<string, string | Uint8Array>>,
  env: Readonly<Record<string, string>> = {},
): OptionsIo {
  return {
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
      return typeof content === 'string' ? Buffer.from(content) : content;
    },
    env: (name) => env[name],
    stat: (path) => (files[path] === undefined ? undefined : { isDirectory: false, mode: 0o644 }),
  };
}
