import type { AccountResolver } from './resolver.ts';

/** `MEMORY`: the JWTs of `resolver_preload`, and no others. */
export class MemoryResolver implements AccountResolver {
  readonly kind = 'memory';
  readonly readOnly = false;
  private readonly jwts = new Map<string, string>();

  start(): Promise<void> {
    return Promise.resolve();
  }

  fetch(key: string): Promise<string | undefined> {
    return Promise.resolve(this.jwts.get(key));
  }

  store(key: string, jwt: string): Promise<void> {
    this.jwts.set(key, jwt);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
