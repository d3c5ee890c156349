export interface Quartiles {
  q1: number;
  median: number;
  q3: number;
  n: number;
}
export function quantile(values: readonly number[], p: number): number;
export function quartiles(values: readonly number[]): Quartiles;
export function ratios(
  ours: readonly number[],
  theirs: readonly number[],
  higherIsBetter: boolean,
): number[];
export function fitLine(points: readonly (readonly [number, number])[]): {
  slope: number;
  intercept: number;
};
export function roundOrder<T>(arms: readonly T[], round: number): T[];
