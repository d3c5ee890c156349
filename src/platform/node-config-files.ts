import * as fs from 'node:fs';

/** The real files and environment, for reading a configuration (options/options-io.ts). */
export const nodeConfigFiles = {
  readFile: (path: string): Buffer => fs.readFileSync(path),
  env: (name: string): string | undefined => process.env[name],
  stat(path: string): { isDirectory: boolean; mode: number } | undefined {
    try {
      const stat = fs.statSync(path);
      return { isDirectory: stat.isDirectory(), mode: stat.mode & 0o777 };
    } catch {
      // Not there, below a file, or not for us to see.
      return undefined;
    }
  },
};
