import type { Scheduler, Timer, Timers } from './clock.ts';
import { Wakefulness } from './wakefulness.ts';

/** Longer delays overflow setTimeout, which would then fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** A delay of any length: what exceeds one `setTimeout` is waited for in pieces. */
class LongTimer implements Timer {
  private handle: NodeJS.Timeout | undefined;
  private remainingMs: number;
  private readonly callback: () => void;

  constructor(delayMs: number, callback: () => void) {
    this.remainingMs = delayMs;
    this.callback = callback;
    this.arm();
  }

  clear(): void {
    clearTimeout(this.handle);
  }

  private arm(): void {
    const piece = Math.min(this.remainingMs, LONGEST_DELAY_MS);
    this.handle = setTimeout(() => {
      this.remainingMs -= piece;
      if (this.remainingMs > 0) this.arm();
      else this.callback();
    }, piece);
  }
}

/** The same, over and over. */
class LongInterval implements Timer {
  private timer: LongTimer;

  constructor(intervalMs: number, callback: () => void) {
    const fire = () => {
      this.timer = new LongTimer(intervalMs, fire);
      callback();
    };
    this.timer = new LongTimer(intervalMs, fire);
  }

  clear(): void {
    this.timer.clear();
  }
}

class NodeTimer implements Timer {
  private readonly handle: NodeJS.Timeout;

  constructor(handle: NodeJS.Timeout) {
    this.handle = handle;
  }

  clear(): void {
    clearTimeout(this.handle);
  }
}

export const nodeTimers: Timers = {
  after(delayMs, callback) {
    if (delayMs > LONGEST_DELAY_MS) return new LongTimer(delayMs, callback);
    return new NodeTimer(setTimeout(callback, delayMs));
  },
  every(intervalMs, callback) {
    if (intervalMs > LONGEST_DELAY_MS) return new LongInterval(intervalMs, callback);
    return new NodeTimer(setInterval(callback, intervalMs));
  },
};

const wakefulness = new Wakefulness(
  () => performance.now(),
  (callback) => setImmediate(callback),
);

export const nodeScheduler: Scheduler = {
  endOfTurn(callback) {
    setImmediate(callback);
  },
  yieldThen(callback) {
    setImmediate(callback);
  },
  stayAwake() {
    wakefulness.stayAwake();
  },
};
