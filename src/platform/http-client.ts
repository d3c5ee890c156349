/** HTTP requests of the server itself as a parameter: account JWTs come from URLs. */
export interface HttpLimits {
  /** For everything: connection, redirections, headers and body. */
  readonly timeoutMs: number;
  /** A longer body is an error. */
  readonly bytesMax: number;
}

export interface HttpResponse {
  readonly status: number;
  /** As sent, e.g. `404 Not Found`. */
  readonly statusText: string;
  readonly body: Buffer;
}

export interface HttpClient {
  /**
   * GET of an http or https URL; redirections are followed. Rejects when there is no complete
   * answer; the error names no password of the URL.
   */
  get(url: string, limits: HttpLimits): Promise<HttpResponse>;
  /** Closes connections that are kept for later; those in use when they end. */
  close(): void;
}
