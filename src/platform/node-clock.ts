import type { Clock } from './clock.ts';

/** How long the wall clock is extrapolated before it is compared with the machine again. */
const RECHECK_MS = 50;
/** A larger difference is a jump (NTP step, suspend) and is followed; a smaller one is rounding. */
const JUMP_MS = 2;

/**
 * The machine's clocks. JavaScript's wall clock has whole milliseconds only, so the fraction comes
 * from the monotonic clock, anchored to the wall clock and re-anchored when that jumps or drifts.
 */
export class NodeClock implements Clock {
  private offsetMs: number;
  private recheckAtMs: number;

  constructor() {
    const monotonic = performance.now();
    // timeOrigin carries the fraction of the wall clock at process start.
    this.offsetMs = performance.timeOrigin;
    this.recheckAtMs = monotonic;
    this.followWallClock(monotonic);
  }

  nowMs(): number {
    const monotonic = performance.now();
    if (monotonic >= this.recheckAtMs) this.followWallClock(monotonic);
    return monotonic + this.offsetMs;
  }

  nowNs(): bigint {
    const ms = this.nowMs();
    const whole = Math.floor(ms);
    return BigInt(whole) * 1_000_000n + BigInt(Math.floor((ms - whole) * 1e6));
  }

  monotonicMs(): number {
    return performance.now();
  }

  private followWallClock(monotonic: number): void {
    this.recheckAtMs = monotonic + RECHECK_MS;
    const wall = Date.now();
    const error = wall + 0.5 - (monotonic + this.offsetMs);
    if (error > JUMP_MS || error < -JUMP_MS) this.offsetMs = wall + 0.5 - monotonic;
  }
}
