import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DurationError, formatDuration, hour, minute, parseDuration, second } from './duration.ts';

test('durations are read as Go reads them', () => {
  const cases: [string, bigint][] = [
    ['0', 0n],
    ['2m', 2n * minute],
    ['1h1m1s', hour + minute + second],
    ['1.5h', 90n * minute],
    ['-.5s', -500_000_000n],
    ['+5s', 5n * second],
    ['1us', 1000n],
    ['1µs', 1000n],
    ['1μs', 1000n],
    ['9223372036854775807ns', (1n << 63n) - 1n],
    ['-9223372036854775808ns', -(1n << 63n)],
    ['0.1000000000000000000001s', 100_000_000n],
  ];
  for (const [text, ns] of cases) assert.equal(parseDuration(text), ns, text);
});

test('what is no duration is refused with the words of Go', () => {
  const cases: [string, string][] = [
    ['', 'time: invalid duration ""'],
    ['s', 'time: invalid duration "s"'],
    ['.s', 'time: invalid duration ".s"'],
    ['-', 'time: invalid duration "-"'],
    ['5', 'time: missing unit in duration "5"'],
    ['5s3', 'time: missing unit in duration "5s3"'],
    ['5x', 'time: unknown unit "x" in duration "5x"'],
    ['5S', 'time: unknown unit "S" in duration "5S"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['3000000h', 'time: invalid duration "3000000h"'],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseDuration(text), new DurationError(message), text);
  }
});

test('durations are printed as Go prints them', () => {
  const cases: [bigint, string][] = [
    [0n, '0s'],
    [1n, '1ns'],
    [1100n, '1.1µs'],
    [2_200_000n, '2.2ms'],
    [3_300_000_000n, '3.3s'],
    [4n * minute + 5n * second, '4m5s'],
    [2n * minute, '2m0s'],
    [5n * hour + 6n * minute + 7n * second + 1_000_000n, '5h6m7.001s'],
    [-(90n * second), '-1m30s'],
  ];
  for (const [ns, text] of cases) assert.equal(formatDuration(ns), text);
});

test('what is printed is read back', () => {
  const any = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
  fc.assert(fc.property(any, (ns) => parseDuration(formatDuration(ns)) === ns));
});
