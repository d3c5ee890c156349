/**
 * What happened in a simulation, as one number: every event is mixed in with its time, so that two
 * runs with the same hash took the same course. The last events stay readable for a failure.
 */
const keptMax = 400;

export class SimTrace {
  private low = 0x811c9dc5;
  private high = 0x1b873593;
  private readonly kept: string[] = [];
  count = 0;

  note(timeMs: number, text: string): void {
    const line = `${timeMs.toFixed(3)} ${text}`;
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i);
      this.low = Math.imul(this.low ^ code, 0x01000193);
      this.high = Math.imul(this.high + code, 0x85ebca6b) ^ (this.high >>> 15);
    }
    this.count++;
    this.kept.push(line);
    if (this.kept.length > 2 * keptMax) this.kept.splice(0, keptMax);
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
    return hex(this.high) + hex(this.low);
  }

  /** The last events, oldest first. */
  get tail(): readonly string[] {
    return this.kept.slice(-keptMax);
  }
}
