/** What an account is built from: a block of the configuration, or the claims of a JWT. */
import type { ExternalAuthorization } from '../auth/jwt/account-claims.ts';
import type { Signers } from '../auth/jwt/trust.ts';
import type {
  AccountJetStreamOptions,
  AccountOptions,
  ServiceExportOptions,
  ServiceImportOptions,
  StreamExportOptions,
  StreamImportOptions,
} from '../options/types.ts';

/** Says whether an activation token lets `importer` (an account key) import a subject of a private export. */
export type ActivationCheck = (importer: string, token: string, subject: string) => boolean;

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
  tags?: readonly string[];
  /** Who signed the claims. */
  issuer?: string;
  /** Keys that sign users, with the scopes they give them. */
  signers?: Signers;
  /** By user key or `*`: what was issued up to this second is revoked. */
  userRevocations?: ReadonlyMap<string, number>;
  disallowBearer?: boolean;
  /** Set when the account has its users authorized by a service. */
  externalAuthorization?: ExternalAuthorization;
  /** JetStream limits by tier, such as `R3`; then `jetstream` is undefined. */
  jetstreamTiers?: ReadonlyMap<string, AccountJetStreamOptions>;
  /** When activation tokens of its imports expire, earliest first: the imports are judged again then. */
  activationsExpireMs?: readonly number[];
}
