import type { Random } from '../platform/clock.ts';

/** Reply subjects of this server in the system account, of nats-server's form. Not to be guessed. */
export class Inbox {
  private readonly random: Random;
  private readonly prefix: string;

  constructor(random: Random) {
    this.random = random;
    this.prefix = `$SYS._INBOX.${letters(random, 6)}.`;
  }

  /** Matches all of them. */
  get wildcard(): string {
    return `${this.prefix}*`;
  }

  next(): string {
    return this.prefix + letters(this.random, 9);
  }

  owns(subject: string): boolean {
    return subject.startsWith(this.prefix);
  }
}

/** Four letters for three bytes. */
function letters(random: Random, bytes: number): string {
  return random.bytes(bytes).toString('base64url');
}
