import type { ConfMap } from './node.ts';

/** Where configuration text comes from: the real disk and environment, or a test's. */
export interface ConfSource {
  /** The path as given on the command line; positions and includes are relative to it. */
  file: string;
  /** Reads a whole file; throws Node's error with `code` (ENOENT…) and, if it has it, `syscall`. */
  readFile(path: string): Uint8Array | string;
  env(name: string): string | undefined;
}

export interface ParsedConfig {
  root: ConfMap;
  /** `sha256:…` over the parsed values, equal to the one `nats-server -t` prints. */
  digest: string;
}

export declare function parseConfig(text: string | Uint8Array, source: ConfSource): ParsedConfig;
export declare function parseConfigFile(
  path: string,
  source: Omit<ConfSource, 'file'>,
): ParsedConfig;
