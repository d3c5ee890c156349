import type { Clock, Random, Scheduler, Timers } from './clock.ts';
import type { Disk } from './disk.ts';
import type { ProcessStats } from './process-stats.ts';
import type { Workers } from './worker.ts';

/** Everything the server takes from the machine except the network. */
export interface Platform {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly disk: Disk;
  readonly workers: Workers;
  readonly processStats: ProcessStats;
  /** Name and version of the runtime, e.g. `node22.1.0`: INFO and /varz have it where Go stands. */
  readonly runtime: string;
}
