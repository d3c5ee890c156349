import { NodeClock } from './node-clock.ts';
import { nodeDisk } from './node-disk.ts';
import { NodeRandom } from './node-random.ts';
import { nodeScheduler, nodeTimers } from './node-timers.ts';
import { nodeWorkers } from './node-worker.ts';
import type { Platform } from './platform.ts';
import { NodeProcessStats } from './process-stats.ts';

/** The real machine, as production runs on it. Each call gives an independent clock and generator. */
export function nodePlatform(): Platform {
  return {
    clock: new NodeClock(),
    timers: nodeTimers,
    scheduler: nodeScheduler,
    random: new NodeRandom(),
    disk: nodeDisk,
    workers: nodeWorkers,
    processStats: new NodeProcessStats(),
    runtime: `node${process.versions.node}`,
  };
}
