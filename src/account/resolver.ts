/**
 * Where the JWTs of accounts come from in operator mode. Fetching goes through AccountFetches
 * (account-fetches.ts), which bounds it and judges what comes.
 */
export interface AccountResolver {
  readonly kind: 'memory' | 'url' | 'full' | 'cache';
  /** JWTs cannot be put in: `resolver_preload` is refused. */
  readonly readOnly: boolean;
  /** Before anything else. Rejects with a text for the log when it cannot work. */
  start(): Promise<void>;
  /**
   * The JWT of an account as it is, unverified; `key` is the public nkey of an account. Undefined:
   * there is none. Rejects with a text for the log when that is not known, or why there is none.
   */
  fetch(key: string): Promise<string | undefined>;
  /** Puts in a JWT unless a newer one is there. */
  store(key: string, jwt: string): Promise<void>;
  /** Resolves when nothing of it runs any more. */
  close(): Promise<void>;
}

/** Asks the other servers of the system for the JWT of an account. */
export interface AccountLookups {
  /** Rejects with nats-server's text when nobody has it or answers in time. */
  lookup(key: string, timeoutMs: number): Promise<string>;
}

/** The accounts that a resolver's news are applied to. */
export interface KnownAccounts {
  /** The account is in use here; others are fetched when somebody needs them. */
  isKnown(key: string): boolean;
  /** Verifies a JWT and gives it to the account, unless it has the same. Rejects with a text. */
  updateClaims(key: string, jwt: string): Promise<void> | void;
  /** The account was deleted: its clients are disconnected and nobody gets in. */
  disable(key: string): void;
}
