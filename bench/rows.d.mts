export interface Row {
  name: string;
  group: string;
  title: string;
  load: string;
  flags?: Record<string, number | boolean>;
  guess?: number;
  quick?: Record<string, number | boolean>;
  metric: string;
  unit: 'perSecond' | 'microseconds' | 'milliseconds' | 'mebibytes';
  lower?: boolean;
  target?: number;
  limit?: number;
  limitOverBare?: number;
  rounds?: number;
}
export const rows: Row[];
export function selectRows(names: readonly string[]): Row[];
