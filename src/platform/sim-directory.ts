/**
 * A simulated directory: the entries that programs see, and the durable ones. A change of entries
 * is durable after the directory was synced; a crash keeps or loses each change on its own, but a
 * rename inside one directory is one change.
 */
import type { SimFile } from './sim-file.ts';
import type { SimRandom } from './sim-random.ts';

export type SimNode = SimFile | SimDirectory;

/** Entries to set, and (undefined) to remove. */
type EntryChange = readonly (readonly [name: string, node: SimNode | undefined])[];

function apply(entries: Map<string, SimNode>, change: EntryChange): void {
  for (const [name, node] of change) {
    if (node === undefined) entries.delete(name);
    else entries.set(name, node);
  }
}

export class SimDirectory {
  readonly entries = new Map<string, SimNode>();
  private readonly durable = new Map<string, SimNode>();
  private changes: { readonly number: number; readonly change: EntryChange }[] = [];
  /** Number of the last change. */
  changeCount = 0;

  change(...change: EntryChange): void {
    apply(this.entries, change);
    this.changes.push({ number: ++this.changeCount, change });
  }

  /** Changes up to `number` (`changeCount` when the sync was asked for) are durable. */
  sync(number: number): void {
    for (const one of this.changes) if (one.number <= number) apply(this.durable, one.change);
    this.changes = this.changes.filter((one) => one.number > number);
  }

  /** Crashes everything below, too. */
  crash(random: SimRandom): void {
    for (const { change } of this.changes) if (random.chance(0.5)) apply(this.durable, change);
    this.changes = [];
    this.entries.clear();
    for (const [name, node] of this.durable) this.entries.set(name, node);
    for (const node of this.entries.values()) node.crash(random);
  }
}
