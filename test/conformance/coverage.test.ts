/** Every row of the feature list that bytes on a client connection can show has a recorded session. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deliberate } from './deliberate.ts';
import { pending } from './pending.ts';
import type { RecordedGroup } from './session.ts';

declare const __PROJECT_ROOT__: string;

/** Rows that need no session here, and where they are shown instead. */
const elsewhere: Record<string, string> = {
  'CP-07': 'clustering is not active',
  'CP-32': 'back-pressure: unit tests of the connection, bench and soak',
  'CP-48': 'speed only: bench',
  'CP-52': 'monitoring documents: /connz',
  'CP-54': 'monitoring documents: closed-reasons, closed-unauthorized, stale',
  'CP-55': 'unit tests of the embedding API',
  'SB-05': 'monitoring documents: /subsz; unit tests of the sublist',
  'SB-06': 'JetStream',
  'SB-09': 'clustering is not active',
  'SB-18': 'configuration files',
  'SB-20': 'unit tests of the subjects',
  'SB-21': 'unit tests of the sublist',
  'SB-22': 'unit tests of the sublist',
  'AC-17': 'clustering is not active',
  'AC-27': 'unit tests of the accounts',
  'AU-05': 'unit tests of the passwords',
  'AU-16': 'tests of the resolvers',
  'AU-17': 'tests of the resolvers',
  'AU-18': 'tests of the resolvers',
  'AU-19': 'tests of the resolvers',
  'AU-23': 'tests of the callout',
  'AU-24': 'tests of the callout',
  'AU-25': 'tests of certificates',
  'AU-28': 'system sessions',
  'AU-30': 'clustering is not active',
  'AU-31': 'unit tests of the embedding API',
  'AZ-07': 'speed only',
  'AZ-11': 'clustering is not active',
  'AZ-12': 'leaf nodes',
  T18: 'the server writes headers only with tracing and JetStream',
};

const numbered = (prefix: string, to: number, digits: number) =>
  Array.from({ length: to }, (_, i) => prefix + String(i + 1).padStart(digits, '0'));
const required = [
  ...numbered('CP-', 55, 2),
  ...numbered('SB-', 23, 2),
  ...numbered('AC-', 28, 2).filter((row) => row !== 'AC-20'),
  ...numbered('AU-', 31, 2),
  ...numbered('MT-', 7, 2),
  ...['SY-15', 'SY-17'],
  ...numbered('AZ-', 12, 2),
  ...numbered('T', 26, 1),
  ...['T67', 'T68'],
];

const dir = join(__PROJECT_ROOT__, 'test/conformance/recorded');
const sessions = readdirSync(dir)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => (JSON.parse(readFileSync(join(dir, name), 'utf8')) as RecordedGroup).sessions);

test('every row has a session, or says where it is shown', () => {
  const shown = new Set(sessions.flatMap(({ rows }) => rows ?? []));
  assert.deepEqual(
    required.filter((row) => !shown.has(row) && elsewhere[row] === undefined),
    [],
  );
  assert.deepEqual(
    Object.keys(elsewhere).filter((row) => shown.has(row)),
    [],
  );
});

test('there are enough sessions, no name twice, and pending ones exist', () => {
  const names = new Set(sessions.map(({ name }) => name));
  assert.equal(names.size, sessions.length);
  assert.ok(sessions.length >= 1_300, `${sessions.length} sessions`);
  assert.deepEqual(
    [...Object.keys(pending), ...Object.keys(deliberate)].filter((name) => !names.has(name)),
    [],
  );
});
