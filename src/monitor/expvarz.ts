/**
 * /debug/vars: what Go programs publish with expvar. The memory statistics are those of V8 under
 * the names of Go's MemStats; what V8 has no number for is 0. The command line is shown without
 * its secrets.
 */
import { goJson } from '../base/go-json.ts';
import type { ProcessStats } from '../platform/process-stats.ts';
import { redactCommandLine } from './redact-command-line.ts';

/** The same as one document, in the order of answers to requests. */
export function expvarDocument(process: ProcessStats) {
  return { memstats: memStats(process), cmdline: redactCommandLine(process.commandLine) };
}

export function buildExpvarz(process: ProcessStats): string {
  const commandLine = goJson(redactCommandLine(process.commandLine));
  return `{\n"cmdline": ${commandLine},\n"memstats": ${goJson(memStats(process))}\n}\n`;
}

/** As many as Go has size classes, for those who read them by index. */
const noSizes = new Array(61).fill({ Size: 0, Mallocs: 0, Frees: 0 });
const noPauses: readonly number[] = new Array(256).fill(0);

function memStats(process: ProcessStats) {
  const { rss, heapTotal, heapUsed, external } = process.memory();
  return {
    Alloc: heapUsed,
    TotalAlloc: heapUsed,
    Sys: rss,
    Lookups: 0,
    Mallocs: 0,
    Frees: 0,
    HeapAlloc: heapUsed,
    HeapSys: heapTotal,
    HeapIdle: heapTotal - heapUsed,
    HeapInuse: heapUsed,
    HeapReleased: 0,
    HeapObjects: 0,
    StackInuse: 0,
    StackSys: 0,
    MSpanInuse: 0,
    MSpanSys: 0,
    MCacheInuse: 0,
    MCacheSys: 0,
    BuckHashSys: 0,
    GCSys: 0,
    OtherSys: external,
    NextGC: 0,
    LastGC: 0,
    PauseTotalNs: 0,
    PauseNs: noPauses,
    PauseEnd: noPauses,
    NumGC: 0,
    NumForcedGC: 0,
    GCCPUFraction: 0,
    EnableGC: true,
    DebugGC: false,
    BySize: noSizes,
  };
}
