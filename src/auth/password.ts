import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Is a configured password or token a bcrypt hash? Same test as nats-server: only the start counts,
 * so a damaged hash is not taken for a plain password.
 */
export function isBcrypt(password: string): boolean {
  return /^\$2[abxy]\$[0-9]{2}\$/.test(password);
}

/**
 * A bcrypt hash in the form our library knows. `$2x$` marks hashes of an old PHP, which Go treats
 * like the others; characters after the 60th do not count there.
 */
export function normalizeBcrypt(hash: string): string {
  return hash.slice(0, 60).replace(/^\$2x/, '$2b');
}

/** Compares without telling by its duration where the texts differ or how long they are. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(a), digest(b));
}

export interface PasswordOptions {
  readonly password: string;
  readonly users: readonly { readonly password: string }[];
}

/** The start-up warning about plain passwords is due. Tokens do not count, empty passwords do. */
export function hasPlaintextPasswords(options: PasswordOptions): boolean {
  if (options.password !== '' && !isBcrypt(options.password)) return true;
  return options.users.some((user) => !isBcrypt(user.password));
}
