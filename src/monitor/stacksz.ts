/**
 * /stacksz: what the program is doing. A Node process has one stack, that of this request; what
 * keeps its loop busy is told by the kinds of its active resources.
 */
import type { MonitorContext } from './context.ts';

export function buildStacksz(context: MonitorContext): string {
  const stack = new Error('stack').stack ?? '';
  const frames = stack.split('\n').slice(1).join('\n');
  const kinds = new Map<string, number>();
  for (const kind of context.process.activeResources()) {
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const resources = [...kinds].map(([kind, count]) => `\t${kind}: ${count}`).sort();
  return `main loop [running]:\n${frames}\n\nactive resources:\n${resources.join('\n')}\n`;
}
