/** What an account is built from: a block of the configuration, or the claims of a JWT. */
import type {
  AccountOptions,
  ServiceExportOptions,
  ServiceImportOptions,
  StreamExportOptions,
  StreamImportOptions,
} from '../options/types.ts';

/** Says whether an activation token lets `importer` (an account key) use a private export. */
export type ActivationCheck = (importer: string, token: string) => boolean;

export interface StreamExportSpec extends StreamExportOptions {
  /** JWT accounts: importing needs an activation token, which this judges. */
  readonly activated?: ActivationCheck;
}

export interface ServiceExportSpec extends ServiceExportOptions {
  readonly activated?: ActivationCheck;
}

export interface StreamImportSpec extends StreamImportOptions {
  /** JWT accounts: the activation token. */
  readonly token?: string;
}

export interface ServiceImportSpec extends ServiceImportOptions {
  readonly token?: string;
}

export interface AccountSpec extends AccountOptions {
  streamExports: StreamExportSpec[];
  serviceExports: ServiceExportSpec[];
  streamImports: StreamImportSpec[];
  serviceImports: ServiceImportSpec[];
  /** JWT accounts: when the claims expire, milliseconds since 1970. */
  expiresMs?: number;
  /** The JWT as text, for monitoring and claims requests. */
  jwt?: string;
  /** JWT accounts: the name that people gave the account, whose own name is a key. */
  nameTag?: string;
}
