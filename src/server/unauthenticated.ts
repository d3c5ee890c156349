/**
 * Clients that have not proved who they are may hold little each: a control line, and what comes
 * while a password is compared. This bounds what all of them hold together: above it those that wait
 * longest are turned away, as if their time were over. Honest clients hold nothing for long.
 */
import type { Client } from '../client/client.ts';
import { closeReasons } from '../connection/close-reason.ts';
import { protocolErrors } from '../wire/protocol-errors.ts';

/** Bytes of all clients together. */
const heldBytesMax = 32 * 1024 * 1024;
/** Clients between two looks. */
const lookEvery = 64;

export class Unauthenticated {
  heldBytesMax = heldBytesMax;
  lookEvery = lookEvery;
  private readonly waiting = new Set<Client>();
  private sinceLook = 0;

  add(client: Client): void {
    this.waiting.add(client);
    if (++this.sinceLook < this.lookEvery) return;
    this.sinceLook = 0;
    this.look();
  }

  delete(client: Client | undefined): void {
    if (client !== undefined) this.waiting.delete(client);
  }

  private look(): void {
    let held = 0;
    for (const client of this.waiting) {
      if (client.awaitingAuth) held += client.heldBytes;
      else this.waiting.delete(client);
    }
    for (const client of this.waiting) {
      if (held <= this.heldBytesMax) return;
      if (client.heldBytes === 0) continue;
      held -= client.heldBytes;
      this.refuse(client);
    }
  }

  private refuse(client: Client): void {
    this.waiting.delete(client);
    const { connection } = client;
    connection.logDebug('Too many bytes are held before authentication');
    connection.fail(protocolErrors.authenticationTimeout.text, closeReasons.authenticationTimeout);
  }
}
