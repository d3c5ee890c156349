/** A store of account JWTs that refuses; the text is nats-server's. */
export class JwtStoreError extends Error {
  readonly code: 'KEY_INVALID' | 'JWT_INVALID' | 'STORE_FULL' | 'DELETE_REFUSED' | 'STORE_BUSY';

  constructor(code: JwtStoreError['code'], message: string) {
    super(message);
    this.name = 'JwtStoreError';
    this.code = code;
  }
}

/** An account that cannot be had; the text is nats-server's and can be logged. */
export class AccountFetchError extends Error {
  readonly code: 'ACCOUNT_MISSING' | 'ACCOUNT_INVALID' | 'RESOLVER_FAILED' | 'RESOLVER_BUSY';

  constructor(code: AccountFetchError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AccountFetchError';
    this.code = code;
  }
}
