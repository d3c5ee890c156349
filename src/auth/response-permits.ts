/**
 * `allow_responses`: a connection may publish to the reply subjects of messages delivered to it, a
 * number of times and for a while. One object per connection.
 *
 * The oldest permits come first in the map and expire first, so pruning looks at the front only. A
 * permit that was not used up is kept until it expires; beyond `permitsMax` the oldest goes.
 */
import type { Clock } from '../platform/clock.ts';
import type { PermissionSet } from './permissions.ts';

/** nats-server has no such limit. */
export const permitsMax = 65_536;

interface Permit {
  readonly grantedMs: number;
  used: number;
}

export class ResponsePermits {
  private readonly permissions: PermissionSet;
  private readonly clock: Clock;
  private readonly maxMsgs: number;
  private readonly ttlMs: number;
  private readonly permits = new Map<string, Permit>();

  private constructor(permissions: PermissionSet, clock: Clock) {
    const { maxMsgs, expiresNs } = permissions.response ?? { maxMsgs: 0, expiresNs: 0n };
    this.permissions = permissions;
    this.clock = clock;
    this.maxMsgs = maxMsgs > 0 ? maxMsgs : Number.POSITIVE_INFINITY;
    this.ttlMs = expiresNs > 0n ? Number(expiresNs) / 1e6 : Number.POSITIVE_INFINITY;
  }

  /** Undefined when the user has no `allow_responses`. */
  static for(permissions: PermissionSet | undefined, clock: Clock): ResponsePermits | undefined {
    return permissions?.response ? new ResponsePermits(permissions, clock) : undefined;
  }

  /** Permits outstanding, for tests and monitoring. */
  get size(): number {
    return this.permits.size;
  }

  /**
   * A message with this reply subject was delivered to the connection. As in nats-server, a reply
   * that may be published to already gets no new permit, and asking counts as one use: two
   * subscriptions that get the same request leave no response with the default maximum of 1.
   */
  onDelivered(reply: string): void {
    if (reply === '' || this.permissions.canPublish(reply) || this.use(reply)) return;
    this.prune();
    this.permits.set(reply, { grantedMs: this.clock.monotonicMs(), used: 0 });
  }

  /** May the connection, which has no standing permission for it, publish to `subject` now? */
  use(subject: string): boolean {
    const permit = this.permits.get(subject);
    if (!permit) return false;
    const expired = this.clock.monotonicMs() - permit.grantedMs > this.ttlMs;
    if (expired || ++permit.used >= this.maxMsgs) this.permits.delete(subject);
    return !expired;
  }

  private prune(): void {
    const now = this.clock.monotonicMs();
    for (const [reply, permit] of this.permits) {
      if (now - permit.grantedMs <= this.ttlMs && this.permits.size < permitsMax) return;
      this.permits.delete(reply);
    }
  }
}
