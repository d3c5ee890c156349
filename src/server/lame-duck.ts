/**
 * Lame duck mode: no new clients, INFO with `ldm`, a grace period, then the clients are closed
 * one by one, spread over the configured duration, and the server stops. Timing as nats-server's.
 */
import { closeReasons } from '../connection/close-reason.ts';
import type { Connection } from '../connection/connection.ts';
import type { Options } from '../options/types.ts';
import type { Random, Timer, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';

export interface LameDuckHost {
  readonly options: Options;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly clients: ReadonlyMap<number, Connection>;
  sendLameDuckInfo(): void;
  shutdown(): void;
}

const second = 1000;

export class LameDuck {
  private readonly host: LameDuckHost;
  private timer: Timer | undefined;
  private queue: Connection[] = [];
  private batch = 1;
  private intervalMs = 0;

  constructor(host: LameDuckHost) {
    this.host = host;
  }

  /** The listener is closed already. */
  start(): void {
    const { host } = this;
    const count = host.clients.size;
    if (count === 0) {
      host.shutdown();
      return;
    }
    const graceMs = Math.abs(Number(host.options.lameDuckGracePeriodNs)) / 1e6;
    let durationMs = Number(host.options.lameDuckDurationNs) / 1e6 - graceMs;
    if (durationMs <= 0) durationMs = second;
    this.intervalMs = Math.min(durationMs / count, second);
    if (this.intervalMs < 1) {
      this.batch = Math.max(1, Math.floor(count / durationMs));
      this.intervalMs = 1;
    }
    this.queue = shuffle([...host.clients.values()], host.random);
    host.sendLameDuckInfo();
    this.timer = host.timers.after(graceMs, () => {
      host.logger.notice('Closing existing clients');
      this.closeNext();
    });
  }

  stop(): void {
    this.timer?.clear();
  }

  private closeNext(): void {
    for (const connection of this.queue.splice(0, this.batch)) {
      connection.close(closeReasons.serverShutdown);
    }
    if (this.queue.length === 0) {
      this.host.shutdown();
      return;
    }
    const half = this.intervalMs / 2;
    const delay = half + this.host.random.below(Math.max(1, Math.ceil(half)));
    this.timer = this.host.timers.after(delay, () => this.closeNext());
  }
}

function shuffle<T>(list: T[], random: Random): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [list[i], list[other]] = [list[other]!, list[i]!];
  }
  return list;
}
