export interface Growth {
  /** Gained over the second half, by the fitted line. */
  bytes: number;
  /** What is still called flat. */
  bound: number;
  level: number;
  peak: number;
  seconds: number;
  flat: boolean;
  /** Was the run long enough for `flat` to mean anything? */
  judged: boolean;
}
export function memoryGrowth(points: readonly (readonly [number, number])[]): Growth;
export function describeGrowth(growth: Growth): string;
