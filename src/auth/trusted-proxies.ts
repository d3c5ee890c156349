/**
 * Proxies that may connect clients on their behalf: one proves itself by its signature of the nonce,
 * `proxy_sig` in CONNECT.
 */
import { verifySignature } from './nkeys.ts';
import { decodeRawUrl } from './signatures.ts';

export class TrustedProxies {
  private readonly keys: readonly string[];

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  get any(): boolean {
    return this.keys.length > 0;
  }

  has(key: string): boolean {
    return this.keys.includes(key);
  }

  /** The key that signed; empty when nothing is claimed or no proxy configured; undefined: a lie. */
  check(signature: string, nonce: string): string | undefined {
    if (signature === '' || !this.any) return '';
    const bytes = decodeRawUrl(signature);
    if (bytes === undefined || nonce === '') return undefined;
    const data = Buffer.from(nonce);
    return this.keys.find((key) => verifySignature(key, data, bytes));
  }
}
