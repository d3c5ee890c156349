import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { setBaselineOptions } from './baseline-options.ts';
import { defaultOptions } from './default-options.ts';
import { diffOptions, ReloadRefusedError } from './diff-options.ts';
import { memoryIo } from './memory-io.ts';
import type { OptionRow } from './option-row.ts';
import { ConfigFileError, processConfigString } from './process-config.ts';
import { optionRows } from './table.ts';
import type { Options } from './types.ts';
import { refuseUnsupported, UnsupportedOptionError } from './unsupported-options.ts';
import { OptionsError, validateOptions } from './validate-options.ts';

/*
 * Whatever is written behind whatever keys, a configuration is accepted or refused with an error of
 * ours: nothing else is thrown, and nothing hangs.
 */

const scalars = fc.constantFrom(
  '5',
  '0',
  '-1',
  '9223372036854775807',
  '1.5',
  'true',
  'off',
  'abc',
  '""',
  '"a b"',
  '"a.>"',
  '"30s"',
  '"-5m"',
  '"nats://u:p@h:4"',
  '"127.0.0.1:-1"',
  '"[::1]:5"',
  '64KB',
  '2026-01-02T03:04:05Z',
  '__proto__',
);

function valueFor(rows: readonly OptionRow<never>[], depth: number): fc.Arbitrary<string> {
  const list = fc.array(scalars, { maxLength: 3 }).map((items) => `[ ${items.join(', ')} ]`);
  if (depth === 0) return fc.oneof(scalars, list);
  const block = blockOf(rows, depth);
  const blocks = fc.array(block, { maxLength: 2 }).map((items) => `[ ${items.join(', ')} ]`);
  return fc.oneof(scalars, list, block, blocks);
}

function blockOf(rows: readonly OptionRow<never>[], depth: number): fc.Arbitrary<string> {
  return fc
    .array(entryOf(rows, depth), { maxLength: 4 })
    .map((entries) => `{\n${entries.join('\n')}\n}`);
}

function entryOf(rows: readonly OptionRow<never>[], depth: number): fc.Arbitrary<string> {
  const named = rows.map((row) =>
    fc
      .tuple(fc.constantFrom(...row.keys), valueFor(row.children ?? [], depth - 1))
      .map(([key, value]) => `${key}: ${value}`),
  );
  const free = fc
    .tuple(fc.constantFrom('A', '__proto__', 'constructor', '"a.*"'), valueFor([], depth - 1))
    .map(([key, value]) => `${key}: ${value}`);
  return fc.oneof(...named, free);
}

const rows = optionRows as unknown as readonly OptionRow<never>[];
const files = fc.array(entryOf(rows, 3), { maxLength: 6 }).map((entries) => entries.join('\n'));

function read(text: string): Options | undefined {
  const options = defaultOptions();
  try {
    processConfigString(text, memoryIo({}), options);
    return options;
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    assert.ok(error.errors.length > 0);
    return undefined;
  }
}

test('any file is accepted, or refused with an error of ours', () => {
  let accepted = 0;
  fc.assert(
    fc.property(files, files, (one, other) => {
      const before = read(one);
      const after = read(other);
      for (const options of [before, after]) {
        if (options === undefined) continue;
        accepted++;
        setBaselineOptions(options);
        ours(() => validateOptions(options));
        ours(() => refuseUnsupported(options));
      }
      if (before !== undefined && after !== undefined) ours(() => diffOptions(before, after));
      assert.equal(({} as { A?: string }).A, undefined);
    }),
    { numRuns: 1500 },
  );
  assert.ok(accepted > 300, `only ${accepted} files were accepted`);
});

function ours(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    const known =
      error instanceof OptionsError ||
      error instanceof UnsupportedOptionError ||
      error instanceof ReloadRefusedError;
    if (!known) throw error;
  }
}
