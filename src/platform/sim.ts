/**
 * The simulated machine: everything a server takes from the outside, driven by one seed. The same
 * seed and the same program give the same trace, to the byte.
 */
import type { Platform } from './platform.ts';
import type { ProcessStats } from './process-stats.ts';
import type { ReadTarget } from './read-target.ts';
import { SimDisk } from './sim-disk.ts';
import { SimNetwork } from './sim-network.ts';
import { SimRandom } from './sim-random.ts';
import { SimTime } from './sim-time.ts';
import { SimTrace } from './sim-trace.ts';
import type { WorkerHandler, WorkerLink, Workers } from './worker.ts';

export interface SimPlatform extends Platform {
  /** Clock, timers and scheduler in one; runs the simulation. */
  readonly time: SimTime;
  readonly random: SimRandom;
  readonly disk: SimDisk;
  readonly network: SimNetwork;
  readonly trace: SimTrace;
}

/** Answers a message as a worker's program would, without its thread. */
export type WorkerAnswer = (source: string, message: unknown) => unknown;

function simWorkers(time: SimTime, random: SimRandom, answer: WorkerAnswer | undefined): Workers {
  const longestMs = 100;
  return {
    start(source: string, handler: WorkerHandler): WorkerLink {
      let alive = true;
      const soon = (callback: () => void): void =>
        time.io(random.fraction() * longestMs, () => {
          if (alive) callback();
        });
      if (answer === undefined) {
        soon(() => handler.onExit(new Error('this simulation has no workers')));
      }
      return {
        post(message) {
          if (answer === undefined) return;
          const reply = answer(source, structuredClone(message));
          soon(() => handler.onMessage(structuredClone(reply)));
        },
        terminate() {
          alive = false;
        },
      };
    },
  };
}

/**
 * `target` is the read area that the simulated streams deliver into; `worker` answers in place of
 * worker threads (without it they fail to start). Every part draws from a generator of its own.
 */
export function simPlatform(seed: number, target: ReadTarget, worker?: WorkerAnswer): SimPlatform {
  const random = new SimRandom(seed);
  const trace = new SimTrace();
  const time = new SimTime(random.fork('time'), trace);
  return {
    time,
    trace,
    clock: time,
    timers: time,
    scheduler: time,
    random: random.fork('random'),
    disk: new SimDisk(time, random.fork('disk')),
    network: new SimNetwork(time, random.fork('network'), target),
    workers: simWorkers(time, random.fork('workers'), worker),
    processStats: simProcessStats,
    runtime: 'sim1.0.0',
  };
}

/** A process that costs nothing. */
const simProcessStats: ProcessStats = {
  cores: 1,
  pid: 1,
  startMs: 0,
  commandLine: [],
  residentBytes: () => 0,
  memory: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
  cpuPercent: () => 0,
  cpuSeconds: () => ({ user: 0, system: 0 }),
  activeResources: () => [],
};
