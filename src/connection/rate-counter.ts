import type { Clock, Timer, Timers } from '../platform/clock.ts';

/**
 * So many per second: `tls.connection_rate_limit`. Counts as nats-server's rate_counter.go, which
 * starts a second with its first event and does not count that one.
 */
export class RateCounter {
  private readonly limit: number;
  private readonly clock: Clock;
  private count = 0;
  private endMs = Number.NEGATIVE_INFINITY;
  private blocked = 0;
  private timer: Timer | undefined;

  constructor(limit: number, clock: Clock) {
    this.limit = limit;
    this.clock = clock;
  }

  allow(): boolean {
    const now = this.clock.monotonicMs();
    if (now > this.endMs) {
      this.count = 0;
      this.endMs = now + 1000;
    } else {
      this.count++;
    }
    const allowed = this.count < this.limit;
    if (!allowed) this.blocked++;
    return allowed;
  }

  /** Tells once a second how many were blocked, if any. */
  report(timers: Timers, tell: (blocked: number) => void): void {
    this.timer = timers.every(1000, () => {
      if (this.blocked > 0) tell(this.blocked);
      this.blocked = 0;
    });
  }

  close(): void {
    this.timer?.clear();
  }
}
