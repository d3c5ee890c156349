/** The certificates of a listener cannot be used. The text is nats-server's. */
export class TlsLoadError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'TlsLoadError';
  }
}
