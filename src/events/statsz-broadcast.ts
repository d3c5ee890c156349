/**
 * Broadcasts the numbers of the server on `$SYS.SERVER.<id>.STATSZ`: often after the start, then
 * every 10 s, on request at once; never two within a second unless asked for.
 */
import type { Timer } from '../platform/clock.ts';
import type { EventPublisher } from './event-publisher.ts';
import { buildServerStats } from './statsz.ts';

const firstMs = 250;
const intervalMsMax = 10_000;
/** Broadcasts are at least this far apart, or as far as the interval of the moment. */
const apartMs = 1000;

export class StatszBroadcast {
  private readonly publisher: EventPublisher;
  private intervalMs = firstMs;
  private lastMs = Number.NEGATIVE_INFINITY;
  private timer: Timer | undefined;
  private stopped = false;

  constructor(publisher: EventPublisher) {
    this.publisher = publisher;
  }

  get subject(): string {
    return `$SYS.SERVER.${this.publisher.host.info().server_id}.STATSZ`;
  }

  start(): void {
    this.arm(this.intervalMs);
  }

  stop(): void {
    this.stopped = true;
    this.timer?.clear();
  }

  /** Something changed that others should know soon. */
  broadcast(): void {
    const now = this.publisher.host.clock.monotonicMs();
    const apart = Math.min(apartMs, this.intervalMs);
    if (now - this.lastMs < apart) {
      this.arm(this.lastMs + apart - now);
      return;
    }
    this.lastMs = now;
    this.sendTo(this.subject);
  }

  /** The same without the limit. */
  broadcastNow(): void {
    this.lastMs = Number.NEGATIVE_INFINITY;
    this.broadcast();
  }

  sendTo(subject: string): void {
    const { host } = this.publisher;
    this.publisher.publishEvent(subject, (server) => ({ server, statsz: buildServerStats(host) }));
  }

  private arm(delayMs: number): void {
    if (this.stopped) return;
    this.timer?.clear();
    this.timer = this.publisher.host.timers.after(delayMs, () => {
      this.intervalMs = Math.min(this.intervalMs * 2, intervalMsMax);
      this.arm(this.intervalMs);
      this.broadcast();
    });
  }
}
