/**
 * Hot file: one lookup per message of a client with permissions. No allocation per lookup.
 *
 * Remembers a yes or no per subject, keyed by the subject's bytes, in a fixed number of slots. An
 * entry lives in one of two slots; a newcomer replaces one of them. Subjects longer than a slot are
 * not remembered. Nobody can fill it up: choosing colliding subjects only costs misses.
 */
const slotBytes = 96;

export class VerdictCache {
  private readonly mask: number;
  private readonly bytes: Uint8Array;
  private readonly hashes: Int32Array;
  /** 0 for a free slot. */
  private readonly lengths: Uint8Array;
  private readonly verdicts: Uint8Array;
  private turn = 0;

  /** `slots` must be a power of two. */
  constructor(slots: number) {
    this.mask = slots - 1;
    this.bytes = new Uint8Array(slots * slotBytes);
    this.hashes = new Int32Array(slots);
    this.lengths = new Uint8Array(slots);
    this.verdicts = new Uint8Array(slots);
  }

  /** 1 for yes, 0 for no, -1 when not known. */
  get(buf: Uint8Array, start: number, end: number): number {
    if (end - start > slotBytes) return -1;
    const hash = hashBytes(buf, start, end);
    const slot = hash & this.mask;
    if (this.holds(slot, hash, buf, start, end)) return this.verdicts[slot]!;
    if (this.holds(slot ^ 1, hash, buf, start, end)) return this.verdicts[slot ^ 1]!;
    return -1;
  }

  set(buf: Uint8Array, start: number, end: number, verdict: boolean): void {
    if (end - start > slotBytes || end <= start) return;
    const hash = hashBytes(buf, start, end);
    let slot = hash & this.mask;
    if (this.lengths[slot] !== 0 && (this.lengths[slot ^ 1] === 0 || (this.turn ^= 1))) slot ^= 1;
    this.hashes[slot] = hash;
    this.lengths[slot] = end - start;
    this.verdicts[slot] = verdict ? 1 : 0;
    const at = slot * slotBytes;
    for (let i = start; i < end; i++) this.bytes[at + i - start] = buf[i]!;
  }

  private holds(slot: number, hash: number, buf: Uint8Array, start: number, end: number): boolean {
    if (this.hashes[slot] !== hash || this.lengths[slot] !== end - start || end === start) {
      return false;
    }
    const at = slot * slotBytes - start;
    for (let i = start; i < end; i++) if (this.bytes[at + i] !== buf[i]) return false;
    return true;
  }
}

/** FNV-1a with a final mix, because the slot is taken from the low bits. */
function hashBytes(buf: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ buf[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
