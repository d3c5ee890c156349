import type { Row } from './rows.mjs';
import type { Quartiles } from './statistics.mjs';

export interface Measured {
  row: Row;
  work: Record<string, number>;
  samples: Record<string, (Record<string, number> | undefined)[]>;
}
export interface Summary {
  name: string;
  arms: Record<string, { pairs: number[]; ratio: Quartiles } & Record<string, unknown>>;
}
export function summarize(measured: Measured): Summary;
export function verdict(row: Row, summary: Summary): boolean | undefined;
export function renderTable(
  measured: readonly (Measured & { summary: Summary })[],
  arms: readonly { id: string; label: string }[],
  judge: boolean,
): string;
