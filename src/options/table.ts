import { accountOptionRows } from './account-rows.ts';
import { limitRows } from './limit-rows.ts';
import { loggingRows } from './logging-rows.ts';
import { ocspRows } from './ocsp-rows.ts';
import { operatorRows } from './operator-rows.ts';
import type { OptionRow } from './option-row.ts';
import { proxiesRow } from './proxies-rows.ts';
import { securityRows } from './security-rows.ts';
import { serverRows } from './server-rows.ts';
import { jetstreamTopRows, topologyRows } from './topology-rows.ts';
import type { Options } from './types.ts';

/** A titled part of the table: a chapter of docs/OPTIONS.md. */
export interface OptionGroup {
  readonly title: string;
  readonly rows: readonly OptionRow<Options>[];
}

/** Every key of a configuration file, in the order of the documentation. */
export const optionGroups: readonly OptionGroup[] = [
  { title: 'Server', rows: serverRows },
  { title: 'Logging', rows: loggingRows },
  { title: 'Limits and timing', rows: limitRows },
  { title: 'Security', rows: securityRows },
  { title: 'Accounts', rows: accountOptionRows },
  { title: 'Operator mode', rows: operatorRows },
  { title: 'Other servers and protocols', rows: topologyRows },
  { title: 'JetStream', rows: jetstreamTopRows },
  { title: 'OCSP and proxies', rows: [...ocspRows, proxiesRow] },
];

export const optionRows: readonly OptionRow<Options>[] = optionGroups.flatMap(
  (group) => group.rows,
);
