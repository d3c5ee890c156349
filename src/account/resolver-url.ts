import { errorText } from '../base/error-text.ts';
import { goQuote } from '../base/go-quote.ts';
import { parseGoUrl, redactUrl } from '../options/go-url.ts';
import type { HttpClient } from '../platform/http-client.ts';
import type { AccountResolver } from './resolver.ts';
import { AccountFetchError } from './resolver-errors.ts';
import { jwtBytesMax } from './resolver-folder.ts';

/** As nats-server's client. */
export const urlTimeoutMs = 1_900;

/** `URL("…")`: a GET of the URL with the account's key behind it answers with its JWT. */
export class UrlResolver implements AccountResolver {
  readonly kind = 'url';
  readonly readOnly = true;
  private readonly url: string;
  private readonly http: HttpClient;

  /** `url` ends in a slash. */
  constructor(url: string, http: HttpClient) {
    this.url = url;
    this.http = http;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Is somebody there? Rejects when not: nats-server does not start then. */
  async probe(): Promise<void> {
    await this.get('');
  }

  fetch(key: string): Promise<string> {
    return this.get(key);
  }

  private async get(key: string): Promise<string> {
    const url = this.url + key;
    const failed = (why: string, cause?: unknown): AccountFetchError => {
      const shown = goQuote(redactUrl(parseGoUrl(url)));
      return new AccountFetchError('RESOLVER_FAILED', `could not fetch <${shown}>: ${why}`, cause);
    };
    const limits = { timeoutMs: urlTimeoutMs, bytesMax: jwtBytesMax };
    const answer = await this.http.get(url, limits).catch((error: unknown) => {
      throw failed(errorText(error), error);
    });
    if (answer.status !== 200) throw failed(answer.statusText);
    return answer.body.toString('latin1');
  }

  store(): Promise<void> {
    return Promise.reject(new Error('store operation not supported for URL Resolver'));
  }

  close(): Promise<void> {
    this.http.close();
    return Promise.resolve();
  }
}
