import * as fs from 'node:fs';
import type { OptionsIo } from '../options/options-io.ts';

/** The real files and environment, for reading a configuration. */
export const nodeOptionsIo: OptionsIo = {
  readFile: (path) => fs.readFileSync(path),
  env: (name) => process.env[name],
  stat(path) {
    const stat = fs.statSync(path, { throwIfNoEntry: false });
    return stat && { isDirectory: stat.isDirectory(), mode: stat.mode & 0o777 };
  },
};
