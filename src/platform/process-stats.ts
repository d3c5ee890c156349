/** What the machine tells about this process: the numbers of /varz, /debug/vars and /metrics. */
import { availableParallelism } from 'node:os';

export interface ProcessStats {
  readonly cores: number;
  readonly pid: number;
  readonly startMs: number;
  /** Command line as started; may hold secrets, redact before showing. */
  readonly commandLine: readonly string[];
  /** Resident memory in bytes. */
  residentBytes(): number;
  memory(): MemoryUsage;
  /** Percent of one core used lately, one decimal, as `ps` shows it; 200 is two busy cores. */
  cpuPercent(): number;
  /** Seconds of CPU since the process started. */
  cpuSeconds(): { user: number; system: number };
  /** Kinds of what keeps the loop alive, one entry each (sockets, timers…). */
  activeResources(): readonly string[];
}

/** Bytes. */
export interface MemoryUsage {
  readonly rss: number;
  readonly heapTotal: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

/** A sample this old or older is replaced; nats-server samples once a second. */
const sampleMs = 1000;

/** The running Node process. CPU use is measured between requests, at least a second apart. */
export class NodeProcessStats implements ProcessStats {
  readonly cores = availableParallelism();
  readonly pid = process.pid;
  readonly startMs = performance.timeOrigin;
  private sampledAtMs = performance.now();
  private sampledMicros = totalMicros(process.cpuUsage());
  private percent = 0;

  get commandLine(): readonly string[] {
    return process.argv.slice(1);
  }

  residentBytes(): number {
    return process.memoryUsage.rss();
  }

  memory(): MemoryUsage {
    return process.memoryUsage();
  }

  cpuPercent(): number {
    const now = performance.now();
    const elapsed = now - this.sampledAtMs;
    if (elapsed < sampleMs) return this.percent;
    const micros = totalMicros(process.cpuUsage());
    this.percent = Math.round((micros - this.sampledMicros) / elapsed) / 10;
    this.sampledAtMs = now;
    this.sampledMicros = micros;
    return this.percent;
  }

  cpuSeconds(): { user: number; system: number } {
    const { user, system } = process.cpuUsage();
    return { user: user / 1e6, system: system / 1e6 };
  }

  activeResources(): readonly string[] {
    return process.getActiveResourcesInfo();
  }
}

function totalMicros(usage: NodeJS.CpuUsage): number {
  return usage.user + usage.system;
}
