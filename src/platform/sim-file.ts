/**
 * The contents of one simulated file: what programs see, and what would be there after a power cut.
 * Changes are kept in order since the last sync; a sync covers those that were finished when it was
 * asked for. A crash keeps, loses or tears each uncovered change on its own: disks reorder.
 *
 * After a failed sync its changes count as written and are never covered by a later one, as on
 * Linux: the descriptor must not be trusted again.
 */
import type { SimRandom } from './sim-random.ts';

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly length: number };

interface Numbered {
  readonly number: number;
  readonly change: Change;
}

/** Torn writes break at these borders: a sector is written whole or not at all. */
const sectorBytes = 512;

function apply(content: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') {
    const result = Buffer.alloc(change.length);
    content.copy(result, 0, 0, Math.min(content.length, change.length));
    return result;
  }
  const { at, bytes } = change;
  const result = Buffer.alloc(Math.max(content.length, at + bytes.length));
  content.copy(result);
  bytes.copy(result, at);
  return result;
}

export class SimFile {
  content: Buffer = Buffer.alloc(0);
  modifiedMs: number;
  private durable: Buffer = Buffer.alloc(0);
  private changes: Numbered[] = [];
  /** Changes that no sync will cover any more. */
  private doomed: Numbered[] = [];
  /** Number of the last change. */
  changeCount = 0;

  constructor(nowMs: number) {
    this.modifiedMs = nowMs;
  }

  write(at: number, bytes: Buffer, nowMs: number): void {
    this.change({ kind: 'write', at, bytes: Buffer.from(bytes) }, nowMs);
  }

  truncate(length: number, nowMs: number): void {
    this.change({ kind: 'truncate', length }, nowMs);
  }

  private change(change: Change, nowMs: number): void {
    this.content = apply(this.content, change);
    this.changes.push({ number: ++this.changeCount, change });
    this.modifiedMs = nowMs;
  }

  /** Changes up to `number` (`changeCount` when the sync was asked for) are durable. */
  sync(number: number): void {
    for (const { change } of this.takeUpTo(number)) this.durable = apply(this.durable, change);
  }

  failSync(number: number): void {
    this.doomed.push(...this.takeUpTo(number));
  }

  private takeUpTo(number: number): Numbered[] {
    const covered = this.changes.filter((one) => one.number <= number);
    this.changes = this.changes.filter((one) => one.number > number);
    return covered;
  }

  flipBit(bit: number): void {
    const at = bit >> 3;
    for (const content of [this.content, this.durable]) {
      if (at < content.length) content[at]! ^= 1 << (bit & 7);
    }
  }

  /** The power goes: what was not covered by a sync is kept, lost or torn, each by lot. */
  crash(random: SimRandom): void {
    for (const { change } of [...this.doomed, ...this.changes]) {
      const fate = random.below(4);
      if (fate === 0) continue;
      if (fate === 1 && change.kind === 'write') this.tear(change.at, change.bytes, random);
      else this.durable = apply(this.durable, change);
    }
    this.changes = [];
    this.doomed = [];
    this.content = Buffer.from(this.durable);
  }

  /** Some sectors of the write reach the disk. The size may have grown for all of them. */
  private tear(at: number, bytes: Buffer, random: SimRandom): void {
    const grows = random.chance(0.5);
    if (grows && this.durable.length < at + bytes.length) {
      this.durable = apply(this.durable, { kind: 'truncate', length: at + bytes.length });
    }
    let from = 0;
    while (from < bytes.length) {
      const end = Math.min(bytes.length, from + sectorBytes - ((at + from) % sectorBytes));
      if (random.chance(0.5)) {
        this.durable = apply(this.durable, {
          kind: 'write',
          at: at + from,
          bytes: bytes.subarray(from, end),
        });
      }
      from = end;
    }
  }
}
