/** Time as a parameter: production reads the machine, the simulator reads its own clock. */
export interface Clock {
  /** Wall clock in milliseconds since 1970, fractional; may jump. */
  nowMs(): number;
  /** Wall clock in nanoseconds since 1970. */
  nowNs(): bigint;
  /** Milliseconds of a clock that never goes back; for durations. */
  monotonicMs(): number;
}

/** A running timer; `clear` is idempotent. */
export interface Timer {
  clear(): void;
}

/**
 * Timers. Callbacks run on the owner loop, never synchronously inside `after`/`every`.
 * A timer does not keep the process alive unless `ref` says so (default: it does).
 */
export interface Timers {
  after(delayMs: number, callback: () => void): Timer;
  every(intervalMs: number, callback: () => void): Timer;
}

/** Work at the end of the loop turn, after every readable socket was served. */
export interface Scheduler {
  /** Runs `callback` once, in the check phase of this turn. */
  endOfTurn(callback: () => void): void;
  /** Runs `callback` soon, after I/O had its chance: for long work cut into pieces. */
  yieldThen(callback: () => void): void;
  /** This turn did work and more may come at once: do not sleep right away. */
  stayAwake?(): void;
}

/** Randomness: `bytes` is cryptographic in production, seeded in the simulator. */
export interface Random {
  /** Uniform in [0, n), n ≤ 2^32. Fast, not cryptographic. */
  below(n: number): number;
  /** Fresh buffer of n unpredictable bytes. */
  bytes(n: number): Buffer;
}
