/**
 * Simulated time: one queue of events for timers, network and disk, in the order of a virtual
 * clock that stands still while code runs and jumps to the next event. A turn is what Node's loop
 * does: everything that is due, in an order drawn from the seed where the real one would be
 * arbitrary, then the end-of-turn callbacks (setImmediate) that were asked for until then.
 *
 * Code with promises needs `run`, which lets real microtasks run after every turn; `runSync` is
 * for code that has none. Nothing here depends on the real clock, so a run repeats exactly.
 */
import type { Clock, Scheduler, Timer, Timers } from './clock.ts';
import type { SimRandom } from './sim-random.ts';
import type { SimTrace } from './sim-trace.ts';

/** 2026-01-01, where every simulation begins. */
const epochMs = 1_767_225_600_000;
/** Turns without progress of time before a simulation counts as stuck. */
const turnsAtOneTimeMax = 1_000_000;

interface SimEvent {
  readonly at: number;
  /** Among events of the same time: timers come first, as in Node; the rest by lot. */
  readonly lot: number;
  readonly order: number;
  callback: (() => void) | null;
}

function before(a: SimEvent, b: SimEvent): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.lot !== b.lot ? a.lot < b.lot : a.order < b.order;
}

/** A binary heap of events. */
class EventHeap {
  private readonly events: SimEvent[] = [];

  get first(): SimEvent | undefined {
    return this.events[0];
  }

  push(event: SimEvent): void {
    const { events } = this;
    let at = events.length;
    events.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, events[parent]!)) break;
      events[at] = events[parent]!;
      at = parent;
    }
    events[at] = event;
  }

  pop(): SimEvent | undefined {
    const { events } = this;
    const top = events[0];
    const last = events.pop();
    if (events.length === 0 || last === undefined) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && before(events[child + 1]!, events[child]!)) child++;
      if (!before(events[child]!, last)) break;
      events[at] = events[child]!;
      at = child;
    }
    events[at] = last;
    return top;
  }
}

export class SimTime implements Clock, Timers, Scheduler {
  private readonly heap = new EventHeap();
  private readonly random: SimRandom;
  readonly trace: SimTrace;
  private elapsedMs = 0;
  private wallOffsetMs = 0;
  private order = 0;
  private turnsAtOneTime = 0;
  private endOfTurnCallbacks: (() => void)[] = [];

  constructor(random: SimRandom, trace: SimTrace) {
    this.random = random;
    this.trace = trace;
  }

  // ---- Clock ----

  nowMs(): number {
    return epochMs + this.wallOffsetMs + this.elapsedMs;
  }

  nowNs(): bigint {
    const whole = BigInt(epochMs + this.wallOffsetMs) * 1_000_000n;
    return whole + BigInt(Math.round(this.elapsedMs * 1e6));
  }

  /** Milliseconds since the simulation began. */
  monotonicMs(): number {
    return this.elapsedMs;
  }

  /** Moves the wall clock only, by whole milliseconds, as an administrator or NTP would. */
  jumpWallClock(ms: number): void {
    this.wallOffsetMs += Math.round(ms);
  }

  // ---- Timers ----

  after(delayMs: number, callback: () => void): Timer {
    const event = this.schedule(Math.max(1, delayMs), callback, -1);
    return {
      clear() {
        event.callback = null;
      },
    };
  }

  every(intervalMs: number, callback: () => void): Timer {
    let timer: Timer;
    const fire = (): void => {
      timer = this.after(intervalMs, fire);
      callback();
    };
    timer = this.after(intervalMs, fire);
    return {
      clear() {
        timer.clear();
      },
    };
  }

  // ---- Scheduler ----

  endOfTurn(callback: () => void): void {
    this.endOfTurnCallbacks.push(callback);
  }

  yieldThen(callback: () => void): void {
    this.endOfTurnCallbacks.push(callback);
  }

  // ---- events of network and disk ----

  /** Runs `callback` as I/O of the turn `delayMs` from now (0: the next turn). */
  io(delayMs: number, callback: () => void): void {
    this.schedule(delayMs, callback, this.random.below(0x10000));
  }

  private schedule(delayMs: number, callback: () => void, lot: number): SimEvent {
    const event = { at: this.elapsedMs + delayMs, lot, order: this.order++, callback };
    this.heap.push(event);
    return event;
  }

  note(text: string): void {
    this.trace.note(this.elapsedMs, text);
  }

  // ---- running ----

  /** One turn of the loop; false when nothing is due at or before `untilMs`. */
  turn(untilMs = Number.POSITIVE_INFINITY): boolean {
    if (this.endOfTurnCallbacks.length === 0 && !this.advance(untilMs)) return false;
    if (++this.turnsAtOneTime > turnsAtOneTimeMax) {
      throw new Error(`the simulation is stuck at ${this.elapsedMs} ms`);
    }
    this.runDue();
    const callbacks = this.endOfTurnCallbacks;
    this.endOfTurnCallbacks = [];
    for (const callback of callbacks) callback();
    return true;
  }

  /** Moves the clock to the next event; false when there is none before `untilMs`. */
  private advance(untilMs: number): boolean {
    this.skipCleared();
    const next = this.heap.first;
    if (next === undefined || next.at > untilMs) return false;
    if (next.at > this.elapsedMs) {
      this.elapsedMs = next.at;
      this.turnsAtOneTime = 0;
    }
    return true;
  }

  private skipCleared(): void {
    while (this.heap.first?.callback === null) this.heap.pop();
  }

  /** Everything that was due when the turn began; what it adds waits for the next one. */
  private runDue(): void {
    const due: SimEvent[] = [];
    while (this.heap.first !== undefined && this.heap.first.at <= this.elapsedMs) {
      due.push(this.heap.pop()!);
    }
    for (const event of due) {
      const { callback } = event;
      event.callback = null;
      callback?.();
    }
  }

  /** Runs `durationMs` of simulated time, or until nothing is left to happen. */
  runSync(durationMs: number): void {
    const until = this.elapsedMs + durationMs;
    while (this.turn(until));
    this.elapsedMs = Math.max(this.elapsedMs, until);
  }

  /** The same with promises: after each turn microtasks run, in chains of up to 24. */
  async run(durationMs: number): Promise<void> {
    const until = this.elapsedMs + durationMs;
    await settle();
    while (this.turn(until)) await settle();
    this.elapsedMs = Math.max(this.elapsedMs, until);
  }

  /** Runs until the promise is settled; throws when nothing happens any more or time is up. */
  async runUntil<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let done = false;
    const finish = (): void => {
      done = true;
    };
    promise.then(finish, finish);
    const until = this.elapsedMs + limitMs;
    await settle();
    while (!done) {
      if (!this.turn(until)) throw new Error(`nothing settles the promise in ${limitMs} ms`);
      await settle();
    }
    return promise;
  }
}

/** Lets microtasks run, this many in a chain; a longer chain goes on in the next turn. */
const microtaskChain = 24;

async function settle(): Promise<void> {
  for (let i = 0; i < microtaskChain; i++) await Promise.resolve();
}
